"""Whatever people and employers do, in whatever order, no illegal state occurs."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.db.models import Count, F, Q
from factories import AT, make_member, make_opening
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from systems.jobs.people import apply_to, make_applicant, make_offer_for

from taihu.records.audit.actions import verify
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions import answers, applications, hires, interviews, offers
from taihu.systems.jobs.actions.steps import STEPS
from taihu.systems.jobs.enums import OPEN_APPLICATION, OfferState, RefusalReason
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.models import Application, ApplicationEvent, Hire, Interview, InterviewSlot, Offer

LEGAL = {(source, step.target) for step in STEPS.values() for source in step.sources} | {("", State.SUBMITTED)}
pick = st.integers(0, 5)


class Market(RuleBasedStateMachine):
    """Three people, two openings of one or two places, time that only moves forward."""

    @initialize()
    def found(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.at = AT
        self.people = [make_applicant() for _ in range(3)]
        self.openings = [make_opening(headcount=count, valid_through=AT + timedelta(days=900)) for count in (1, 2)]
        self.recruiters = {opening.pk: make_member(opening.organisation) for opening in self.openings}

    def teardown(self):
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def chosen(self, number):
        rows = Application.objects.select_related("opening__organisation", "person__account").order_by("pk")
        found = list(rows)
        return found[number % len(found)] if found else None

    def attempt(self, number, function, **fields):
        application = self.chosen(number)
        if application is None:
            return
        before = snapshot()
        try:
            function(application, self.recruiters[application.opening_id], application.person.account, **fields)
        except Refused:
            assert snapshot() == before

    @rule(days=st.integers(0, 40))
    def wait(self, days):
        self.at += timedelta(days=days)
        offers.expire_offers(at=self.at)
        answers.remind_employers(at=self.at)
        answers.answer_overdue(at=self.at)

    @rule(person=pick, opening=pick)
    def apply(self, person, opening):
        before = snapshot()
        try:
            apply_to(self.openings[opening % 2], self.people[person % 3], at=self.at)
        except Refused:
            assert snapshot() == before

    @rule(number=pick, reason=st.sampled_from(RefusalReason.values))
    def refuse(self, number, reason):
        self.attempt(
            number,
            lambda case, recruiter, _: applications.refuse(
                acting_user=recruiter, application=case, reason=reason, at=self.at
            ),
        )

    @rule(number=pick, verb=st.sampled_from(["mark_viewed", "shortlist"]))
    def look(self, number, verb):
        function = getattr(applications, verb)
        self.attempt(number, lambda case, recruiter, _: function(acting_user=recruiter, application=case, at=self.at))

    @rule(number=pick)
    def withdraw(self, number):
        self.attempt(
            number,
            lambda case, _, seeker: applications.withdraw(acting_user=seeker, application=case, at=self.at),
        )

    @rule(number=pick, hour=st.integers(1, 4), mode=st.sampled_from(["onsite", "video"]))
    def invite_to_talk(self, number, hour, mode):
        start = self.at + timedelta(hours=hour)
        times = [(start, start + timedelta(hours=1)), (start + timedelta(hours=1), start + timedelta(hours=2))]
        self.attempt(
            number,
            lambda case, recruiter, _: interviews.offer_interview(
                acting_user=recruiter, application=case, mode=mode, place="某处", times=times, at=self.at
            ),
        )

    @rule(number=pick, which=st.integers(0, 1))
    def take_time(self, number, which):
        def take(case, _recruiter, seeker):
            slots = list(InterviewSlot.objects.filter(interview__application=case).order_by("-interview", "pk")[:2])
            if slots:
                interviews.choose_slot(acting_user=seeker, slot=slots[which], at=self.at)

        self.attempt(number, take)

    @rule(number=pick)
    def make_offer(self, number):
        start = (self.at + timedelta(days=10)).date()
        self.attempt(
            number,
            lambda case, recruiter, _: make_offer_for(case, recruiter, at=self.at, start_date=start),
        )

    @rule(number=pick, verb=st.sampled_from(["accept_offer", "decline_offer", "withdraw_offer"]))
    def answer_offer(self, number, verb):
        def answer(case, recruiter, seeker):
            offer = Offer.objects.filter(application=case).order_by("-pk").first()
            if offer is not None:
                acting = recruiter if verb == "withdraw_offer" else seeker
                getattr(offers, verb)(acting_user=acting, offer=offer, at=self.at)

        self.attempt(number, answer)

    @rule(number=pick)
    def claim_hire(self, number):
        day = self.at.date()
        self.attempt(
            number,
            lambda case, recruiter, _: hires.claim_hire(
                acting_user=recruiter, application=case, start_date=day, at=self.at
            ),
        )

    @invariant()
    def nothing_illegal_is_stored(self):
        if not hasattr(self, "people"):
            return
        assert_market_is_legal(self.at)


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


@pytest.mark.slow
@pytest.mark.django_db
def test_no_order_of_acts_leads_to_an_illegal_state():
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert verify().is_intact
