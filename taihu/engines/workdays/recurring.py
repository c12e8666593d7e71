"""Dates that come back: the first working day of each month, the 15th of the last month of each quarter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from taihu.engines.workdays.calendar import WorkCalendar, add_months, month_end, quarter_last_month
from taihu.engines.workdays.deadlines import Due

__all__ = ["Recurring", "Rhythm"]


class Rhythm(StrEnum):
    """How often."""

    MONTHLY = "monthly"
    QUARTER_LAST_MONTH = "quarter_last_month"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class Recurring:
    """A day that comes back.

    Parameters
    ----------
    rhythm : Rhythm
    day : int
        1 to 31, a shorter month uses its last day; -1 is the last day of the month.
    month : int
        For `Rhythm.YEARLY` only, 1 to 12.
    working_day : int
        When not 0, the `working_day`-th working day of the month instead of `day`; -1 is the last one.
    moves_to_working_day : bool
        Whether a day that is not worked moves to the next working day.

    Examples
    --------
    >>> calendar = WorkCalendar()
    >>> report = Recurring(Rhythm.MONTHLY, working_day=1)
    >>> report.next(date(2026, 9, 30), calendar).day
    datetime.date(2026, 10, 8)
    >>> Recurring(Rhythm.QUARTER_LAST_MONTH, day=15).next(date(2026, 6, 15), calendar).day
    datetime.date(2026, 6, 15)
    >>> Recurring(Rhythm.MONTHLY, day=-1, moves_to_working_day=False).next(date(2026, 2, 1), calendar).day
    datetime.date(2026, 2, 28)
    """

    rhythm: Rhythm
    day: int = 1
    month: int = 12
    working_day: int = 0
    moves_to_working_day: bool = True

    def __post_init__(self) -> None:
        if not (self.day == -1 or 1 <= self.day <= 31):
            raise ValueError(f"day is {self.day}; use 1 to 31, or -1 for the last day of the month")
        if not 1 <= self.month <= 12:
            raise ValueError(f"month is {self.month}; use 1 to 12")
        if not -1 <= self.working_day <= 15:
            raise ValueError(f"working_day is {self.working_day}; use 1 to 15, -1 for the last one, or 0 for none")

    def next(self, from_day: date, calendar: WorkCalendar) -> Due:
        """Return the first occurrence on or after `from_day`."""
        # A day that moves can fall into the following month, so the search begins one period earlier.
        for month in self._months(from_day):
            found = self._in(month, calendar)
            if found >= from_day:
                return Due(found, calendar.is_provisional(from_day, found) and calendar.provisional)
        raise AssertionError("every rhythm comes back")

    def _months(self, from_day: date) -> Iterator[date]:
        first, step = from_day.replace(day=1), 1
        if self.rhythm is Rhythm.QUARTER_LAST_MONTH:
            first, step = quarter_last_month(from_day), 3
        elif self.rhythm is Rhythm.YEARLY:
            first, step = date(from_day.year, self.month, 1), 12
        return (add_months(first, step * n) for n in range(-1, 4))

    def _in(self, month: date, calendar: WorkCalendar) -> date:
        if self.working_day == -1:
            return calendar.last_of_month(month.year, month.month)
        if self.working_day:
            return calendar.add(calendar.first_of_month(month.year, month.month), self.working_day - 1)
        last = month_end(month)
        found = last if self.day == -1 else month.replace(day=min(self.day, last.day))
        return calendar.on_or_after(found) if self.moves_to_working_day else found
