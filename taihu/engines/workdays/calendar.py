"""Which days are working days: weekends, statutory holidays and the weekends worked in exchange (调休).

The State Council announces each year's arrangement in the autumn before. Announced years come from the `chinesecalendar`
package; a year that it lacks, or that a later notice changed, is a table of data (`read_tables`) and replaces that year whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache

from chinese_calendar import constants

__all__ = ["BEIJING", "CalendarUnknown", "WorkCalendar", "YearTable", "beijing_day", "read_tables"]

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SATURDAY = 5


class CalendarUnknown(LookupError):
    """The holiday arrangement of a year is not known yet: its year, and where to enter it."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"the holidays of {year} are not known; enter the State Council's notice as the table of {year}, "
            "or ask for a provisional answer that counts weekends only"
        )


@dataclass(frozen=True, slots=True)
class YearTable:
    """The arrangement of one year.

    Attributes
    ----------
    year : int
    free_weekdays : frozenset of date
        Mondays to Fridays on which nobody works.
    worked_weekends : frozenset of date
        Saturdays and Sundays that are worked in exchange.
    document : str
        Number of the notice.
    """

    year: int
    free_weekdays: frozenset[date]
    worked_weekends: frozenset[date]
    document: str = ""

    def is_working(self, day: date) -> bool:
        """Return whether `day` of this year is worked."""
        if day.weekday() >= SATURDAY:
            return day in self.worked_weekends
        return day not in self.free_weekdays


def _days(year: str, items: object) -> Iterator[date]:
    if not isinstance(items, list):
        raise ValueError(f'table of {year}: expected a list of days such as "2027-01-01" or "2027-02-05/2027-02-11"')
    for item in items:
        try:
            first, _, last = str(item).partition("/")
            day, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
        except ValueError as error:
            raise ValueError(
                f'table of {year}: {item!r} is no day; write "2027-01-01" or "2027-02-05/2027-02-11"'
            ) from error
        if not day <= end < day + timedelta(days=60) or str(day.year) != year or str(end.year) != year:
            raise ValueError(f"table of {year}: {item!r} is not a range of days within {year}")
        while day <= end:
            yield day
            day += ONE_DAY


def read_tables(data: Mapping[str, Mapping[str, object]]) -> dict[int, YearTable]:
    """Return the tables written as data, for instance read from TOML or JSON.

    Parameters
    ----------
    data : mapping of year to table
        ``holidays``: days off, single or as ``first/last`` (weekends within may be listed, they make no difference);
        ``worked``: weekend days that are worked; ``document``: number of the notice.

    Raises
    ------
    ValueError
        If a day is malformed, lies in another year, or a worked day is no weekend, naming the entry.

    Examples
    --------
    >>> tables = read_tables({"2027": {"holidays": ["2027-01-01/2027-01-03"], "worked": ["2027-01-09"], "document": "示例"}})
    >>> tables[2027].is_working(date(2027, 1, 1)), tables[2027].is_working(date(2027, 1, 9))
    (False, True)
    """
    tables: dict[int, YearTable] = {}
    for year, table in data.items():
        if not (len(year) == 4 and year.isdigit()):
            raise ValueError(f"{year!r} is not a year of four digits")
        free = frozenset(day for day in _days(year, table.get("holidays", [])) if day.weekday() < SATURDAY)
        worked = frozenset(_days(year, table.get("worked", [])))
        for day in sorted(worked):
            if day.weekday() < SATURDAY:
                raise ValueError(f"table of {year}: {day} is listed as a worked weekend but is no Saturday or Sunday")
        tables[int(year)] = YearTable(int(year), free, worked, str(table.get("document", "")))
    return tables


@cache
def announced_tables() -> dict[int, YearTable]:
    """Return the arrangements that have been announced, by year."""
    free: dict[int, set[date]] = {}
    worked: dict[int, set[date]] = {}
    for day in constants.holidays:
        free.setdefault(day.year, set()).add(day)
    for day in constants.workdays:
        worked.setdefault(day.year, set()).add(day)
    return {
        year: YearTable(
            year,
            frozenset(day for day in days if day.weekday() < SATURDAY),
            frozenset(day for day in worked.get(year, ()) if day.weekday() >= SATURDAY),
        )
        for year, days in free.items()
    }


