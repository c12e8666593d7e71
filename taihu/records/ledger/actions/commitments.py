"""Promises to pay: made, cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Account, Organisation, Person
from taihu.records.ledger.enums import AccountKind, EntryKind, InstalmentState
from taihu.records.ledger.events import CommitmentMade, publish_ids
from taihu.records.ledger.journal import (
    Move,
    give_back_override,
    lines_of,
    move_shares,
    open_entry,
    post,
    post_shares,
    refresh_instalments,
    seal,
)
from taihu.records.ledger.models import BookAccount, BudgetLine, Commitment, Entry, Instalment, Override, Share
from taihu.records.ledger.money import spread
from taihu.records.ledger.orders import Order, OverrideOrder, check_order
from taihu.records.ledger.permissions import require_decider, require_office, require_office_of

CHUNK = 500
ROWS = 5000


def commit(
    *, acting_user: Account | None, at: datetime, order: Order, override: OverrideOrder | None = None
) -> Commitment:
    """Promise one payment plan; asked again with the same key, return what was promised."""
    return commit_all(acting_user=acting_user, at=at, orders=[order], override=override)[0]


@transaction.atomic
def commit_all(
    *, acting_user: Account | None, at: datetime, orders: Sequence[Order], override: OverrideOrder | None = None
) -> list[Commitment]:
    """Promise all or none. No line goes below zero without an override; known keys change nothing.

    Returns the commitments in the order of `orders`. With an override, what is missing on a line is booked against the
    recorded decision.
    """
    require_office(acting_user, at=at)
    for order in orders:
        check_order(order)
    known = _known(orders)
    fresh = [order for order in orders if order.key not in known]
    if len({order.key for order in fresh}) != len(fresh):
        raise Refused("key_twice", _("同一批资金承诺里有重复的编号。"))
    if fresh:
        known |= book(fresh, override, acting_user=acting_user, at=at)
    return [known[order.key] for order in orders]


def _known(orders: Sequence[Order]) -> dict[str, Commitment]:
    found: dict[str, Commitment] = {}
    digests = {order.key: order for order in orders}
    for keys in _chunks(sorted(digests)):
        for row in Commitment.objects.filter(key__in=keys):
            if row.digest != digests[row.key].digest():
                raise Refused(
                    "key_reused",
                    _("编号“%(key)s”已用于另一笔内容不同的资金承诺。") % {"key": row.key},
                    _("请核对后使用新的编号。"),
                    commitment=row.pk,
                )
            found[row.key] = row
    return found


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[first : first + CHUNK] for first in range(0, len(values), CHUNK))


def book(
    orders: list[Order],
    override: OverrideOrder | None,
    *,
    acting_user: Account | None,
    at: datetime,
    supersedes: Commitment | None = None,
) -> dict[str, Commitment]:
    """Write and book checked orders inside the caller's transaction; commitments by key."""
    _refuse_gone(orders)
    asked = _asked(orders)
    _refuse_closed(sorted(asked))
    if override is not None:
        _override(asked, override, acting_user=acting_user, at=at)
    reference = f"{orders[0].origin}:{orders[0].origin_ref}" if len(orders) == 1 else f"{orders[0].origin}:*"
    entry = open_entry(EntryKind.COMMIT, at=at, made_by=acting_user, reference=reference)
    rows = _write(orders, entry, acting_user=acting_user, at=at, supersedes=supersedes)
    post_shares(entry, source=AccountKind.FREE, target=AccountKind.COMMITTED)
    seal(entry)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.commit",
        subject=rows[0] if len(rows) == 1 else entry,
        data={"entry": entry.pk, "digest": entry.digest, "commitments": len(rows), "fen": entry.total},
    )
    publish_ids(lambda ids: CommitmentMade(commitment_ids=ids), [row.pk for row in rows], at=at)
    return {row.key: row for row in rows}


def _asked(orders: Sequence[Order]) -> dict[int, int]:
    asked: dict[int, int] = {}
    for order in orders:
        for line, amount in order.split:
            asked[line] = asked.get(line, 0) + amount
    return asked


