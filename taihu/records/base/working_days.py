"""Deadlines that count working days of the city."""

from datetime import datetime, time, timedelta
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
