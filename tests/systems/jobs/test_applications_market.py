"""Whatever people and employers do, in whatever order, no illegal state occurs."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from django.db import transaction
from django.db.models import Count, F, Q
from factories import AT, make_member, make_opening
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from systems.jobs.people import apply_to, make_applicant, make_offer_for

from taihu.records.audit.actions import verify
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions import answers, applications, hires, interviews, offers
from taihu.systems.jobs.actions.steps import STEPS
from taihu.systems.jobs.enums import OPEN_APPLICATION, OfferState, RefusalReason
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.models import Application, ApplicationEvent, Hire, Interview, InterviewSlot, Offer

LEGAL = {(source, step.target) for step in STEPS.values() for source in step.sources} | {("", State.SUBMITTED)}


def look(case, recruiter, seeker, at, choice):
    verb = applications.mark_viewed if choice % 2 else applications.shortlist
    verb(acting_user=recruiter, application=case, at=at)


def refuse(case, recruiter, seeker, at, choice):
    applications.refuse(acting_user=recruiter, application=case, reason=RefusalReason.values[choice], at=at)


def withdraw(case, recruiter, seeker, at, choice):
    applications.withdraw(acting_user=seeker, application=case, at=at)


def offer_times(case, recruiter, seeker, at, choice):
    start = at + timedelta(hours=1 + choice / 2)
    times = [(start, start + timedelta(hours=1)), (start + timedelta(hours=1), start + timedelta(hours=2))]
    mode = ("onsite", "video")[choice % 2]
    interviews.offer_interview(acting_user=recruiter, application=case, mode=mode, place="某处", times=times, at=at)


def take_time(case, recruiter, seeker, at, choice):
    slots = list(InterviewSlot.objects.filter(interview__application=case).order_by("-interview", "pk")[:2])
    if slots:
        interviews.choose_slot(acting_user=seeker, slot=slots[choice % 2], at=at)


def offer(case, recruiter, seeker, at, choice):
    make_offer_for(case, recruiter, at=at, start_date=(at + timedelta(days=10)).date())


def accept(case, recruiter, seeker, at, choice):
    latest = Offer.objects.filter(application=case).last()
    if latest is not None:
        offers.accept_offer(acting_user=seeker, offer=latest, at=at)


def claim(case, recruiter, seeker, at, choice):
    hires.claim_hire(acting_user=recruiter, application=case, start_date=at.date(), at=at)


def turn_down(case, recruiter, seeker, at, choice):
    latest = Offer.objects.filter(application=case).last()
    if latest is not None and choice % 2:
        offers.decline_offer(acting_user=seeker, offer=latest, at=at)
    elif latest is not None:
        offers.withdraw_offer(acting_user=recruiter, offer=latest, at=at)


ACTS = {
    verb.__name__: verb for verb in (look, refuse, withdraw, offer_times, take_time, offer, accept, claim, turn_down)
}


class Market:
    """Three people, two openings of one or two places, time that only moves forward."""

    def __init__(self):
        self.at = AT
        self.people = [make_applicant() for _ in range(3)]
        self.openings = [make_opening(headcount=count, valid_through=AT + timedelta(days=9000)) for count in (1, 2)]
        self.recruiters = {opening.pk: make_member(opening.organisation) for opening in self.openings}
        for number in range(6):
            self.apply(number)

    def apply(self, number):
        apply_to(self.openings[number % 2], self.people[number // 2], at=self.at)

    def wait(self, days):
        self.at += timedelta(days=days)
        offers.expire_offers(at=self.at)
        answers.remind_employers(at=self.at)
        answers.answer_overdue(at=self.at)

    def act(self, verb, number, choice):
        cases = Application.objects.select_related("opening__organisation", "person__account")
        person, opening = self.people[number // 2], self.openings[number % 2]
        case = cases.filter(person=person, opening=opening).latest("pk")
        ACTS[verb](case, self.recruiters[opening.pk], person.account, self.at, choice)

    def do(self, verb, number, choice):
        before = snapshot()
        try:
            if verb == "wait":
                self.wait((0, 1, 8, 40)[choice])
            elif verb == "apply":
                self.apply(number)
            else:
                self.act(verb, number, choice)
        except Refused:
            assert snapshot() == before


def assert_market_is_legal(at):
    assert set(ApplicationEvent.objects.values_list("from_state", "to_state")) <= LEGAL
    live = Q(state__in=[*OPEN_APPLICATION, State.ACCEPTED])
    twice = Application.objects.filter(live).values("person", "opening").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()
    accepted = Application.objects.filter(state=State.ACCEPTED)
    for row in accepted.values("opening", "opening__headcount").annotate(n=Count("pk")):
        assert row["n"] <= row["opening__headcount"]
    idle = accepted.filter(hire__isnull=True).values("person").annotate(n=Count("pk")).filter(n__gt=1)
    assert not idle.exists()
    open_offers = Offer.objects.filter(state=OfferState.OPEN)
    assert set(open_offers.values_list("application", flat=True)) == set(
        Application.objects.filter(state=State.OFFERED).values_list("pk", flat=True)
    )
    assert not Hire.objects.exclude(application__state=State.ACCEPTED).exists()
    assert (
        not Application.objects.filter(
            answer_due_at__lt=at - timedelta(days=1), state__in=STEPS["answer_for_employer"].sources
        )
        .exclude(changed_at__gte=at)
        .exists()
    )
    ended = Interview.objects.filter(cancelled_at__isnull=True, slots__starts_at__gt=F("application__changed_at"))
    assert not ended.exclude(Q(application__state__in=OPEN_APPLICATION)).filter(slots__chosen_at__isnull=False).exists()
    assert_nobody_is_in_two_places(at)
    for application in Application.objects.prefetch_related("events"):
        steps = sorted(application.events.all(), key=lambda event: event.pk)
        assert steps[0].from_state == ""
        assert all(later.from_state == earlier.to_state for earlier, later in pairwise(steps))
        assert steps[-1].to_state == application.state


def assert_nobody_is_in_two_places(at):
    held = InterviewSlot.objects.filter(chosen_at__isnull=False, interview__cancelled_at__isnull=True, ends_at__gt=at)
    by_person = {}
    for slot in held.select_related("interview__application").order_by("starts_at"):
        earlier = by_person.setdefault(slot.interview.application.person_id, [])
        assert all(slot.starts_at >= other.ends_at for other in earlier)
        earlier.append(slot)


def snapshot():
    return (
        list(Application.objects.order_by("pk").values_list("pk", "state", "answered_at", "answer_due_at")),
        list(Offer.objects.order_by("pk").values_list("pk", "state")),
        list(Interview.objects.order_by("pk").values_list("pk", "cancelled_at")),
        list(InterviewSlot.objects.order_by("pk").values_list("pk", "chosen_at")),
        ApplicationEvent.objects.count(),
        Hire.objects.count(),
    )


VERBS = [*ACTS, *(["offer", "accept"] * 3), "apply", "apply", "wait"]


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_no_order_of_acts_leads_to_an_illegal_state(seed):
    draw = Random(seed)
    with transaction.atomic():
        market = Market()
        for _ in range(100):
            market.do(draw.choice(VERBS), draw.randrange(6), draw.randrange(4))
            assert_market_is_legal(market.at)
        assert verify().is_intact
        transaction.set_rollback(True)
