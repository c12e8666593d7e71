"""Deadlines that count working days of the city."""

from datetime import date, datetime, time, timedelta
from functools import cache

from taihu.engines.workdays import CalendarUnknown, WorkCalendar
from taihu.records.base.clock import CITY_ZONE, city_date


@cache
def _calendar() -> WorkCalendar:
    return WorkCalendar()


def add_working_days(at: datetime, days: int) -> datetime:
    """The end of the last day of the term; the day of the event itself does not count.

    Days of a year whose holidays are not announced yet count Monday to Friday.
    """
    day = city_date(at)
    try:
        day = _calendar().add(day, days)
    except CalendarUnknown:
        for _ in range(days):
            day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=CITY_ZONE)


def last_day(until: datetime) -> date:
    """The city day that a term whose end is exclusive still includes."""
    return city_date(until - timedelta(microseconds=1))


def working_days_left(until: datetime, *, at: datetime) -> int:
    """Working days after today up to the last day of a term: 0 on the last day, negative when it is over."""
    today, last = city_date(at), last_day(until)
    try:
        count = _calendar().between(today, last)
    except CalendarUnknown:
        first, end = min(today, last), max(today, last)
        days = sum((first + timedelta(days=n)).weekday() < 5 for n in range(1, (end - first).days + 1))
        count = days if last >= today else -days
    return count if last >= today else min(-1, count)
