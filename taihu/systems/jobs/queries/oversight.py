"""What officers look at: queues with their deadlines."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from taihu.records.identity.queries import verification_queue
from taihu.systems.jobs.enums import ComplaintState
from taihu.systems.jobs.models import Complaint, OpeningReview, Takedown


@dataclass(frozen=True)
class Queue:
    """Length of a queue and how many of it are late."""

    name: str
    waiting: int
    late: int


def review_queue() -> QuerySet[OpeningReview]:
    """Flagged openings that nobody has decided, the most urgent first."""
    waiting = OpeningReview.objects.filter(decided_at__isnull=True)
    return waiting.select_related("opening__organisation").order_by("due_at", "pk")


def complaint_queue() -> QuerySet[Complaint]:
    waiting = Complaint.objects.filter(state=ComplaintState.OPEN)
    return waiting.select_related("opening__organisation").order_by("due_at", "pk")


def takedowns() -> QuerySet[Takedown]:
    return Takedown.objects.select_related("opening__organisation", "decided_by").order_by("-decided_at", "-pk")


def queues(*, at: datetime) -> list[Queue]:
    """The three queues in numbers; six statements."""
    waiting = {"verifications": verification_queue(), "reviews": review_queue(), "complaints": complaint_queue()}
    return [Queue(name, rows.count(), rows.filter(due_at__lt=at).count()) for name, rows in waiting.items()]
