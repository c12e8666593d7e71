"""What payees are told of their money, and who re-checks what the lists promised. Thin: ids in, one message each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from taihu.records.base.events import handles
from taihu.records.identity.actions import notify, register_kind
from taihu.records.ledger.events import (
    InstalmentHeld,
    InstalmentPaid,
    PaymentReturned,
    RecoveryChanged,
    RecoveryDemanded,
    RecoveryDue,
)
from taihu.records.ledger.journal import yuan
from taihu.records.ledger.models import Instalment, Recovery
from taihu.records.ledger.rechecks import register_recheck
from taihu.systems.policies.actions.benefits import note_benefits, note_recoveries
from taihu.systems.policies.actions.payments import recheck_direct
from taihu.systems.policies.enums import DIRECT_ORIGIN

PATH = "/me/payments/"

register_recheck(DIRECT_ORIGIN, recheck_direct)
register_kind(
    "policies.money_paid", _("补贴已到账：%(purpose)s"), _("%(purpose)s第 %(number)s 期 %(sum)s 元已由银行支付。")
)
register_kind(
    "policies.money_returned",
    _("补贴没有付成：%(purpose)s"),
    _("%(purpose)s第 %(number)s 期 %(sum)s 元被银行退回：%(reason)s请核对并更正收款账户，之后会重新支付。"),
)
register_kind(
    "policies.money_held",
    _("补贴暂停支付：%(purpose)s"),
    _("%(purpose)s第 %(number)s 期 %(sum)s 元复核时没有通过：%(reason)s工作人员会核实处理，您也可以提供材料说明。"),
)
register_kind(
    "policies.money_demanded",
    _("请退回补贴：%(purpose)s"),
    _("请在 %(day)s 之前退回%(purpose)s %(sum)s 元。依据：%(document)s。如有异议，可以依法申请复议。"),
)
register_kind(
    "policies.money_owed",
    _("退回期限已过：%(purpose)s"),
    _("%(purpose)s应退回的 %(sum)s 元已过期限（%(day)s）。依据：%(document)s。请尽快退回，或与经办人员联系。"),
)


def _instalments(ids: Sequence[int]) -> Iterable[Instalment]:
    rows = Instalment.objects.filter(pk__in=ids, commitment__person__account__isnull=False)
    return rows.select_related("commitment__person__account").order_by("pk")


def _tell(kind: str, ids: Sequence[int], at: datetime) -> None:
    """Once per instalment and day: a repeated delivery says nothing twice, a second return says it again."""
    for item in _instalments(ids):
        assert item.commitment.person is not None
        account = item.commitment.person.account
        assert account is not None
        data: dict[str, Any] = {
            "purpose": item.commitment.purpose,
            "number": item.number,
            "sum": yuan(item.amount),
            "reason": "".join(f"{reason.rstrip('。')}。" for reason in item.reasons),
        }
        key = f"policies.{kind}:{item.pk}:{at:%Y%m%d}"
        notify(account=account, kind=f"policies.{kind}", key=key, at=at, data=data, path=PATH)


@handles(InstalmentPaid)
def tell_paid(event: InstalmentPaid, at: datetime) -> None:
    _tell("money_paid", event.instalment_ids, at)


@handles(InstalmentPaid)
def note_paid(event: InstalmentPaid, at: datetime) -> None:
    note_benefits(instalment_ids=event.instalment_ids, at=at)


@handles(PaymentReturned)
def note_returned(event: PaymentReturned, at: datetime) -> None:
    note_benefits(instalment_ids=event.instalment_ids, at=at)


@handles(RecoveryDemanded)
def note_demanded(event: RecoveryDemanded, at: datetime) -> None:
    note_recoveries(recovery_ids=event.recovery_ids, at=at)


@handles(RecoveryChanged)
def note_changed(event: RecoveryChanged, at: datetime) -> None:
    note_recoveries(recovery_ids=event.recovery_ids, at=at)


@handles(PaymentReturned)
def tell_returned(event: PaymentReturned, at: datetime) -> None:
    _tell("money_returned", event.instalment_ids, at)


@handles(InstalmentHeld)
def tell_held(event: InstalmentHeld, at: datetime) -> None:
    """Applications tell of their own holds; what a list promised is told of here."""
    mine = Instalment.objects.filter(pk__in=event.instalment_ids, commitment__origin=DIRECT_ORIGIN)
    _tell("money_held", list(mine.values_list("pk", flat=True)), at)


@handles(RecoveryDemanded)
def tell_demanded(event: RecoveryDemanded, at: datetime) -> None:
    _tell_recovery("money_demanded", event.recovery_ids, at)


@handles(RecoveryDue)
def tell_owed(event: RecoveryDue, at: datetime) -> None:
    _tell_recovery("money_owed", event.recovery_ids, at)


def _tell_recovery(kind: str, ids: Sequence[int], at: datetime) -> None:
    rows = Recovery.objects.filter(pk__in=ids, commitment__person__account__isnull=False)
    for row in rows.select_related("commitment__person__account").order_by("pk"):
        assert row.commitment.person is not None
        account = row.commitment.person.account
        assert account is not None
        data = {
            "purpose": row.commitment.purpose,
            "sum": yuan(row.open),
            "day": row.due_date.isoformat(),
            "document": row.document,
        }
        notify(account=account, kind=f"policies.{kind}", key=f"policies.{kind}:{row.pk}", at=at, data=data, path=PATH)
