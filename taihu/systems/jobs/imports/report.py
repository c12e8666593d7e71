"""The report of an import as data, and the rejects file that can be corrected and fed again."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import Q

from taihu.systems.jobs.enums import RowState
from taihu.systems.jobs.imports.wording import detail_words, reason_words
from taihu.systems.jobs.models import ImportBatch, ImportRow

ROW_COLUMN, REASON_COLUMN = "导入行号", "导入原因"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def report_of(batch: ImportBatch) -> dict[str, Any]:
    """Counts that add up, what changed, how sure the codes are, and every reason with its first rows."""
    reasons = []
    for key, found in batch.report.get("reasons", {}).items():
        state, code, field = key.split("|", 2)
        words = reason_words([code, field])
        examples = [{**example, "words": detail_words(code, example["text"])} for example in found["examples"]]
        known = {"state": state, "code": code, "field": field, "words": words, "count": found["count"]}
        reasons.append({**known, "examples": examples})
    remarks = batch.report.get("remarks", {})
    return {
        "batch": batch.pk,
        "file": batch.file_name,
        "digest": batch.digest,
        "mapping": batch.mapping,
        "source": batch.source,
        "state": batch.state,
        "rows": batch.rows,
        "accepted": batch.accepted,
        "repaired": batch.repaired,
        "held": batch.held,
        "rejected": batch.rejected,
        "created": batch.created,
        "updated": batch.updated,
        "unchanged": batch.unchanged,
        "duplicates": batch.linked,
        "effects": batch.report.get("effects", {}),
        "codes": remarks,
        "reasons": sorted(reasons, key=lambda r: (r["state"], -r["count"], r["code"], r["field"])),
        "seconds": batch.report.get("seconds"),
        "rows_per_second": batch.report.get("rows_per_second"),
    }


def write_report(batch: ImportBatch, path: Path) -> None:
    path.write_text(json.dumps(report_of(batch), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rows_to_correct(batch: ImportBatch) -> Any:
    """Rejected rows, and held ones that nobody has decided."""
    wanted = Q(state=RowState.REJECTED) | Q(state=RowState.HELD, decision="")
    return ImportRow.objects.filter(wanted, batch=batch).order_by("number")


def reject_lines(batch: ImportBatch) -> Iterator[list[str]]:
    """Header and rows: the columns as they came, then the row number and the reason; both are ignored when fed again."""
    yield [*batch.columns, ROW_COLUMN, REASON_COLUMN]
    width = len(batch.columns)
    for row in rows_to_correct(batch).iterator(chunk_size=1000):
        cells = [*row.cells, *[""] * width][:width]
        reasons = "；".join(reason_words(reason) for reason in row.reasons)
        yield [*(_harmless(cell) for cell in cells), str(row.number), f"{row.get_state_display()}：{reasons}"]


def write_rejects(batch: ImportBatch, path: Path) -> int:
    """Write the file, UTF-8 with a mark so that spreadsheets show it; return the number of rows."""
    written = -1
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for line in reject_lines(batch):
            writer.writerow(line)
            written += 1
    return written


def _harmless(cell: str) -> str:
    """A spreadsheet must not compute what somebody wrote into a cell; plain numbers and list items stay as they are."""
    from taihu.engines.tables.reader import is_formula

    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and is_formula(cell) else cell
