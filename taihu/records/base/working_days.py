"""Deadlines that count working days of the city."""

from datetime import date, datetime, time, timedelta

import chinese_calendar

from taihu.records.base.clock import CITY_ZONE, city_date


def is_working_day(day: date) -> bool:
    """By the published holiday arrangement; years not yet published count Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(at: datetime, days: int) -> datetime:
    """The end of the last day of the term: the day of the event itself does not count."""
    day = city_date(at)
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=CITY_ZONE)