def _refuse_gone(orders: Sequence[Order]) -> None:
    people = {order.person_id for order in orders} | {order.beneficiary_id for order in orders}
    present = Q(erased_at__isnull=True, merged_into__isnull=True)
    _refuse_missing(Person.objects.filter(present), people - {None})
    _refuse_missing(Organisation.objects.all(), {order.organisation_id for order in orders} - {None})


def _refuse_missing(rows: Any, wanted: set[Any]) -> None:
    found: set[int] = set()
    for ids in _chunks(sorted(wanted)):
        found |= set(rows.filter(pk__in=ids).values_list("pk", flat=True))
    if missing := sorted(wanted - found):
        raise Refused(
            "payee_gone",
            _("收款人 #%(number)s 不存在、已合并或已删除资料。") % {"number": missing[0]},
            _("请改用合并后的记录。"),
            field="payee",
            missing=missing[:20],
        )


def _refuse_closed(line_ids: list[int]) -> None:
    lines = {line.pk: line for line in BudgetLine.objects.filter(pk__in=line_ids)}
    for number in line_ids:
        if number not in lines:
            raise Refused("no_line", _("没有编号为 %(number)s 的预算项目。") % {"number": number}, field="split")
        if lines[number].closed_at is not None:
            raise Refused("line_closed", _("预算项目“%(line)s”已结转关闭。") % {"line": lines[number]}, field="split")


def _override(asked: dict[int, int], order: OverrideOrder, *, acting_user: Account | None, at: datetime) -> None:
    """Book what the lines lack against the decision; the rows are locked, so that nobody takes the room meanwhile."""
    approver = require_decider(order.approved_by, at=at)
    if acting_user is not None and approver.pk == acting_user.pk:
        raise NotAllowed("own_override", _("超额承诺须由另一位审批负责人批准。"), _("请换一位审批负责人。"))
    book_missing(asked, approver, reason=order.reason, document=order.document, at=at)


def book_missing(
    asked: Mapping[int, int], approver: Account, *, reason: str, document: str, at: datetime
) -> list[Override]:
    """An override for every line that holds less than is asked of it, of exactly what it lacks."""
    free = BookAccount.objects.select_for_update().filter(line__in=sorted(asked), kind=AccountKind.FREE)
    lacking = [(row.line_id, asked[row.line_id] - row.balance) for row in free.order_by("pk")]
    return [
        book_override(line, missing, approver, reason=reason, document=document, at=at)
        for line, missing in lacking
        if missing > 0
    ]


def book_override(line: int, amount: int, approver: Account, *, reason: str, document: str, at: datetime) -> Override:
    """One recorded decision: its entry, its row, its trace."""
    reason, document = reason.strip(), document.strip()
    if not reason or not document:
        raise Refused(
            "override_grounds", _("超额承诺必须写明理由和文号。"), _("请填写批准文件的文号和理由。"), field="reason"
        )
    entry = open_entry(EntryKind.OVERRIDE, at=at, made_by=approver, reference=f"line:{line}", note=document)
    post(entry, [Move(line, AccountKind.OVERRIDE, AccountKind.FREE, amount)])
    seal(entry)
    row = Override.objects.create(
        line_id=line,
        amount=amount,
        approved_by=approver,
        approved_at=at,
        reason=reason,
        document=document,
        entry=entry,
    )
    record(
        at=at,
        acting_user=approver,
        action="ledger.override",
        subject=row,
        data={"line": line, "fen": amount, "document": document, "reason": reason},
    )
    return row


