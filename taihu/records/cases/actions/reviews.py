"""Experts review: assigned, recused, heard, counted."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.cases.actions.acting import Actor, handler_actor, locked_run, note
from taihu.records.cases.actions.moving import fail, pass_on
from taihu.records.cases.actions.steps import set_fields
from taihu.records.cases.enums import ConflictKind, SheetState, Verb
from taihu.records.cases.events import ExpertAssigned
from taihu.records.cases.models import ReviewSheet, StageRun
from taihu.records.cases.permissions import can_review
from taihu.records.cases.procedures.tree import Threshold
from taihu.records.cases.queries.conflicts import find_conflict
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import has_role

TRIM_FROM = 5  # the highest and the lowest are left out only where enough remain


@dataclass(frozen=True)
class Count:
    """What the sheets say. `passes` None: not enough sheets yet, `lacking` says what."""

    asked: int
    present: int
    submitted: int
    agreed: int
    score: Fraction | None
    passes: bool | None
    lacking: str = ""


@transaction.atomic
def assign_expert(*, acting_user: Account, run: StageRun, expert: Account, at: datetime) -> ReviewSheet:
    """Ask an expert for a case; who must keep out, or reviewed in a stage that excludes it, is refused."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    rule = _rule(run)
    if not has_role(expert, Role.EXPERT, at=at):
        raise Refused("not_expert", _("此账户不是评审专家。"), field="expert")
    if conflict := find_conflict(run.case, expert, at=at):
        raise Refused(
            "expert_conflict",
            _("该专家应当回避：%(reason)s。") % {"reason": ConflictKind(conflict).label},
            _("请另选专家。"),
            field="expert",
        )
    if ReviewSheet.objects.filter(run__case=run.case, expert=expert, state=SheetState.RECUSED).exists():
        raise Refused("expert_recused", _("该专家已对此案回避。"), _("请另选专家。"), field="expert")
    if ReviewSheet.objects.filter(run__case=run.case, run__stage__in=rule.differs_from, expert=expert).exists():
        raise Refused("expert_used", _("前一轮评审的专家不能参加本轮。"), _("请另选专家。"), field="expert")
    sheet, is_new = ReviewSheet.objects.get_or_create(run=run, expert=expert, defaults={"assigned_at": at})
    if not is_new:
        raise Refused("expert_assigned", _("该专家已在名单上。"), field="expert")
    note(run.case, Verb.ASSIGN, actor=actor, at=at, run=run, after={"expert": expert.pk})
    publish(ExpertAssigned(case_id=run.case_id, origin=run.case.origin, sheet_id=sheet.pk), at=at)
    return sheet


def _rule(run: StageRun) -> Threshold:
    rule = run.template.review
    if rule is None:
        raise Refused("wrong_act", _("这一环节不是专家评审。"))
    return rule


@transaction.atomic
def recuse(*, acting_user: Account, sheet: ReviewSheet, conflict: str, at: datetime, reason: str = "") -> ReviewSheet:
    """An expert declares a relation and keeps out; nothing of the sheet counts."""
    run = locked_run(sheet.run)
    if not can_review(acting_user, sheet) and not _is_handler(acting_user, run, at):
        raise NotAllowed("not_your_sheet", _("这不是您的评审任务。"))
    if conflict not in ConflictKind.values:
        raise Refused("conflict_kind", _("请选择回避的原因。"), field="conflict")
    sheet.state, sheet.conflict, sheet.conflict_note = SheetState.RECUSED, conflict, reason.strip()[:200]
    sheet.agrees = sheet.score = sheet.submitted_at = None
    sheet.comment = ""
    sheet.save()
    label = str(_("评审专家")) if acting_user.pk == sheet.expert_id else str(acting_user)
    actor = Actor(acting_user, label)
    after = {"sheet": sheet.pk, "conflict": conflict}
    note(run.case, Verb.RECUSE, actor=actor, at=at, run=run, after=after)
    return sheet


def _is_handler(account: Account, run: StageRun, at: datetime) -> bool:
    from taihu.records.cases.permissions import can_handle

    return can_handle(account, run, at=at)


