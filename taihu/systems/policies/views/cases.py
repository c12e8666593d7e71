"""The officer's desk for cases: queue, case page, department checks, notices, objections."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date, now
from taihu.records.base.uploads import serve_download
from taihu.records.cases import actions
from taihu.records.cases.case_file import export_case_file
from taihu.records.cases.case_paper import CaseWords
from taihu.records.cases.enums import ConflictKind, ObjectionState
from taihu.records.cases.models import Case, Objection, PublicNotice
from taihu.records.cases.permissions import can_view_file, may_rule
from taihu.records.cases.queries.conflicts import find_conflict
from taihu.records.cases.queries.precedents import public_notices
from taihu.records.cases.queries.queues import (
    check_groups,
    open_appeals,
    open_objections,
    overdue_runs,
    queue_for,
    ready_for_notice,
)
from taihu.records.facts.models import Exchange
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.systems.policies.evidence import items_of
from taihu.systems.policies.forms.cases import BatchForm, NoticeForm, RulingForm, WithdrawNoticeForm
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.applications import payments_of, progress_of
from taihu.systems.policies.templatetags.case_words import form_value, label
from taihu.systems.policies.views.applications import render_letter, send_letter
from taihu.systems.policies.views.panels import act_on, panels_of

desk_required = role_required(Role.OFFICER, Role.DECIDER, Role.FINANCE)
reader_required = role_required(Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.AUDITOR)


@desk_required
def list_queue(request: HttpRequest) -> HttpResponse:
    at, account = now(), account_of(request)
    context = {
        "page": page_of(request, queue_for(account, at=at)),
        "overdue": overdue_runs(account, at=at).count(),
        "objections": list(open_objections(account, at=at)[:20]),
        "appeals": list(open_appeals(account, at=at)[:20]),
        "at": at,
    }
    return render(request, "policies/cases/queue.html", context)


def _case(request: HttpRequest, number: int) -> Case:
    rows = Case.objects.select_related(
        "procedure", "person", "organisation", "office_unit", "district_unit", "department_unit"
    )
    case = get_object_or_404(rows, pk=number)
    if not can_view_file(request.user, case, at=now()):
        raise PermissionDenied
    return case


@reader_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    """Everything of one case, and what this officer may do with it now."""
    at, account = now(), account_of(request)
    case = _case(request, number)
    application = Application.objects.filter(case=case).select_related("track__call").first()
    panels = panels_of(request, case, account, at=at)
    if request.method == "POST" and act_on(request, case, panels, account, at=at):
        return redirect("policies:office_case", number=number)
    context = {
        "case": case,
        "application": application,
        "panels": panels,
        "progress": progress_of(case, at=at),
        "items": items_of(application.track, case, today=city_date(at)) if application else [],
        "decisions": list(case.decisions.prefetch_related("precedents__case").order_by("pk")),
        "entries": list(case.notice_entries.select_related("notice").order_by("pk")),
        "appeals": list(case.appeals.order_by("pk")),
        "may_rule": may_rule(account, case),
        "payments": payments_of(application) if application else [],
        "conflict": ConflictKind(conflict).label if (conflict := find_conflict(case, account, at=at)) else "",
        "at": at,
    }
    return render(request, "policies/cases/case.html", context)


@reader_required
def letter(request: HttpRequest, number: int) -> HttpResponse:
    return render_letter(request, _application(request, number))


@reader_required
def letter_pdf(request: HttpRequest, number: int) -> HttpResponse:
    return send_letter(_application(request, number))


def _application(request: HttpRequest, number: int) -> Application:
    """The application behind a case that the reader may see."""
    case = _case(request, number)
    application = Application.objects.filter(case=case).select_related("case__procedure", "track__call").first()
    if application is None:
        raise Http404
    return application


@reader_required
def download_file(request: HttpRequest, number: int) -> HttpResponse:
    """The case file as one archive; who took it is written down."""
    case, at, account = _case(request, number), now(), account_of(request)
    application = Application.objects.filter(case=case).select_related("track").first()
    words = _file_words(application) if application else None
    content = export_case_file(acting_user=account, case=case, at=at, words=words)
    from django.db import transaction

    with transaction.atomic():
        record(at=at, acting_user=account, action="cases.export", subject=case)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="case-{case.pk}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


def _file_words(application: Application) -> CaseWords:
    """The form in the order of the track, and the documents by the names that the applicant saw."""
    data, track = application.case.data if application.case else {}, application.track
    form = [(label(field), form_value(data.get(field["name"]), field)) for field in track.fields]
    return CaseWords(form, {item["kind"]: label(item) for item in track.attachments})


@desk_required
def list_checks(request: HttpRequest) -> HttpResponse:
    """Questions by department; a list may be sent for each that has a kind of fact."""
    at, account = now(), account_of(request)
    if request.method == "POST":
        exchange, content = actions.send_check_batch(
            acting_user=account,
            department=request.POST.get("department", ""),
            property_name=request.POST.get("property", ""),
            at=at,
        )
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="exchange-{exchange.pk}.csv"'
        response["Cache-Control"] = "private, no-store"
        return response
    exchanges = Exchange.objects.order_by("-created_at", "-pk")
    context = {"groups": check_groups(account, at=at), "page": page_of(request, exchanges), "at": at}
    return render(request, "policies/cases/checks.html", context)


@desk_required
def show_exchange(request: HttpRequest, number: int) -> HttpResponse:
    exchange, at = get_object_or_404(Exchange, pk=number), now()
    form = BatchForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(5_000_001)
        if len(content) > 5_000_000:
            form.add_error("file", _("文件超过 5 MB。"))
        else:
            found: list[actions.BatchReport] = []
            account = account_of(request)
            if try_action(
                form,
                lambda: found.append(
                    actions.receive_check_batch(acting_user=account, exchange=exchange, content=content, at=at)
                ),
            ):
                report = found[0]
    context = {"exchange": exchange, "form": form, "report": report, "at": at}
    return render(request, "policies/cases/exchange.html", context)


@desk_required
def list_notices(request: HttpRequest) -> HttpResponse:
    """What waits to be published, a form for it, and what is published."""
    at, account = now(), account_of(request)
    ready = ready_for_notice(account, at=at)
    is_withdrawal = request.POST.get("do") == "withdraw"
    form = NoticeForm(ready, request.POST if request.POST and not is_withdrawal else None)
    withdrawal = WithdrawNoticeForm(request.POST if is_withdrawal else None)
    if withdrawal.is_valid() and _withdraw(withdrawal, account, at):
        messages.success(request, _("公示已撤下。"))
        return redirect("policies:office_notices")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        runs = list(data["runs"])
        if try_action(
            form,
            lambda: actions.publish_notice(
                acting_user=account, runs=runs, at=at, title=data["title"], contact=data["contact"]
            ),
        ):
            messages.success(request, _("公示已发布。"))
            return redirect("policies:office_notices")
    context = {
        "form": form,
        "withdrawal": withdrawal,
        "waiting": ready.count(),
        "page": page_of(request, public_notices(at=at)),
        "at": at,
    }
    return render(request, "policies/cases/notices.html", context)


def _withdraw(form: WithdrawNoticeForm, account: Account, at: datetime) -> bool:
    notice = get_object_or_404(PublicNotice, pk=form.cleaned_data["notice"])
    reason = form.cleaned_data["reason"]
    return try_action(form, lambda: actions.withdraw_notice(acting_user=account, notice=notice, at=at, reason=reason))


def _objection(request: HttpRequest, number: int) -> Objection:
    rows = Objection.objects.select_related("entry__case__procedure", "entry__notice", "entry__run")
    objection = get_object_or_404(rows, pk=number)
    if not can_view_file(request.user, objection.entry.case, at=now()):
        raise PermissionDenied
    return objection


@desk_required
def show_objection(request: HttpRequest, number: int) -> HttpResponse:
    objection, at = _objection(request, number), now()
    form = RulingForm(ObjectionState.UPHELD.label, ObjectionState.DISMISSED.label, request.POST or None)
    if request.method == "POST" and form.is_valid():
        account, answer, is_upheld = account_of(request), form.cleaned_data["answer"], form.is_upheld
        if try_action(
            form,
            lambda: actions.handle_objection(
                acting_user=account, objection=objection, at=at, is_upheld=is_upheld, answer=answer
            ),
        ):
            messages.success(request, _("异议已办结。"))
            return redirect("policies:office_cases")
    return render(request, "policies/cases/objection.html", {"objection": objection, "form": form, "at": at})


@desk_required
def download_evidence(request: HttpRequest, number: int) -> HttpResponse:
    objection = _objection(request, number)
    if not objection.evidence:
        raise Http404
    return serve_download(objection.evidence, name=objection.evidence_name)  # type: ignore[return-value]
