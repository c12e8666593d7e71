"""One application as the employer sees it: the CV, the talk, the steps that are allowed now."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, try_action
from taihu.systems.jobs.actions.applications import (
    mark_messages_read,
    open_resume,
    refuse,
    send_message,
    shortlist,
)
from taihu.systems.jobs.actions.hires import claim_hire
from taihu.systems.jobs.actions.interviews import cancel_interview, offer_interview, reschedule_interview
from taihu.systems.jobs.actions.offers import make_offer, withdraw_offer
from taihu.systems.jobs.actions.steps import ANSWER_WITHIN, allowed_verbs
from taihu.systems.jobs.answer_letters import letter_of, refusal_letter
from taihu.systems.jobs.enums import ApplicationState, OfferState, Side
from taihu.systems.jobs.forms.hiring import HireForm, InterviewForm, OfferForm, RefusalForm
from taihu.systems.jobs.forms.seeker import MessageForm
from taihu.systems.jobs.labels import labels_of
from taihu.systems.jobs.models import Application, Interview, InterviewSlot, Offer
from taihu.systems.jobs.queries import explain_to_employer
from taihu.systems.jobs.queries.hiring import WAITING, Scope
from taihu.systems.jobs.queries.seekers import calendar_entry
from taihu.systems.jobs.resume_text import read_resume
from taihu.systems.jobs.views.hiring.access import hiring_required, own_application
from taihu.systems.jobs.views.resumes import download


@hiring_required
def show_application(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    application = own_application(scope, number)
    account, at = account_of(request), now()
    form = MessageForm(request.POST if request.POST.get("do") == "message" else None)
    if request.method == "POST":
        if request.POST.get("do") != "message":
            _act(request, application)
            return _after(request, number)
        body = form.cleaned_data["body"] if form.is_valid() else ""
        if body and try_action(
            form, lambda: send_message(acting_user=account, application=application, body=body, at=at)
        ):
            return redirect("jobs:employer_application", number=number)
    resume = open_resume(acting_user=account, application=application, at=at)
    mark_messages_read(acting_user=account, application=application, at=at)
    return render(request, "jobs/employer/hiring_application.html", _context(application, resume, form, at))


def _context(application: Application, resume: dict[str, Any] | None, form: MessageForm, at: Any) -> dict[str, Any]:
    events = list(application.events.order_by("-at", "-pk"))
    is_waiting = application.state in WAITING
    offers = list(application.offers.order_by("-made_at", "-pk"))
    return {
        "application": application,
        "opening": application.opening,
        "labels": labels_of(application.opening),
        "resume": read_resume(resume) if resume is not None else None,
        "reasons": explain_to_employer(application.person, application.opening) if is_waiting else None,
        "events": events,
        "thread": application.messages.order_by("sent_at", "pk"),
        "interviews": list(application.interviews.prefetch_related("slots").order_by("-created_at", "-pk")),
        "offers": offers,
        "open_offer": next((offer for offer in offers if offer.state == OfferState.OPEN), None),
        "hire": getattr(application, "hire", None),
        "may": {verb.value for verb in allowed_verbs(application.state, Side.EMPLOYER)},
        "is_waiting": is_waiting,
        "days_left": (city_date(application.answer_due_at) - city_date(at)).days,
        "days_waited": (at - (application.answer_due_at - ANSWER_WITHIN)).days,
        "days_total": ANSWER_WITHIN.days,
        "letter": letter_of(application, events),
        "form": form,
        "states": dict(ApplicationState.choices),
        "at": at,
    }


def _act(request: HttpRequest, application: Application) -> None:
    """The steps that need no form of their own; a refusal is shown by the page of refusals."""
    account, at, verb = account_of(request), now(), request.POST.get("do", "")
    if verb == "shortlist":
        shortlist(acting_user=account, application=application, at=at)
        messages.success(request, _("已通过初筛，并告知本人。"))
    elif verb == "withdraw_offer":
        offer = get_object_or_404(Offer, application=application, state=OfferState.OPEN)
        withdraw_offer(acting_user=account, offer=offer, at=at)
        messages.success(request, _("录用意向已撤回，并告知本人。"))
    elif verb == "cancel_interview":
        interview = _interview(application, request.POST.get("interview", ""))
        cancel_interview(acting_user=account, interview=interview, at=at, note=request.POST.get("note", "")[:200])
        messages.success(request, _("面试已取消，并告知本人。"))
    else:
        raise BadRequest(f"no step {verb!r}")


def _interview(application: Application, number: str) -> Interview:
    if not number.isdecimal() or len(number) > 18:
        raise BadRequest("no interview")
    return get_object_or_404(Interview, pk=number, application=application)


def _after(request: HttpRequest, number: int) -> HttpResponse:
    """Back to where the button was."""
    origin = request.POST.get("from", "")
    if origin == "board":
        return redirect("jobs:employer_board")
    if origin.isdecimal() and len(origin) < 19:
        return redirect("jobs:employer_opening_board", number=int(origin))
    return redirect("jobs:employer_application", number=number)


@hiring_required
def refuse_one(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Reason, then the letter as the person will read it, then send."""
    application = own_application(scope, number)
    step = request.POST.get("do", "")
    form = RefusalForm(request.POST or None)
    letter = None
    if step and form.is_valid():
        data = form.cleaned_data
        if step == "send" and try_action(
            form, lambda: refuse(acting_user=account_of(request), application=application, at=now(), **data)
        ):
            messages.success(request, _("已答复，并告知本人。"))
            return redirect("jobs:employer_application", number=number)
        if not form.errors:
            letter = refusal_letter(
                name=str(application.person),
                title=application.opening.title,
                organisation=application.opening.organisation.name,
                reason=data["reason"],
                note=data["note"],
            )
    letters = [(application, letter)] if letter else []
    context = {"applications": [application], "form": form, "letters": letters, "single": application}
    return render(request, "jobs/employer/hiring_refuse.html", context)


