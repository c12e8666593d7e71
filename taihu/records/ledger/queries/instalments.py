"""What is due when, what waits for a person, what it will cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from taihu.records.ledger.enums import OPEN_STATES, InstalmentState
from taihu.records.ledger.models import Commitment, Instalment, Recovery, Share


def instalments_of(
    *,
    units: Iterable[int] | None = None,
    states: Iterable[str] | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    origin: str = "",
) -> QuerySet[Instalment]:
    """Instalments with payee, by due date; `due_to` does not belong to the span.

    A unit sees those of which its own share stands in one of the states: another payer may be further.
    """
    rows = Instalment.objects.select_related(
        "commitment__person", "commitment__organisation", "commitment__beneficiary"
    ).order_by("due_date", "pk")
    shares = Share.objects.all()
    if units is not None:
        shares = shares.filter(line__unit__in=list(units))
    if states is not None:
        shares = shares.filter(state__in=list(states))
    if units is not None or states is not None:
        rows = rows.filter(pk__in=shares.values("instalment"))
    if due_from is not None:
        rows = rows.filter(due_date__gte=due_from)
    if due_to is not None:
        rows = rows.filter(due_date__lt=due_to)
    return rows.filter(commitment__origin=origin) if origin else rows


def held_queue(*, units: Iterable[int] | None = None, origin: str = "") -> QuerySet[Instalment]:
    """Held instalments: a person has to decide. The oldest first."""
    return instalments_of(units=units, states=[InstalmentState.HELD], origin=origin)


def returned_queue(*, units: Iterable[int] | None = None) -> QuerySet[Instalment]:
    return instalments_of(units=units, states=[InstalmentState.RETURNED])


def counts_by_state(*, units: Iterable[int] | None = None, until: date | None = None) -> dict[str, tuple[int, int]]:
    """State → (instalments, fen to be paid) of the units' open shares due by a day; one statement."""
    rows = Share.objects.filter(state__in=OPEN_STATES)
    if until is not None:
        rows = rows.filter(instalment__due_date__lte=until)
    if units is not None:
        rows = rows.filter(line__unit__in=list(units))
    grouped = (
        rows.order_by()
        .values_list("state")
        .annotate(count=Count("instalment", distinct=True), sum=Sum(F("amount") - F("offset")))
    )
    return {state: (count, int(amount)) for state, count, amount in grouped}


def instalments_in(commitment: Commitment) -> QuerySet[Instalment]:
    """With shares and the batches they are in."""
    rows = commitment.instalments.select_related("checked_by")
    return rows.prefetch_related("shares__line", "shares__batch").order_by("number")


def stoppable_parts(commitment: Commitment) -> QuerySet[Instalment]:
    """What can still be stopped: planned, or cleared and nothing of it offset; each with its `payable` fen."""
    stoppable = Q(state=InstalmentState.PLANNED) | Q(state=InstalmentState.CLEARED, offset=0)
    return _parts(commitment.instalments.all(), Share.objects.filter(stoppable))


def held_parts(commitment: Commitment) -> QuerySet[Instalment]:
    return _parts(commitment.instalments.filter(state=InstalmentState.HELD), Share.objects.all())


def cancellable_parts(commitment: Commitment) -> QuerySet[Instalment]:
    """What can be given up: not on its way to the bank, and nothing of it offset."""
    states = (InstalmentState.PLANNED, InstalmentState.HELD, InstalmentState.CLEARED, InstalmentState.RETURNED)
    bound = Share.objects.filter(Q(state=InstalmentState.BATCHED) | Q(offset__gt=0))
    return _parts(commitment.instalments.all(), Share.objects.filter(state__in=states)).exclude(
        pk__in=bound.values("instalment")
    )


def offsettable_parts(recovery: Recovery, units: Iterable[int]) -> QuerySet[Instalment]:
    """Cleared instalments of whoever owes, on lines of these units alone."""
    owner = {
        "commitment__person": recovery.commitment.person_id,
        "commitment__organisation": recovery.commitment.organisation_id,
    }
    cleared = Share.objects.filter(state=InstalmentState.CLEARED, amount__gt=F("offset"))
    others = cleared.exclude(line__unit__in=list(units))
    return _parts(Instalment.objects.filter(**owner), cleared).exclude(pk__in=others.values("instalment"))


