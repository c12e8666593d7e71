"""What officers look at: queues with their deadlines."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from taihu.records.base.queues import Queue, count_queue
from taihu.records.identity.queries import verification_queue
from taihu.systems.jobs.enums import ComplaintState
from taihu.systems.jobs.models import Complaint, MatchRun, Opening, OpeningReview, Takedown


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
    """What waits in the market; a statement each."""
    return [
        count_queue(_("单位核验"), "jobs:office_verifications", verification_queue(), term="due_at", at=at),
        count_queue(_("岗位审核"), "jobs:office_reviews", review_queue(), term="due_at", at=at),
        count_queue(_("投诉举报"), "jobs:office_complaints", complaint_queue(), term="due_at", at=at),
    ]


def latest_match() -> MatchRun | None:
    """The newest nightly match in whatever state, without its long report."""
    return MatchRun.objects.defer("report").order_by("-pk").first()


def openings_per_employer(organisations: Sequence[int]) -> dict[int, int]:
    rows = Opening.objects.filter(organisation__in=organisations).values_list("organisation")
    return dict(rows.annotate(count=Count("pk")))
