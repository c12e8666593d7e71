"""What an employer does: confirm what its staff apply for, and apply for them."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.limits import limited
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import RunState
from taihu.records.cases.models import StageRun
from taihu.records.cases.procedures.tree import Kind, Role
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.models import Person
from taihu.records.identity.queries import person_by_number
from taihu.systems.policies.actions.applications import confirm_by_employer, start_application
from taihu.systems.policies.actions.leavers import is_late, report_leaver
from taihu.systems.policies.enums import ApplicantKind, CallState
from taihu.systems.policies.evidence import items_of
from taihu.systems.policies.forms.applications import StaffForm
from taihu.systems.policies.forms.cases import LeaverForm, StageForm
from taihu.systems.policies.models import Application, Call, Track
from taihu.systems.policies.queries.applications import applications_of_organisation, payments_of, progress_of
from taihu.systems.policies.queries.staff import perhaps_left, waiting_for
from taihu.systems.policies.views.application_access import employer_application, employer_at_hand
from taihu.systems.policies.views.applications import put_in
from taihu.systems.policies.windows import window_of


@login_required
def list_applications(request: HttpRequest) -> HttpResponse:
    organisation = employer_at_hand(request)
    rows = applications_of_organisation(organisation, account_of(request))
    context = {
        "organisation": organisation,
        "page": page_of(request, rows),
        "waiting": waiting_for(organisation),
        "perhaps_left": perhaps_left(organisation, day=city_date(now())),
        "calls": _staff_calls(),
        "at": now(),
    }
    return render(request, "policies/employer/list.html", context)


@login_required
@require_POST
def confirm_several(request: HttpRequest) -> HttpResponse:
    """The same word for each that was ticked; what cannot be confirmed is told by name and waits on."""
    at, account = now(), account_of(request)
    employer_at_hand(request)
    chosen = [
        employer_application(request, int(number)) for number in request.POST.getlist("chosen") if number.isdecimal()
    ]
    if not chosen:
        messages.error(request, _("请先勾选要确认的申报。"))
    for application in chosen:
        run = _waiting_run(application)
        try:
            if run is None:
                raise Refused("not_waiting", _("这项申报不在等待单位确认。"))
            confirm_by_employer(acting_user=account, application=application, run=run, at=at)
        except Refused as refused:
            messages.error(request, f"{application.case and application.case.applicant}：{refused}")
        else:
            messages.success(request, _("已确认：%(name)s") % {"name": application.case and application.case.applicant})
    return redirect("policies:employer_applications")


def _staff_calls() -> list[tuple[Call, list[Track]]]:
    """Calls with the tracks that an employer may open for itself or its staff now."""
    at = now()
    kinds = [ApplicantKind.EMPLOYER, ApplicantKind.ORGANISATION, ApplicantKind.PERSON]
    rows = Track.objects.filter(call__state=CallState.PUBLISHED, applicant__in=kinds).select_related("call")
    found: dict[Call, list[Track]] = {}
    for track in rows.order_by("call", "position"):
        if window_of(track.call, track, at=at).is_open:
            found.setdefault(track.call, []).append(track)
    return list(found.items())


def _waiting_run(application: Application) -> StageRun | None:
    rows = StageRun.objects.filter(case=application.case, state=RunState.OPEN, role=Role.EMPLOYER)
    run = rows.exclude(kind=Kind.DRAFT).order_by("pk").first()
    if run is not None and application.case is not None:
        run.case = application.case
    return run


def _give_opinion(request: HttpRequest, application: Application, run: StageRun, form: StageForm, at: datetime) -> bool:
    account, reason, wish = account_of(request), form.cleaned_data["reason"], request.POST.get("do", "")
    acts: dict[str, tuple[Any, str]] = {
        "pass": (
            lambda: confirm_by_employer(acting_user=account, application=application, run=run, at=at),
            _("已确认。"),
        ),
        "return": (
            lambda: cases.return_for_correction(acting_user=account, run=run, at=at, reason=reason),
            _("已退回补正。"),
        ),
        "fail": (
            lambda: cases.fail_stage(acting_user=account, run=run, at=at, reason=reason),
            _("已记录为不予确认。"),
        ),
    }
    if wish not in acts:
        return wish == "save"
    act, words = acts[wish]
    if not try_action(form, act):
        return False
    messages.success(request, words)
    return True


@login_required
@limited("policies.fill_in", amount=240, seconds=3600)
def show(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    application = employer_application(request, number)
    case, run = application.case, _waiting_run(application)
    assert case is not None
    form = StageForm(run, request.POST or None) if run else None
    leaving = LeaverForm(request.POST if request.POST.get("do") == "leave" else None)
    if request.method == "POST" and leaving.is_valid():
        day = leaving.cleaned_data["left_on"]
        leaver = account_of(request)
        if try_action(leaving, lambda: report_leaver(acting_user=leaver, application=application, at=at, left_on=day)):
            messages.success(request, _("已报告离职，未拨付的款项暂缓。"))
            return redirect("policies:employer_application", number=number)
    if request.method == "POST" and run is not None and form is not None and put_in(request, application, at):
        done = form.is_valid() and _give_opinion(request, application, run, form, at)
        if done:
            return redirect("policies:employer_application", number=number)
    context = {
        "application": application,
        "case": case,
        "run": run,
        "form": form,
        "items": items_of(application.track, case, today=city_date(at)),
        "progress": progress_of(case, at=at),
        "payments": payments_of(application) if application.person is None else [],
        "is_late": is_late(application),
        "leaving": leaving if application.person and case.submitted_at and case.outcome != "refused" else None,
        "at": at,
    }
    return render(request, "policies/employer/show.html", context)


@login_required
def start(request: HttpRequest, code: str, track: str) -> HttpResponse:
    """Apply for a member of staff, or for the organisation itself; staff are known by social insurance."""
    at, organisation = now(), employer_at_hand(request)
    found = get_object_or_404(Track.objects.select_related("call"), call__code=code, code=track)
    if found.call.state != CallState.PUBLISHED:
        raise Http404
    is_own = found.applicant == ApplicantKind.ORGANISATION
    form = (
        StaffForm(request.POST or None)
        if not is_own
        else StaffForm({"name": "-", "number": "-"} if request.POST else None)
    )
    if request.method == "POST" and form.is_valid():
        person = None if is_own else _staff(form)
        made: list[Application] = []
        if not form.errors and try_action(
            form,
            lambda: made.append(
                start_application(
                    acting_user=account_of(request), at=at, track=found, person=person, organisation=organisation
                )
            ),
        ):
            return redirect("policies:application_form", number=made[0].pk)
    context = {"track": found, "call": found.call, "form": form, "is_own": is_own, "organisation": organisation}
    return render(request, "policies/employer/start.html", context)


def _staff(form: StaffForm) -> Person | None:
    """Name and number have to fit; which of the two does not is not told."""
    person = person_by_number(form.cleaned_data["number"])
    if person is None or person.name != form.cleaned_data["name"].strip():
        form.add_error("number", _("没有查到此人，或姓名与证件号码不符。"))
        return None
    return person
