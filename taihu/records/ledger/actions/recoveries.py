"""Money that comes back: demanded, received, waived by decision, offset against what is still to be paid."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account
from taihu.records.ledger.enums import (
    AccountKind,
    EntryKind,
    InstalmentState,
    ReceiptKind,
    RecoveryReason,
    RecoveryState,
)
from taihu.records.ledger.events import RecoveryChanged, RecoveryDemanded
from taihu.records.ledger.journal import Move, open_entry, post, refresh_instalments, seal, yuan
from taihu.records.ledger.models import Commitment, Entry, Instalment, Receipt, Recovery, RecoveryShare, Share
from taihu.records.ledger.money import check_fen, divide
from taihu.records.ledger.permissions import require_decider, require_finance, require_office_of, require_payer

BOOK_OF_RECEIPT = {
    ReceiptKind.RECEIVED: (EntryKind.RECEIVE, AccountKind.RECOVERED),
    ReceiptKind.WAIVED: (EntryKind.WAIVE, AccountKind.WAIVED),
    ReceiptKind.OFFSET: (EntryKind.OFFSET, AccountKind.RECOVERED),
}


@transaction.atomic
def demand_recovery(
    *,
    acting_user: Account,
    at: datetime,
    commitment: Commitment,
    key: str,
    amount: int,
    ground: str,
    reason: str,
    document: str,
    due_date: date,
) -> Recovery:
    """Demand back what was paid, in whole or in part; each budget line gets back in proportion to what it paid."""
    require_office_of(acting_user, commitment, at=at)
    check_fen(amount)
    if ground not in RecoveryReason.values:
        raise Refused("ground", _("请选择追回事由。"), field="ground")
    for name, value in (("key", key), ("reason", reason), ("document", document)):
        if not value.strip():
            raise Refused("text_needed", _("追回必须写明理由和决定文号。"), field=name)
    if known := Recovery.objects.filter(key=key).first():
        if (known.commitment_id, known.amount) != (commitment.pk, amount):
            raise Refused("key_reused", _("编号“%(key)s”已用于另一笔追回。") % {"key": key})
        return known
    shares = list(
        Share.objects.select_for_update()
        .filter(instalment__commitment=commitment, state=InstalmentState.PAID, amount__gt=F("recalled"))
        .order_by("pk")
    )
    paid = sum(share.amount - share.recalled for share in shares)
    if amount > paid:
        raise Refused(
            "more_than_paid",
            _("已支付且未要求退回的只有 %(paid)s 元。") % {"paid": yuan(paid)},
            _("请核对金额。"),
            field="amount",
            paid=paid,
        )
    entry = open_entry(
        EntryKind.DEMAND, at=at, made_by=acting_user, reference=f"commitment:{commitment.pk}", note=document
    )
    recovery = Recovery.objects.create(
        key=key,
        commitment=commitment,
        ground=ground,
        reason=reason.strip(),
        document=document.strip(),
        amount=amount,
        due_date=due_date,
        entry=entry,
        demanded_by=acting_user,
        demanded_at=at,
    )
    _demand(recovery, entry, shares)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.demand_recovery",
        subject=recovery,
        data={"commitment": commitment.pk, "fen": amount, "ground": ground, "document": document.strip()},
    )
    publish(RecoveryDemanded(recovery_ids=[recovery.pk]), at=at)
    return recovery


def _demand(recovery: Recovery, entry: Entry, shares: Sequence[Share]) -> None:
    parts = divide(recovery.amount, [share.amount - share.recalled for share in shares])
    parts = _within(parts, [share.amount - share.recalled for share in shares])
    moves = []
    for share, part in zip(shares, parts, strict=True):
        if not part:
            continue
        RecoveryShare.objects.create(recovery=recovery, share=share, amount=part)
        Share.objects.filter(pk=share.pk).update(recalled=F("recalled") + part)
        moves.append(Move(share.line_id, AccountKind.PAID, AccountKind.RECEIVABLE, part, share.pk))
    post(entry, moves)
    seal(entry)


def _within(parts: list[int], limits: Sequence[int]) -> list[int]:
    """The odd fen of the first part go on to the next where the first is full already."""
    left = 0
    fitted = []
    for part, limit in zip(parts, limits, strict=True):
        taken = min(part + left, limit)
        left += part - taken
        fitted.append(taken)
    return fitted


def receive_repayment(
    *, acting_user: Account, at: datetime, recovery: Recovery, key: str, amount: int, note: str = ""
) -> Receipt:
    """Money has come back."""
    require_payer(acting_user, recovery.commitment, at=at)
    return _settle(
        ReceiptKind.RECEIVED, acting_user=acting_user, at=at, recovery=recovery, key=key, amount=amount, note=note
    )


def waive_recovery(
    *, acting_user: Account, at: datetime, recovery: Recovery, key: str, amount: int, document: str, note: str
) -> Receipt:
    """A decider waives a part by a decision with a document number; never whoever demanded it."""
    require_decider(acting_user, at=at)
    if acting_user.pk == recovery.demanded_by_id:
        raise NotAllowed("own_demand", _("不能免除自己提出的追回。"), _("请由另一位审批负责人决定。"))
    if not document.strip() or not note.strip():
        raise Refused("grounds_needed", _("免予追回必须写明理由和决定文号。"), field="document")
    return _settle(
        ReceiptKind.WAIVED,
        acting_user=acting_user,
        at=at,
        recovery=recovery,
        key=key,
        amount=amount,
        note=note,
        document=document,
    )


@transaction.atomic
def _settle(
    kind: ReceiptKind,
    *,
    acting_user: Account,
    at: datetime,
    recovery: Recovery,
    key: str,
    amount: int,
    note: str,
    document: str = "",
    instalment: Instalment | None = None,
    extra: Sequence[Move] = (),
) -> Receipt:
    check_fen(amount)
    if not key.strip():
        raise Refused("key_needed", _("缺少编号。"), field="key")
    if known := Receipt.objects.filter(key=key).first():
        if (known.recovery_id, known.kind, known.amount) != (recovery.pk, kind, amount):
            raise Refused("key_reused", _("编号“%(key)s”已用于另一笔退款。") % {"key": key})
        return known
    claimed = Recovery.objects.filter(
        pk=recovery.pk, state=RecoveryState.OPEN, settled__lte=F("amount") - amount
    ).update(settled=F("settled") + amount)
    recovery.refresh_from_db()
    if not claimed:
        raise Refused(
            "more_than_open",
            _("这笔追回只剩 %(left)s 元未办结。") % {"left": yuan(recovery.amount - recovery.settled)},
            _("请核对金额。"),
            field="amount",
        )
    entry_kind, book = BOOK_OF_RECEIPT[kind]
    entry = open_entry(entry_kind, at=at, made_by=acting_user, reference=f"recovery:{recovery.pk}", note=note)
    post(entry, [*_settle_shares(recovery, amount, book), *extra])
    seal(entry)
    receipt = Receipt.objects.create(
        key=key,
        recovery=recovery,
        kind=kind,
        amount=amount,
        document=document.strip(),
        note=note.strip(),
        instalment=instalment,
        entry=entry,
        made_by=acting_user,
        made_at=at,
    )
    if recovery.settled == recovery.amount:
        _finish(recovery, entry)
    record(
        at=at,
        acting_user=acting_user,
        action=f"ledger.recovery_{kind}",
        subject=recovery,
        data={"receipt": receipt.pk, "fen": amount, "document": receipt.document},
    )
    publish(RecoveryChanged(recovery_ids=[recovery.pk]), at=at)
    return receipt


def _settle_shares(recovery: Recovery, amount: int, book: AccountKind) -> list[Move]:
    rows = list(recovery.shares.select_related("share").order_by("pk"))
    open_ = [row.amount - row.settled for row in rows]
    parts = _within(divide(amount, open_), open_)
    moves = []
    for row, part in zip(rows, parts, strict=True):
        if part:
            RecoveryShare.objects.filter(pk=row.pk).update(settled=F("settled") + part)
            moves.append(Move(row.share.line_id, AccountKind.RECEIVABLE, book, part, row.share_id))
    return moves


def _finish(recovery: Recovery, entry: Entry) -> None:
    """Everything is settled; shares that came back in full show it."""
    Recovery.objects.filter(pk=recovery.pk).update(state=RecoveryState.SETTLED)
    recovery.state = RecoveryState.SETTLED
    if Receipt.objects.filter(recovery=recovery, kind=ReceiptKind.WAIVED, reversed_at__isnull=True).exists():
        return
    full = Q(pk__in=recovery.shares.values("share"), recalled=F("amount"), state=InstalmentState.PAID)
    if Share.objects.filter(full).update(state=InstalmentState.RECOVERED, entry=entry):
        refresh_instalments(entry)


@transaction.atomic
def offset_recovery(
    *, acting_user: Account, at: datetime, recovery: Recovery, instalment: Instalment, key: str, amount: int, note: str
) -> Receipt:
    """Keep back from a cleared instalment what the same payee owes (抵扣): booked as paid and as come back."""
    require_payer(acting_user, recovery.commitment, at=at)
    check_fen(amount)
    if known := Receipt.objects.filter(key=key).first():
        if (known.instalment_id, known.recovery_id, known.amount) != (instalment.pk, recovery.pk, amount):
            raise Refused("key_reused", _("编号“%(key)s”已用于另一笔退款。") % {"key": key})
        return known
    if _payee(instalment.commitment) != _payee(recovery.commitment):
        raise Refused("other_payee", _("只能从同一收款人的款项中抵扣。"), field="instalment")
    shares = list(
        Share.objects.select_for_update(of=("self",))
        .filter(instalment=instalment, state=InstalmentState.CLEARED, amount__gt=F("offset"))
        .select_related("line")
        .order_by("pk")
    )
    for unit in sorted({share.line.unit_id for share in shares}):
        require_finance(acting_user, unit, at=at)
    open_ = [share.amount - share.offset for share in shares]
    if amount > sum(open_):
        raise Refused(
            "more_than_payable",
            _("这一期待支付的只有 %(open)s 元。") % {"open": yuan(sum(open_))},
            _("请核对金额，或先完成复核。"),
            field="amount",
        )
    parts = _within(divide(amount, open_), open_)
    moves = []
    for share, part in zip(shares, parts, strict=True):
        if part:
            Share.objects.filter(pk=share.pk).update(offset=F("offset") + part)
            moves.append(Move(share.line_id, AccountKind.CLEARED, AccountKind.PAID, part, share.pk))
    receipt = _settle(
        ReceiptKind.OFFSET,
        acting_user=acting_user,
        at=at,
        recovery=recovery,
        key=key,
        amount=amount,
        note=note,
        instalment=instalment,
        extra=moves,
    )
    done = Q(instalment=instalment, state=InstalmentState.CLEARED, amount=F("offset"))
    if Share.objects.filter(done).update(state=InstalmentState.PAID, entry=receipt.entry, paid_on=city_date(at)):
        refresh_instalments(receipt.entry)
    return receipt


def _payee(commitment: Commitment) -> tuple[int | None, int | None]:
    return commitment.person_id, commitment.organisation_id


@transaction.atomic
def reverse_receipt(*, acting_user: Account, at: datetime, receipt: Receipt, reason: str) -> Entry:
    """A receipt was recorded wrongly: its entry is reversed by another, nothing is overwritten (冲正).

    Finance reverses what it recorded; a waiver was a decision, so a decider reverses it.
    """
    if receipt.kind == ReceiptKind.WAIVED:
        require_decider(acting_user, at=at)
    else:
        require_payer(acting_user, receipt.recovery.commitment, at=at)
    if not reason.strip():
        raise Refused("reason_needed", _("请写明冲正的理由。"), field="reason")
    if receipt.kind == ReceiptKind.OFFSET:
        raise Refused("offset_final", _("抵扣不能冲正。"), _("如有差错，请另行办理补付。"))
    if not Receipt.objects.filter(pk=receipt.pk, reversed_at__isnull=True).update(reversed_at=at):
        raise Refused("reversed", _("这笔退款已经冲正。"))
    entry = open_entry(
        EntryKind.REVERSE,
        at=at,
        made_by=acting_user,
        reference=f"recovery:{receipt.recovery_id}",
        note=reason.strip(),
        reverses=receipt.entry,
    )
    old = list(receipt.entry.postings.select_related("source", "target").order_by("pk"))
    post(
        entry,
        [
            Move(
                row.source.line_id, AccountKind(row.target.kind), AccountKind(row.source.kind), row.amount, row.share_id
            )
            for row in old
        ],
    )
    seal(entry)
    for row in old:
        mine = RecoveryShare.objects.filter(recovery=receipt.recovery_id, share=row.share_id)
        mine.update(settled=F("settled") - row.amount)
    Recovery.objects.filter(pk=receipt.recovery_id).update(
        settled=F("settled") - receipt.amount, state=RecoveryState.OPEN
    )
    again = Q(pk__in=[row.share_id for row in old], state=InstalmentState.RECOVERED)
    if Share.objects.filter(again).update(state=InstalmentState.PAID, entry=entry):
        refresh_instalments(entry)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.reverse_receipt",
        subject=receipt.recovery,
        data={"receipt": receipt.pk, "fen": receipt.amount, "reason": reason.strip()},
    )
    publish(RecoveryChanged(recovery_ids=[receipt.recovery_id]), at=at)
    return entry


@transaction.atomic
def withdraw_recovery(*, acting_user: Account, at: datetime, recovery: Recovery, reason: str) -> Entry:
    """The demand was wrong (after an appeal, say): what is not settled counts as rightly paid again."""
    require_decider(acting_user, at=at)
    if not reason.strip():
        raise Refused("reason_needed", _("请写明撤销的理由。"), field="reason")
    if not Recovery.objects.filter(pk=recovery.pk, state=RecoveryState.OPEN).update(state=RecoveryState.WITHDRAWN):
        raise Refused("recovery_over", _("这笔追回已经办结或撤销。"))
    entry = open_entry(
        EntryKind.REVERSE,
        at=at,
        made_by=acting_user,
        reference=f"recovery:{recovery.pk}",
        note=reason.strip(),
        reverses=recovery.entry,
    )
    moves = []
    for row in recovery.shares.select_related("share").order_by("pk"):
        if part := row.amount - row.settled:
            Share.objects.filter(pk=row.share_id).update(recalled=F("recalled") - part)
            moves.append(Move(row.share.line_id, AccountKind.RECEIVABLE, AccountKind.PAID, part, row.share_id))
    post(entry, moves)
    seal(entry)
    record(at=at, acting_user=acting_user, action="ledger.withdraw_recovery", subject=recovery, data={"reason": reason})
    publish(RecoveryChanged(recovery_ids=[recovery.pk]), at=at)
    return entry
