"""Imports and the rows that wait for somebody."""

from django.db.models import QuerySet

from taihu.systems.jobs.enums import RowState
from taihu.systems.jobs.models import ImportBatch, ImportRow


def import_batches() -> QuerySet[ImportBatch]:
    """Imports of what others published, newest first; an employer's own imports are its own affair."""
    batches = ImportBatch.objects.filter(organisation__isnull=True).select_related("started_by")
    return batches.defer("mapping_text", "report").order_by("-pk")


def held_rows() -> QuerySet[ImportRow]:
    """Rows that wait for an officer, oldest first."""
    waiting = ImportRow.objects.filter(state=RowState.HELD, decision="", batch__organisation__isnull=True)
    return waiting.select_related("batch").defer("batch__mapping_text", "batch__report").order_by("pk")
