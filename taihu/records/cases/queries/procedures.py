"""Which procedures are in force."""

from datetime import date

from django.db.models import Q, QuerySet

from taihu.records.cases.models import ProcedureVersion


def in_force(day: date) -> Q:
    return Q(effective_from__lte=day) & (Q(effective_to__isnull=True) | Q(effective_to__gt=day))


def current_procedure(slug: str, day: date) -> ProcedureVersion | None:
    """The version in force on a day; the newest where several are."""
    rows = ProcedureVersion.objects.filter(in_force(day), slug=slug)
    return rows.order_by("-effective_from", "-pk").first()


def list_procedures() -> QuerySet[ProcedureVersion]:
    return ProcedureVersion.objects.order_by("slug", "-effective_from", "-pk")
