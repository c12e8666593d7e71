"""A person's own pages: matches, profile, applications."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity.actions import register_person
from taihu.records.identity.doors import account_of, try_action
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import acts_for
from taihu.records.identity.queries import has_consent, person_of
from taihu.systems.jobs.actions.applications import apply, send_message, withdraw
from taihu.systems.jobs.actions.interviews import cancel_interview, choose_slot
from taihu.systems.jobs.actions.offers import accept_offer, decline_offer
from taihu.systems.jobs.actions.profiles import (
    hide_opening,
    resume_from_profile,
    save_profile,
    set_personalised,
    tell_birth_date,
)
from taihu.systems.jobs.actions.steps import STEPS
from taihu.systems.jobs.answer_letters import letter_of
from taihu.systems.jobs.enums import ApplicationState, ApplicationVerb
from taihu.systems.jobs.forms.seeker import ApplyForm, HideForm, MessageForm, ProfileForm
from taihu.systems.jobs.models import Application, Interview, InterviewSlot, Offer, Opening, Profile
from taihu.systems.jobs.queries import explain_matches, slate_for_person
from taihu.systems.jobs.queries.public import newest_openings
from taihu.systems.jobs.queries.seekers import applications_of, resumes_of
from taihu.systems.jobs.views.rows import row_of

PLAIN = 10
ACTING = "acting_for"


def person_for(request: HttpRequest) -> Person:
    """Whose pages these are: the person that a caseworker turned to, else the account's own, made at the first visit."""
    account = account_of(request)
    if (chosen := _acted_for(request, account)) is not None:
        return chosen
    found = person_of(account)
    if found is not None:
        return found
    return register_person(acting_user=account, at=now(), name=account.display_name, account=account)


def _acted_for(request: HttpRequest, account: Account) -> Person | None:
    """Asked anew on every request: a mandate that ended ends the acting at once."""
    number = request.session.get(ACTING)
    person = Person.objects.filter(pk=number).first() if number else None
    if person is None or not acts_for(account, person, at=now()):
        request.session.pop(ACTING, None)
        return None
    request.acted_for = person  # type: ignore[attr-defined]
    return person


@login_required
def show_matches(request: HttpRequest) -> HttpResponse:
    at, person = now(), person_for(request)
    profile = Profile.objects.filter(person=person).first()
    if profile is None:
        return redirect("jobs:profile")
    if profile.is_personalised:
        openings = [place.opening for place in slate_for_person(person, at)]
        told = explain_matches(person, openings)
    else:
        openings, told = newest_openings(PLAIN), {}
    places = []
    for opening in openings:
        why = told.get(opening.pk)
        places.append({"opening": opening, "row": row_of(opening, at=at), "reasons": why})
    context = {"places": places, "profile": profile, "at": at, "agrees": has_consent(person, Purpose.MATCHING)}
    return render(request, "jobs/seeker/matches.html", context)


@login_required
@require_POST
def switch_order(request: HttpRequest) -> HttpResponse:
    is_personalised = request.POST.get("personalised") == "1"
    set_personalised(
        acting_user=account_of(request), at=now(), person=person_for(request), is_personalised=is_personalised
    )
    return redirect("jobs:my_matches")


@login_required
def hide(request: HttpRequest, number: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.select_related("organisation"), pk=number)
    form = HideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        hide_opening(
            acting_user=account_of(request),
            at=now(),
            person=person_for(request),
            opening=opening,
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, _("不会再推荐这个岗位。"))
        return redirect("jobs:my_matches")
    return render(request, "jobs/seeker/hide.html", {"opening": opening, "form": form})


@login_required
def edit_profile(request: HttpRequest) -> HttpResponse:
    person = person_for(request)
    profile = Profile.objects.filter(person=person).first()
    initial = ProfileForm.initial_of(profile) if profile else {"is_looking": True}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = form.profile_fields()
        if try_action(
            form, lambda: save_profile(acting_user=account_of(request), at=now(), person=person, fields=fields)
        ):
            messages.success(request, _("资料已保存，下一次匹配会用到。"))
            return redirect("jobs:my_matches")
    return render(request, "jobs/seeker/profile.html", {"form": form, "agrees": has_consent(person, Purpose.MATCHING)})


