"""No application stays unanswered; a claimed hire is not a confirmed one."""

from datetime import date, timedelta

import pytest
from factories import make_account, make_member, make_official, make_opening
from systems.jobs.people import apply_to, make_case, make_offer_for

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all, publish
from taihu.records.base.models import OutboxEvent
from taihu.records.facts.actions import add_fact
from taihu.records.facts.models import Fact, Source
from taihu.records.identity.models import Notification
from taihu.systems.jobs.actions import answers, applications, hires, offers
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.events import AnswersDue, OpeningUnlisted
from taihu.systems.jobs.models import Application, Hire

pytestmark = pytest.mark.django_db

CODE = "91320211MA1XXXXX0X"


def reminders(recruiter):
    kinds = Notification.objects.filter(account=recruiter, kind="answer_reminder").order_by("pk")
    return [notice.data["days"] for notice in kinds]


def test_the_employer_is_reminded_after_7_14_and_30_days_and_then_the_system_answers(at):
    application, seeker, recruiter = make_case(at=at)

    for day in range(62):
        moment = at + timedelta(days=day)
        publish(AnswersDue(), at=moment)
        deliver_all(at=moment)

    application.refresh_from_db()
    assert reminders(recruiter) == [7, 14, 30]
    assert (application.state, application.answered_at) == (State.UNANSWERED, at + timedelta(days=60))
    assert Notification.objects.filter(account=seeker, kind="application_unanswered").count() == 1
    assert Notification.objects.filter(account=recruiter, kind="answered_for_you").count() == 1


def test_after_days_without_the_daily_look_only_the_latest_reminder_is_sent(at):
    _application, _seeker, recruiter = make_case(at=at)

    sent = [answers.remind_employers(at=at + timedelta(days=day)) for day in (20, 20, 31)]

    assert (sent, reminders(recruiter)) == ([1, 0, 1], [14, 30])


def test_a_step_of_the_employer_restarts_the_clock(at):
    application, _seeker, recruiter = make_case(at=at)
    later = at + timedelta(days=50)
    applications.shortlist(acting_user=recruiter, application=application, at=later)

    answered = [answers.answer_overdue(at=at + timedelta(days=day)) for day in (60, 109, 110)]

    assert answered == [0, 0, 1]
    application.refresh_from_db()
    assert application.answered_at == later


def test_an_offer_waits_for_the_person_and_is_not_answered_by_the_system(at):
    application, _seeker, recruiter = make_case(at=at)
    make_offer_for(application, recruiter, at=at, expires_at=at + timedelta(days=90))

    assert answers.answer_overdue(at=at + timedelta(days=80)) == 0


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (OpeningState.EXPIRED, "opening_expired"),
        (OpeningState.CLOSED, "opening_closed"),
        (OpeningState.WITHDRAWN, "opening_withdrawn"),
        (OpeningState.PUBLISHED, "opening_hidden"),
        (OpeningState.PAUSED, None),
    ],
)
def test_applicants_hear_why_an_opening_went(at, state, kind):
    application, seeker, _recruiter = make_case(at=at)
    gone = apply_to(application.opening, at=at)
    applications.withdraw(acting_user=gone.person.account, application=gone, at=at)
    opening = application.opening
    opening.state, opening.is_listed = state, False
    opening.save()
    Notification.objects.all().delete()

    publish(OpeningUnlisted(opening_id=opening.pk, reason=state), at=at)
    deliver_all(at=at)

    told = list(Notification.objects.values_list("account_id", "kind"))
    assert told == ([(seeker.pk, kind)] if kind else [])


def test_the_rest_is_answered_only_once_the_opening_ended(at):
    application, _seeker, recruiter = make_case(at=at)
    opening = application.opening

    with pytest.raises(Refused, match="还在招聘"):
        answers.answer_remaining(acting_user=recruiter, opening=opening, reason="cancelled", at=at)
    opening.state = OpeningState.CLOSED
    opening.save()
    with pytest.raises(NotAllowed):
        answers.answer_remaining(acting_user=make_account(), opening=opening, reason="cancelled", at=at)
    count = answers.answer_remaining(acting_user=recruiter, opening=opening, reason="cancelled", at=at)

    application.refresh_from_db()
    assert (count, application.state, application.refusal_reason) == (1, State.REFUSED, "cancelled")


