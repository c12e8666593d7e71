"""Payment batches: proposed by one finance officer, approved by another, exported for the bank."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Account, Disclosure, Unit
from taihu.records.ledger.bankfiles import CSV, EXPORTS, Order
from taihu.records.ledger.enums import AccountKind, BatchState, EntryKind, InstalmentState, PaymentState
from taihu.records.ledger.journal import (
    insert_from,
    move_shares,
    open_entry,
    post_shares,
    refresh_instalments,
    seal,
)
from taihu.records.ledger.models import Entry, Instalment, PayeeAccount, Payment, PaymentBatch, Share
from taihu.records.ledger.permissions import require_finance

LISTED = 500
PAYABLE = F("amount") - F("offset")


@transaction.atomic
def propose_batch(
    *,
    acting_user: Account,
    at: datetime,
    unit: Unit,
    key: str,
    until: date | None = None,
    instalments: Sequence[int] | None = None,
) -> PaymentBatch:
    """Claim what is cleared and due on lines of a unit; the same key again returns the same batch.

    Payees without a bank account are left out and listed. With `instalments`, only shares of these are taken.
    """
    require_finance(acting_user, unit, at=at)
    if not key.strip():
        raise Refused("key_needed", _("批次缺少编号。"), field="key")
    if known := PaymentBatch.objects.filter(key=key).first():
        if known.unit_id != unit.pk:
            raise Refused("key_reused", _("这个编号已用于另一单位的批次。"))
        return known
    batch = _open_batch(acting_user, unit, key, at)
    until = until or city_date(at)
    payable = _wanted(unit, until, instalments, with_account=True)
    entry = open_entry(EntryKind.BATCH, at=at, made_by=acting_user, reference=f"batch:{batch.pk}")
    move_shares(
        entry,
        Q(pk__in=payable.values("pk"), amount__gt=F("offset")),
        come_from=[InstalmentState.CLEARED],
        to=InstalmentState.BATCHED,
        batch=batch,
    )
    _write_payments(batch, entry)
    post_shares(entry, source=AccountKind.CLEARED, target=AccountKind.TRANSIT, amount=PAYABLE)
    seal(entry)
    refresh_instalments(entry)
    batch.left_out = _left_out(unit, until, instalments)
    _sum_up(batch, entry)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.propose_batch",
        subject=batch,
        data={"unit": unit.code, "count": batch.count, "fen": batch.total, "digest": batch.digest},
    )
    return batch


def _open_batch(acting_user: Account, unit: Unit, key: str, at: datetime) -> PaymentBatch:
    try:
        with transaction.atomic():
            batch = PaymentBatch.objects.create(key=key, unit=unit, made_by=acting_user, made_at=at)
    except IntegrityError as error:
        raise Refused("made_meanwhile", _("同一批次正在由别人生成。"), _("请刷新后再看。")) from error
    batch.number = f"{city_date(at).year}-{batch.pk:06d}"
    batch.save(update_fields=["number"])
    return batch


def _wanted(
    unit: Unit, until: date, instalments: Sequence[int] | None, *, with_account: bool
) -> models.QuerySet[Share]:
    """Cleared and due shares of the unit whose payee has, or has not, named an account."""
    rows = Share.objects.filter(line__unit=unit, state=InstalmentState.CLEARED, instalment__due_date__lte=until)
    rows = rows.alias(account_id=_account("pk")).filter(account_id__isnull=not with_account)
    return rows if instalments is None else rows.filter(instalment__in=instalments)


def _account(field: str) -> Coalesce:
    """A field of the payee's open account."""
    open_ = PayeeAccount.objects.filter(active_to__isnull=True)
    commitment = "instalment__commitment__"
    return Coalesce(
        Subquery(open_.filter(person=OuterRef(f"{commitment}person")).values(field)[:1]),
        Subquery(open_.filter(organisation=OuterRef(f"{commitment}organisation")).values(field)[:1]),
    )


def _write_payments(batch: PaymentBatch, entry: Entry) -> None:
    text = models.CharField(max_length=120)
    rows = (
        Share.objects.filter(entry=entry)
        .annotate(
            _reference=Concat(
                Value(f"{batch.number}-"), Cast("pk", models.CharField(max_length=20)), output_field=text
            ),
            _payee=_account("holder"),
            _account_id=_account("pk"),
            _hash=_account("number_hash"),
            _tail=_account("tail"),
        )
        .order_by("pk")
        .values_list(
            Value(batch.pk, output_field=models.BigIntegerField()),
            "pk",
            "_reference",
            PAYABLE,
            "_payee",
            "_account_id",
            "_hash",
            "_tail",
            Value(PaymentState.WAITING.value, output_field=text),
            Value("", output_field=text),
            Value("", output_field=text),
        )
    )
    columns = ("batch", "share", "reference", "amount", "payee", "account", "account_hash", "account_tail")
    insert_from(Payment, (*columns, "state", "reason", "bank_reference"), rows)


