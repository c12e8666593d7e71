"""What reading the rows of a batch needs: the same for the preview and for the import."""

from collections.abc import Sequence
from datetime import datetime

from taihu.systems.jobs.imports.mapping import JobMapping
from taihu.systems.jobs.imports.understanding import Task
from taihu.systems.jobs.models import ImportBatch, LawfulException


def task_of(batch: ImportBatch, mapping: JobMapping, columns: Sequence[str], *, at: datetime) -> Task:
    exemptions = tuple(
        (row.rule, row.basis, row.occupation_code)
        for row in LawfulException.objects.order_by("pk")
        if row.occupation_code and (row.active_to is None or row.active_to > at)
    )
    is_own = batch.organisation_id is not None
    return Task(mapping, tuple(columns), batch.started_at, batch.source, is_own, exemptions)
