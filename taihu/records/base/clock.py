"""The only place that reads the clock. The domain is told the time as `at`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the place


def last_day(too_late: datetime) -> date:
    """The last day in time of a term that is kept as the first moment that is too late."""
    return city_date(too_late - timedelta(microseconds=1))


def city_date(at: datetime) -> date:
    """The calendar day of the city at that moment."""
    return at.astimezone(CITY_ZONE).date()
