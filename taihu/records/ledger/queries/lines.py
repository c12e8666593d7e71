"""Where each budget line stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from taihu.records.ledger.enums import AccountKind, InstalmentState
from taihu.records.ledger.models import BookAccount, BudgetChange, BudgetLine, Commitment, Override, Share


@dataclass(frozen=True)
class LineBalance:
    """One line in fen. budget = free + committed + cleared + in payment + paid + receivable + recovered + waived
    (`free` is below zero by what was overridden)."""

    line: BudgetLine
    budget: int
    free: int
    committed: int
    cleared: int
    in_payment: int
    paid: int
    receivable: int
    recovered: int
    waived: int
    override: int

    @property
    def promised(self) -> int:
        """Everything that is bound or gone."""
        return self.budget - self.free

    @property
    def bound(self) -> int:
        """Promised and not paid yet."""
        return self.committed + self.cleared + self.in_payment

    @property
    def paid_out(self) -> int:
        """What left the line and has not come back."""
        return self.paid + self.receivable + self.waived


def budget_lines(
    *, year: int | None = None, units: Iterable[int] | None = None, level: str = "", programme: str = ""
) -> QuerySet[BudgetLine]:
    rows = BudgetLine.objects.select_related("unit").order_by("-year", "level", "programme", "pk")
    if year is not None:
        rows = rows.filter(year=year)
    if units is not None:
        rows = rows.filter(unit__in=list(units))
    if level:
        rows = rows.filter(level=level)
    return rows.filter(programme__icontains=programme) if programme else rows


def balances(lines: Iterable[BudgetLine]) -> list[LineBalance]:
    """In the order of the lines; one statement however many."""
    wanted = list(lines)
    books: dict[int, dict[str, int]] = {}
    for line, kind, balance in BookAccount.objects.filter(line__in=[line.pk for line in wanted]).values_list(
        "line", "kind", "balance"
    ):
        books.setdefault(line, {})[kind] = balance
    return [_balance(line, books.get(line.pk, {})) for line in wanted]


def _balance(line: BudgetLine, books: dict[str, int]) -> LineBalance:
    def fen(kind: AccountKind) -> int:
        return books.get(kind, 0)

    override = -fen(AccountKind.OVERRIDE)
    return LineBalance(
        line=line,
        budget=-fen(AccountKind.APPROPRIATION),
        free=fen(AccountKind.FREE) - override,
        committed=fen(AccountKind.COMMITTED),
        cleared=fen(AccountKind.CLEARED),
        in_payment=fen(AccountKind.TRANSIT),
        paid=fen(AccountKind.PAID),
        receivable=fen(AccountKind.RECEIVABLE),
        recovered=fen(AccountKind.RECOVERED),
        waived=fen(AccountKind.WAIVED),
        override=override,
    )


def years_of(units: Iterable[int] | None = None) -> list[int]:
    rows = BudgetLine.objects.all() if units is None else BudgetLine.objects.filter(unit__in=list(units))
    return sorted(set(rows.values_list("year", flat=True)), reverse=True)


FIGURES = (
    "budget",
    "free",
    "committed",
    "cleared",
    "in_payment",
    "paid",
    "receivable",
    "recovered",
    "waived",
    "override",
)


def add_up(found: Sequence[LineBalance]) -> LineBalance:
    """Several lines as one; `line` is the first of them."""
    return LineBalance(found[0].line, *(sum(getattr(row, name) for row in found) for name in FIGURES))


def changes_of(line: BudgetLine) -> QuerySet[BudgetChange]:
    return line.changes.select_related("made_by").order_by("made_at", "pk")


def overrides_of(line: BudgetLine) -> QuerySet[Override]:
    return line.overrides.select_related("approved_by").order_by("approved_at", "pk")


def commitments_on(line: BudgetLine) -> QuerySet[Commitment]:
    """What the line pays for, newest first, with its own share of each (`on_line`) and how many instalments."""
    mine = Share.objects.filter(line=line).values("instalment__commitment")
    return (
        Commitment.objects.filter(pk__in=mine)
        .select_related("person", "organisation", "beneficiary")
        .annotate(instalment_count=Count("instalments"))
        .order_by("-made_at", "-pk")
    )


def shares_on(line: BudgetLine, commitments: Iterable[Commitment]) -> dict[int, dict[str, int]]:
    """Commitment → state → fen on the line; one statement."""
    found: dict[int, dict[str, int]] = {}
    rows = (
        Share.objects.filter(line=line, instalment__commitment__in=[row.pk for row in commitments])
        .order_by()
        .values_list("instalment__commitment", "state")
        .annotate(sum=Sum("amount"))
    )
    for commitment, state, amount in rows:
        found.setdefault(commitment, {})[state] = int(amount)
    return found


def lines_of(commitment: Commitment) -> list[tuple[BudgetLine, int]]:
    """Who pays how much of it, in fen, what was cancelled left out."""
    sums = dict(
        Share.objects.filter(instalment__commitment=commitment)
        .exclude(state=InstalmentState.CANCELLED)
        .order_by()
        .values_list("line")
        .annotate(sum=Sum("amount"))
    )
    rows = BudgetLine.objects.filter(pk__in=list(sums)).select_related("unit").order_by("pk")
    return [(row, int(sums[row.pk])) for row in rows]
