"""An applicant's own applications: fill in, hand in, follow, correct, appeal."""

from collections.abc import Callable
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
from taihu.records.base.language import said
from taihu.records.base.limits import limited
from taihu.records.base.uploads import limit_mb, serve_download
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import CaseState, RunState, Verb
from taihu.records.cases.models import Attachment, StageRun
from taihu.records.cases.permissions import can_view_case
from taihu.records.cases.procedures.tree import Kind
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.models import Account
from taihu.records.identity.queries import person_of
from taihu.systems.policies.actions import applications as actions
from taihu.systems.policies.evidence import items_of
from taihu.systems.policies.forms.applications import GroundsForm, SubmitForm, TrackForm
from taihu.systems.policies.known import known_of
from taihu.systems.policies.letter_paper import letter_of, letter_paper
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.applications import appeal_until, applications_of, payments_of, progress_of
from taihu.systems.policies.views.application_access import own_application

# Lines of the history that tell an applicant something; who reviewed and what was saved is not among them.
TOLD = frozenset(
    {Verb.SUBMIT, Verb.PASS, Verb.FAIL, Verb.RETURN, Verb.DELEGATE, Verb.ASK, Verb.ANSWER, Verb.DECIDE, Verb.PUBLISH}
) | {Verb.HANDLE, Verb.APPEAL, Verb.RULE, Verb.ESCALATE, Verb.WITHDRAW, Verb.CLOSE}


@login_required
def list_applications(request: HttpRequest) -> HttpResponse:
    person = person_of(request.user)
    rows = applications_of(person) if person is not None else Application.objects.none()
    return render(request, "policies/applications/list.html", {"page": page_of(request, rows), "at": now()})


def open_draft_of(application: Application) -> StageRun | None:
    """The run in which the applicant may write now."""
    rows = StageRun.objects.filter(case=application.case, state=RunState.OPEN, kind__in=[Kind.DRAFT, Kind.PROOF])
    return rows.select_related("returned_by").order_by("-pk").first()


@login_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    application = own_application(request, number, at=at)
    case = application.case
    assert case is not None
    draft = open_draft_of(application)
    appeal_form = GroundsForm(request.POST if request.POST.get("do") == "appeal" else None)
    if request.method == "POST" and (done := _act(request, application, appeal_form, at)):
        return done
    context = {
        "application": application,
        "case": case,
        "progress": progress_of(case, at=at),
        "draft": draft,
        "decision": case.decisions.order_by("-pk").first(),
        "notice": case.notice_entries.select_related("notice").order_by("-pk").first(),
        "payments": payments_of(application),
        "appeal": case.appeals.order_by("-pk").first(),
        "may_appeal": _may_appeal(application, at),
        "appeal_until": appeal_until(case),
        "appeal_form": appeal_form,
        "told": TOLD,
        "needs_signature": application.person is not None and application.agreed_at is None and case.submitted_at,
        "at": at,
    }
    return render(request, "policies/applications/show.html", context)


def _may_appeal(application: Application, at: datetime) -> bool:
    case = application.case
    assert case is not None
    last_day = appeal_until(case)
    return last_day is not None and city_date(at) <= last_day and not case.appeals.exists()


def _act(request: HttpRequest, application: Application, form: GroundsForm, at: datetime) -> HttpResponse | None:
    """The small acts of the status page; each is one action."""
    account, case = account_of(request), application.case
    assert case is not None
    back = redirect("policies:application", number=application.pk)
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "withdraw": (
            lambda: actions.withdraw_application(acting_user=account, application=application, at=at),
            _("已撤回。"),
        ),
        "sign": (
            lambda: actions.confirm_by_person(acting_user=account, application=application, at=at),
            _("已签署承诺。"),
        ),
    }
    chosen = request.POST.get("do", "")
    if chosen in acts:
        act, text = acts[chosen]
        act()
        messages.success(request, text)
        return back
    if chosen == "discard":
        actions.discard_draft(acting_user=account, application=application, at=at)
        messages.success(request, _("草稿已删除。"))
        return redirect("policies:my_applications")
    if chosen == "appeal" and form.is_valid():
        grounds = form.cleaned_data["grounds"]
        if try_action(form, lambda: cases.file_appeal(acting_user=account, case=case, at=at, grounds=grounds)):
            messages.success(request, _("复核申请已提交。"))
            return back
    return None


