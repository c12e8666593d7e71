"""Offers and what follows when one is accepted."""

from datetime import date, timedelta

import pytest
from factories import make_account, make_member, make_opening
from systems.jobs.people import apply_to, make_applicant, make_case, make_offer_for

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Notification
from taihu.systems.jobs.actions import answers, applications, hires, interviews, offers
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.enums import OfferState, OpeningState
from taihu.systems.jobs.models import Application, Offer

pytestmark = pytest.mark.django_db


def two_offers(at):
    person = make_applicant()
    made = []
    for _ in range(2):
        opening = make_opening()
        recruiter = make_member(opening.organisation)
        made.append(make_offer_for(apply_to(opening, person, at=at), recruiter, at=at))
    return person, *made


def test_accepting_closes_the_persons_other_applications_and_tells_everybody(at):
    person, first, second = two_offers(at)
    third = apply_to(make_opening(), person, at=at)
    recruiter = make_member(third.opening.organisation)
    slot = offer_times(third, recruiter, at).slots.first()
    interviews.choose_slot(acting_user=person.account, slot=slot, at=at)

    offers.accept_offer(acting_user=person.account, offer=first, at=at)

    states = dict(Application.objects.values_list("pk", "state"))
    assert states == {
        first.application_id: State.ACCEPTED,
        second.application_id: State.OBSOLETE,
        third.pk: State.OBSOLETE,
    }
    assert list(Offer.objects.order_by("pk").values_list("state", flat=True)) == [
        OfferState.ACCEPTED,
        OfferState.DECLINED,
    ]
    slot.interview.refresh_from_db()
    assert slot.interview.cancelled_at == at
    assert Notification.objects.filter(account=recruiter, kind="applicant_took_other_job").count() == 1
    assert Notification.objects.filter(account=person.account, kind="application_obsolete").count() == 2


def offer_times(application, recruiter, at, hours=(24,)):
    times = [(at + timedelta(hours=h), at + timedelta(hours=h + 1)) for h in hours]
    return interviews.offer_interview(
        acting_user=recruiter, application=application, mode="onsite", place="三楼会议室", times=times, at=at
    )


def test_of_two_browsers_accepting_two_offers_one_wins(at):
    person, first, second = two_offers(at)
    stale = Offer.objects.select_related("application").get(pk=second.pk)
    offers.accept_offer(acting_user=person.account, offer=first, at=at)

    with pytest.raises(Refused):
        offers.accept_offer(acting_user=person.account, offer=stale, at=at)

    assert Application.objects.filter(state=State.ACCEPTED).get() == first.application


def test_accepting_twice_changes_nothing_the_second_time(at):
    application, seeker, recruiter = make_case(at=at)
    offer = make_offer_for(application, recruiter, at=at)
    offers.accept_offer(acting_user=seeker, offer=offer, at=at)
    notices = Notification.objects.count()

    with pytest.raises(Refused):
        offers.accept_offer(acting_user=seeker, offer=offer, at=at)

    assert (Notification.objects.count(), application.events.filter(to_state=State.ACCEPTED).count()) == (notices, 1)


def test_a_second_offer_waits_until_the_first_job_began_or_was_given_up(at):
    person, first, _second = two_offers(at)
    offers.accept_offer(acting_user=person.account, offer=first, at=at)
    opening = make_opening()
    later = apply_to(opening, person, at=at)
    offer = make_offer_for(later, make_member(opening.organisation), at=at)

    with pytest.raises(Refused) as refused:
        offers.accept_offer(acting_user=person.account, offer=offer, at=at)
    assert refused.value.code == "already_accepted"

    applications.withdraw(acting_user=person.account, application=first.application, at=at)
    offers.accept_offer(acting_user=person.account, offer=offer, at=at)

    assert Application.objects.filter(state=State.ACCEPTED).get() == later


@pytest.mark.parametrize("who", ["stranger", "recruiter"])
@pytest.mark.parametrize("verb", ["accept_offer", "decline_offer"])
def test_only_the_person_answers_an_offer(at, who, verb):
    application, _seeker, recruiter = make_case(at=at)
    offer = make_offer_for(application, recruiter, at=at)
    acting = recruiter if who == "recruiter" else make_account()

    with pytest.raises(NotAllowed):
        getattr(offers, verb)(acting_user=acting, offer=offer, at=at)

    offer.refresh_from_db()
    assert offer.state == OfferState.OPEN


