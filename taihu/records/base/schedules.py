"""Recurring moments. A due schedule publishes its event once, whatever number of workers looks at it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db import transaction

from taihu.records.base.clock import CITY_ZONE
from taihu.records.base.events import Event, publish
from taihu.records.base.models import Schedule

_events: dict[str, Callable[[], Event]] = {}
_defaults: dict[str, tuple[time | None, timedelta | None]] = {}


def schedule(
    name: str, make_event: Callable[[], Event], *, time_of_day: time | None = None, every: timedelta | None = None
) -> None:
    """Tell which event a schedule publishes; called in `receivers.py`.

    With a time of day or a period, the schedule exists from the worker's first start on; an officer may change it.
    """
    _events[name] = make_event
    if time_of_day is not None or every is not None:
        _defaults[name] = (time_of_day, every)


def ensure_schedules(*, at: datetime) -> int:
    """Create the schedules that do not exist yet; return how many."""
    known = set(Schedule.objects.values_list("name", flat=True))
    fresh = [name for name in sorted(_defaults) if name not in known]
    for name in fresh:
        time_of_day, every = _defaults[name]
        set_schedule(name, at=at, time_of_day=time_of_day, every=every)
    return len(fresh)


def set_schedule(
    name: str, *, at: datetime, time_of_day: time | None = None, every: timedelta | None = None
) -> Schedule:
    """Create or change a schedule: daily at a time of the city's day, or every so often."""
    if name not in _events:
        raise ValueError(f"no event is registered for schedule {name!r}: known are {sorted(_events)}")
    row = Schedule(name=name, time_of_day=time_of_day, every_seconds=int(every.total_seconds()) if every else None)
    values = {
        "time_of_day": row.time_of_day,
        "every_seconds": row.every_seconds,
        "next_at": next_moment(row, at),
        "is_active": True,
    }
    return Schedule.objects.update_or_create(name=name, defaults=values)[0]


def next_moment(row: Schedule, at: datetime) -> datetime:
    if row.every_seconds:
        return at + timedelta(seconds=row.every_seconds)
    local = at.astimezone(CITY_ZONE)
    assert row.time_of_day is not None
    moment = datetime.combine(local.date(), row.time_of_day, tzinfo=CITY_ZONE)
    return moment if moment > local else moment + timedelta(days=1)


def start_due(*, at: datetime) -> int:
    """Publish the event of every due schedule; return how many."""
    started = 0
    for row in Schedule.objects.filter(is_active=True, next_at__lte=at):
        with transaction.atomic():
            claimed = Schedule.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=next_moment(row, at))
            if claimed and row.name in _events:
                publish(_events[row.name](), at=at)
                started += 1
    return started
