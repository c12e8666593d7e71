"""Interview times: offered, taken, moved, called off; nobody in two places at once."""

from datetime import timedelta

import pytest
from factories import make_account, make_member, make_opening
from systems.jobs.people import apply_to, make_applicant, make_case

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Notification
from taihu.systems.jobs.actions import applications, interviews
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.models import Interview, InterviewSlot

pytestmark = pytest.mark.django_db


def hours(at, *starts, long=1):
    return [(at + timedelta(hours=start), at + timedelta(hours=start + long)) for start in starts]


def offered(application, recruiter, at, *starts, mode="onsite"):
    return interviews.offer_interview(
        acting_user=recruiter,
        application=application,
        mode=mode,
        place="三楼会议室",
        times=hours(at, *(starts or (24, 26))),
        at=at,
    )


def test_a_person_takes_one_time_and_may_move_to_another(at):
    application, seeker, recruiter = make_case(at=at)
    first, second = offered(application, recruiter, at).slots.order_by("starts_at")

    interviews.choose_slot(acting_user=seeker, slot=first, at=at)
    interviews.choose_slot(acting_user=seeker, slot=second, at=at)
    interviews.choose_slot(acting_user=seeker, slot=second, at=at)

    assert InterviewSlot.objects.get(chosen_at__isnull=False) == second
    application.refresh_from_db()
    assert application.state == State.INTERVIEW


@pytest.mark.parametrize("who", ["recruiter", "stranger"])
def test_only_the_person_takes_a_time(at, who):
    application, _seeker, recruiter = make_case(at=at)
    slot = offered(application, recruiter, at).slots.first()

    with pytest.raises(NotAllowed):
        interviews.choose_slot(acting_user=recruiter if who == "recruiter" else make_account(), slot=slot, at=at)

    assert not InterviewSlot.objects.filter(chosen_at__isnull=False).exists()


def test_overlapping_interviews_of_one_person_are_refused_and_touching_ones_are_not(at):
    person = make_applicant()
    slots = []
    for start in (24, 24.5, 25):
        opening = make_opening()
        application = apply_to(opening, person, at=at)
        slots.append(offered(application, make_member(opening.organisation), at, start).slots.get())
    interviews.choose_slot(acting_user=person.account, slot=slots[0], at=at)

    with pytest.raises(Refused) as refused:
        interviews.choose_slot(acting_user=person.account, slot=slots[1], at=at)
    interviews.choose_slot(acting_user=person.account, slot=slots[2], at=at)

    assert refused.value.code == "time_conflict"
    chosen = InterviewSlot.objects.filter(chosen_at__isnull=False).order_by("pk")
    assert list(chosen) == [slots[0], slots[2]]


@pytest.mark.parametrize(("mode", "is_shared"), [("onsite", True), ("video", False), ("phone", False)])
def test_a_call_is_with_one_person_and_a_room_may_hold_several(at, mode, is_shared):
    opening = make_opening()
    recruiter = make_member(opening.organisation)
    first, second = (apply_to(opening, at=at) for _ in range(2))
    one, two = (offered(case, recruiter, at, 24, mode=mode).slots.get() for case in (first, second))
    interviews.choose_slot(acting_user=first.person.account, slot=one, at=at)

    if is_shared:
        interviews.choose_slot(acting_user=second.person.account, slot=two, at=at)
    else:
        with pytest.raises(Refused, match="另一位求职者"):
            interviews.choose_slot(acting_user=second.person.account, slot=two, at=at)

    assert InterviewSlot.objects.filter(chosen_at__isnull=False).count() == 1 + is_shared


def test_withdrawing_frees_the_time_for_others(at):
    opening = make_opening()
    recruiter = make_member(opening.organisation)
    first, second = (apply_to(opening, at=at) for _ in range(2))
    one, two = (offered(case, recruiter, at, 24, mode="video").slots.get() for case in (first, second))
    interviews.choose_slot(acting_user=first.person.account, slot=one, at=at)

    applications.withdraw(acting_user=first.person.account, application=first, at=at)
    interviews.choose_slot(acting_user=second.person.account, slot=two, at=at)

    two.refresh_from_db()
    assert two.chosen_at == at


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ([], "slots_needed"),
        ([(0, 1)], "slot_past"),
        ([(24, 24)], "slot_length"),
        ([(24, 33)], "slot_length"),
        ([(24, 26), (25, 27)], "slots_overlap"),
        ([(24 + n, 25 + n) for n in range(13)], "slots_needed"),
    ],
)
def test_times_that_cannot_be_are_refused(at, times, code):
    application, _seeker, recruiter = make_case(at=at)
    moments = [(at + timedelta(hours=start), at + timedelta(hours=end)) for start, end in times]

    with pytest.raises(Refused) as refused:
        interviews.offer_interview(
            acting_user=recruiter, application=application, mode="onsite", place="某处", times=moments, at=at
        )

    application.refresh_from_db()
    assert (refused.value.code, application.state, Interview.objects.count()) == (code, State.SUBMITTED, 0)


def test_either_side_calls_it_off_once_and_the_other_is_told(at):
    application, seeker, recruiter = make_case(at=at)
    interview = offered(application, recruiter, at)
    interviews.cancel_interview(acting_user=seeker, interview=interview, at=at, note="临时有事")

    with pytest.raises(Refused, match="已经取消"):
        interviews.cancel_interview(acting_user=recruiter, interview=interview, at=at)
    with pytest.raises(NotAllowed):
        interviews.cancel_interview(acting_user=make_account(), interview=interview, at=at)

    assert Notification.objects.filter(account=recruiter, kind="interview_cancelled_by_applicant").count() == 1
    assert not Notification.objects.filter(kind="interview_cancelled").exists()


def test_a_time_of_a_cancelled_interview_or_a_past_one_cannot_be_taken(at):
    application, seeker, recruiter = make_case(at=at)
    cancelled = offered(application, recruiter, at)
    interviews.cancel_interview(acting_user=recruiter, interview=cancelled, at=at)
    lapsed = offered(application, recruiter, at, 2).slots.get()

    for slot, moment in ((cancelled.slots.first(), at), (lapsed, at + timedelta(hours=3))):
        with pytest.raises(Refused):
            interviews.choose_slot(acting_user=seeker, slot=slot, at=moment)

    assert not InterviewSlot.objects.filter(chosen_at__isnull=False).exists()
