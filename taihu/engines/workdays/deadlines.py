"""Legal periods: how long after which event something must be done, when that is, and how things stand.

Counting rules, unless a deadline says otherwise:

* the day of the event does not count (民法典 art. 201, 行政诉讼 practice): one day after Monday is Tuesday;
* a period in working days skips weekends and holidays and counts worked weekends (行政许可法 art. 82);
* a period in months or years ends on the corresponding day, or on the last day of a shorter month (民法典 art. 202);
* a period in natural days, months or years whose last day is no working day ends on the next one (民法典 art. 203);
* the last day ends at 24:00 Beijing time (民法典 art. 203): the first moment that is too late is the next midnight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from taihu.engines.workdays.calendar import BEIJING, ONE_DAY, WorkCalendar, add_months, beijing_day

__all__ = ["Deadline", "Due", "Standing", "Unit", "next_due"]

Key = TypeVar("Key")


class Unit(StrEnum):
    """In what a period is counted."""

    WORKING_DAYS = "working_days"
    NATURAL_DAYS = "natural_days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """The last day on which something is in time.

    Attributes
    ----------
    day : date
        In Beijing.
    provisional : bool
        Whether the day may move because the holidays of a year it rests on are not announced yet.
    """

    day: date
    provisional: bool = False

    @property
    def closes_at(self) -> datetime:
        """The first aware moment that is too late."""
        return datetime.combine(self.day + ONE_DAY, time(), tzinfo=BEIJING)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a deadline stands at a moment.

    Attributes
    ----------
    due : Due
    is_overdue : bool
    days_left : int
        Natural days to the last day: 0 on that day, negative after it.
    working_days_left : int
        Likewise in working days.
    """

    due: Due
    is_overdue: bool
    days_left: int
    working_days_left: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """A period set by a rule.

    Parameters
    ----------
    unit : Unit
    count : int
        At least 0; 0 means the day of the event itself.
    event : str
        What starts it, for people to read: 受理, 公示开始, 收到投诉.
    basis : str
        The rule that sets it, for people to read.
    includes_event_day : bool
        Whether the day of the event is the first day of the period.
    moves_to_working_day : bool
        Whether a last day that is not worked moves to the next working day.

    Examples
    --------
    >>> reply = Deadline(Unit.WORKING_DAYS, 15, event="收到投诉", basis="示例办法 第十条")
    >>> reply.due(date(2026, 9, 20), WorkCalendar())
    Due(day=datetime.date(2026, 10, 16), provisional=False)
    >>> Deadline(Unit.MONTHS, 6, event="核验").due(date(2026, 4, 5), WorkCalendar()).day
    datetime.date(2026, 10, 8)
    """

    unit: Unit
    count: int
    event: str = ""
    basis: str = ""
    includes_event_day: bool = False
    moves_to_working_day: bool = True

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"count is {self.count}; a period is not negative, use `latest_start` to count back")

    def due(self, event_day: date, calendar: WorkCalendar) -> Due:
        """Return the last day in time for an event on `event_day`.

        Raises
        ------
        CalendarUnknown
            If the holidays that decide it are not announced and `calendar` allows no provisional answer.
        """
        start = event_day - ONE_DAY if self.includes_event_day and self.count else event_day
        if self.unit is Unit.WORKING_DAYS:
            last = calendar.add(start, self.count)
        else:
            last = self._natural(start)
            if self.moves_to_working_day:
                last = calendar.on_or_after(last)
        return Due(last, calendar.is_provisional(event_day, last) and calendar.provisional)

    def _natural(self, start: date) -> date:
        if self.unit is Unit.NATURAL_DAYS:
            return start + timedelta(days=self.count)
        return add_months(start, self.count * (12 if self.unit is Unit.YEARS else 1))

    def latest_start(self, event_day: date, calendar: WorkCalendar) -> Due:
        """Return the last day on which something must begin so that this whole period lies before `event_day`.

        Examples
        --------
        >>> Deadline(Unit.WORKING_DAYS, 5, event="会议").latest_start(date(2026, 10, 9), WorkCalendar()).day
        datetime.date(2026, 9, 24)
        """
        if self.unit is Unit.WORKING_DAYS:
            first = calendar.add(event_day, -self.count) if self.count else calendar.on_or_before(event_day)
        elif self.unit is Unit.NATURAL_DAYS:
            first = event_day - timedelta(days=self.count)
        else:
            first = add_months(event_day, -self.count * (12 if self.unit is Unit.YEARS else 1))
        if self.moves_to_working_day:
            first = calendar.on_or_before(first)
        return Due(first, calendar.is_provisional(first, event_day) and calendar.provisional)

    def standing(self, event_day: date, at: datetime, calendar: WorkCalendar) -> Standing:
        """Return how the deadline stands at the aware moment `at`.

        Examples
        --------
        >>> from datetime import timezone
        >>> notice = Deadline(Unit.WORKING_DAYS, 5)
        >>> noon = datetime(2026, 10, 8, 4, tzinfo=timezone.utc)
        >>> standing = notice.standing(date(2026, 9, 24), noon, WorkCalendar())
        >>> standing.is_overdue, standing.days_left, standing.working_days_left
        (False, 1, 1)
        """
        due = self.due(event_day, calendar)
        today = beijing_day(at)
        return Standing(due, at >= due.closes_at, (due.day - today).days, calendar.between(today, due.day))


def next_due(open_items: Iterable[tuple[Key, Due]], at: datetime) -> tuple[list[Key], tuple[Key, Due] | None]:
    """Return the overdue items, longest overdue first, and the next item that is still in time.

    Ties keep the order given.

    Examples
    --------
    >>> at = datetime(2026, 10, 9, 9, tzinfo=BEIJING)
    >>> next_due([("a", Due(date(2026, 10, 12))), ("b", Due(date(2026, 10, 8))), ("c", Due(date(2026, 10, 9)))], at)
    (['b'], ('c', Due(day=datetime.date(2026, 10, 9), provisional=False)))
    """
    ordered = sorted(open_items, key=lambda item: item[1].day)
    overdue = [key for key, due in ordered if at >= due.closes_at]
    waiting = [item for item in ordered if at < item[1].closes_at]
    return overdue, waiting[0] if waiting else None