def _left_out(unit: Unit, until: date, instalments: Sequence[int] | None) -> list[dict[str, Any]]:
    rows = _wanted(unit, until, instalments, with_account=False).order_by("pk")
    found = rows.values_list(
        "instalment",
        "amount",
        Coalesce("instalment__commitment__person__name", "instalment__commitment__organisation__name"),
    )
    reason = _("没有登记收款账户")
    return [
        {"instalment": instalment, "amount": amount, "payee": payee, "reason": reason}
        for instalment, amount, payee in found[:LISTED]
    ]


def _sum_up(batch: PaymentBatch, entry: Entry) -> None:
    sums = batch.payments.aggregate(count=Count("pk"), total=Sum("amount"))
    if not sums["count"]:
        missing = len(batch.left_out)
        raise Refused(
            "nothing_to_pay",
            _("没有可以支付的到期款项。")
            if not missing
            else _("%(count)s 笔到期款项都没有登记收款账户。") % {"count": missing},
            _("请先复核到期分期，或提醒收款人登记账户。"),
            left_out=batch.left_out,
        )
    batch.count, batch.total, batch.entry = sums["count"], int(sums["total"]), entry
    batch.digest = batch_digest(batch)
    batch.save(update_fields=["count", "total", "entry", "digest", "left_out"])


def batch_digest(batch: PaymentBatch) -> str:
    """Of every payment as it was proposed: reference, amount, payee and the keyed hash of the account."""
    digest = hashlib.sha256(f"{batch.number}|{batch.unit_id}".encode())
    rows = batch.payments.order_by("pk").values_list("reference", "amount", "payee", "account_hash")
    for row in rows.iterator(chunk_size=10_000):
        digest.update(("\n" + "|".join(map(str, row))).encode())
    return digest.hexdigest()


@transaction.atomic
def approve_batch(*, acting_user: Account, at: datetime, batch: PaymentBatch) -> PaymentBatch:
    """Four eyes: another finance officer of the unit approves exactly what was proposed."""
    require_finance(acting_user, batch.unit_id, at=at)
    if acting_user.pk == batch.made_by_id:
        raise NotAllowed("own_batch", _("不能审批自己生成的批次。"), _("请由另一位财务人员审批。"))
    _refuse_tampered(batch)
    _advance(batch, (BatchState.PROPOSED,), state=BatchState.APPROVED, decided_by=acting_user, decided_at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.approve_batch",
        subject=batch,
        data={"count": batch.count, "fen": batch.total, "digest": batch.digest},
    )
    return batch


def _refuse_tampered(batch: PaymentBatch) -> None:
    if batch_digest(batch) != batch.digest:
        raise Refused(
            "batch_changed",
            _("批次内容与生成时不一致，可能被改动。"),
            _("请退回批次重新生成，并告知审计人员。"),
        )


def _advance(batch: PaymentBatch, states: tuple[BatchState, ...], **values: Any) -> None:
    if not PaymentBatch.objects.filter(pk=batch.pk, state__in=states).update(**values):
        batch.refresh_from_db()
        raise Refused(
            "batch_state",
            _("批次现在是“%(state)s”，不能这样办理。") % {"state": BatchState(batch.state).label},
            _("请刷新后再看。"),
        )
    batch.refresh_from_db()


@transaction.atomic
def reject_batch(*, acting_user: Account, at: datetime, batch: PaymentBatch, reason: str) -> PaymentBatch:
    """Dissolve a batch that has not gone to the bank: its payments wait again."""
    require_finance(acting_user, batch.unit_id, at=at)
    if not reason.strip():
        raise Refused("reason_needed", _("请写明退回的理由。"), field="reason")
    values = {"state": BatchState.REJECTED, "decided_by": acting_user, "decided_at": at, "reason": reason.strip()}
    _advance(batch, (BatchState.PROPOSED, BatchState.APPROVED), **values)
    Payment.objects.filter(batch=batch).update(state=PaymentState.VOID)
    entry = open_entry(
        EntryKind.UNBATCH, at=at, made_by=acting_user, reference=f"batch:{batch.pk}", reverses=batch.entry
    )
    move_shares(entry, Q(batch=batch), come_from=[InstalmentState.BATCHED], to=InstalmentState.CLEARED, batch=None)
    post_shares(entry, source=AccountKind.TRANSIT, target=AccountKind.CLEARED, amount=PAYABLE)
    seal(entry)
    refresh_instalments(entry)
    record(at=at, acting_user=acting_user, action="ledger.reject_batch", subject=batch, data={"reason": reason.strip()})
    return batch


