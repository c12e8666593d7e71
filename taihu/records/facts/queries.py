"""What is, or was, known about a subject."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from taihu.records.facts.models import Fact
from taihu.records.identity.models import Organisation, Person

Subject = Person | Organisation


def _about(subject: Subject) -> Q:
    return Q(person=subject) if isinstance(subject, Person) else Q(organisation=subject)


def known_at(at: datetime) -> Q:
    """Rows that were believed at that moment."""
    return Q(known_from__lte=at) & (Q(known_to__isnull=True) | Q(known_to__gt=at))


def valid_on(day: date) -> Q:
    """Rows whose period covers the day; the end does not belong to it."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def facts_as_of(subject: Subject, day: date, *, known_at_moment: datetime | None = None) -> QuerySet[Fact]:
    """What holds on a day, as known now or at an earlier moment: so that a decision can be replayed."""
    belief = known_at(known_at_moment) if known_at_moment else Q(known_to__isnull=True)
    return Fact.objects.filter(_about(subject), valid_on(day), belief).order_by("property", "valid_from", "pk")


def values_as_of(subject: Subject, day: date, *, known_at_moment: datetime | None = None) -> dict[str, list[Any]]:
    """Property → values, in one statement."""
    found: dict[str, list[Any]] = {}
    for fact in facts_as_of(subject, day, known_at_moment=known_at_moment):
        found.setdefault(fact.property, []).append(fact.value)
    return found


def history_of(subject: Subject) -> QuerySet[Fact]:
    """Every row, corrected ones included, newest knowledge first."""
    return (
        Fact.objects.filter(_about(subject))
        .select_related("evidence", "exchange", "verified_by")
        .order_by("-known_from", "-pk")
    )


def find_contradictions(
    subject: Subject, property_name: str, value: Any, valid_from: date, valid_to: date | None
) -> QuerySet[Fact]:
    """Rows believed now that say something else about an overlapping period."""
    overlap = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
    if valid_to is not None:
        overlap &= Q(valid_from__lt=valid_to)
    rows = Fact.objects.filter(_about(subject), overlap, property=property_name, known_to__isnull=True)
    return rows.exclude(value=value).order_by("valid_from", "pk")


def facts_of_people(people: Iterable[int], names: Iterable[str]) -> dict[tuple[int, str], list[Fact]]:
    """Rows believed now of many people at once, in one statement."""
    found: dict[tuple[int, str], list[Fact]] = {}
    rows = Fact.objects.filter(person__in=list(people), property__in=list(names), known_to__isnull=True).order_by("pk")
    for fact in rows:
        assert fact.person_id is not None
        found.setdefault((fact.person_id, fact.property), []).append(fact)
    return found
