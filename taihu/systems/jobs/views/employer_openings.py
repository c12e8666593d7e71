"""An employer's openings: list, write, check, see as others see them, and the steps of their life."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.limits import limited
from taihu.records.base.tables import table_download
from taihu.records.base.uploads import TABLES
from taihu.records.base.working_days import last_day, working_days_left
from taihu.records.identity.doors import try_action
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.actions import openings as actions
from taihu.systems.jobs.actions.answers import end_opening
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.forms.openings import CloseForm, OpeningForm, PublishForm
from taihu.systems.jobs.labels import labels_of
from taihu.systems.jobs.lawful_words import check_texts, findings_of
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.opening_history import moments_of
from taihu.systems.jobs.opening_table import table
from taihu.systems.jobs.queries import employer as queries
from taihu.systems.jobs.queries.copies import original_of
from taihu.systems.jobs.queries.public import is_verified
from taihu.systems.jobs.validators import MAX_VALID, end_of_day, legal_checklist
from taihu.systems.jobs.views.employer_access import (
    Desk,
    editable_opening,
    employer_required,
    own_opening,
    recruiter_required,
)
from taihu.systems.jobs.views.employer_status import status_of

PER_PAGE = 20
USUAL_DAYS = 60
PUBLISHABLE = (OpeningState.DRAFT, OpeningState.PAUSED, OpeningState.EXPIRED)
EDITED = (*PUBLISHABLE, OpeningState.REVIEW)
ORDERS = ("changed", "ending", "title")
EXPORTED = 20_000


@employer_required
@require_safe
def list_openings(request: HttpRequest, desk: Desk) -> HttpResponse:
    at = now()
    counts = queries.counts_by_state(desk.organisations)
    chosen = request.GET.get("state", "")
    openings, asked = _filtered(request, desk)
    page = Paginator(openings, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "desk": desk,
        "tabs": [("", _("全部"), sum(counts.values())), *_tabs(counts)],
        "chosen": chosen if chosen in counts else "",
        "asked": asked,
        "page": page,
        "rows": [(opening, labels_of(opening)) for opening in page.object_list],
        "total": sum(counts.values()),
        "soon": at + queries.SOON,
        "at": at,
    }
    return render(request, "jobs/employer/openings/list.html", context)


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """States in which there is something, and those that an employer always looks for."""
    always = {OpeningState.PUBLISHED, OpeningState.DRAFT}
    return [
        (state, str(label), counts[state]) for state, label in OpeningState.choices if counts[state] or state in always
    ]


def _filtered(request: HttpRequest, desk: Desk) -> tuple[Any, dict[str, str]]:
    """The openings that the address asks for, and what it asked."""
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("state", "q", "organisation", "order")}
    rows = queries.own_openings(desk.organisations)
    if asked["state"] in OpeningState.values:
        rows = rows.filter(state=asked["state"])
    if asked["q"]:
        rows = rows.filter(title__icontains=asked["q"].replace("\x00", ""))
    if asked["organisation"].isdecimal() and desk.has(int(asked["organisation"])):
        rows = rows.filter(organisation=int(asked["organisation"]))
    if asked["order"] not in ORDERS:
        asked["order"] = ORDERS[0]
    return queries.ordered(queries.with_counts(rows), asked["order"]), asked


@recruiter_required
@limited("write_opening", amount=300, seconds=3600)
def create(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A new draft; `?copy=` starts from another one."""
    form = OpeningForm(desk.organisations, request.POST or None, initial=_first_values(request, desk))
    if request.method == "POST" and not _only_check(request) and form.is_valid():
        organisation = next(row for row in desk.organisations if row.pk == form.cleaned_data["organisation"])
        made: list[Opening] = []
        if try_action(
            form,
            lambda: made.append(
                actions.create_opening(
                    acting_user=desk.account, at=now(), organisation=organisation, fields=form.opening_fields()
                )
            ),
        ):
            return _after_saving(request, made[0], _("草稿已保存。"))
    return _show_form(request, desk, form, opening=None)