@login_required
@limited("policies.fill_in", amount=240, seconds=3600)
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The form with what is known, the documents, and handing in; all of it is saved with every button."""
    at = now()
    application = own_application(request, number, at=at)
    case, draft = application.case, open_draft_of(application)
    assert case is not None
    if draft is None:
        return redirect("policies:application", number=number)
    known = known_of(application.track, application.person, at=at)
    form = TrackForm(application.track, known, request.POST or None, data_of_case=case.data)
    submit_form = SubmitForm(request.POST if request.POST.get("do") == "submit" else None)
    is_kept = request.method == "POST" and _keep(request, application, form, at)
    if is_kept and _after_save(request, application, form, submit_form, at):
        is_handed_in = request.POST.get("do") == "submit"
        messages.success(request, _("已提交。") if is_handed_in else _("已保存。"))
        return redirect("policies:application" if is_handed_in else "policies:application_form", number=number)
    context = {
        "application": application,
        "case": case,
        "draft": draft,
        "form": form,
        "submit_form": submit_form,
        "known": list(known.values()),
        "items": items_of(application.track, case, today=city_date(at)),
        "upload_limit": limit_mb(),
        "at": at,
    }
    return render(request, "policies/applications/edit.html", context)


def _keep(request: HttpRequest, application: Application, form: TrackForm, at: datetime) -> bool:
    """Documents and fields, each as far as it is in order; false where something was refused."""
    account, is_put_in = account_of(request), put_in(request, application, at)
    return (
        form.is_valid()
        and try_action(
            form,
            lambda: actions.save_application(acting_user=account, application=application, at=at, data=form.values),
        )
        and is_put_in
    )


def _after_save(
    request: HttpRequest, application: Application, form: TrackForm, submit_form: SubmitForm, at: datetime
) -> bool:
    if request.POST.get("do") != "submit":
        return True
    agrees = submit_form.is_valid() and submit_form.cleaned_data["agrees"]
    account = account_of(request)
    return try_action(
        form if "agrees" not in submit_form.errors else submit_form,
        lambda: actions.submit_application(acting_user=account, application=application, at=at, agrees=agrees),
    )


def put_in(request: HttpRequest, application: Application, at: datetime) -> bool:
    """The documents that were chosen, each for its item of the list; what is refused is told with its name."""
    chosen = [
        (item, upload)
        for item in application.track.attachments
        for upload in request.FILES.getlist(f"file-{item['kind']}")
    ]
    taken = [_put_in_one(request, application, item, upload, at) for item, upload in chosen]
    return all(taken)


def _put_in_one(
    request: HttpRequest, application: Application, item: dict[str, Any], upload: Any, at: datetime
) -> bool:
    name = f"{said(item['zh'], item['en'])}（{upload.name}）"
    account, case = account_of(request), application.case
    assert case is not None
    try:
        cases.attach(
            acting_user=account, case=case, kind=item["kind"], upload=upload, at=at, allowed=frozenset(item["accept"])
        )
    except Refused as refused:
        messages.error(request, f"{name}：{refused}")
        return False
    messages.success(request, _("已上传：%(name)s") % {"name": name})
    return True


@login_required
@require_POST
def remove(request: HttpRequest, number: int) -> HttpResponse:
    attachment = get_object_or_404(Attachment.objects.select_related("case"), pk=number)
    at, application = now(), Application.objects.filter(case=attachment.case_id).first()
    if application is None or not can_view_case(request.user, attachment.case, at=at):
        raise Http404
    cases.remove_attachment(acting_user=account_of(request), attachment=attachment, at=at)
    messages.success(request, _("已删除。"))
    if request.POST.get("from") == "employer":
        return redirect("policies:employer_application", number=application.pk)
    return redirect("policies:application_form", number=application.pk)


@login_required
def download(request: HttpRequest, number: int) -> HttpResponse:
    """A document, for the applicant, the employer, and officials with a part in the case; drafts only for the applicant."""
    attachment = get_object_or_404(Attachment.objects.select_related("case__procedure", "case__person"), pk=number)
    case, at = attachment.case, now()
    is_draft = case.state == CaseState.DRAFT
    if not can_view_case(request.user, case, at=at):
        raise Http404
    if (
        is_draft
        and not (case.person and case.person.account_id == account_of(request).pk)
        and not _wrote(request, case)
    ):
        raise Http404
    return serve_download(attachment.file, name=attachment.name)  # type: ignore[return-value]


def _wrote(request: HttpRequest, case: Any) -> bool:
    account: Account = account_of(request)
    return bool(case.created_by_id == account.pk)


@login_required
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """The decision with its reasons, to read and to print."""
    at = now()
    application = own_application(request, number, at=at)
    return render_letter(request, application)


@login_required
def letter_pdf(request: HttpRequest, number: int) -> HttpResponse:
    return send_letter(own_application(request, number, at=now()))


def render_letter(request: HttpRequest, application: Application) -> HttpResponse:
    found = letter_of(application)
    if found is None:
        raise Http404
    return render(request, "policies/applications/letter.html", {"letter": found, "pdf": f"{request.path[:-1]}.pdf"})


def send_letter(application: Application) -> HttpResponse:
    found = letter_of(application)
    if found is None:
        raise Http404
    response = HttpResponse(letter_paper(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="decision-{application.pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
