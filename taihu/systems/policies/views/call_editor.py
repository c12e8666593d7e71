"""An officer writes a call: by form or as text, looks at it as applicants will, and publishes it or its correction."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from taihu.engines.rules.errors import PolicyError
from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.language import language
from taihu.records.cases.queries.procedures import current_procedure, list_procedures
from taihu.records.identity.doors import account_of
from taihu.records.identity.enums import UnitKind
from taihu.records.identity.models import Unit
from taihu.systems.policies.actions.call_texts import discard_call, keep_call_text
from taihu.systems.policies.actions.calls import correct_call, publish_call, start_call, track_values, write_call
from taihu.systems.policies.call_checks import CallLook, look_at_call, units_by_code
from taihu.systems.policies.editing.call_rows import call_view, linked
from taihu.systems.policies.editing.plain import Plain, read_plain
from taihu.systems.policies.enums import CallState, VersionState
from taihu.systems.policies.forms.applications import TrackForm
from taihu.systems.policies.forms.calls import CallTextForm, CorrectForm, StartCallForm
from taihu.systems.policies.models import Call, CallText, PolicyVersion, Track
from taihu.systems.policies.permissions import can_edit_calls_of
from taihu.systems.policies.queries.applications import offices_of
from taihu.systems.policies.rulebook import city_catalogue
from taihu.systems.policies.views.access import officer_required
from taihu.systems.policies.views.editor import has_comments, is_htmx, number_of, posted_document, try_action
from taihu.systems.policies.windows import several_periods, window_of


def call_or_404(number: int) -> Call:
    return get_object_or_404(Call.objects.select_related("office_unit", "working_text"), pk=number)


def kept_of(call: Call) -> tuple[str, int]:
    """What was typed last, and how often it has been saved."""
    kept: CallText | None = getattr(call, "working_text", None)
    return (kept.text, kept.revision) if kept else (call.source, 0)


def frame_context(request: HttpRequest, call: Call, tab: str) -> dict[str, Any]:
    at = now()
    return {
        "call": call,
        "tab": tab,
        "window": window_of(call, at=at),
        "can_edit": can_edit_calls_of(request.user, call.office_unit, at=at),
    }


def editor_call_or_403(request: HttpRequest, number: int) -> Call:
    call = call_or_404(number)
    if not can_edit_calls_of(request.user, call.office_unit, at=now()):
        raise PermissionDenied
    return call


@officer_required
def start(request: HttpRequest) -> HttpResponse:
    at, account = now(), account_of(request)
    offices = offices_of(account, at=at)
    form = StartCallForm(
        request.POST if request.method == "POST" else None, offices=offices, procedures=_procedures(),
        initial={"office": offices.first()},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made: list[Call] = []
        act: Callable[[], object] = lambda: made.append(start_call(acting_user=account, at=at, **form.cleaned_data))  # noqa: E731
        if try_action(form, act):
            return redirect("policies:office_call_form", made[0].pk)
    return render(request, "policies/calls/new.html", {"form": form})


def _procedures() -> list[tuple[str, str]]:
    """The newest version of each names it."""
    found: dict[str, str] = {}
    for row in list_procedures():
        found.setdefault(row.slug, f"{row.template.title.say(language())}（{row.slug}）")
    return list(found.items())


# --- the form


@officer_required
def edit_form(request: HttpRequest, number: int) -> HttpResponse:
    call = editor_call_or_403(request, number)
    text, revision = kept_of(call)
    if request.method != "POST":
        try:
            document = read_plain(text, "call.yaml")
        except PolicyError:
            messages.warning(request, _("文本有语法错误，表单打不开。请先在文本里改正。"))
            return redirect("policies:office_call_text", number)
        return _form_page(request, call, document, revision)
    document, _findings, focus = posted_document(request)
    revision = number_of(request.POST.get("revision", ""))
    if request.POST.get("do") == "save":
        try:
            kept = keep_call_text(
                acting_user=account_of(request), at=now(), call=call, text=write_call(document), revision=revision
            )
        except NotAllowed:
            raise
        except Refused as refused:
            return _form_page(request, call, document, revision, refusal=str(refused))
        _say_saved(request, call, kept.text)
        return redirect("policies:office_call_form", number)
    return _form_page(request, call, document, revision, focus=focus, is_unsaved=True)


def _say_saved(request: HttpRequest, call: Call, text: str) -> None:
    if look_at_call(text, office=call.office_unit, call=call).errors:
        messages.warning(request, _("已保留您写的内容；还有错误，改正后才能发布。"))
    elif call.state == CallState.DRAFT:
        messages.success(request, _("草稿已保存。"))
    else:
        messages.success(request, _("更正已保存，还没有公布。"))


def _form_page(
    request: HttpRequest,
    call: Call,
    document: dict[str, Plain],
    revision: int,
    *,
    focus: str = "",
    refusal: str = "",
    is_unsaved: bool = False,
) -> HttpResponse:
    text = write_call(document)
    look = look_at_call(text, office=call.office_unit, call=call)
    context = frame_context(request, call, "form") | {
        "form_url": reverse("policies:office_call_form", args=[call.pk]),
        "view": call_view(document, look.errors, language=language(), focus=focus),
        "document": text,
        "revision": revision,
        "errors": linked(look.errors, language()),
        "advice": linked(look.advice, language()),
        "focus": focus,
        "refusal": refusal,
        "is_unsaved": is_unsaved,
        "has_correction": call.state != CallState.DRAFT and revision > 0,
        "loses_comments": has_comments(kept_of(call)[0]),
        "names": _names(call),
    }
    name = "policies/calls/form_part.html" if is_htmx(request) else "policies/calls/form.html"
    return render(request, name, context)


def _names(call: Call) -> dict[str, Any]:
    """What the form offers: units, procedures, policies, facts."""
    spoken, catalogue = language(), city_catalogue()
    facts = [(item.name, item.label.say(spoken)) for item in catalogue.facts.values()]
    kinds = [(item.name, item.label.say(spoken)) for item in catalogue.records.values()]
    head = f"{call.office_unit.area_code}-"
    units = [
        (unit.code.removeprefix(head), unit.name)
        for unit in Unit.objects.filter(kind=UnitKind.DEPARTMENT).order_by("code")
    ]
    rows = PolicyVersion.objects.filter(state=VersionState.PUBLISHED).order_by("policy", "effective_from")
    policies = dict(rows.values_list("policy", "title"))
    return {
        "facts": facts + kinds,
        "units": [("", f"{_('牵头单位')}（{call.office_unit.name}）"), *units],
        "procedures": [("", _("请选择")), *_procedures()],
        "policies": [("", "—"), *((code, f"{title}（{code}）") for code, title in policies.items())],
    }


# --- the text


@officer_required
def edit_text(request: HttpRequest, number: int) -> HttpResponse:
    call = call_or_404(number)
    context = frame_context(request, call, "text")
    text, revision = kept_of(call) if context["can_edit"] else (call.source, 0)
    if request.method == "POST" and not context["can_edit"]:
        raise PermissionDenied
    form = CallTextForm(
        request.POST if request.method == "POST" else None, initial={"text": text, "revision": revision}
    )
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if request.POST.get("do") == "save" and try_action(form, lambda: _keep(request, call, form)):
            _say_saved(request, call, text)
            return redirect("policies:office_call_text", number)
    look = look_at_call(text, office=call.office_unit, call=call)
    context |= {"form": form, "text": text, "is_text": True} | _said(look)
    return render(request, "policies/calls/text.html", context)


def _said(look: CallLook) -> dict[str, Any]:
    spoken = language()
    return {
        "errors": [{"place": item.place, "message": item.message(spoken)} for item in look.errors],
        "advice": [{"place": item.place, "message": item.message(spoken)} for item in look.advice],
    }


def _keep(request: HttpRequest, call: Call, form: forms.Form) -> CallText:
    return keep_call_text(
        acting_user=account_of(request),
        at=now(),
        call=call,
        text=form.cleaned_data["text"],
        revision=form.cleaned_data["revision"] or 0,
    )


@officer_required
def discard(request: HttpRequest, number: int) -> HttpResponse:
    call = editor_call_or_403(request, number)
    form = forms.Form(request.POST if request.method == "POST" else None)
    is_draft = call.state == CallState.DRAFT
    if request.method == "POST" and try_action(
        form, lambda: discard_call(acting_user=account_of(request), at=now(), call=call)
    ):
        messages.success(request, _("草稿已删除。") if is_draft else _("更正已放弃。"))
        return redirect("policies:office_calls") if is_draft else redirect("policies:office_call", number)
    return render(request, "policies/calls/discard.html", frame_context(request, call, "form") | {"form": form})


# --- as applicants see it


@officer_required
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """What was saved last, drawn with the parts of the public pages; below it the button that makes it so."""
    call = call_or_404(number)
    context = frame_context(request, call, "preview")
    is_draft, may = call.state == CallState.DRAFT, context["can_edit"]
    text, revision = kept_of(call) if may else (call.source, 0)
    form = forms.Form(request.POST or None) if is_draft else CorrectForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if form.is_valid() and try_action(form, lambda: _publish(request, call, form)):
            messages.success(request, _("申报已发布。") if is_draft else _("更正公告已发布。"))
            return redirect("policies:office_call", number)
    look = look_at_call(text, office=call.office_unit, call=call)
    context |= {"form": form, "look": look, "has_correction": not is_draft and revision > 0} | _said(look)
    if look.found is not None:
        context |= _pictured(call, look.found)
    return render(request, "policies/calls/preview.html", context)


def _publish(request: HttpRequest, call: Call, form: forms.Form) -> Call:
    who, at = account_of(request), now()
    if call.state == CallState.DRAFT:
        return publish_call(acting_user=who, at=at, call=call)
    return correct_call(acting_user=who, at=at, call=call, reason=form.cleaned_data["reason"])


def _pictured(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    """The call and its tracks as they would be, stored nowhere."""
    at, spare = now(), units_by_code(call.office_unit)
    head = {name: value for name, value in found.items() if name != "tracks"}
    shown = Call(**head, office_unit=call.office_unit, state=CallState.PUBLISHED, created_at=at)
    tracks = [
        Track(call=shown, code=row["code"], position=n, **track_values(row, spare))
        for n, row in enumerate(found["tracks"])
    ]
    groups: dict[str, list[Any]] = {}
    pages = []
    for track in tracks:
        window = window_of(shown, track, at=at)
        procedure = current_procedure(track.procedure, city_date(at))
        groups.setdefault(track.category, []).append((track, window))
        pages.append(
            {
                "track": track,
                "window": window,
                "form": TrackForm(track, {}, data_of_case={}, prefix=track.code),
                "stages": procedure.template.main_path() if procedure else (),
                "procedure": procedure,
            }
        )
    return {
        "shown": shown,
        "shown_window": window_of(shown, at=at),
        "periods": several_periods(shown),
        "groups": list(groups.values()),
        "pages": pages,
    }
