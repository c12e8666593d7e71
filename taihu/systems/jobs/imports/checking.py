"""Try a mapping on a sample: what would be read from where, and what would become of the first rows."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from taihu.engines.tables import open_table
from taihu.engines.tables.reader import column_key
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import label, path_label
from taihu.systems.jobs.imports.mapping import JobMapping
from taihu.systems.jobs.imports.texts import RowReader
from taihu.systems.jobs.imports.understanding import Outcome, Task, Understanding
from taihu.systems.jobs.imports.wording import REASONS, reason_words

SAMPLE_ROWS = 5
FEN = 100


def explain_mapping(mapping: JobMapping, path: Path, *, at: datetime, rows: int = SAMPLE_ROWS) -> Iterator[str]:
    """Lines for people. Nothing is stored."""
    with open_table(path, mapping.layout()) as table:
        contents = table.contents
        how = [
            contents.encoding or contents.kind,
            f"{_('分隔符')} {table.delimiter!r}" if table.delimiter else table.sheet,
        ]
        yield f"{path.name}: {', '.join(how)}, {_('表头在第 %(row)d 行') % {'row': table.header_row}}"
        read = {column_key(name) for name in mapping.columns}
        unread = [name for name in table.columns if name and column_key(name) not in read]
        yield f"{_('没有用到的列')}: {'、'.join(unread) or _('无')}"
        missing = [name for name in mapping.columns if column_key(name) not in table.places]
        if missing:
            yield f"{_('文件里没有的可选列')}: {'、'.join(missing)}"
        reading = Understanding(Task(mapping, tuple(table.columns), at, mapping.source or "?"))
        texts = RowReader(mapping, table.columns)
        for row in islice(table.rows, rows):
            yield ""
            outcome = reading.row(row)
            yield f"{_('第 %(row)d 行') % {'row': row.number}}: {outcome.state}"
            for reason in outcome.reasons:
                yield f"  ! {reason_words(reason)}"
            if row.problem in REASONS:
                continue
            yield from _understood(texts.read(row.cells).texts, outcome)


def _understood(texts: dict[str, str], outcome: Outcome) -> Iterator[str]:
    values = outcome.values
    found = {
        "title": values.get("title", ""),
        "employer": outcome.employer.name if outcome.employer else "",
        "area": path_label(Kind.AREA, values.get("area_code", "")),
        "occupation": _with_code(Kind.OCCUPATION, values.get("occupation_code", "")),
        "industry": _with_code(Kind.INDUSTRY, values.get("industry_code", "")),
        "skills": "、".join(label(Kind.SKILL, code) for code in values.get("skill_codes", [])),
        "pay": _pay(values) if "pay_basis" in values else "",
        "degree": str(values.get("education_rank", "")),
        "experience": f"{values.get('experience_min', '')}–{values.get('experience_max') or ''}",
        "posted_at": str(values.get("published_at", "")),
        "valid_through": str(values.get("valid_through", "")),
        "identity": " ".join(outcome.identity),
    }
    for name, value in found.items():
        if value:
            said = texts.get(name, "")
            yield f"  {name:14}{said[:40] + ' → ' if said and said != value else ''}{value}"


def _with_code(kind: Kind, code: str) -> str:
    return f"{label(kind, code)} ({code})" if code else ""


def _pay(values: dict[str, object]) -> str:
    low, high = values["pay_min"], values["pay_max"]
    amounts = "–".join(f"{amount / FEN:,.0f}" for amount in (low, high) if isinstance(amount, int))
    return f"{amounts or values['pay_basis']} × {values['pay_months']}"
