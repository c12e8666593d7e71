"""Work that waits for somebody's decision, in numbers: what a desk shows of a queue."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils.functional import Promise


@dataclass(frozen=True)
class Queue:
    """How many rows wait, how many are over their term, and the first term that comes. `address` names the page."""

    label: str | Promise
    address: str
    waiting: int
    late: int
    first_due: date | datetime | None


def count_queue(
    label: str | Promise, address: str, rows: QuerySet[Any], *, at: date | datetime, term: str = ""
) -> Queue:
    """Counts of a queue whose rows run out at the field `term`, if at any time; one statement."""
    if not term:
        return Queue(label, address, rows.order_by().count(), 0, None)
    found = rows.order_by().aggregate(
        waiting=Count("pk", distinct=True),
        late=Count("pk", filter=Q(**{f"{term}__lt": at}), distinct=True),
        first_due=Min(term),
    )
    return Queue(label, address, found["waiting"], found["late"], found["first_due"])