def test_only_the_employer_makes_and_withdraws_offers(at):
    application, seeker, recruiter = make_case(at=at)

    with pytest.raises(NotAllowed):
        make_offer_for(application, seeker, at=at)
    offer = make_offer_for(application, recruiter, at=at)
    with pytest.raises(NotAllowed):
        offers.withdraw_offer(acting_user=seeker, offer=offer, at=at)

    assert Offer.objects.get().state == OfferState.OPEN


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pay": 0}, "pay_needed"),
        ({"pay_months": 11}, "pay_months"),
        ({"start_date": date(2026, 3, 9)}, "start_past"),
        ({"expires_in": timedelta(0)}, "expiry_past"),
    ],
)
def test_an_offer_without_sense_is_refused(at, fields, code):
    application, _seeker, recruiter = make_case(at=at)
    fields = dict(fields)
    if "expires_in" in fields:
        fields["expires_at"] = at + fields.pop("expires_in")

    with pytest.raises(Refused) as refused:
        make_offer_for(application, recruiter, at=at, **fields)

    application.refresh_from_db()
    assert (refused.value.code, application.state, Offer.objects.count()) == (code, State.SUBMITTED, 0)


def test_declining_tells_the_employer_and_withdrawing_tells_the_person(at):
    application, seeker, recruiter = make_case(at=at)
    offer = make_offer_for(application, recruiter, at=at)
    offers.withdraw_offer(acting_user=recruiter, offer=offer, at=at)
    assert Notification.objects.filter(account=seeker, kind="offer_withdrawn").count() == 1
    application.refresh_from_db()
    assert application.state == State.SHORTLISTED

    offer = make_offer_for(application, recruiter, at=at)
    offers.decline_offer(acting_user=seeker, offer=offer, at=at)

    application.refresh_from_db()
    assert application.state == State.DECLINED
    assert Notification.objects.filter(account=recruiter, kind="offer_declined").count() == 1


def test_an_offer_runs_out_once_and_goes_back_to_the_employer(at):
    application, _seeker, recruiter = make_case(at=at)
    offer = make_offer_for(application, recruiter, at=at)

    counts = [offers.expire_offers(at=moment) for moment in (at, at + timedelta(days=7), at + timedelta(days=8))]

    application.refresh_from_db()
    offer.refresh_from_db()
    assert counts == [0, 1, 0]
    assert (application.state, offer.state) == (State.SHORTLISTED, OfferState.EXPIRED)
    assert application.answer_due_at == at + timedelta(days=67)


def test_an_offer_past_its_date_cannot_be_accepted(at):
    application, seeker, recruiter = make_case(at=at)
    offer = make_offer_for(application, recruiter, at=at)

    with pytest.raises(Refused, match="期限已过"):
        offers.accept_offer(acting_user=seeker, offer=offer, at=at + timedelta(days=8))

    application.refresh_from_db()
    assert application.state == State.OFFERED


def test_the_last_place_is_given_once_and_the_employer_closes_politely(at):
    opening = make_opening(headcount=1)
    recruiter = make_member(opening.organisation)
    first, second, third = (apply_to(opening, at=at) for _ in range(3))
    offer, other = (make_offer_for(case, recruiter, at=at) for case in (first, second))
    offers.accept_offer(acting_user=first.person.account, offer=offer, at=at)
    assert Notification.objects.filter(account=recruiter, kind="opening_filled").count() == 1

    with pytest.raises(Refused, match="招满"):
        offers.accept_offer(acting_user=second.person.account, offer=other, at=at)
    answered = answers.close_filled_opening(acting_user=recruiter, opening=opening, at=at)

    opening.refresh_from_db()
    third.refresh_from_db()
    assert (answered, opening.state, opening.is_listed) == (1, OpeningState.CLOSED, False)
    assert (third.state, third.refusal_reason) == (State.REFUSED, "filled")


def test_an_opening_with_places_left_is_not_closed_as_filled(at):
    application, _seeker, recruiter = make_case(at=at, headcount=2)

    with pytest.raises(Refused, match="空缺"):
        answers.close_filled_opening(acting_user=recruiter, opening=application.opening, at=at)

    application.opening.refresh_from_db()
    assert application.opening.state == OpeningState.PUBLISHED


def test_a_hired_person_cannot_withdraw(at):
    application, seeker, recruiter = make_case(at=at)
    offers.accept_offer(acting_user=seeker, offer=make_offer_for(application, recruiter, at=at), at=at)
    started = at + timedelta(days=30)
    hires.claim_hire(acting_user=recruiter, application=application, start_date=date(2026, 4, 1), at=started)

    with pytest.raises(Refused, match="已登记"):
        applications.withdraw(acting_user=seeker, application=application, at=started)

    application.refresh_from_db()
    assert application.state == State.ACCEPTED
