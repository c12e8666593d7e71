"""From a draft to a rule that binds: what changed, what it would do to the city, publication, and the end of a version."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from taihu.engines.rules.errors import PolicyError
from taihu.records.base.clock import city_date, now
from taihu.records.base.language import language
from taihu.records.identity.doors import account_of
from taihu.systems.policies.actions.editing import start_version
from taihu.systems.policies.actions.policies import publish_version, withdraw_version
from taihu.systems.policies.editing.desk import look_at
from taihu.systems.policies.editing.differences import counted, item_changes, line_changes
from taihu.systems.policies.editing.plain import read_plain, write_text
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.forms.editor import NewVersionForm, WithdrawForm
from taihu.systems.policies.models import Forecast, PolicyVersion
from taihu.systems.policies.permissions import can_publish_policies
from taihu.systems.policies.queries.editing import authors_of, newest_forecast, why_not_publishable
from taihu.systems.policies.views.access import officer_required, reader_required
from taihu.systems.policies.views.editor import kept_of, may_edit, try_action, version_or_404
from taihu.systems.policies.views.editor_forecast import forecast_context


@officer_required
def revise(request: HttpRequest, number: int) -> HttpResponse:
    base = version_or_404(number)
    initial = {"version": str(city_date(now()).year), "document": base.document_number}
    form = NewVersionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[PolicyVersion] = []
        if try_action(
            form,
            lambda: made.append(
                start_version(acting_user=account_of(request), at=now(), base=base, **form.cleaned_data)
            ),
        ):
            return redirect("policies:editor_form", made[0].pk)
    return render(request, "policies/editor/revise.html", {"base": base, "form": form})


@reader_required
def show_changes(request: HttpRequest, number: int) -> HttpResponse:
    """Against the version that it replaces, or against what was saved of it last."""
    version = version_or_404(number)
    text, _revision = kept_of(version)
    base = version.replaces
    old = base.text if base else "" if version.text == text else version.text
    context: dict[str, Any] = {"version": version, "base": base, "tab": "changes", "can_edit": may_edit(request)}
    try:
        before, after = read_plain(old) if old else {}, read_plain(text)
        changes = item_changes(before, after, language())
        context |= {"changes": changes, "counts": counted(changes)}
        context["lines"] = line_changes(write_text(before) if before else "", write_text(after))
    except PolicyError:
        context |= {"changes": [], "counts": counted([]), "lines": line_changes(old, text), "is_broken": True}
    return render(request, "policies/editor/changes.html", context)


@reader_required
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """The last page before a text binds the city: everything that must be true, and the button for the decider."""
    version = version_or_404(number)
    if version.state != VersionState.DRAFT:
        return redirect("policies:editor_text", number)
    found = newest_forecast(version)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        seen = _forecast_seen(request, version)
        if try_action(
            form, lambda: publish_version(acting_user=account_of(request), at=now(), version=version, forecast=seen)
        ):
            messages.success(request, _("已发布 %(key)s。") % {"key": version.key})
            return redirect("policies:editor")
    text, _revision = kept_of(version)
    look = look_at(version.text, version, at=now(), with_trial=False)
    refusal = why_not_publishable(version, found)
    context = {
        "version": version,
        "form": form,
        "forecast": found,
        "look": look,
        "refusal": refusal,
        "is_unfinished": text != version.text,
        "is_author": account_of(request) in authors_of(version),
        "tab": "publish",
        "can_edit": may_edit(request),
        "can_publish": can_publish_policies(request.user, at=now()),
    }
    if found:
        context |= forecast_context(found, version)
    return render(request, "policies/editor/publish.html", context)


def _forecast_seen(request: HttpRequest, version: PolicyVersion) -> Forecast | None:
    """The forecast that the page showed to whoever presses the button."""
    number = request.POST.get("forecast", "")
    return version.forecasts.filter(pk=int(number)).first() if number.isdigit() else None


@reader_required
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    version = version_or_404(number)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if try_action(
            form, lambda: withdraw_version(acting_user=account_of(request), at=now(), version=version, reason=reason)
        ):
            messages.success(request, _("已停用 %(key)s。") % {"key": version.key})
            return redirect("policies:editor")
    return render(
        request, "policies/editor/withdraw.html", {"version": version, "form": form, "can_edit": may_edit(request)}
    )