def _write(
    orders: Sequence[Order],
    entry: Entry,
    *,
    acting_user: Account | None,
    at: datetime,
    supersedes: Commitment | None,
) -> list[Commitment]:
    rows = [
        Commitment(
            key=order.key,
            origin=order.origin,
            origin_ref=order.origin_ref,
            purpose=order.purpose,
            document=order.document,
            person_id=order.person_id,
            organisation_id=order.organisation_id,
            beneficiary_id=order.beneficiary_id,
            gross=order.total + order.deducted,
            deducted=order.deducted,
            total=order.total,
            supersedes=supersedes,
            entry=entry,
            made_by=acting_user,
            made_at=at,
            digest=order.digest(),
        )
        for order in orders
    ]
    try:
        with transaction.atomic():
            Commitment.objects.bulk_create(rows, batch_size=ROWS)
    except IntegrityError as error:
        raise Refused(
            "made_meanwhile", _("同样的资金承诺正在由别人登记。"), _("请稍后重试：已登记的不会重复。")
        ) from error
    instalments = Instalment.objects.bulk_create(
        (
            Instalment(
                commitment=row,
                number=number,
                amount=part.amount,
                due_date=part.due_date,
                recheck=dict(part.recheck),
            )
            for row, order in zip(rows, orders, strict=True)
            for number, part in enumerate(order.parts, start=1)
        ),
        batch_size=ROWS,
    )
    places = iter(instalments)
    Share.objects.bulk_create((share for order in orders for share in _shares(order, places, entry)), batch_size=ROWS)
    return rows


def _shares(order: Order, places: Any, entry: Entry) -> Iterable[Share]:
    lines = [line for line, _amount in order.split]
    table = spread([part.amount for part in order.parts], [amount for _line, amount in order.split])
    for row in table:
        instalment = next(places)
        for line, amount in zip(lines, row, strict=True):
            if amount:
                yield Share(instalment=instalment, line_id=line, amount=amount, entry=entry)


def paid_net(commitment: Commitment) -> int:
    """What was paid of it and not demanded back."""
    shares = Share.objects.filter(
        instalment__commitment=commitment, state__in=[InstalmentState.PAID, InstalmentState.RECOVERED]
    )
    return int(shares.aggregate(sum=Sum(F("amount") - F("recalled")))["sum"] or 0)


CANCELLABLE = (
    (AccountKind.COMMITTED, (InstalmentState.PLANNED, InstalmentState.HELD)),
    (AccountKind.CLEARED, (InstalmentState.CLEARED, InstalmentState.RETURNED)),
)


@transaction.atomic
def cancel_instalments(
    *,
    acting_user: Account | None,
    at: datetime,
    commitment: Commitment,
    reason: str,
    document: str = "",
    numbers: Sequence[int] | None = None,
) -> int:
    """Cancel what is not paid (all, or the numbers given); the money is free again. Payments on their way stay."""
    require_office_of(acting_user, commitment, at=at)
    if not reason.strip():
        raise Refused("reason_needed", _("请写明取消的理由。"), field="reason")
    chosen = Instalment.objects.filter(commitment=commitment)
    if numbers is not None:
        chosen = chosen.filter(number__in=numbers)
    if chosen.filter(shares__state=InstalmentState.BATCHED).exists():
        raise Refused("in_payment", _("有一期正在支付批次中，不能取消。"), _("请等银行回单导入后再办理。"))
    if chosen.filter(shares__offset__gt=0).exclude(shares__state=InstalmentState.PAID).exists():
        raise Refused("has_offset", _("有一期已用于抵扣，不能取消。"), _("请选择其他期次；这一期的余额照常支付。"))
    count = 0
    for source, states in CANCELLABLE:
        count += _cancel(chosen, source, states, reason, acting_user=acting_user, at=at, commitment=commitment)
    if not count:
        raise Refused("nothing_open", _("没有可以取消的分期。"))
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.cancel_instalments",
        subject=commitment,
        data={"shares": count, "reason": reason.strip(), "document": document},
    )
    return count


def _cancel(
    chosen: Any,
    source: AccountKind,
    states: Sequence[InstalmentState],
    reason: str,
    *,
    acting_user: Account | None,
    at: datetime,
    commitment: Commitment,
) -> int:
    if not Share.objects.filter(instalment__in=chosen, state__in=states).exists():
        return 0
    entry = open_entry(EntryKind.CANCEL, at=at, made_by=acting_user, reference=f"commitment:{commitment.pk}")
    count = move_shares(entry, Q(instalment__in=chosen.values("pk")), come_from=states, to=InstalmentState.CANCELLED)
    post_shares(entry, source=source, target=AccountKind.FREE)
    seal(entry)
    refresh_instalments(entry)
    Instalment.objects.filter(shares__entry=entry, state=InstalmentState.CANCELLED).update(reasons=[reason.strip()])
    give_back_override(lines_of(entry), at=at, made_by=acting_user)
    return count
