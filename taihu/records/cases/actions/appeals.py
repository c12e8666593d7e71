"""Ask to look again at a refusal; somebody else than who refused does so."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.actions.acting import Actor, applicant_actor, locked, need_reason, note
from taihu.records.cases.actions.moving import end_of_term, reopen
from taihu.records.cases.enums import AppealState, CaseOutcome, CaseState, Verb
from taihu.records.cases.models import Appeal, Case
from taihu.records.cases.permissions import DESK, holds_office, may_rule
from taihu.records.cases.procedures.tree import Appeal as AppealRule
from taihu.records.identity.models import Account


def _rule(case: Case) -> AppealRule:
    rule = case.procedure.template.appeal
    if rule is None:
        raise Refused("no_appeal", _("这个流程没有设复核环节。"), _("可以依法申请行政复议或提起行政诉讼。"))
    return rule


@transaction.atomic
def file_appeal(*, acting_user: Account, case: Case, at: datetime, grounds: str) -> Appeal:
    """The applicant of a refused case asks for review, in time and with grounds."""
    case = locked(case)
    actor = applicant_actor(acting_user, case, at=at)
    rule = _rule(case)
    if case.state != CaseState.CLOSED or case.outcome != CaseOutcome.REFUSED or case.closed_at is None:
        raise Refused("not_refused", _("只有未通过的申请可以申请复核。"))
    if at >= end_of_term(rule.within, case.closed_at):
        raise Refused("appeal_late", _("申请复核的期限已过。"), _("可以依法申请行政复议或提起行政诉讼。"))
    if case.appeals.exists():
        raise Refused("appealed", _("这项申请已经申请过复核。"))
    text = need_reason(grounds)
    appeal = Appeal.objects.create(
        case=case, filed_by=acting_user, filed_at=at, grounds=text, due_at=end_of_term(rule.answer_within, at)
    )
    note(case, Verb.APPEAL, actor=actor, at=at, reason=text, after={"appeal": appeal.pk})
    return appeal


@transaction.atomic
def decide_appeal(*, acting_user: Account, appeal: Appeal, at: datetime, is_upheld: bool, answer: str) -> Appeal:
    """Uphold or dismiss an appeal. Whoever took part in the refusal keeps out."""
    case = locked(appeal.case)
    if not holds_office(acting_user, [case.office_unit], DESK, at=at):
        raise NotAllowed("not_office", _("复核由主管部门办理。"))
    current = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if current.state != AppealState.OPEN:
        raise Refused("appeal_decided", _("这项复核已经办结。"))
    if not may_rule(acting_user, case):
        raise NotAllowed("own_refusal", _("作出原决定的人员应当回避。"), _("请由其他人员复核。"))
    text = need_reason(answer)
    current.state = AppealState.UPHELD if is_upheld else AppealState.DISMISSED
    current.answer, current.handled_by, current.handled_at = text, acting_user, at
    current.save(update_fields=["state", "answer", "handled_by", "handled_at"])
    actor = Actor(acting_user, str(acting_user))
    note(case, Verb.RULE, actor=actor, at=at, reason=text, after={"appeal": current.pk, "state": current.state})
    if is_upheld:
        reopen(case, case.procedure.template.stage(_rule(case).to), actor=actor, at=at)
    appeal.refresh_from_db()
    return appeal
