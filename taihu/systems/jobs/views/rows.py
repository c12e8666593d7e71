"""An opening as a row of a list."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from taihu.systems.jobs.labels import labels_of
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.queries.public import is_verified


@dataclass(frozen=True)
class OpeningRow:
    """What `components/opening_row.html` shows."""

    url: str
    title: str
    pay_low: int | None
    pay_high: int | None
    pay_months: int
    pay_unit: str
    employer: str
    employer_url: str
    is_verified: bool
    facts: list[str]
    tags: list[str]
    published_at: datetime | None


def row_of(opening: Opening, *, at: datetime) -> OpeningRow:
    labels = labels_of(opening, skills=5)
    facts = [labels.area, labels.degree, labels.experience, labels.employment_type]
    if opening.source:
        facts.append(opening.source)
    return OpeningRow(
        url=reverse("jobs:opening", args=[opening.pk]),
        title=opening.title,
        pay_low=opening.pay_min,
        pay_high=opening.pay_max,
        pay_months=opening.pay_months,
        pay_unit="month",
        employer=opening.organisation.name,
        employer_url=reverse("jobs:employer", args=[opening.organisation_id]),
        is_verified=is_verified(opening.organisation, at=at),
        facts=[fact for fact in facts if fact],
        tags=list(labels.skills),
        published_at=opening.published_at,
    )