def beijing_day(at: datetime) -> date:
    """Return the Beijing calendar day of an aware moment.

    Raises
    ------
    ValueError
        If `at` has no time zone.

    Examples
    --------
    >>> beijing_day(datetime(2026, 1, 8, 17, 0, tzinfo=timezone.utc))
    datetime.date(2026, 1, 9)
    """
    if at.tzinfo is None:
        raise ValueError("the moment has no time zone; pass an aware datetime")
    return at.astimezone(BEIJING).date()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days worked.

    Parameters
    ----------
    tables : mapping of int to YearTable, optional
        Years that add to or replace the announced ones.
    provisional : bool
        Whether a year without a table may be answered by weekends only. Such an answer is marked: see `is_provisional`.

    Examples
    --------
    >>> calendar = WorkCalendar()
    >>> calendar.is_working(date(2026, 10, 1)), calendar.is_working(date(2026, 10, 10))
    (False, True)
    >>> WorkCalendar().is_working(date(2050, 1, 3))
    Traceback (most recent call last):
    ...
    taihu.engines.workdays.calendar.CalendarUnknown: the holidays of 2050 are not known; enter the State Council's notice \
as the table of 2050, or ask for a provisional answer that counts weekends only
    """

    tables: Mapping[int, YearTable] = field(default_factory=dict)
    provisional: bool = False

    def is_known(self, year: int) -> bool:
        """Return whether the arrangement of `year` is known."""
        return year in self.tables or year in announced_tables()

    def known_years(self) -> range:
        """Return the unbroken years, from the first announced one on, whose arrangement is known."""
        years = sorted(announced_tables().keys() | self.tables.keys())
        last = years[0]
        while last + 1 in years:
            last += 1
        return range(years[0], last + 1)

    def is_working(self, day: date) -> bool:
        """Return whether `day` is worked.

        Raises
        ------
        CalendarUnknown
            If the year has no table and provisional answers are not allowed.
        """
        table = self.tables.get(day.year) or announced_tables().get(day.year)
        if table is not None:
            return table.is_working(day)
        if not self.provisional:
            raise CalendarUnknown(day.year)
        return day.weekday() < SATURDAY

    def is_provisional(self, first: date, last: date) -> bool:
        """Return whether an answer that looked at the days from `first` to `last` rests on a year without a table."""
        low, high = sorted((first, last))
        return any(not self.is_known(year) for year in range(low.year, high.year + 1))

    def add(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`, or before it for a negative count. `day` itself never counts.

        Zero returns `day` if it is worked, else the next working day.

        Examples
        --------
        >>> calendar = WorkCalendar()
        >>> [calendar.add(date(2026, 9, 30), n).isoformat() for n in (-1, 0, 1, 2, 3)]
        ['2026-09-29', '2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10']
        """
        if count == 0:
            return self.on_or_after(day)
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def on_or_after(self, day: date) -> date:
        """Return `day` if it is worked, else the next working day."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return `day` if it is worked, else the last working day before."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def between(self, first: date, last: date) -> int:
        """Return the number of working days after `first` up to and including `last`; negative when `last` is earlier.

        ``between(day, add(day, n)) == n`` for every n but 0.

        Examples
        --------
        >>> WorkCalendar().between(date(2026, 9, 30), date(2026, 10, 10)), WorkCalendar().between(date(2026, 10, 8), date(2026, 9, 30))
        (3, -1)
        """
        if last < first:
            return -sum(map(self.is_working, _range(last, first)))
        return sum(map(self.is_working, _range(first + ONE_DAY, last + ONE_DAY)))

    def first_of_month(self, year: int, month: int) -> date:
        """Return the first working day of a month."""
        return self.on_or_after(date(year, month, 1))

    def last_of_month(self, year: int, month: int) -> date:
        """Return the last working day of a month."""
        return self.on_or_before(month_end(date(year, month, 1)))


def _range(first: date, end: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def month_end(day: date) -> date:
    """Return the last day of the month of `day`.

    Examples
    --------
    >>> month_end(date(2028, 2, 3))
    datetime.date(2028, 2, 29)
    """
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY


def quarter_last_month(day: date) -> date:
    """Return the first day of the last month of the quarter of `day` (季末月).

    Examples
    --------
    >>> quarter_last_month(date(2026, 4, 30))
    datetime.date(2026, 6, 1)
    """
    return day.replace(month=(day.month + 2) // 3 * 3, day=1)


def add_months(day: date, count: int) -> date:
    """Return the corresponding day `count` months later, or the last day of that month if it has none (民法典 art. 202).

    Examples
    --------
    >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 8, 31), -6)
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 28))
    """
    index = day.year * 12 + day.month - 1 + count
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(day.day, month_end(first).day))
