"""A promise is replaced by a higher one: what was paid is deducted, the payee gets the difference (补差)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.records.ledger.actions.commitments import book, cancel_instalments, paid_net
from taihu.records.ledger.enums import OPEN_STATES, InstalmentState
from taihu.records.ledger.models import BudgetLine, Commitment, Instalment, Share
from taihu.records.ledger.money import check_fen, divide
from taihu.records.ledger.orders import Order, OverrideOrder, Part, check_order, less_paid, split_by
from taihu.records.ledger.permissions import require_office_of


@dataclass(frozen=True)
class HigherStandard:
    """What a commitment is raised to: fen of the whole new standard, by which document, under which purpose."""

    gross: int
    document: str
    purpose: str = ""


@transaction.atomic
def supersede(
    *,
    acting_user: Account | None,
    at: datetime,
    old: Commitment,
    order: Order,
    reason: str,
    override: OverrideOrder | None = None,
) -> Commitment:
    """Replace a promise by a higher one: what is open of the old is cancelled, what was paid is deducted (补差)."""
    require_office_of(acting_user, old, at=at)
    check_order(order)
    if not reason.strip():
        raise Refused("reason_needed", _("请写明理由。"), field="reason")
    old = Commitment.objects.select_for_update().get(pk=old.pk)
    if known := Commitment.objects.filter(key=order.key).first():
        if known.supersedes_id != old.pk or known.gross != order.total + order.deducted:
            raise Refused("key_reused", _("编号“%(key)s”已用于另一笔内容不同的资金承诺。") % {"key": order.key})
        return known
    if (order.person_id, order.organisation_id) != (old.person_id, old.organisation_id):
        raise Refused("other_payee", _("补差只能给同一个收款人。"), field="payee")
    if Commitment.objects.filter(supersedes=old).exists():
        raise Refused("superseded", _("这笔资金承诺已经有补差。"))
    rest = less_paid(order, sum(paid_net(row) for row in chain_of(old)))
    if Share.objects.filter(instalment__commitment=old, state__in=OPEN_STATES).exists():
        words = f"{_('由更高标准的资金承诺代替')}：{reason.strip()}"
        cancel_instalments(acting_user=acting_user, at=at, commitment=old, reason=words, document=order.document)
    row = book([rest], override, acting_user=acting_user, at=at, supersedes=old)[order.key]
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.supersede",
        subject=row,
        data={"old": old.pk, "gross": row.gross, "deducted": row.deducted, "reason": reason.strip()},
    )
    return row


def chain_of(commitment: Commitment) -> Iterator[Commitment]:
    """The commitment, the one it supersedes, and so on to the first."""
    row: Commitment | None = commitment
    while row is not None:
        yield row
        row = row.supersedes


@transaction.atomic
def raise_commitment(
    *, acting_user: Account, at: datetime, commitment: Commitment, standard: HigherStandard, key: str, reason: str
) -> Commitment:
    """Pay by a higher standard from now on: the same payee, payers, days and conditions, amounts in proportion."""
    require_office_of(acting_user, commitment, at=at)
    check_fen(standard.gross, field="gross")
    if standard.gross <= commitment.gross:
        raise Refused(
            "not_higher",
            _("新标准应高于现在的标准，否则请办理取消或追回。"),
            field="gross",
            gross=commitment.gross,
        )
    order = _raised_order(commitment, standard, key=key, at=at)
    return supersede(acting_user=acting_user, at=at, old=commitment, order=order, reason=reason)


def _raised_order(old: Commitment, standard: HigherStandard, *, key: str, at: datetime) -> Order:
    """The old plan in the proportion of the new standard, what was due before today due today."""
    *_later, first = chain_of(old)
    rows = list(Instalment.objects.filter(commitment=old).order_by("number"))
    rows = [row for row in rows if row.state != InstalmentState.CANCELLED] or rows
    total, today = standard.gross - first.deducted, city_date(at)
    amounts = divide(total, [row.amount for row in rows])
    return Order(
        key=key,
        origin=old.origin,
        origin_ref=old.origin_ref,
        purpose=standard.purpose.strip() or old.purpose,
        document=standard.document.strip(),
        parts=tuple(
            Part(fen, max(row.due_date, today), row.recheck) for row, fen in zip(rows, amounts, strict=True) if fen
        ),
        split=split_by(total, _weights(rows)),
        person_id=old.person_id,
        organisation_id=old.organisation_id,
        beneficiary_id=old.beneficiary_id,
        deducted=first.deducted,
    )


def _weights(rows: list[Instalment]) -> list[tuple[int, int]]:
    """Fen per line of the old plan; what a closed line paid, the line pays into which it was carried."""
    sums: dict[int, int] = {}
    shares = Share.objects.filter(instalment__in=rows).order_by().values_list("line").annotate(sum=Sum("amount"))
    for line, amount in shares.order_by("line"):
        place = _open_line(line)
        sums[place] = sums.get(place, 0) + int(amount)
    return list(sums.items())


def _open_line(line: int) -> int:
    while later := BudgetLine.objects.filter(carried_from=line).values_list("pk", flat=True).first():
        line = later
    return line