@hiring_required
def arrange_interview(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Offer times; with `?replaces=` in place of an appointment."""
    application = own_application(scope, number)
    replaced = request.GET.get("replaces", "")
    old = _interview(application, replaced) if replaced else None
    form = InterviewForm(request.POST or None, initial=InterviewForm.initial_of(old))
    account = account_of(request)
    if request.method == "POST" and form.is_valid():
        plan = form.arrangement()
        act: Callable[[], object]
        if old is not None:
            act = lambda: reschedule_interview(acting_user=account, interview=old, at=now(), **plan)  # noqa: E731
        else:
            act = lambda: offer_interview(acting_user=account, application=application, at=now(), **plan)  # noqa: E731
        if try_action(form, act):
            messages.success(request, _("时间已发给对方，等对方选择。"))
            return redirect("jobs:employer_application", number=number)
    return render(
        request, "jobs/employer/hiring_interview.html", {"application": application, "form": form, "old": old}
    )


@hiring_required
def offer_job(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    application = own_application(scope, number)
    form = OfferForm(request.POST or None, initial={"pay_months": application.opening.pay_months})
    if request.method == "POST" and form.is_valid():
        terms = form.offer()
        if try_action(
            form, lambda: make_offer(acting_user=account_of(request), application=application, at=now(), **terms)
        ):
            messages.success(request, _("录用意向已发出，等对方答复。"))
            return redirect("jobs:employer_application", number=number)
    return render(request, "jobs/employer/hiring_offer.html", {"application": application, "form": form})


@hiring_required
def report_hire(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    application = own_application(scope, number)
    form = HireForm(request.POST or None, initial={"start_date": city_date(now())})
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["start_date"]
        if try_action(
            form,
            lambda: claim_hire(acting_user=account_of(request), application=application, start_date=day, at=now()),
        ):
            messages.success(request, _("入职已登记，等社保记录确认。"))
            return redirect("jobs:employer_application", number=number)
    return render(request, "jobs/employer/hiring_hire.html", {"application": application, "form": form})


@hiring_required
@require_safe
def download_meeting(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A chosen time for the employer's own calendar."""
    slots = InterviewSlot.objects.filter(
        interview__application__opening__organisation__in=scope.recruits_for, chosen_at__isnull=False
    )
    slot = get_object_or_404(
        slots.select_related("interview__application__opening__organisation"), pk=number, interview__cancelled_at=None
    )
    return download(calendar_entry(slot), "text/calendar; charset=utf-8", "interview.ics")