def _first_values(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    copied = request.GET.get("copy", "")
    if copied.isdecimal() and int(copied) < 2**63:
        return OpeningForm.initial_of(own_opening(desk, int(copied)))
    organisation = desk.organisation
    return {
        "organisation": organisation.pk,
        "industry_code": organisation.industry_code,
        "area_code": organisation.area_code,
        "address": organisation.address,
    }


@employer_required
@limited("write_opening", amount=300, seconds=3600)
def edit(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    opening = editable_opening(desk, number)
    form = OpeningForm([opening.organisation], request.POST or None, initial=OpeningForm.initial_of(opening))
    if request.method == "POST" and not _only_check(request) and form.is_valid():
        fields = form.opening_fields()
        if try_action(
            form, lambda: actions.change_opening(acting_user=desk.account, at=now(), opening=opening, fields=fields)
        ):
            return _after_saving(request, opening, _("修改已保存。"))
        opening = own_opening(desk, number)
    return _show_form(request, desk, form, opening=opening)


def _only_check(request: HttpRequest) -> bool:
    return request.POST.get("do") == "check"


def _show_form(request: HttpRequest, desk: Desk, form: OpeningForm, *, opening: Opening | None) -> HttpResponse:
    texts = form.data if form.is_bound else form.initial
    values = {name: texts.get(name) or "" for name in ("title", "description", "requirements", "benefits")}
    majors = texts.get("majors") or ""
    values["majors"] = "、".join(majors) if isinstance(majors, list) else majors
    findings = check_texts(values, occupation_code=_occupation(texts.get("occupation_code") or ""), at=now())
    has_text = any(values.values())
    context = {
        "form": form,
        "opening": opening,
        "desk": desk,
        "findings": findings,
        "is_checked": has_text,
        "is_live": opening is not None and opening.state in (OpeningState.PUBLISHED, OpeningState.REVIEW),
    }
    return render(request, "jobs/employer/openings/form.html", context)


def _occupation(text: str) -> str:
    if taxonomy.is_code(Kind.OCCUPATION, text):
        return text
    return taxonomy.code_of(Kind.OCCUPATION, text[:120]) or taxonomy.guess_occupation(text[:120]).code


def _after_saving(request: HttpRequest, opening: Opening, text: str) -> HttpResponse:
    messages.success(request, text)
    if request.POST.get("do") == "publish" and opening.state in PUBLISHABLE:
        return redirect("jobs:employer_publish", opening.pk)
    return redirect("jobs:employer_opening", opening.pk)


@employer_required
@require_POST
@limited("check_text", amount=120, seconds=60)
def check_text(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Asked while one types: what of this may not be published, and why."""
    texts = {
        name: request.POST.get(name, "") for name in ("title", "description", "requirements", "benefits", "majors")
    }
    occupation = _occupation(request.POST.get("occupation_code", ""))
    context = {
        "findings": check_texts(texts, occupation_code=occupation, at=now()),
        "is_checked": any(texts.values()),
    }
    return render(request, "jobs/employer/openings/findings.html", context)


@employer_required
@require_safe
def show(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    at = now()
    opening = own_opening(desk, number)
    reviews = queries.reviews_of(opening)
    waiting = next((row for row in reviews if row.decided_at is None), None)
    decided = next((row for row in reviews if row.is_approved is not None), None)
    context = {
        "desk": desk,
        "opening": opening,
        "labels": labels_of(opening, skills=20),
        "can_edit": desk.can_recruit,
        "findings": findings_of(opening, at=at) if opening.state in EDITED else [],
        "checklist": legal_checklist(opening) if opening.state == OpeningState.DRAFT else [],
        "review": waiting,
        "review_left": working_days_left(waiting.due_at, at=at) if waiting else 0,
        "decided": decided if opening.state == OpeningState.DRAFT and decided and not decided.is_approved else None,
        "takedown": queries.open_takedown(opening) if opening.state == OpeningState.WITHDRAWN else None,
        "counts": queries.application_counts(opening),
        "history": moments_of(queries.opening_log(opening)),
        "until": last_day(opening.valid_through) if opening.valid_through else None,
        "days_left": (last_day(opening.valid_through) - city_date(at)).days if opening.valid_through else 0,
        "is_verified": is_verified(opening.organisation, at=at),
        "can_discard": opening.state == OpeningState.DRAFT and opening.published_at is None and not reviews,
        "at": at,
    }
    return render(request, "jobs/employer/openings/show.html", context)


@employer_required
@require_safe
def preview(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """The very page that seekers see, whatever the state."""
    opening = own_opening(desk, number)
    context = {
        "opening": opening,
        "labels": labels_of(opening, skills=20),
        "is_open": True,
        "is_preview": True,
        "is_verified": is_verified(opening.organisation, at=now()),
        "at": now(),
    }
    return render(request, "jobs/employer/openings/preview.html", context)


@employer_required
@limited("publish_opening", amount=200, seconds=3600)
def publish(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """The last look before everybody sees it: what the law asks for, what the check says, until when."""
    opening = editable_opening(desk, number)
    return _with_date(request, desk, opening, actions.publish_opening, "jobs/employer/openings/publish.html")


@employer_required
def renew(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    opening = editable_opening(desk, number)
    return _with_date(request, desk, opening, actions.renew_opening, "jobs/employer/openings/renew.html")


def _with_date(request: HttpRequest, desk: Desk, opening: Opening, act: Any, template: str) -> HttpResponse:
    at = now()
    usual = city_date(at) + timedelta(days=USUAL_DAYS)
    form = PublishForm(request.POST or None, initial={"valid_through": usual.isoformat()})
    limits = {"min": city_date(at).isoformat(), "max": (city_date(at) + MAX_VALID - timedelta(days=1)).isoformat()}
    form.fields["valid_through"].widget.attrs.update(limits)
    if request.method == "POST" and form.is_valid():
        until = end_of_day(form.cleaned_data["valid_through"])
        if try_action(form, lambda: act(acting_user=desk.account, at=at, opening=opening, valid_through=until)):
            _tell_outcome(request, opening)
            return redirect("jobs:employer_opening", opening.pk)
        opening = own_opening(desk, opening.pk)
    checklist, findings = legal_checklist(opening), findings_of(opening, at=at)
    is_complete = all(is_there for _name, _label, is_there in checklist)
    is_blocked = any(finding.is_blocking for finding in findings)
    context = {
        "desk": desk,
        "opening": opening,
        "form": form,
        "checklist": checklist,
        "findings": findings,
        "is_blocked": is_blocked,
        "is_complete": is_complete,
        "will_wait": bool(findings),
        "status": status_of(opening.organisation, at=at),
        "can_publish": is_complete and not is_blocked,
        "original": original_of(opening, at=at),
    }
    return render(request, template, context)


def _tell_outcome(request: HttpRequest, opening: Opening) -> None:
    if opening.state == OpeningState.REVIEW:
        messages.info(request, _("已提交。有需要人工审核的表述，经办人员两个工作日内答复。"))
    elif opening.is_listed:
        messages.success(request, _("岗位正在招聘，几秒后就能搜到。"))
    elif opening.duplicate_of_id:
        messages.warning(request, _("岗位已发布，但和另一个正在招聘的岗位几乎相同，搜索里只显示那一个。"))
    else:
        messages.success(request, _("岗位已发布。"))


@employer_required
@require_POST
def pause(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    opening = editable_opening(desk, number)
    return _step(request, opening, lambda: actions.pause_opening(acting_user=desk.account, at=now(), opening=opening))


@employer_required
@require_POST
def take_back(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    opening = editable_opening(desk, number)
    return _step(
        request, opening, lambda: actions.withdraw_from_review(acting_user=desk.account, at=now(), opening=opening)
    )


def _step(request: HttpRequest, opening: Opening, act: Any) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("现在的状态：%(state)s。") % {"state": opening.get_state_display()})
    return redirect("jobs:employer_opening", opening.pk)


@employer_required
def close(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """Why it ends; whoever still waits for a word gets one."""
    opening = editable_opening(desk, number)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answered: list[int] = []
        data = form.cleaned_data
        if try_action(
            form,
            lambda: answered.append(end_opening(acting_user=desk.account, opening=opening, at=now(), **data)),
        ):
            text = _("招聘已结束，答复了 %(n)s 份投递。") % {"n": answered[0]}
            messages.success(request, text)
            return redirect("jobs:employer_opening", opening.pk)
    context = {"desk": desk, "opening": opening, "form": form, "counts": queries.application_counts(opening)}
    return render(request, "jobs/employer/openings/close.html", context)


@employer_required
def discard(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    opening = editable_opening(desk, number)
    if request.method == "POST":
        actions.discard_draft(acting_user=desk.account, at=now(), opening=opening)
        messages.success(request, _("草稿已删除。"))
        return redirect("jobs:employer_openings")
    return render(request, "jobs/employer/openings/discard.html", {"desk": desk, "opening": opening})


@employer_required
@require_safe
@limited("export_openings", amount=60, seconds=3600, methods=("GET",))
def export(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """What the list shows, every page of it, as a file."""
    if kind not in TABLES:
        raise Http404
    openings, _asked = _filtered(request, desk)
    name = f"openings-{desk.organisation.pk}-{city_date(now()):%Y%m%d}"
    return table_download(table(openings[:EXPORTED]), kind=kind, name=name)