def _parts(rows: QuerySet[Instalment], shares: QuerySet[Share]) -> QuerySet[Instalment]:
    mine = shares.filter(instalment=OuterRef("pk")).order_by().values("instalment")
    payable = mine.annotate(sum=Sum(F("amount") - F("offset"))).values("sum")
    rows = rows.annotate(payable=Subquery(payable)).filter(payable__gt=0)
    return rows.select_related("commitment").order_by("due_date", "commitment", "number")


@dataclass(frozen=True)
class Day:
    """One day of the calendar: fen and number by state."""

    day: date
    sums: dict[str, int]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.sums.values())

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def calendar(first: date, last: date, *, units: Iterable[int] | None = None) -> dict[date, Day]:
    """Due days from first to last (included) that have instalments; one statement."""
    rows = Share.objects.filter(instalment__due_date__range=(first, last)).exclude(state=InstalmentState.CANCELLED)
    if units is not None:
        rows = rows.filter(line__unit__in=list(units))
    found: dict[date, Day] = {}
    grouped = (
        rows.order_by()
        .values_list("instalment__due_date", "instalment__state")
        .annotate(sum=Sum("amount"), count=Count("instalment", distinct=True))
    )
    for day, state, amount, count in grouped:
        place = found.setdefault(day, Day(day, {}, {}))
        place.sums[state], place.counts[state] = int(amount), count
    return dict(sorted(found.items()))


def month_span(year: int, month: int) -> tuple[date, date]:
    """First and last day of a month."""
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    return first, after - timedelta(days=1)


@dataclass(frozen=True)
class ForecastRow:
    """What is still to be paid in a month by one level's lines."""

    year: int
    month: int
    level: str
    amount: int
    count: int


def forecast(*, due_from: date | None = None, units: Iterable[int] | None = None) -> list[ForecastRow]:
    """Open shares by month and level of the payer; one statement. Overdue ones count in their own month."""
    rows = Share.objects.filter(state__in=OPEN_STATES)
    if due_from is not None:
        rows = rows.filter(instalment__due_date__gte=due_from)
    if units is not None:
        rows = rows.filter(line__unit__in=list(units))
    grouped = (
        rows.order_by()
        .annotate(year=ExtractYear("instalment__due_date"), month=ExtractMonth("instalment__due_date"))
        .values_list("year", "month", "line__level")
        .annotate(sum=Sum("amount"), count=Count("instalment", distinct=True))
    )
    return sorted(
        (ForecastRow(year, month, level, int(amount), count) for year, month, level, amount, count in grouped),
        key=lambda row: (row.year, row.month, row.level),
    )


def forecast_by_year(rows: Iterable[ForecastRow]) -> dict[int, dict[str, int]]:
    """Year → level → fen."""
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        place = found.setdefault(row.year, {})
        place[row.level] = place.get(row.level, 0) + row.amount
    return found


def forecast_by_programme(*, units: Iterable[int] | None = None) -> list[tuple[str, str, int]]:
    """(programme, level, fen) still to be paid."""
    rows = Share.objects.filter(state__in=OPEN_STATES)
    if units is not None:
        rows = rows.filter(line__unit__in=list(units))
    grouped = rows.order_by().values_list("line__programme", "line__level").annotate(sum=Sum("amount"))
    return sorted((programme, level, int(amount)) for programme, level, amount in grouped)


def recoveries(*, units: Iterable[int] | None = None, state: str = "") -> QuerySet[Recovery]:
    """The most urgent open ones first."""
    rows = Recovery.objects.select_related("commitment__person", "commitment__organisation", "demanded_by")
    if units is not None:
        mine = Share.objects.filter(line__unit__in=list(units)).values("instalment__commitment")
        rows = rows.filter(commitment__in=mine)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("due_date", "pk")
