"""Booking: how entries and postings come to be. Only the actions of this app call it, inside their transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.records.ledger.enums import ACCOUNT_OF_STATE, SOURCES, STATE_ORDER, AccountKind, EntryKind, InstalmentState
from taihu.records.ledger.models import BookAccount, BudgetLine, Entry, Instalment, Posting, Share


@dataclass(frozen=True)
class Move:
    """`amount` fen of one line from one of its books to another."""

    line: int
    source: AccountKind
    target: AccountKind
    amount: int
    share: int | None = None


class LineExceeded(Refused):
    """A book would fall below zero: for FREE, the line holds less than what is asked of it."""

    def __init__(self, line: BudgetLine, kind: str, missing: int) -> None:
        super().__init__(
            "line_exceeded",
            _("预算项目“%(line)s”%(kind)s不足，还差 %(missing)s 元。")
            % {"line": line, "kind": AccountKind(kind).label, "missing": yuan(missing)},
            _("请减少金额、追加预算，或由审批负责人凭文件批准超额承诺。"),
            line=line.pk,
            missing=missing,
        )


def yuan(fen: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def open_entry(
    kind: EntryKind,
    *,
    at: datetime,
    made_by: Account | None,
    reference: str = "",
    note: str = "",
    reverses: Entry | None = None,
) -> Entry:
    return Entry.objects.create(
        kind=kind, at=at, made_by=made_by, reference=reference[:80], note=note[:300], reverses=reverses
    )


def open_accounts(line: BudgetLine) -> None:
    BookAccount.objects.bulk_create(BookAccount(line=line, kind=kind) for kind in AccountKind)


def post(entry: Entry, moves: Iterable[Move]) -> None:
    """Write postings of an open entry; `seal` closes it."""
    wanted = list(moves)
    lines = sorted({move.line for move in wanted})
    ids = {(row.line_id, row.kind): row.pk for row in BookAccount.objects.filter(line__in=lines)}
    Posting.objects.bulk_create(
        (
            Posting(
                entry=entry,
                source_id=ids[move.line, move.source],
                target_id=ids[move.line, move.target],
                share_id=move.share,
                amount=move.amount,
            )
            for move in wanted
        ),
        batch_size=5000,
    )


def move_shares(
    entry: Entry,
    claim: Q,
    *,
    come_from: Sequence[InstalmentState],
    to: InstalmentState,
    **values: Any,
) -> int:
    """Claim the shares that are still in one of the states, bring them into the next; return how many were claimed.

    Claiming is one UPDATE: of two callers at once, each share goes to one.
    """
    return Share.objects.filter(claim, state__in=come_from).update(state=to, entry=entry, **values)


def post_shares(
    entry: Entry,
    *,
    source: AccountKind,
    target: AccountKind,
    amount: Combinable | None = None,
    only: Q | None = None,
) -> None:
    """Post every share that `entry` moved, in one INSERT … SELECT: hundreds of thousands at once."""
    rows = (
        Share.objects.filter(only or Q(), entry=entry)
        .annotate(source_account=_account_of(source), target_account=_account_of(target))
        .order_by("pk")
        .values_list(
            Value(entry.pk, output_field=models.BigIntegerField()),
            "source_account",
            "target_account",
            "pk",
            amount if amount is not None else F("amount"),
        )
    )
    insert_from(Posting, ("entry", "source", "target", "share", "amount"), rows)


def _account_of(kind: AccountKind) -> Subquery:
    return Subquery(BookAccount.objects.filter(line=OuterRef("line"), kind=kind).values("pk"))


def insert_from(model: type[models.Model], fields: Sequence[str], rows: "QuerySet[Any, Any]") -> int:
    """INSERT INTO model (fields) SELECT …: the query's columns in the order of the fields."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(model._meta.get_field(name).column)) for name in fields)  # type: ignore[union-attr]
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({columns}) {sql}", params)
        return int(cursor.rowcount)


def seal(entry: Entry) -> Entry:
    """Bring the balances forward, refuse what would leave a book on the wrong side of zero, and fix total and digest."""
    changes: dict[int, int] = {}
    for side, sign in (("source", -1), ("target", 1)):
        sums = entry.postings.order_by().values_list(side).annotate(sum=Sum("amount"))
        for account, amount in sums:
            changes[account] = changes.get(account, 0) + sign * int(amount)
    for account in sorted(changes):
        if changes[account]:
            _carry(account, changes[account])
    entry.total, entry.postings_count, entry.digest = summarise(entry)
    entry.save(update_fields=["total", "postings_count", "digest"])
    return entry


def _carry(account: int, change: int) -> None:
    """Claim, don't read then write: the condition and the change are one statement."""
    within = Q(balance__gte=-change) if change < 0 else Q(balance__lte=-change)
    is_source = Q(kind__in=sorted(SOURCES))
    allowed = (is_source | within) if change < 0 else (~is_source | within)
    if BookAccount.objects.filter(allowed, pk=account).update(balance=F("balance") + change):
        return
    row = BookAccount.objects.select_related("line").get(pk=account)
    raise LineExceeded(row.line, row.kind, abs(change) - abs(row.balance))


def summarise(entry: Entry) -> tuple[int, int, str]:
    """Total, number and digest of an entry's postings, as they are now."""
    digest = hashlib.sha256(
        f"{entry.pk}|{entry.kind}|{entry.at.astimezone(UTC).isoformat()}|{entry.reference}|{entry.reverses_id}".encode()
    )
    total = count = 0
    rows = entry.postings.order_by("source_id", "target_id", "share_id", "pk")
    for source, target, share, amount in rows.values_list("source_id", "target_id", "share_id", "amount").iterator(
        chunk_size=10_000
    ):
        digest.update(b"\n%d>%d:%d=%d" % (source, target, share or 0, amount))
        total += amount
        count += 1
    return total, count, digest.hexdigest()


def refresh_instalments(entry: Entry, **values: Any) -> int:
    """Let every instalment with a share that `entry` moved show where its shares stand; return how many there are."""
    moved = Share.objects.filter(entry=entry).values("instalment")
    return show_states(Instalment.objects.filter(pk__in=moved), **values)


def show_states(instalments: QuerySet[Instalment], **values: Any) -> int:
    """Let instalments show where their shares stand (see STATE_ORDER), and take other values with it."""
    rank = Case(*(When(state=state, then=Value(place)) for place, state in enumerate(STATE_ORDER)))
    # The first share by rank, looked up by instalment: EXISTS per state would be planned as a walk over all shares.
    first = Share.objects.filter(instalment=OuterRef("pk")).order_by(rank).values("state")[:1]
    return instalments.update(state=Coalesce(Subquery(first), F("state")), **values)


def give_back_override(line_ids: Sequence[int], *, at: datetime, made_by: Account | None) -> None:
    """What becomes free on a line that was overdrawn first takes back the override."""
    for line_id in sorted(set(line_ids)):
        books = {row.kind: row.balance for row in BookAccount.objects.select_for_update().filter(line=line_id)}
        amount = min(books[AccountKind.FREE], -books[AccountKind.OVERRIDE])
        if amount > 0:
            entry = open_entry(EntryKind.REPAY, at=at, made_by=made_by, reference=f"line:{line_id}")
            post(entry, [Move(line_id, AccountKind.FREE, AccountKind.OVERRIDE, amount)])
            seal(entry)


def lines_of(entry: Entry) -> list[int]:
    return sorted(set(entry.postings.order_by().values_list("source__line", flat=True)))


def account_of(state: str) -> AccountKind:
    return ACCOUNT_OF_STATE[InstalmentState(state)]
