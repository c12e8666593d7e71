"""The employer offers times, the person takes one; nobody is in two places at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Person
from taihu.systems.jobs.actions.applications import tell_employer_moved, tell_moved
from taihu.systems.jobs.actions.steps import Party, advance, employer_party, person_party
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState, ApplicationVerb, InterviewMode, Side
from taihu.systems.jobs.models import Application, Interview, InterviewSlot, Opening
from taihu.systems.jobs.wording_check import check_words

MAX_SLOTS = 12
LONGEST = timedelta(hours=8)

Times = Sequence[tuple[datetime, datetime]]


@transaction.atomic
def offer_interview(
    *, acting_user: Any, application: Application, mode: str, place: str, times: Times, at: datetime, note: str = ""
) -> Interview:
    """Offer times of which the person takes one. A later round is simply another interview."""
    party = employer_party(acting_user, application.opening)
    _check_times(times, at)
    if mode not in InterviewMode.values:
        raise Refused("mode_needed", _("请选择面试方式。"), _("可以是现场、视频或电话。"), field="mode")
    if not place.strip():
        raise Refused("place_needed", _("请写明面试地点、会议链接或联系电话。"), "", field="place")
    check_words(note, field="note")
    advance(application, ApplicationVerb.INTERVIEW, party=party, at=at, note=note.strip())
    interview = Interview.objects.create(
        application=application, mode=mode, place=place.strip(), note=note.strip(), created_at=at
    )
    InterviewSlot.objects.bulk_create(
        InterviewSlot(interview=interview, starts_at=start, ends_at=end) for start, end in sorted(times)
    )
    tell_moved(application, "interview_offered", at=at)
    return interview


def _check_times(times: Times, at: datetime) -> None:
    if not 1 <= len(times) <= MAX_SLOTS:
        message = _("请提供 1 至 %(limit)d 个可选时间。") % {"limit": MAX_SLOTS}
        raise Refused("slots_needed", message, "", field="times")
    for start, end in times:
        if start <= at:
            raise Refused("slot_past", _("有的时间已经过去。"), _("请只提供将来的时间。"), field="times")
        if not timedelta(0) < end - start <= LONGEST:
            raise Refused("slot_length", _("面试的结束应晚于开始，且不超过八小时。"), _("请检查时间。"), field="times")
    ordered = sorted(times)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise Refused("slots_overlap", _("提供的时间互相重叠。"), _("请错开时间。"), field="times")


@transaction.atomic
def choose_slot(*, acting_user: Any, slot: InterviewSlot, at: datetime) -> None:
    """Take one of the offered times; choosing again moves the appointment."""
    interview = slot.interview
    application = interview.application
    party = person_party(acting_user, application.person, at=at)
    # The locks put two choices of one person, and two takers of one talk, in a queue.
    Person.objects.select_for_update().get(pk=application.person_id)
    Opening.objects.select_for_update().get(pk=application.opening_id)
    _refuse_lapsed(slot, at)
    _refuse_conflict(slot, application)
    InterviewSlot.objects.filter(interview=interview, chosen_at__isnull=False).exclude(pk=slot.pk).update(
        chosen_at=None
    )
    if not InterviewSlot.objects.filter(pk=slot.pk, chosen_at__isnull=True).update(chosen_at=at):
        return
    slot.chosen_at = at
    _record(interview, "choose", party, at, slot=slot.pk)
    tell_employer_moved(application, "interview_chosen", at=at, starts_at=slot.starts_at.isoformat())
    if party.on_behalf_of:
        tell_moved(application, "interview_chosen_for_you", at=at)


def _refuse_lapsed(slot: InterviewSlot, at: datetime) -> None:
    interview = Interview.objects.select_related("application").get(pk=slot.interview_id)
    if interview.cancelled_at is not None or interview.application.state != ApplicationState.INTERVIEW:
        raise Refused("interview_over", _("这次面试安排已取消或结束。"), _("请查看申请的最新进展。"))
    if slot.starts_at <= at:
        raise Refused("slot_past", _("这个时间已经过去。"), _("请选另一个时间，或给单位留言。"))


def _refuse_conflict(slot: InterviewSlot, application: Application) -> None:
    taken = InterviewSlot.objects.filter(
        chosen_at__isnull=False,
        interview__cancelled_at__isnull=True,
        starts_at__lt=slot.ends_at,
        ends_at__gt=slot.starts_at,
    ).exclude(interview=slot.interview_id)
    mine = taken.filter(
        interview__application__person=application.person_id,
        interview__application__state__in=[*OPEN_APPLICATION, ApplicationState.ACCEPTED],
    ).first()
    if mine is not None:
        title = mine.interview.application.opening.title
        raise Refused(
            "time_conflict",
            _("这个时间与您的另一场面试“%(title)s”重叠。") % {"title": title},
            _("请选另一个时间，或先改约那一场。"),
        )
    # People may sit in one room together; a call has one person at the other end.
    is_call = slot.interview.mode != InterviewMode.ONSITE
    theirs = taken.filter(interview__application__opening=application.opening_id).exclude(
        interview__mode=InterviewMode.ONSITE
    )
    if is_call and theirs.exists():
        raise Refused("slot_taken", _("这个时间刚刚被另一位求职者选走。"), _("请选另一个时间。"))


@transaction.atomic
def cancel_interview(*, acting_user: Any, interview: Interview, at: datetime, note: str = "") -> None:
    """Either side calls the appointment off; the application itself goes on."""
    application = interview.application
    is_own = acting_user.pk == application.person.account_id
    party = _cancelling_party(acting_user, application, is_own=is_own, at=at)
    if not Interview.objects.filter(pk=interview.pk, cancelled_at__isnull=True).update(cancelled_at=at):
        raise Refused("interview_over", _("这次面试安排已经取消。"), _("请刷新页面。"))
    interview.cancelled_at = at
    _record(interview, "cancel", party, at)
    if party.side == Side.PERSON:
        tell_employer_moved(application, "interview_cancelled_by_applicant", at=at, note=note.strip())
    if party.side == Side.EMPLOYER or party.on_behalf_of:
        tell_moved(application, "interview_cancelled", at=at, note=note.strip())


@transaction.atomic
def reschedule_interview(
    *, acting_user: Any, interview: Interview, mode: str, place: str, times: Times, at: datetime, note: str = ""
) -> Interview:
    """Offer new times in place of an appointment; if the new times are refused, the old one stands."""
    cancel_interview(acting_user=acting_user, interview=interview, at=at, note=_("单位改约，请选择新的时间。"))
    return offer_interview(
        acting_user=acting_user,
        application=interview.application,
        mode=mode,
        place=place,
        times=times,
        at=at,
        note=note,
    )


def _cancelling_party(acting_user: Any, application: Application, *, is_own: bool, at: datetime) -> Party:
    if is_own:
        return person_party(acting_user, application.person, at=at)
    try:
        return employer_party(acting_user, application.opening)
    except Refused:
        return person_party(acting_user, application.person, at=at)


def _record(interview: Interview, verb: str, party: Party, at: datetime, **data: Any) -> None:
    record(
        at=at,
        action=f"jobs.interview.{verb}",
        subject=interview,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
        data={"application": interview.application_id, **data},
    )