@transaction.atomic
def export_batch(*, acting_user: Account, at: datetime, batch: PaymentBatch, kind: str = CSV) -> bytes:
    """The bank's file: the only place where account numbers leave. The same batch gives the same bytes each time."""
    require_finance(acting_user, batch.unit_id, at=at)
    if kind not in EXPORTS:
        raise Refused("export_kind", _("只能导出 CSV 或 XLSX。"), field="kind")
    _refuse_tampered(batch)
    is_first = batch.exported_at is None
    if is_first:
        _advance(batch, (BatchState.APPROVED,), state=BatchState.EXPORTED, exported_by=acting_user, exported_at=at)
        _disclose(batch, acting_user, at)
    elif batch.state not in (BatchState.EXPORTED, BatchState.SETTLED):
        _advance(batch, (BatchState.EXPORTED,), state=BatchState.EXPORTED)
    content = EXPORTS[kind](_orders(batch))
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.export_batch",
        subject=batch,
        data={"kind": kind, "first": is_first, "sha256": hashlib.sha256(content).hexdigest()},
    )
    return content


def _orders(batch: PaymentBatch) -> list[Order]:
    """In the order of the batch; each account number is decrypted once."""
    accounts = PayeeAccount.objects.filter(pk__in=batch.payments.values("account"))
    known = {pk: (number, bank) for pk, number, bank in accounts.values_list("pk", "number", "bank")}
    rows = batch.payments.order_by("pk").values_list(
        "reference", "payee", "account_id", "amount", "share__instalment__commitment__purpose"
    )
    orders = []
    for reference, payee, account, amount, purpose in rows.iterator(chunk_size=10_000):
        if account not in known:
            raise Refused("account_erased", _("批次中有收款账户已删除，不能再导出。"), _("请使用第一次导出的文件。"))
        number, bank = known[account]
        orders.append(Order(reference, payee, number, bank, amount, purpose))
    return orders


def _disclose(batch: PaymentBatch, acting_user: Account, at: datetime) -> None:
    """Who is paid sees in their own list that name and account went to the bank."""
    people = Payment.objects.filter(batch=batch, account__person__isnull=False).order_by("account__person")
    ids = people.values_list("account__person", flat=True).distinct()
    Disclosure.objects.bulk_create(
        (
            Disclosure(
                person_id=person,
                at=at,
                viewer=batch.unit.name,
                viewer_account_id=acting_user.pk,
                purpose=Purpose.POLICY,
                ground=Ground.DUTY,
                what=_("户名、账号、金额（送银行支付，批次 %(number)s）") % {"number": batch.number},
            )
            for person in ids
        ),
        batch_size=5000,
    )


@transaction.atomic
def mark_unpaid(*, acting_user: Account, at: datetime, batch: PaymentBatch, reason: str, document: str) -> int:
    """End the wait for payments that the bank confirms in writing it never made; by someone other than the maker."""
    require_finance(acting_user, batch.unit_id, at=at)
    if acting_user.pk == batch.made_by_id:
        raise NotAllowed("own_batch", _("不能办理自己生成的批次。"), _("请由另一位财务人员办理。"))
    if not reason.strip() or not document.strip():
        raise Refused("grounds_needed", _("请写明银行的书面答复和理由。"), field="document")
    batch = PaymentBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != BatchState.EXPORTED:
        raise Refused("batch_state", _("只有已送银行的批次可以这样办理。"))
    waiting = Payment.objects.filter(batch=batch, state=PaymentState.WAITING)
    shares = list(waiting.values_list("share", flat=True))
    waiting.update(state=PaymentState.FAILED, reason=reason.strip()[:200], settled_on=city_date(at))
    entry = open_entry(
        EntryKind.RETURN, at=at, made_by=acting_user, reference=f"batch:{batch.pk}", note=document.strip()
    )
    move_shares(entry, Q(batch=batch), come_from=[InstalmentState.BATCHED], to=InstalmentState.RETURNED)
    post_shares(entry, source=AccountKind.TRANSIT, target=AccountKind.CLEARED, amount=PAYABLE)
    seal(entry)
    refresh_instalments(entry)
    Instalment.objects.filter(shares__entry=entry).update(reasons=[reason.strip()])
    PaymentBatch.objects.filter(pk=batch.pk).update(state=BatchState.SETTLED, settled_at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.mark_unpaid",
        subject=batch,
        data={"payments": len(shares), "reason": reason.strip(), "document": document.strip()},
    )
    return len(shares)
