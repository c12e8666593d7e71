"""Typed events through an outbox.

An action calls `publish` inside its transaction; a worker later calls the handlers, at least once, in order of
the events. A handler is registered with `@handles(EventType)` in an app's `receivers.py`.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from taihu.records.base.models import Delivery, OutboxEvent

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 8
FAST, SLOW = "fast", "slow"
LEASE = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Subclass with a `name` (past tense, `jobs.opening_published`) and JSON-ready fields: ids, codes, numbers."""

    name: ClassVar[str]


@dataclass(frozen=True)
class Handler:
    key: str
    lane: str
    call: Callable[[Any, datetime], None]
    event_type: type[Event]


_handlers: dict[str, list[Handler]] = {}
E_ = TypeVar("E_", bound=Event)


def handles(
    event_type: type[E_], *, lane: str = FAST
) -> Callable[[Callable[[E_, datetime], None]], Callable[[E_, datetime], None]]:
    """Register `function(event, at)`. Slow handlers (minutes) take the slow lane so that they delay nobody."""

    def register(function: Callable[[E_, datetime], None]) -> Callable[[E_, datetime], None]:
        key = f"{function.__module__}.{function.__qualname__}"
        _handlers.setdefault(event_type.name, []).append(Handler(key, lane, function, event_type))
        return function

    return register


def publish(event: Event, *, at: datetime) -> OutboxEvent:
    """Record an event; must run inside the transaction of the change that it tells of."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"publish({event.name}) outside a transaction: the event could outlive a failed change")
    row = OutboxEvent.objects.create(name=event.name, payload=asdict(event), created_at=at)
    Delivery.objects.bulk_create(
        Delivery(event=row, handler=handler.key, lane=handler.lane, due_at=at)
        for handler in _handlers.get(event.name, [])
    )
    return row


def deliver_due(*, at: datetime, lane: str = FAST, limit: int = 500) -> int:
    """Call the handlers of waiting events, oldest first; return how many succeeded."""
    waiting = Delivery.objects.filter(lane=lane, state=Delivery.State.WAITING, due_at__lte=at)
    done = 0
    for delivery in waiting.select_related("event").order_by("event_id", "id")[:limit]:
        done += _deliver(delivery, at=at)
    return done


def deliver_all(*, at: datetime) -> int:
    """Deliver until nothing is due in any lane: for commands and tests."""
    total = 0
    while round_ := sum(deliver_due(at=at, lane=lane) for lane in (FAST, SLOW)):
        total += round_
    return total


def _deliver(delivery: Delivery, *, at: datetime) -> bool:
    handler = next((h for h in _handlers.get(delivery.event.name, []) if h.key == delivery.handler), None)
    try:
        deliver = _deliver_slowly if delivery.lane == SLOW else _deliver_at_once
        return deliver(delivery, handler, at)
    except Exception:
        logger.exception("handler %s failed for event %s", delivery.handler, delivery.event_id)
        _postpone(delivery, at=at, error=traceback.format_exc(limit=5))
        return False


def _deliver_at_once(delivery: Delivery, handler: Handler | None, at: datetime) -> bool:
    """Claim and effect in one transaction: together or not at all."""
    with transaction.atomic():
        claimed = _waiting(delivery).update(state=Delivery.State.DONE)
        if claimed and handler is not None:
            handler.call(handler.event_type(**delivery.event.payload), at)
    return bool(claimed)


def _deliver_slowly(delivery: Delivery, handler: Handler | None, at: datetime) -> bool:
    """A handler of minutes holds no transaction: it leases its delivery, and a killed worker's lease runs out."""
    claimed = _waiting(delivery).filter(due_at=delivery.due_at).update(due_at=at + LEASE)
    if not claimed:
        return False
    if handler is not None:
        handler.call(handler.event_type(**delivery.event.payload), at)
    _waiting(delivery).update(state=Delivery.State.DONE)
    return True


def _waiting(delivery: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)


def _postpone(delivery: Delivery, *, at: datetime, error: str) -> None:
    attempts = delivery.attempts + 1
    state = Delivery.State.FAILED if attempts >= MAX_ATTEMPTS else Delivery.State.WAITING
    due_at = at + timedelta(seconds=2**attempts)
    Delivery.objects.filter(pk=delivery.pk).update(attempts=attempts, state=state, due_at=due_at, error=error[-2000:])
