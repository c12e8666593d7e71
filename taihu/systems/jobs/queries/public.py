"""What the public may read."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Organisation
from taihu.systems.jobs.models import Opening, Profile


def listed_openings() -> QuerySet[Opening]:
    return Opening.objects.filter(is_listed=True).select_related("organisation")


def openings_in_order(ids: Iterable[int]) -> list[Opening]:
    """The listed ones among these, in the given order. One statement."""
    wanted = list(ids)
    found = {opening.pk: opening for opening in listed_openings().filter(pk__in=wanted)}
    return [found[pk] for pk in wanted if pk in found]


def newest_openings(limit: int) -> list[Opening]:
    return list(listed_openings().order_by("-published_at", "-pk")[:limit])


def city_figures(*, at: datetime) -> dict[str, int]:
    """The numbers of the front page. Three statements."""
    openings = Opening.objects.filter(is_listed=True).aggregate(openings=Count("pk"), vacancies=Sum("headcount"))
    verified = Organisation.objects.filter(state=OrganisationState.VERIFIED, verified_until__gt=at)
    return {
        "openings": openings["openings"],
        "vacancies": openings["vacancies"] or 0,
        "employers": verified.count(),
        "people": Profile.objects.filter(is_looking=True).count(),
    }


def is_verified(organisation: Organisation, *, at: datetime) -> bool:
    until = organisation.verified_until
    return organisation.state == OrganisationState.VERIFIED and until is not None and until > at