@transaction.atomic
def submit_sheet(
    *,
    acting_user: Account,
    sheet: ReviewSheet,
    at: datetime,
    agrees: bool | None = None,
    score: int | None = None,
    comment: str = "",
) -> ReviewSheet:
    """An expert's opinion; may be changed until the stage is concluded."""
    run = locked_run(sheet.run)
    if not can_review(acting_user, sheet):
        raise NotAllowed("not_your_sheet", _("这不是您的评审任务。"))
    rule = _rule(run)
    if sheet.state == SheetState.RECUSED:
        raise Refused("recused", _("您已经回避，不能提交意见。"))
    if rule.agree is not None and agrees is None:
        raise Refused("agrees_needed", _("请选择同意或不同意。"), field="agrees")
    if rule.score is not None and (score is None or not 0 <= score <= 100):
        raise Refused("score_needed", _("请打 0 到 100 分。"), field="score")
    if not comment.strip():
        raise Refused("comment_needed", _("请写明评审意见。"), field="comment")
    sheet.state, sheet.submitted_at = SheetState.SUBMITTED, at
    sheet.agrees = agrees if rule.agree is not None else None
    sheet.score = score if rule.score is not None else None
    sheet.comment = comment.strip()
    sheet.save()
    # A vote is secret: the history says that somebody voted, not how.
    actor = Actor(acting_user, str(_("评审专家")))
    note(run.case, Verb.REVIEW, actor=actor, at=at, run=run, after={"sheet": sheet.pk})
    return sheet


@transaction.atomic
def mark_absent(*, acting_user: Account, sheet: ReviewSheet, at: datetime) -> ReviewSheet:
    """An invited expert did not come to the meeting."""
    run = locked_run(sheet.run)
    actor = handler_actor(acting_user, run, at=at)
    if sheet.state != SheetState.ASSIGNED:
        raise Refused("sheet_state", _("该专家已经提交意见或已回避。"))
    sheet.state = SheetState.ABSENT
    sheet.save(update_fields=["state"])
    note(run.case, Verb.ASSIGN, actor=actor, at=at, run=run, after={"expert": sheet.expert_id, "absent": True})
    return sheet


def count_sheets(run: StageRun) -> Count:
    """What the sheets come to under the procedure's thresholds, exactly."""
    rule = _rule(run)
    asked = [sheet for sheet in run.sheets.order_by("pk") if sheet.state != SheetState.RECUSED]
    present = [sheet for sheet in asked if sheet.state != SheetState.ABSENT]
    given = [sheet for sheet in asked if sheet.state == SheetState.SUBMITTED]
    agreed = sum(sheet.agrees is True for sheet in given)
    score = _mean([sheet.score for sheet in given if sheet.score is not None], rule)
    lacking = _lacking(rule, len(asked), len(present), len(given))
    base = len(present) if rule.of_present else len(asked)
    passes: bool | None = None
    if not lacking:
        enough = rule.agree is None or Fraction(agreed, base) >= rule.agree
        passes = enough and (rule.score is None or (score is not None and score >= rule.score))
    return Count(len(asked), len(present), len(given), agreed, score, passes, lacking)


def _lacking(rule: Threshold, asked: int, present: int, given: int) -> str:
    if asked < rule.experts:
        return str(_("还差 %(count)s 位专家。") % {"count": rule.experts - asked})
    if rule.quorum is not None and Fraction(present, asked) < rule.quorum:
        return str(_("到会人数不足。"))
    waited_for = present if rule.of_present or rule.quorum else asked
    if given < waited_for:
        return str(_("还有 %(count)s 位专家没有提交意见。") % {"count": waited_for - given})
    return ""


def _mean(scores: list[int], rule: Threshold) -> Fraction | None:
    """The mean; without the highest and the lowest where the procedure says so."""
    if not scores:
        return None
    kept = sorted(scores)[1:-1] if rule.is_trimmed and len(scores) >= TRIM_FROM else scores
    return Fraction(sum(kept), len(kept))


@transaction.atomic
def conclude_review(
    *, acting_user: Account, run: StageRun, at: datetime, values: dict[str, Any] | None = None
) -> StageRun:
    """Count the sheets and let the case go on or end; the thresholds decide, the officer only counts."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    count = count_sheets(run)
    if count.passes is None:
        raise Refused("review_open", count.lacking, _("请等专家提交意见，或补充专家。"))
    data = {"asked": count.asked, "present": count.present, "agreed": count.agreed, "score": _shown(count.score)}
    if count.passes:
        set_fields(run, values or {})
        pass_on(run, actor=actor, at=at, data=data)
    else:
        fail(run, actor=actor, at=at, reason=str(_("专家评审未达到规定的票数或分数。")), data=data)
    return run


def _shown(score: Fraction | None) -> str:
    """Hundredths, rounded half up, as text: exact and the same everywhere."""
    if score is None:
        return ""
    hundredths = (score * 200 + 1).__floor__() // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"
