"""A look at an uploaded file before anything of it is stored: which column means what, and how its first rows come out."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.functional import Promise

from taihu.engines.tables import TableError, open_table
from taihu.engines.tables.reader import column_key
from taihu.systems.jobs.enums import RowState
from taihu.systems.jobs.imports.fields import FIELDS
from taihu.systems.jobs.imports.mapping import JobMapping, read_mapping
from taihu.systems.jobs.imports.task import task_of
from taihu.systems.jobs.imports.understanding import ACCEPTED, Outcome, Understanding
from taihu.systems.jobs.imports.wording import reason_words, refuse_table
from taihu.systems.jobs.labels import area_label, code_label
from taihu.systems.jobs.models import ImportBatch

LOOKED_AT = 300
SHOWN = 12


@dataclass(frozen=True)
class PreviewRow:
    number: int
    state: str
    title: str
    occupation: str
    area: str
    pay_min: int | None
    pay_max: int | None
    pay_months: int
    reasons: tuple[str, ...]

    @property
    def state_label(self) -> str:
        return str(RowState(self.state).label) if self.state in RowState.values else ""


@dataclass(frozen=True)
class Preview:
    """`used` pairs a column of the file with what it means; `rows` are the first ones with problems, then the first."""

    used: list[tuple[str, str | Promise]]
    unused: list[str]
    missing: list[str]
    rows: list[PreviewRow]
    looked_at: int
    is_whole: bool
    counts: dict[str, int]


def preview_of(batch: ImportBatch, *, at: datetime) -> Preview:
    """Read the first rows as the import will. Refused when the file is no table or lacks a needed column."""
    mapping = read_mapping(batch.mapping_text, name=batch.mapping)
    try:
        with open_table(Path(batch.file.path), mapping.layout()) as table:
            reading = Understanding(task_of(batch, mapping, table.columns, at=at))
            outcomes = [reading.row(row) for row in islice(table.rows, LOOKED_AT)]
            is_whole = next(table.rows, None) is None
            columns = table.columns
    except TableError as error:
        raise refuse_table(error) from error
    troubled = [outcome for outcome in outcomes if outcome.state != ACCEPTED]
    plain = [outcome for outcome in outcomes if outcome.state == ACCEPTED]
    chosen = [*troubled[: SHOWN - min(3, len(plain))], *plain][:SHOWN]
    counts = Counter(outcome.state for outcome in outcomes)
    used, unused, missing = _columns(mapping, columns)
    rows = [_row(outcome) for outcome in sorted(chosen, key=lambda outcome: outcome.number)]
    return Preview(used, unused, missing, rows, len(outcomes), is_whole, dict(counts))


def _columns(mapping: JobMapping, columns: list[str]) -> tuple[list[tuple[str, str | Promise]], list[str], list[str]]:
    meaning: dict[str, tuple[str, str | Promise]] = {}
    for name, source in mapping.fields.items():
        for column in source.columns:
            meaning.setdefault(column_key(column), (column, FIELDS[name].label))
    there = {column_key(column): column for column in columns if column}
    used = [(column, meaning[key][1]) for key, column in there.items() if key in meaning]
    unused = [column for key, column in there.items() if key not in meaning]
    missing = [column for key, (column, _label) in meaning.items() if key not in there]
    return used, unused, missing


def _row(outcome: Outcome) -> PreviewRow:
    values: dict[str, Any] = outcome.values
    return PreviewRow(
        number=outcome.number,
        state=outcome.state,
        title=str(values.get("title", "")),
        occupation=code_label("occupation", values.get("occupation_code", "")),
        area=area_label(values.get("area_code", "")),
        pay_min=values.get("pay_min"),
        pay_max=values.get("pay_max"),
        pay_months=values.get("pay_months", 12),
        reasons=tuple(reason_words(reason) for reason in outcome.reasons),
    )
