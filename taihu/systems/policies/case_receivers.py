"""What applications do when their cases or their money moved. Thin: ids in, one action."""

from collections.abc import Iterable
from datetime import datetime

from taihu.records.base.events import handles
from taihu.records.cases.enums import CaseOutcome
from taihu.records.cases.events import (
    CaseClosed,
    CaseMoved,
    CasePaymentReady,
    CaseReturned,
    ExpertAssigned,
    StageOverdue,
)
from taihu.records.ledger.events import InstalmentHeld, InstalmentPaid, RecoveryChanged
from taihu.records.ledger.models import Instalment
from taihu.records.ledger.rechecks import register_recheck
from taihu.systems.policies.actions import following, personal_data  # noqa: F401 - registers what is held of people
from taihu.systems.policies.actions.money import recheck_instalments
from taihu.systems.policies.claims import register_claims
from taihu.systems.policies.enums import ORIGIN
from taihu.systems.policies.models import Application

register_recheck(ORIGIN, recheck_instalments)


def _claims(policy: str) -> Iterable[int]:
    """People who applied for a policy, are being handled or were granted: no list pays them a second time."""
    rows = Application.objects.filter(track__policy=policy, person__isnull=False)
    rows = rows.exclude(case__outcome__in=[CaseOutcome.REFUSED, CaseOutcome.WITHDRAWN])
    return list(rows.values_list("person_id", flat=True))


register_claims("applications", _claims)


@handles(CaseMoved)
def tell_of_move(event: CaseMoved, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.tell_of_move(case_id=event.case_id, stage=event.stage, at=at)


@handles(CaseReturned)
def tell_of_return(event: CaseReturned, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.tell_of_return(run_id=event.run_id, at=at)


@handles(CaseClosed)
def tell_of_end(event: CaseClosed, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.tell_of_end(case_id=event.case_id, outcome=event.outcome, at=at)


@handles(StageOverdue)
def tell_of_overdue(event: StageOverdue, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.tell_of_overdue(run_id=event.run_id, level=event.level, at=at)


@handles(ExpertAssigned)
def ask_expert(event: ExpertAssigned, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.ask_expert(sheet_id=event.sheet_id, at=at)


@handles(CasePaymentReady)
def pay(event: CasePaymentReady, at: datetime) -> None:
    if event.origin == ORIGIN:
        following.pay(run_id=event.run_id, at=at)


@handles(InstalmentPaid)
def follow_payments(event: InstalmentPaid, at: datetime) -> None:
    following.follow_payments(instalment_ids=event.instalment_ids, at=at)


@handles(RecoveryChanged)
def follow_offsets(event: RecoveryChanged, at: datetime) -> None:
    """An instalment that was kept back as a whole is out as if the bank had paid it."""
    offset = Instalment.objects.filter(offsets__recovery__in=event.recovery_ids)
    following.follow_payments(instalment_ids=list(offset.values_list("pk", flat=True)), at=at)


@handles(InstalmentHeld)
def tell_of_hold(event: InstalmentHeld, at: datetime) -> None:
    following.tell_of_hold(instalment_ids=event.instalment_ids, at=at)
