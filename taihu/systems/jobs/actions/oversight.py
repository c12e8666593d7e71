"""What an officer does with openings: review what was flagged, answer complaints, take down, register exceptions."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import is_officer
from taihu.systems.jobs.actions.openings import refresh_listing, show_one_of_copies
from taihu.systems.jobs.enums import ComplaintKind, ComplaintState, FindingLevel, OpeningState
from taihu.systems.jobs.events import ComplaintDecided, OpeningReviewed, OpeningTakenDown
from taihu.systems.jobs.models import Complaint, LawfulException, Opening, OpeningReview, Takedown
from taihu.systems.jobs.screening import COMPLAINT_WORKING_DAYS, due_after


def _check_officer(account: Account, at: datetime) -> None:
    if not is_officer(account, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以这样做。"), _("请用经办人员账户登录。"))


@transaction.atomic
def decide_review(*, acting_user: Account, at: datetime, review: OpeningReview, is_approved: bool, reason: str) -> None:
    """Let a flagged opening out, or send it back with the reason. Blocking findings can't be let out."""
    _check_officer(acting_user, at)
    opening = review.opening
    if not reason.strip():
        raise Refused("reason_missing", _("没有写理由。"), _("请写明审核理由，单位会看到。"), field="reason")
    if is_approved and opening.findings.filter(level=FindingLevel.BLOCK, overruled_at__isnull=True).exists():
        raise Refused("opening_unlawful", _("含有法律禁止的内容，不能通过。"), _("请退回单位修改。"))
    claimed = OpeningReview.objects.filter(pk=review.pk, decided_at__isnull=True).update(
        decided_at=at, decided_by=acting_user, is_approved=is_approved, reason=reason
    )
    if not claimed:
        raise Refused("review_decided", _("这条审核已经有人处理。"), _("请刷新队列。"))
    if is_approved:
        opening.findings.filter(overruled_at__isnull=True).update(overruled_by=acting_user, overruled_at=at)
        opening.state = OpeningState.PUBLISHED
        opening.published_at = opening.published_at or at
        opening.refreshed_at = at
    else:
        opening.state = OpeningState.DRAFT
    opening.save(update_fields=["state", "published_at", "refreshed_at"])
    show_one_of_copies(opening, at=at)
    publish(OpeningReviewed(opening_id=opening.pk, is_approved=is_approved), at=at)
    data = {"is_approved": is_approved, "reason": reason}
    record(at=at, action="opening.reviewed", subject=opening, acting_user=acting_user, data=data)


@transaction.atomic
def file_complaint(
    *,
    at: datetime,
    opening: Opening,
    kind: ComplaintKind,
    text: str,
    contact: str = "",
    acting_user: Account | None = None,
) -> Complaint:
    """Anybody may complain; the ticket lets them read the answer without an account."""
    if len(text.strip()) < 5:
        raise Refused("complaint_empty", _("没有写明情况。"), _("请用一两句话说明问题。"), field="text")
    complaint = Complaint.objects.create(
        opening=opening,
        kind=kind,
        text=text.strip()[:4000],
        reporter=acting_user,
        contact=contact.strip()[:120],
        ticket=secrets.token_hex(8),
        created_at=at,
        due_at=due_after(at, COMPLAINT_WORKING_DAYS),
    )
    record(at=at, action="complaint.filed", subject=complaint, acting_user=acting_user, data={"opening": opening.pk})
    return complaint


@transaction.atomic
def decide_complaint(
    *, acting_user: Account, at: datetime, complaint: Complaint, is_upheld: bool, answer: str, article: str = ""
) -> None:
    """Answer a complaint; an upheld one takes the opening down in the same step, citing the article."""
    _check_officer(acting_user, at)
    if not answer.strip():
        raise Refused("reason_missing", _("没有写答复。"), _("请写明核查结果，投诉人会看到。"), field="answer")
    state = ComplaintState.UPHELD if is_upheld else ComplaintState.REJECTED
    claimed = Complaint.objects.filter(pk=complaint.pk, state=ComplaintState.OPEN).update(
        state=state, decided_by=acting_user, decided_at=at, answer=answer.strip()
    )
    if not claimed:
        raise Refused("complaint_decided", _("这条投诉已经有人处理。"), _("请刷新队列。"))
    complaint.state = state
    if is_upheld and complaint.opening.state != OpeningState.WITHDRAWN:
        take_down(
            acting_user=acting_user,
            at=at,
            opening=complaint.opening,
            article=article,
            reason=answer,
            complaint=complaint,
        )
    publish(ComplaintDecided(complaint_id=complaint.pk, is_upheld=is_upheld), at=at)
    record(at=at, action="complaint.decided", subject=complaint, acting_user=acting_user, data={"state": state})


@transaction.atomic
def take_down(
    *,
    acting_user: Account,
    at: datetime,
    opening: Opening,
    article: str,
    reason: str,
    complaint: Complaint | None = None,
) -> Takedown:
    """Remove an opening from view, with the record that the law asks for (人力资源市场暂行条例 第二十九条等)."""
    _check_officer(acting_user, at)
    if not (article.strip() and reason.strip()):
        raise Refused("reason_missing", _("没有写明依据或理由。"), _("请写明法规条款和理由。"), field="article")
    if opening.state == OpeningState.WITHDRAWN:
        raise Refused("already_withdrawn", _("这个岗位已经下架。"), _("请刷新页面。"))
    opening.state = OpeningState.WITHDRAWN
    opening.updated_at = at
    opening.save(update_fields=["state", "updated_at"])
    OpeningReview.objects.filter(opening=opening, decided_at__isnull=True).update(
        decided_at=at, decided_by=acting_user, is_approved=False, reason=reason
    )
    refresh_listing([opening], at=at)
    takedown = Takedown.objects.create(
        opening=opening, article=article, reason=reason, complaint=complaint, decided_by=acting_user, decided_at=at
    )
    publish(OpeningTakenDown(opening_id=opening.pk, takedown_id=takedown.pk), at=at)
    data = {"article": article, "reason": reason, "complaint": complaint.pk if complaint else None}
    record(at=at, action="opening.taken_down", subject=opening, acting_user=acting_user, data=data)
    return takedown


@transaction.atomic
def lift_takedown(*, acting_user: Account, at: datetime, takedown: Takedown, reason: str) -> None:
    """Give an opening back to its employer as a draft."""
    _check_officer(acting_user, at)
    claimed = Takedown.objects.filter(pk=takedown.pk, lifted_at__isnull=True).update(
        lifted_at=at, lifted_by=acting_user
    )
    if not claimed:
        raise Refused("already_lifted", _("这次下架已经撤销。"), _("请刷新页面。"))
    Opening.objects.filter(pk=takedown.opening_id).update(state=OpeningState.DRAFT, updated_at=at)
    record(at=at, action="takedown.lifted", subject=takedown, acting_user=acting_user, data={"reason": reason})


@transaction.atomic
def add_exception(
    *, acting_user: Account, at: datetime, rule: str, occupation_code: str, basis: str
) -> LawfulException:
    """Register that a rule of the scanner does not hold for an occupation, with its legal basis."""
    _check_officer(acting_user, at)
    if not basis.strip():
        raise Refused("basis_missing", _("没有写明法律依据。"), _("请写明文件名称和条款。"), field="basis")
    exception = LawfulException.objects.create(
        rule=rule, occupation_code=occupation_code, basis=basis, created_by=acting_user, created_at=at
    )
    record(at=at, action="lawful_exception.added", subject=exception, acting_user=acting_user, data={"rule": rule})
    return exception
