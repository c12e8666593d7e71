"""An employer asks a recommended person to apply, without knowing who it is; the person accepts by applying, or declines."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions.notices import tell_employer, tell_person
from taihu.systems.jobs.actions.steps import employer_party, person_party
from taihu.systems.jobs.enums import InvitationState, RefusalReason
from taihu.systems.jobs.models import HiddenPerson, Invitation, Opening
from taihu.systems.jobs.queries.matches import Recommended, recommended_people
from taihu.systems.jobs.wording_check import check_words

ANSWER_INVITATION_WITHIN = timedelta(days=14)
MOST_OPEN = 30
MESSAGE_LIMIT = 500


def candidate_code(opening_id: int, person_id: int) -> str:
    """What stands for a person's name in one opening's list: the same person has another code elsewhere."""
    return salted_hmac("taihu.jobs.candidate", f"{opening_id}:{person_id}").hexdigest()[:10].upper()


def recommended_by_code(opening: Opening, code: str) -> Recommended | None:
    """The recommended person behind a code, while the recommendation holds."""
    found = (row for row in recommended_people(opening) if row.position)
    return next((row for row in found if candidate_code(opening.pk, row.person.pk) == code), None)


@transaction.atomic
def invite(*, acting_user: Any, opening: Opening, code: str, message: str, at: datetime) -> Invitation:
    """Ask one of the recommended people to apply; once a person and opening."""
    party = employer_party(acting_user, opening)
    message = message.strip()
    if not message:
        raise Refused("message_needed", _("请写几句邀请的话。"), _("说明为什么想认识对方。"), field="message")
    if len(message) > MESSAGE_LIMIT:
        text = _("邀请最多 %(limit)d 字。") % {"limit": MESSAGE_LIMIT}
        raise Refused("message_too_long", text, _("请写短一些。"), field="message")
    check_words(message, field="message")
    if not opening.is_listed or opening.valid_through is None or opening.valid_through <= at:
        raise Refused("opening_closed", _("这个岗位现在不在招聘中。"), _("请先发布岗位。"))
    Opening.objects.select_for_update().get(pk=opening.pk)
    waiting = Invitation.objects.filter(opening=opening, state=InvitationState.SENT, expires_at__gt=at)
    if waiting.count() >= MOST_OPEN:
        text = _("这个岗位已有 %(limit)d 份邀请在等答复。") % {"limit": MOST_OPEN}
        raise Refused("too_many_invitations", text, _("请等对方答复后再邀请。"))
    chosen = recommended_by_code(opening, code)
    if chosen is None:
        raise Refused("not_recommended", _("这位候选人现在不在推荐名单里。"), _("请回到名单，选择其他人。"))
    if Invitation.objects.filter(opening=opening, person=chosen.person).exists():
        raise Refused("already_invited", _("已经邀请过这位候选人。"), _("一个岗位对一个人只邀请一次。"))
    invitation = Invitation.objects.create(
        opening=opening,
        person=chosen.person,
        message=message,
        sent_by=acting_user,
        sent_at=at,
        expires_at=at + ANSWER_INVITATION_WITHIN,
    )
    record(
        at=at,
        action="jobs.invitation.send",
        subject=invitation,
        acting_user=party.account,
        data={"opening": opening.pk},
    )
    tell_person(
        chosen.person,
        "invitation_received",
        key=str(invitation.pk),
        at=at,
        path="/me/invitations/",
        data={"title": opening.title, "organisation": opening.organisation.name},
    )
    return invitation


@transaction.atomic
def decline_invitation(*, acting_user: Any, invitation: Invitation, at: datetime) -> None:
    """Not this one; the employer hears that it was declined, not by whom."""
    party = person_party(acting_user, invitation.person, at=at)
    waiting = Invitation.objects.filter(pk=invitation.pk, state=InvitationState.SENT)
    if not waiting.update(state=InvitationState.DECLINED, answered_at=at):
        raise Refused("invitation_over", _("这份邀请已经答复或过期。"), _("请刷新页面。"))
    opening = invitation.opening
    record(
        at=at,
        action="jobs.invitation.decline",
        subject=invitation,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
    )
    tell_employer(
        opening.organisation,
        "invitation_declined",
        key=str(invitation.pk),
        at=at,
        path=f"/employer/openings/{opening.pk}/recommended/",
        data={"title": opening.title, "code": candidate_code(opening.pk, invitation.person_id)},
    )


def expire_invitations(*, at: datetime) -> int:
    """Silence after two weeks ends an invitation; nobody is told off for it."""
    due = Invitation.objects.filter(state=InvitationState.SENT, expires_at__lte=at)
    return due.update(state=InvitationState.EXPIRED)


@transaction.atomic
def hide_person(*, acting_user: Any, opening: Opening, code: str, reason: str, at: datetime) -> None:
    """Do not show this person for this opening again. The reason is from the list; hiding twice changes nothing."""
    party = employer_party(acting_user, opening)
    if reason not in RefusalReason.values:
        raise Refused("reason_needed", _("请选择原因。"), _("原因只用来改进推荐。"), field="reason")
    chosen = recommended_by_code(opening, code)
    if chosen is None:
        return
    row, is_new = HiddenPerson.objects.get_or_create(
        opening=opening,
        person=chosen.person,
        defaults={"reason": reason, "hidden_by": acting_user, "hidden_at": at},
    )
    if is_new:
        data = {"opening": opening.pk, "reason": reason}
        record(at=at, action="jobs.candidate.hide", subject=row, acting_user=party.account, data=data)
