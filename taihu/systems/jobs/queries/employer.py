"""What an employer reads of its own affairs. Every function has a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from taihu.records.audit.models import AuditEntry
from taihu.records.identity.models import Organisation, Verification
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState, OpeningState
from taihu.systems.jobs.models import Application, Opening, OpeningFinding, OpeningReview, Takedown

SOON = timedelta(days=7)
WAITING = (ApplicationState.SUBMITTED, ApplicationState.VIEWED)


def own_openings(organisations: Sequence[Organisation]) -> QuerySet[Opening]:
    """Everything that these employers posted here themselves."""
    ids = [organisation.pk for organisation in organisations]
    return Opening.objects.filter(organisation__in=ids, source="").select_related("organisation")


def with_counts(openings: QuerySet[Opening]) -> QuerySet[Opening]:
    """Adds how many applied, how many of them wait for an answer, and whether the check found something."""
    findings = OpeningFinding.objects.filter(opening=OuterRef("pk"), overruled_at__isnull=True)
    return openings.annotate(
        applied=Count("applications", distinct=True),
        waiting=Count("applications", filter=Q(applications__state__in=WAITING), distinct=True),
        has_findings=Exists(findings),
    )


def ordered(openings: QuerySet[Opening], order: str) -> QuerySet[Opening]:
    orders = {
        "changed": ("-updated_at", "-pk"),
        "ending": ("valid_through", "pk"),
        "title": ("title", "pk"),
    }
    return openings.order_by(*orders.get(order, orders["changed"]))


def counts_by_state(organisations: Sequence[Organisation]) -> dict[str, int]:
    rows = own_openings(organisations).order_by().values_list("state").annotate(n=Count("pk"))
    found = dict(rows)
    return {state: found.get(state, 0) for state in OpeningState.values}


def listed_counts(organisations: Sequence[Organisation]) -> dict[int, int]:
    """How many openings of each the public sees now. One statement."""
    rows = own_openings(organisations).filter(is_listed=True).order_by().values_list("organisation")
    return dict(rows.annotate(n=Count("pk")))


@dataclass(frozen=True)
class DeskFigures:
    """The numbers of the employer's desk."""

    states: dict[str, int]
    ending: int
    hidden: int
    waiting: int
    overdue: int
    open_applications: int

    @property
    def openings(self) -> int:
        return sum(self.states.values())


def desk_figures(organisations: Sequence[Organisation], *, at: datetime) -> DeskFigures:
    """Three statements."""
    own = own_openings(organisations)
    shown = own.aggregate(
        ending=Count("pk", filter=Q(state=OpeningState.PUBLISHED, valid_through__lte=at + SOON)),
        hidden=Count("pk", filter=Q(state=OpeningState.PUBLISHED, is_listed=False)),
    )
    ids = [organisation.pk for organisation in organisations]
    applications = Application.objects.filter(opening__organisation__in=ids).aggregate(
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        overdue=Count("pk", filter=Q(state__in=WAITING, applied_at__lte=at - SOON)),
        open=Count("pk", filter=Q(state__in=OPEN_APPLICATION)),
    )
    return DeskFigures(
        states=counts_by_state(organisations),
        ending=shown["ending"],
        hidden=shown["hidden"],
        waiting=applications["waiting"],
        overdue=applications["overdue"],
        open_applications=applications["open"],
    )


def ending_openings(organisations: Sequence[Organisation], *, at: datetime, limit: int) -> list[Opening]:
    soon = own_openings(organisations).filter(state=OpeningState.PUBLISHED, valid_through__lte=at + SOON)
    return list(soon.order_by("valid_through", "pk")[:limit])


def returned_openings(organisations: Sequence[Organisation], *, limit: int) -> list[OpeningReview]:
    """Drafts that an officer sent back, with the reason; the newest first."""
    ids = [organisation.pk for organisation in organisations]
    newer = OpeningReview.objects.filter(opening=OuterRef("opening"), pk__gt=OuterRef("pk"))
    rows = OpeningReview.objects.filter(
        ~Exists(newer), opening__organisation__in=ids, opening__state=OpeningState.DRAFT, is_approved=False
    )
    return list(rows.select_related("opening").order_by("-decided_at", "-pk")[:limit])


def last_verification(organisation: Organisation) -> Verification | None:
    return organisation.verifications.select_related("decided_by").order_by("-requested_at", "-pk").first()


def suspension_reason(organisation: Organisation) -> str:
    """Why an officer took the employer out of the market: the audit log keeps the words."""
    entry = (
        AuditEntry.objects.filter(
            object_type=Organisation._meta.label_lower,
            object_id=str(organisation.pk),
            action="identity.suspend_organisation",
        )
        .order_by("-number")
        .first()
    )
    return str(entry.data.get("reason", "")) if entry else ""


def opening_log(opening: Opening) -> list[AuditEntry]:
    """What happened to an opening, the newest first."""
    rows = AuditEntry.objects.filter(object_type=Opening._meta.label_lower, object_id=str(opening.pk))
    return list(rows.order_by("-number")[:50])


def reviews_of(opening: Opening) -> list[OpeningReview]:
    return list(opening.reviews.order_by("-requested_at", "-pk"))


def open_takedown(opening: Opening) -> Takedown | None:
    return opening.takedowns.filter(lifted_at__isnull=True).order_by("-decided_at", "-pk").first()


def application_counts(opening: Opening) -> dict[str, int]:
    """One statement."""
    counted: dict[str, Any] = opening.applications.aggregate(
        applied=Count("pk"),
        waiting=Count("pk", filter=Q(state__in=WAITING)),
        open=Count("pk", filter=Q(state__in=OPEN_APPLICATION)),
        accepted=Count("pk", filter=Q(state=ApplicationState.ACCEPTED)),
    )
    return counted
