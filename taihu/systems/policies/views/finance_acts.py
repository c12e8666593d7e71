"""Finance: an act on a page of its own. What is typed is rehearsed, shown in yuan, and done only as it was shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from taihu.records.identity.doors import try_action
from taihu.records.ledger.enums import InstalmentState
from taihu.records.ledger.rehearsal import Act, InstalmentChange, Rehearsal, perform, rehearse


@dataclass(frozen=True)
class Deed:
    """The words of one kind of act, and how its form becomes the act itself."""

    title: str
    submit: str
    done: str
    back: str
    facts: tuple[str, ...]
    act: Callable[[Mapping[str, Any]], Act]
    say: Callable[[Rehearsal, Mapping[str, Any]], tuple[str, ...]]
    help: str = ""


def carry_out(request: HttpRequest, form: forms.Form, deed: Deed) -> HttpResponse:
    """The form, then what it comes to, then the deed; `edit` leads back with everything that was typed."""
    if request.method != "POST" or "edit" in request.POST or not form.is_valid():
        return _show_form(request, form, deed)
    act = deed.act(form.cleaned_data)
    if "confirmed" in request.POST:
        if try_action(form, lambda: perform(act, request.POST["confirmed"])):
            messages.success(request, deed.done)
            return redirect(deed.back)
        return _show_form(request, form, deed)
    found: list[Rehearsal] = []
    if try_action(form, lambda: found.append(rehearse(act))):
        return _ask(request, form, deed, found[0])
    return _show_form(request, form, deed)


def _show_form(request: HttpRequest, form: forms.Form, deed: Deed) -> HttpResponse:
    is_idle = any(getattr(field, "choices", None) == [] for field in form.fields.values())
    obstacle = _("没有可以这样办理的分期") if is_idle else ""
    return render(request, "policies/finance/act.html", {"form": form, "deed": deed, "obstacle": obstacle})


def _ask(request: HttpRequest, form: forms.Form, deed: Deed, found: Rehearsal) -> HttpResponse:
    context = {
        "form": form,
        "deed": deed,
        "found": found,
        "document": form.cleaned_data.get("document", ""),
        "reason": form.cleaned_data.get("reason") or form.cleaned_data.get("note", ""),
        "sentences": deed.say(found, form.cleaned_data),
        "instalments": [(row, _state_label(row.state_before)) for row in found.instalments],
    }
    return render(request, "policies/finance/confirm.html", context)


def _state_label(state: str | None) -> str:
    return str(InstalmentState(state).label) if state else "—"


def numbers_of(rows: tuple[InstalmentChange, ...]) -> str:
    return "、".join(str(row.instalment.number) for row in rows)
