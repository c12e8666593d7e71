"""No application stays unanswered: reminders, an honest answer after sixty days, and word when an opening goes."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.systems.jobs.actions.applications import employer_path, refuse_as, tell_moved
from taihu.systems.jobs.actions.notices import tell_employer
from taihu.systems.jobs.actions.offers import places_left
from taihu.systems.jobs.actions.openings import close_opening, show_one_of_copies
from taihu.systems.jobs.actions.steps import ANSWER_WITHIN, STEPS, SYSTEM, advance, employer_party
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationVerb, CloseReason, OpeningState, RefusalReason
from taihu.systems.jobs.events import OpeningUnlisted
from taihu.systems.jobs.models import Application, Opening
from taihu.systems.jobs.wording_check import check_words

REMIND_AFTER = (timedelta(days=7), timedelta(days=14), timedelta(days=30))
_WAITING = STEPS[ApplicationVerb.ANSWER_FOR_EMPLOYER].sources
_ENDED = (OpeningState.EXPIRED, OpeningState.CLOSED, OpeningState.WITHDRAWN)


def remind_employers(*, at: datetime) -> int:
    """One reminder for each of 7, 14 and 30 days of silence; a missed day sends the latest one only."""
    sent = 0
    for number, after in reversed(list(enumerate(REMIND_AFTER, start=1))):
        due = Application.objects.filter(
            state__in=_WAITING, reminders__lt=number, answer_due_at__lte=at - after + ANSWER_WITHIN
        ).filter(answer_due_at__gt=at)
        for application in due.select_related("opening__organisation", "person").order_by("pk"):
            sent += _remind(application, number, after, at)
    return sent


@transaction.atomic
def _remind(application: Application, number: int, after: timedelta, at: datetime) -> int:
    claimed = Application.objects.filter(
        pk=application.pk, reminders=application.reminders, answer_due_at=application.answer_due_at
    ).update(reminders=number)
    if not claimed:
        return 0
    tell_employer(
        application.opening.organisation,
        "answer_reminder",
        key=f"{application.pk}:{application.answer_due_at:%Y%m%d}:{number}",
        at=at,
        path=employer_path(application),
        data={
            "title": application.opening.title,
            "name": str(application.person),
            "days": after.days,
            "answer_due_at": application.answer_due_at.isoformat(),
        },
    )
    return 1


def answer_overdue(*, at: datetime) -> int:
    """Tell each person honestly that the employer did not answer. Silence is called silence, not a refusal."""
    due = Application.objects.filter(state__in=_WAITING, answer_due_at__lte=at).order_by("pk")
    return sum(_answer(application, at) for application in due.select_related("opening__organisation", "person"))


@transaction.atomic
def _answer(application: Application, at: datetime) -> int:
    try:
        advance(application, ApplicationVerb.ANSWER_FOR_EMPLOYER, party=SYSTEM, at=at)
    except Refused:
        return 0
    tell_moved(application, "application_unanswered", at=at, days=ANSWER_WITHIN.days)
    tell_employer(
        application.opening.organisation,
        "answered_for_you",
        key=str(application.pk),
        at=at,
        path=employer_path(application),
        data={"title": application.opening.title, "name": str(application.person), "days": ANSWER_WITHIN.days},
    )
    return 1


@transaction.atomic
def close_filled_opening(*, acting_user: Any, opening: Opening, at: datetime) -> int:
    """The employer confirms that all places are taken: the opening closes and everybody still waiting is told why."""
    employer_party(acting_user, opening)
    Opening.objects.select_for_update().get(pk=opening.pk)
    if places_left(opening) > 0:
        raise Refused("places_left", _("还有空缺没有招满。"), _("如不再招聘，请直接结束岗位。"))
    closed = Opening.objects.filter(
        pk=opening.pk, state__in=[OpeningState.PUBLISHED, OpeningState.PAUSED, OpeningState.EXPIRED]
    ).update(state=OpeningState.CLOSED, is_listed=False, updated_at=at)
    if closed:
        opening.state, opening.is_listed = OpeningState.CLOSED, False
        show_one_of_copies(opening, at=at)
        record(at=at, action="opening.closed", subject=opening, acting_user=acting_user, data={"reason": "filled"})
        publish(OpeningUnlisted(opening_id=opening.pk, reason="filled"), at=at)
    return answer_remaining(acting_user=acting_user, opening=opening, reason=RefusalReason.FILLED, at=at)


@transaction.atomic
def end_opening(*, acting_user: Any, opening: Opening, reason: str, at: datetime, note: str = "") -> int:
    """Close an opening and answer everybody who still waits for a word; return how many these were."""
    check_words(note, field="note")
    close_opening(acting_user=acting_user, at=at, opening=opening, reason=reason)
    answer = RefusalReason.FILLED if reason == CloseReason.FILLED else RefusalReason.CANCELLED
    return answer_remaining(acting_user=acting_user, opening=opening, reason=answer, at=at, note=note)


@transaction.atomic
def answer_remaining(*, acting_user: Any, opening: Opening, reason: str, at: datetime, note: str = "") -> int:
    """Tell everybody still waiting at an opening that ended; return how many were answered."""
    party = employer_party(acting_user, opening)
    if reason not in (RefusalReason.FILLED, RefusalReason.CANCELLED):
        raise Refused("reason_needed", _("请选择统一答复的原因：已招满或已取消。"), "", field="reason")
    if opening.state not in _ENDED:
        raise Refused("opening_open", _("岗位还在招聘，不能统一答复。"), _("请先结束岗位。"))
    waiting = Application.objects.filter(opening=opening, state__in=_WAITING).select_related("person").order_by("pk")
    for application in waiting:
        application.opening = opening
        refuse_as(application, party=party, reason=RefusalReason(reason), at=at, note=note)
    return len(waiting)


@transaction.atomic
def tell_applicants_of_end(*, opening: Opening, reason: str, at: datetime) -> int:
    """Everybody whose application is still open hears why the opening can no longer be seen.

    A pause is the employer's own and passing matter; whoever was just told that it is filled is not told twice.
    """
    if opening.is_listed or opening.state not in (*_ENDED, OpeningState.PUBLISHED):
        return 0
    kind = "opening_hidden" if opening.state == OpeningState.PUBLISHED else f"opening_{opening.state}"
    open_ones = Application.objects.filter(opening=opening, state__in=OPEN_APPLICATION).select_related("person")
    for application in open_ones.order_by("pk"):
        application.opening = opening
        tell_moved(application, kind, at=at, reason=reason)
    return len(open_ones)
