"""What the bank answers: matched by reference, booked once, listed where it does not fit."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.records.ledger.actions.batches import PAYABLE
from taihu.records.ledger.bankfiles import Answer, read_answers
from taihu.records.ledger.enums import (
    AccountKind,
    BatchState,
    EntryKind,
    InstalmentState,
    PaymentState,
    RowOutcome,
)
from taihu.records.ledger.events import InstalmentPaid, PaymentReturned, publish_ids
from taihu.records.ledger.journal import move_shares, open_entry, post_shares, refresh_instalments, seal
from taihu.records.ledger.models import BankReturn, BankReturnRow, Entry, Instalment, Payment, PaymentBatch, Share
from taihu.records.ledger.permissions import require_finance


@transaction.atomic
def import_return(
    *, acting_user: Account, at: datetime, batch: PaymentBatch, content: bytes, name: str = ""
) -> BankReturn:
    """Book a bank's answer to a batch. The same file again returns the first report and changes nothing.

    Wrong columns refuse the whole file. A row that fits no payment, or contradicts what is known, is listed and books
    nothing; payments without a row go on waiting.
    """
    require_finance(acting_user, batch.unit_id, at=at)
    digest = hashlib.sha256(content).hexdigest()
    batch = PaymentBatch.objects.select_for_update().get(pk=batch.pk)
    if known := BankReturn.objects.filter(batch=batch, digest=digest).first():
        return known
    answers = read_answers(content)
    if batch.state not in (BatchState.EXPORTED, BatchState.SETTLED):
        raise Refused(
            "batch_not_sent",
            _("批次现在是“%(state)s”，还没有送银行。") % {"state": BatchState(batch.state).label},
            _("请先审批并导出批次。"),
        )
    if not answers:
        raise Refused("answer_empty", _("文件里没有一行结果。"), _("请核对是否选错了文件。"), field="file")
    report = BankReturn.objects.create(
        batch=batch, digest=digest, name=name[:120], rows=len(answers), imported_by=acting_user, imported_at=at
    )
    rows = list(_match(report, answers, _payments(batch)))
    BankReturnRow.objects.bulk_create(rows, batch_size=5000)
    _book(report, acting_user=acting_user, at=at)
    _count(report, rows)
    if not report.waiting:
        PaymentBatch.objects.filter(pk=batch.pk, settled_at__isnull=True).update(
            state=BatchState.SETTLED, settled_at=at
        )
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.import_return",
        subject=batch,
        data={"return": report.pk, "sha256": digest, **_numbers(report)},
    )
    return report


@dataclass(frozen=True)
class Known:
    """A payment as it stands before the file."""

    pk: int
    amount: int
    state: str
    recalled: int


def _payments(batch: PaymentBatch) -> dict[str, Known]:
    rows = batch.payments.values_list("reference", "pk", "amount", "state", "share__recalled")
    return {
        reference: Known(pk, amount, state, recalled)
        for reference, pk, amount, state, recalled in rows.iterator(chunk_size=10_000)
    }


def _match(report: BankReturn, answers: Iterable[Answer], payments: Mapping[str, Known]) -> Iterable[BankReturnRow]:
    seen: set[str] = set()
    for answer in answers:
        payment = payments.get(answer.reference)
        outcome, problem = _outcome(answer, payment, answer.reference in seen)
        if outcome != RowOutcome.UNMATCHED:
            seen.add(answer.reference)
        yield BankReturnRow(
            bank_return=report,
            place=answer.place,
            reference=answer.reference,
            amount=answer.amount,
            settled_on=answer.settled_on,
            bank_reference=answer.bank_reference,
            reason=problem or answer.reason,
            outcome=outcome,
            payment_id=payment.pk if payment and outcome != RowOutcome.UNMATCHED else None,
        )


def _outcome(answer: Answer, payment: Known | None, is_repeated: bool) -> tuple[RowOutcome, str]:
    if answer.problem:
        return RowOutcome.UNMATCHED, answer.problem
    if payment is None:
        return RowOutcome.UNMATCHED, _("本批次没有这个流水号")
    if is_repeated:
        return RowOutcome.UNMATCHED, _("同一流水号在文件里出现两次")
    if answer.amount != payment.amount:
        return RowOutcome.UNMATCHED, _("金额与批次不符")
    return _change(answer, payment)


def _change(answer: Answer, payment: Known) -> tuple[RowOutcome, str]:
    """What a readable row of the right amount changes, by where the payment stands."""
    if payment.state == PaymentState.WAITING:
        return (RowOutcome.PAID if answer.is_paid else RowOutcome.FAILED), ""
    if payment.state == PaymentState.PAID and answer.is_paid:
        return RowOutcome.KNOWN, ""
    if payment.state == PaymentState.FAILED and not answer.is_paid:
        return RowOutcome.KNOWN, ""
    if payment.state == PaymentState.PAID:
        if payment.recalled:
            return RowOutcome.UNMATCHED, _("这笔款项已在追回，退汇需人工核对")
        return RowOutcome.TAKEN_BACK, ""
    return RowOutcome.UNMATCHED, _("银行先前报告失败，现在报告成功，需人工核对")


def _rows(report: BankReturn, outcome: RowOutcome) -> QuerySet[BankReturnRow]:
    return BankReturnRow.objects.filter(bank_return=report, outcome=outcome)


def _book(report: BankReturn, *, acting_user: Account, at: datetime) -> None:
    settle = partial(_settle, report=report, acting_user=acting_user, at=at)
    paid = settle(RowOutcome.PAID, PaymentState.WAITING, PaymentState.PAID)
    if paid is not None:
        done = Instalment.objects.filter(shares__entry=paid, state=InstalmentState.PAID)
        ids = sorted(set(done.values_list("pk", flat=True)))
        publish_ids(lambda part: InstalmentPaid(instalment_ids=part), ids, at=at)
    for outcome, state in ((RowOutcome.FAILED, PaymentState.WAITING), (RowOutcome.TAKEN_BACK, PaymentState.PAID)):
        entry = settle(outcome, state, PaymentState.FAILED)
        if entry is not None:
            _tell_returned(entry, at)


def _settle(
    outcome: RowOutcome,
    before: PaymentState,
    after: PaymentState,
    *,
    report: BankReturn,
    acting_user: Account,
    at: datetime,
) -> Entry | None:
    """Payments and shares change in a few statements, however many; each is claimed by the state it was matched in."""
    rows = _rows(report, outcome)
    wanted = rows.count()
    if not wanted:
        return None
    # By payment and file alone: one row each, and no planner is led to an index that holds the whole file.
    mine = BankReturnRow.objects.filter(payment=OuterRef("pk"), bank_return=report)
    is_paid = after == PaymentState.PAID
    claimed = Payment.objects.filter(pk__in=rows.values("payment"), state=before).update(
        state=after,
        settled_on=Coalesce(Subquery(mine.values("settled_on")[:1]), city_date(at)),
        bank_reference=Subquery(mine.values("bank_reference")[:1]),
        reason=Subquery(mine.values("reason")[:1]),
    )
    entry = open_entry(
        EntryKind.PAY if is_paid else EntryKind.RETURN,
        at=at,
        made_by=acting_user,
        reference=f"batch:{report.batch_id}",
        note=report.name,
    )
    shares = Payment.objects.filter(pk__in=rows.values("payment")).values("share")
    moved = _move(entry, shares, before, is_paid=is_paid)
    if claimed != wanted or moved != wanted:
        raise Refused("moved_meanwhile", _("批次刚刚由别人改动过，没有导入任何一行。"), _("请刷新后重试。"))
    source = AccountKind.PAID if before == PaymentState.PAID else AccountKind.TRANSIT
    post_shares(entry, source=source, target=AccountKind.PAID if is_paid else AccountKind.CLEARED, amount=PAYABLE)
    seal(entry)
    refresh_instalments(entry)
    return entry


def _move(entry: Entry, shares: "QuerySet[Payment, Any]", before: PaymentState, *, is_paid: bool) -> int:
    claim = Q(pk__in=shares)
    if not is_paid:
        come_from = InstalmentState.PAID if before == PaymentState.PAID else InstalmentState.BATCHED
        return move_shares(entry, claim, come_from=[come_from], to=InstalmentState.RETURNED, paid_on=None)
    paid_on = Subquery(Payment.objects.filter(share=OuterRef("pk"), state=PaymentState.PAID).values("settled_on")[:1])
    return move_shares(entry, claim, come_from=[InstalmentState.BATCHED], to=InstalmentState.PAID, paid_on=paid_on)


def _tell_returned(entry: Entry, at: datetime) -> None:
    rows = Share.objects.filter(entry=entry).order_by("pk")
    failed = Payment.objects.filter(share=OuterRef("pk"), state=PaymentState.FAILED).order_by("-pk")
    reasons = rows.annotate(why=Subquery(failed.values("reason")[:1])).values_list("instalment", "why")
    by_instalment = {number: [why] if why else [] for number, why in reasons}
    touched = list(Instalment.objects.filter(pk__in=rows.values("instalment")).order_by("pk"))
    for row in touched:
        row.reasons = by_instalment[row.pk]
    Instalment.objects.bulk_update(touched, ["reasons"], batch_size=100)
    publish_ids(lambda part: PaymentReturned(instalment_ids=part), [row.pk for row in touched], at=at)


def _count(report: BankReturn, rows: list[BankReturnRow]) -> None:
    for outcome in RowOutcome:
        setattr(report, outcome.value, sum(row.outcome == outcome for row in rows))
    report.waiting = report.batch.payments.filter(state=PaymentState.WAITING).count()
    report.save(update_fields=[*(outcome.value for outcome in RowOutcome), "waiting"])


def _numbers(report: BankReturn) -> dict[str, int]:
    return {name: getattr(report, name) for name in ("rows", *(o.value for o in RowOutcome), "waiting")}
