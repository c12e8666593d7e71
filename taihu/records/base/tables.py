"""Tables for spreadsheets: nothing in a cell runs as a formula, and the same rows give the same bytes."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from openpyxl import Workbook

from taihu.records.base.uploads import CONTENT_TYPES, CSV, XLSX

FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | float | None
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def plain(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is marked as text; control characters are dropped."""
    if not isinstance(cell, str):
        return cell
    text = "".join(c for c in cell if c >= " " or c in "\t\r\n")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_MARKS) else text


def csv_file(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark at its head, as spreadsheet programs expect."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_file(rows: Iterable[Sequence[Cell]], *, title: str = "") -> bytes:
    """One sheet; every text is stored as text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31] or None)
    for row in rows:
        sheet.append([plain(cell) for cell in row])
    written, target = io.BytesIO(), io.BytesIO()
    book.save(written)
    # The writer notes the present time in the archive and in the document's properties: the same rows, the same bytes.
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(b"2000-01-01T00:00:00Z", content)
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def table_download(rows: Iterable[Sequence[Cell]], *, kind: str, name: str) -> HttpResponse:
    """The rows as a CSV or XLSX file to save."""
    content = xlsx_file(rows) if kind == XLSX else csv_file(rows)
    response = HttpResponse(content, content_type=CONTENT_TYPES[XLSX if kind == XLSX else CSV])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