@login_required
@limited("apply", amount=60, seconds=86400)
def apply_to(request: HttpRequest, number: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.select_related("organisation"), pk=number)
    account, person = account_of(request), person_for(request)
    if not resumes_of(person).exists():
        if not Profile.objects.filter(person=person).exists():
            messages.info(request, _("投递之前，请先填写资料。"))
            return redirect("jobs:profile")
        resume_from_profile(acting_user=account, at=now(), person=person)
    form = ApplyForm(person, request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and try_action(form, lambda: _apply(account, person, opening, dict(form.cleaned_data))):
        messages.success(request, _("已投递。单位的答复会出现在“我的投递”里。"))
        return redirect("jobs:applications")
    return render(request, "jobs/seeker/apply.html", {"opening": opening, "form": form})


@transaction.atomic
def _apply(account: Account, person: Person, opening: Opening, data: dict[str, Any]) -> Application:
    """One answer of the form, two verbs: tell the birth date if asked for it, and apply."""
    at = now()
    birth_date = data.pop("birth_date", None)
    if birth_date is not None:
        tell_birth_date(acting_user=account, at=at, person=person, birth_date=birth_date)
    return apply(acting_user=account, person=person, opening=opening, at=at, **data)


@login_required
def list_applications(request: HttpRequest) -> HttpResponse:
    page = Paginator(applications_of(person_for(request)), 20).get_page(request.GET.get("page"))
    return render(request, "jobs/seeker/applications.html", {"page": page, "at": now()})


@login_required
def show_application(request: HttpRequest, number: int) -> HttpResponse:
    application = get_object_or_404(applications_of(person_for(request)), pk=number)
    form = MessageForm(request.POST if request.POST.get("do") == "message" else None)
    if request.method == "POST":
        if request.POST.get("do") != "message":
            _act(request, application)
            return redirect("jobs:application", number=number)
        body = form.cleaned_data["body"] if form.is_valid() else ""
        if body and try_action(
            form, lambda: send_message(acting_user=account_of(request), application=application, body=body, at=now())
        ):
            return redirect("jobs:application", number=number)
    events = list(application.events.order_by("-at", "-pk"))
    context = {
        "application": application,
        "events": events,
        "letter": letter_of(application, events),
        "thread": application.messages.select_related("sender").order_by("sent_at", "pk"),
        "interviews": application.interviews.filter(cancelled_at__isnull=True).prefetch_related("slots"),
        "offers": application.offers.order_by("-made_at"),
        "form": form,
        "states": ApplicationState.choices,
        "can_withdraw": application.state in STEPS[ApplicationVerb.WITHDRAW].sources,
        "at": now(),
    }
    return render(request, "jobs/seeker/application.html", context)


def _act(request: HttpRequest, application: Application) -> None:
    """One verb of the person; a refusal is shown by the page of refusals."""
    account, at, verb = account_of(request), now(), request.POST.get("do")
    if verb == "withdraw":
        withdraw(acting_user=account, application=application, at=at)
    elif verb == "slot":
        slot = get_object_or_404(InterviewSlot, pk=request.POST.get("slot"), interview__application=application)
        choose_slot(acting_user=account, slot=slot, at=at)
    elif verb == "cancel_interview":
        interview = get_object_or_404(Interview, pk=request.POST.get("interview"), application=application)
        cancel_interview(acting_user=account, interview=interview, at=at)
    elif verb in {"accept", "decline"}:
        offer = get_object_or_404(Offer, pk=request.POST.get("offer"), application=application)
        (accept_offer if verb == "accept" else decline_offer)(acting_user=account, offer=offer, at=at)