def accepted_case(at):
    application, seeker, recruiter = make_case(at=at)
    organisation = application.opening.organisation
    organisation.credit_code = CODE
    organisation.save()
    offers.accept_offer(acting_user=seeker, offer=make_offer_for(application, recruiter, at=at), at=at)
    return application, recruiter


def insured(person, at, *, month=date(2026, 4, 1), code=CODE, source=Source.DEPARTMENT):
    return Fact.objects.create(
        person=person,
        property="insured_by",
        value=code,
        valid_from=month,
        known_from=at,
        source=source,
    )


def test_a_hire_is_claimed_once_and_confirmed_once_by_social_insurance(at):
    application, recruiter = accepted_case(at)
    started = at + timedelta(days=30)

    claims = [
        hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 4, 1), at=started)
        for _ in range(2)
    ]
    fact = insured(application.person, started)
    confirmed = [hires.confirm_hires_of(fact_ids=[fact.pk], at=started) for _ in range(2)]

    assert claims[0] == claims[1] == Hire.objects.get()
    assert (confirmed, Hire.objects.get().confirming_fact) == ([1, 0], fact)
    names = list(OutboxEvent.objects.filter(name__startswith="jobs.hire").values_list("name", flat=True))
    assert names == ["jobs.hire_claimed", "jobs.hire_confirmed"]


def test_a_fact_that_came_first_confirms_the_claim_at_once(at):
    application, recruiter = accepted_case(at)
    started = at + timedelta(days=30)
    fact = insured(application.person, started)

    hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 4, 1), at=started)

    assert Hire.objects.get().confirming_fact == fact


@pytest.mark.parametrize(
    "fields",
    [{"month": date(2026, 3, 1)}, {"code": "91320200MA1ZZZZZ0Z"}, {"source": Source.EMPLOYER}, {"source": Source.SELF}],
    ids=["month before the start", "another employer", "the employer's own word", "the person's own word"],
)
def test_what_does_not_prove_the_hire_does_not_confirm_it(at, fields):
    application, recruiter = accepted_case(at)
    started = at + timedelta(days=30)
    hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 4, 1), at=started)

    fact = insured(application.person, started, **fields)

    assert hires.confirm_hires_of(fact_ids=[fact.pk], at=started) == 0
    assert Hire.objects.get().confirmed_at is None


def test_a_hire_cannot_be_claimed_before_acceptance_in_the_future_or_by_others(at):
    application, _seeker, recruiter = make_case(at=at)
    with pytest.raises(Refused, match="还没有接受"):
        hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 3, 1), at=at)
    accepted, employer = accepted_case(at)
    with pytest.raises(Refused, match="不晚于今天"):
        hires.claim_hire(acting_user=employer, application=accepted, start_date=date(2026, 3, 11), at=at)
    with pytest.raises(NotAllowed):
        hires.claim_hire(
            acting_user=make_member(make_opening().organisation),
            application=accepted,
            start_date=date(2026, 3, 10),
            at=at,
        )

    assert Hire.objects.count() == 0
    assert Application.objects.filter(state=State.ACCEPTED).count() == 1


def test_a_departments_fact_confirms_the_hire_through_the_outbox(at):
    application, recruiter = accepted_case(at)
    started = at + timedelta(days=30)
    hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 4, 1), at=started)

    add_fact(
        acting_user=make_official(),
        at=started,
        subject=application.person,
        property_name="insured_by",
        value=CODE,
        valid_from=date(2026, 4, 1),
        source=Source.DEPARTMENT,
        source_name="社会保险",
    )
    assert Hire.objects.get().confirmed_at is None
    deliver_all(at=started)

    assert Hire.objects.get().confirmed_at == started
