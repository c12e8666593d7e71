"""Terms of an official procedure: "5 working days", "1 month", "month end", "first working day + 25 working days"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from taihu.engines.workdays import Deadline, Recurring, Rhythm, Unit, WorkCalendar
from taihu.engines.workdays.calendar import ONE_DAY, add_months, month_end, quarter_last_month

__all__ = ["Term", "parse_term"]

CALENDAR = WorkCalendar(provisional=True)
_COUNTED = re.compile(r"^(\d{1,3}) (working days?|days?|months?|years?)$")
_UNITS = {
    "working day": Unit.WORKING_DAYS,
    "day": Unit.NATURAL_DAYS,
    "month": Unit.MONTHS,
    "year": Unit.YEARS,
}
_ANCHORS = ("first working day", "month end", "last month of the quarter")


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take.

    Attributes
    ----------
    count, unit
        A counted period; the day of the event does not count.
    anchor : str
        A recurring day the period begins with (or, without a count, on which it ends): ``first working day`` of the
        next month, ``month end`` of this month, ``last month of the quarter`` (its last day).

    Examples
    --------
    >>> parse_term("first working day + 25 working days").last_day(date(2026, 3, 10))
    datetime.date(2026, 5, 11)
    """

    count: int = 0
    unit: Unit | None = None
    anchor: str = ""

    def last_day(self, start: date) -> date:
        """The last day in time for an event on `start`."""
        day = self._anchor_day(start)
        if self.unit is None:
            return day
        return Deadline(self.unit, self.count).due(day, CALENDAR).day

    def _anchor_day(self, start: date) -> date:
        if self.anchor == "first working day":
            rhythm = Recurring(Rhythm.MONTHLY, working_day=1)
            return rhythm.next(add_months(start.replace(day=1), 1), CALENDAR).day
        if self.anchor == "month end":
            return month_end(start)
        if self.anchor == "last month of the quarter":
            return month_end(quarter_last_month(start))
        return start

    def first_day_after(self, start: date) -> date:
        """The first day after the period: from which something that has to wait for it may happen."""
        return self.last_day(start) + ONE_DAY


def parse_term(text: str) -> Term | None:
    """A written term, None when it is not one.

    >>> parse_term("5 working days"), parse_term("5")
    (Term(count=5, unit=<Unit.WORKING_DAYS: 'working_days'>, anchor=''), None)
    """
    clean = " ".join(text.split())
    anchor, plus, counted = clean.partition(" + ")
    if not plus:
        anchor, counted = (clean, "") if clean in _ANCHORS else ("", clean)
    if anchor and anchor not in _ANCHORS:
        return None
    if not counted:
        return Term(anchor=anchor) if anchor else None
    match = _COUNTED.match(counted)
    return Term(int(match[1]), _UNITS[match[2].removesuffix("s")], anchor) if match else None
