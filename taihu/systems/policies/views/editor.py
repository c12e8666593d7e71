"""The officer writes a policy: by form or as text, with a look at what it says and does beside it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from taihu.engines.rules.catalogue import Catalogue, FactType
from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.values import expected
from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.language import language
from taihu.records.identity.doors import account_of
from taihu.systems.policies.actions.editing import discard_draft, keep_text, start_policy
from taihu.systems.policies.editing.desk import look_at
from taihu.systems.policies.editing.help import PARTS
from taihu.systems.policies.editing.nodes import Counted, findings_by_path, form_view
from taihu.systems.policies.editing.operations import operate
from taihu.systems.policies.editing.plain import Plain, read_plain, write_text
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.forms.editor import NewPolicyForm, TextForm, apply_fields
from taihu.systems.policies.models import PolicyVersion, WorkingText
from taihu.systems.policies.permissions import can_edit_policies
from taihu.systems.policies.queries.editing import drafts, newest_forecast, settled_versions
from taihu.systems.policies.rulebook import city_catalogue
from taihu.systems.policies.views.access import officer_required, reader_required


def version_or_404(number: int) -> PolicyVersion:
    return get_object_or_404(PolicyVersion.objects.select_related("replaces", "working_text__changed_by"), pk=number)


def kept_of(version: PolicyVersion) -> tuple[str, int]:
    """What was typed last, and how often the draft has been saved."""
    kept: WorkingText | None = getattr(version, "working_text", None)
    return (kept.text, kept.revision) if kept else (version.text, 0)


def may_edit(request: HttpRequest) -> bool:
    return can_edit_policies(request.user, at=now())


def try_action(form: forms.Form, act: Callable[[], object]) -> bool:
    """Run an action; a refusal becomes an error of the form, except that of somebody who may not at all."""
    try:
        act()
    except NotAllowed:
        raise
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


@reader_required
def show_home(request: HttpRequest) -> HttpResponse:
    context = {"drafts": drafts(), "versions": settled_versions(), "can_edit": may_edit(request)}
    return render(request, "policies/editor/home.html", context)


@officer_required
def start(request: HttpRequest) -> HttpResponse:
    form = NewPolicyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[PolicyVersion] = []
        if try_action(
            form, lambda: made.append(start_policy(acting_user=account_of(request), at=now(), **form.cleaned_data))
        ):
            return redirect("policies:editor_form", made[0].pk)
    return render(request, "policies/editor/new.html", {"form": form})


# --- the form


@officer_required
def edit_form(request: HttpRequest, number: int) -> HttpResponse:
    version = version_or_404(number)
    if version.state != VersionState.DRAFT:
        return redirect("policies:editor_text", number)
    text, revision = kept_of(version)
    if request.method != "POST":
        try:
            document = read_plain(text)
        except PolicyError:
            messages.warning(request, _("文本有语法错误，表单打不开。请先在文本里改正。"))
            return redirect("policies:editor_text", number)
        return _form_page(request, version, document, revision)
    document, findings, focus = posted_document(request)
    revision = number_of(request.POST.get("revision", ""))
    if request.POST.get("do") == "save":
        try:
            kept = keep_text(
                acting_user=account_of(request), at=now(), version=version, text=write_text(document), revision=revision
            )
        except Refused as refused:
            return _form_page(request, version, document, revision, findings=findings, refusal=str(refused))
        version.refresh_from_db()
        _say_saved(request, version, kept.text)
        return redirect("policies:editor_form", number)
    return _form_page(request, version, document, revision, findings=findings, focus=focus, is_unsaved=True)


def posted_document(request: HttpRequest) -> tuple[dict[str, Plain], dict[str, list[str]], str]:
    """The document with what was typed and what the pressed button does.

    A page that came back damaged is refused: it may not take the place of what is kept.
    """
    try:
        document = read_plain(request.POST.get("document", ""))
    except PolicyError:
        raise Refused(
            "page_damaged",
            _("页面没有完整传回来，什么也没有保存。"),
            _("请返回上一页，重新打开表单后再试；内容很多时请用“文本”。"),
        ) from None
    document, findings = apply_fields(document, request.POST)
    command = request.POST.get("do", "")
    if command in ("", "save", "check"):
        return document, findings, ""
    document, focus = operate(document, command)
    return document, findings, focus


def number_of(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 10 else 0


def _say_saved(request: HttpRequest, version: PolicyVersion, text: str) -> None:
    if version.text == text:
        messages.success(request, _("草稿已保存。"))
    else:
        messages.warning(request, _("已保留您写的内容；还有错误，改正后才能测算和发布。"))


def _form_page(
    request: HttpRequest,
    version: PolicyVersion,
    document: dict[str, Plain],
    revision: int,
    *,
    findings: dict[str, list[str]] | None = None,
    focus: str = "",
    refusal: str = "",
    is_unsaved: bool = False,
) -> HttpResponse:
    text = write_text(document)
    look = look_at(text, version, at=now())
    errors = [item for item in look.problems if item.is_error]
    placed = findings_by_path(text, errors, language()) if errors and document else {}
    for path, messages_ in (findings or {}).items():
        placed.setdefault(path, []).extend(messages_)
    forecast = newest_forecast(version)
    counts = {key: Counted(*item) for key, item in forecast.report.get("clauses", {}).items()} if forecast else {}
    catalogue = look.checked.rules.catalogue if look.checked else city_catalogue()
    view = form_view(
        document,
        placed,
        counts=counts,
        words=look.words(),
        outcomes=look.outcomes(),
        catalogue=catalogue,
        language=language(),
    )
    context = {
        "version": version,
        "form_url": reverse("policies:editor_form", args=[version.pk]),
        "can_edit": True,
        "view": view,
        "document": text,
        "revision": revision,
        "look": look,
        "errors": errors,
        "focus": focus,
        "refusal": refusal,
        "is_unsaved": is_unsaved,
        "forecast": forecast,
        "loses_comments": has_comments(kept_of(version)[0]),
        "names": _names(catalogue, document.get("enums")),
        "tab": "form",
    }
    name = "policies/editor/form_part.html" if is_htmx(request) else "policies/editor/form.html"
    return render(request, name, context)


def _names(catalogue: Catalogue, own_enums: Plain) -> dict[str, Any]:
    """What the form offers while a name is typed: facts, kinds of records with their fields, types of a fact."""
    spoken = language()
    return {
        "facts": [(item.name, item.label.say(spoken)) for item in catalogue.facts.values()],
        "records": [(item.name, item.label.say(spoken)) for item in catalogue.records.values()],
        "fields": [
            (kind.name, [(field.name, field.label.say(spoken)) for field in kind.fields.values()])
            for kind in catalogue.records.values()
        ],
        "enums": sorted({*catalogue.enums, *(own_enums if isinstance(own_enums, dict) else ())}),
    }


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False)) and not getattr(request.htmx, "boosted", False)  # type: ignore[attr-defined]


def has_comments(text: str) -> bool:
    return any(line.lstrip().startswith("#") for line in text.split("\n"))


@officer_required
def check(request: HttpRequest, number: int) -> HttpResponse:
    """The panel beside the form, for what is typed at the moment; nothing is stored."""
    version = version_or_404(number)
    if request.method != "POST":
        return redirect("policies:editor_form", number)
    typed = request.POST.get("text")
    text = write_text(posted_document(request)[0]) if typed is None else typed.replace("\r\n", "\n")
    look = look_at(text, version, at=now())
    errors = [item for item in look.problems if item.is_error]
    context = {"version": version, "look": look, "errors": errors, "is_text": "text" in request.POST, "can_edit": True}
    name = "policies/editor/check.html" if is_htmx(request) else "policies/editor/check_page.html"
    return render(request, name, context)


# --- the text


@reader_required
def edit_text(request: HttpRequest, number: int) -> HttpResponse:
    version = version_or_404(number)
    text, revision = kept_of(version)
    is_draft = version.state == VersionState.DRAFT
    form = TextForm(request.POST if request.method == "POST" else None, initial={"text": text, "revision": revision})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if request.POST.get("do") == "save" and try_action(form, lambda: _keep(request, version, form)):
            version.refresh_from_db()
            _say_saved(request, version, text)
            return redirect("policies:editor_text", number)
    look = look_at(text, version, at=now(), with_trial=is_draft)
    errors = [item for item in look.problems if item.is_error]
    context = {
        "version": version,
        "form": form,
        "look": look,
        "errors": errors,
        "text": text,
        "can_edit": may_edit(request),
        "is_text": True,
        "tab": "text",
    }
    return render(request, "policies/editor/text.html", context)


def _keep(request: HttpRequest, version: PolicyVersion, form: forms.Form) -> WorkingText:
    return keep_text(
        acting_user=account_of(request),
        at=now(),
        version=version,
        text=form.cleaned_data["text"],
        revision=form.cleaned_data["revision"] or 0,
    )


@officer_required
def discard(request: HttpRequest, number: int) -> HttpResponse:
    version = version_or_404(number)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and try_action(
        form, lambda: discard_draft(acting_user=account_of(request), at=now(), version=version)
    ):
        messages.success(request, _("草稿已删除。"))
        return redirect("policies:editor")
    return render(request, "policies/editor/discard.html", {"version": version, "form": form, "can_edit": True})


# --- references


@reader_required
def show_facts(request: HttpRequest) -> HttpResponse:
    catalogue = city_catalogue()
    wanted = request.GET.get("q", "").strip().lower()
    context = {"groups": _fact_rows(catalogue, wanted), "records": _record_rows(catalogue, wanted), "q": wanted}
    context["lists"] = [
        {"name": item.name, "label": item.label.say(language()), "editions": len(item.editions)}
        for item in catalogue.lists.values()
        if wanted in f"{item.name} {item.label.zh} {item.label.en}".lower()
    ]
    return render(request, "policies/editor/facts.html", context)


def _fact_rows(catalogue: Catalogue, wanted: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in catalogue.facts.values():
        if wanted in f"{item.name} {item.label.zh} {item.label.en} {item.source}".lower():
            found.setdefault(item.subject, []).append(_fact_row(item))
    return found


def _fact_row(item: FactType) -> dict[str, Any]:
    values = [(value, label.say(language())) for value, label in zip(item.type.values, item.value_labels, strict=False)]
    return {
        "name": item.name,
        "label": item.label.say(language()),
        "kind": item.type.kind.value,
        "example": "" if values else expected(item.type),
        "values": values,
        "source": item.source,
        "has_history": item.has_history,
    }


def _record_rows(catalogue: Catalogue, wanted: str) -> list[dict[str, Any]]:
    found = []
    for item in catalogue.records.values():
        fields = [_fact_row(field) for field in item.fields.values()]
        words = " ".join(
            [item.name, item.label.zh, item.label.en, *(f"{row['name']} {row['label']}" for row in fields)]
        )
        if wanted in words.lower():
            label = item.label.say(language())
            found.append(
                {"name": item.name, "label": label, "source": item.source, "span": item.span, "fields": fields}
            )
    return found


@reader_required
def show_language(request: HttpRequest) -> HttpResponse:
    return render(request, "policies/editor/language.html", {"parts": PARTS})
