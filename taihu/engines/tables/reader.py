"""One way in to any table: `open_table` finds out what the file is, finds its header, and gives its rows."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO

from taihu.engines.tables.contents import Contents, inspect, open_bytes, plain_workbook
from taihu.engines.tables.delimited import guess_delimiter, records
from taihu.engines.tables.errors import TableError
from taihu.engines.tables.workbook import FORMULA, sheet_names, sheet_rows
from taihu.engines.text.fold import fold

__all__ = ["Layout", "Row", "Table", "open_table"]

LONGEST_CELL = 100_000
HEADER_WITHIN = 10
SAMPLE_LINES = 5
_FORMULA = re.compile(r"\s*(?:=\s*[A-Za-z_@+\-('\"\d{\[]|[@+\-]\s*[A-Za-z_.]{1,30}\s*[(|!])")


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a file beforehand; everything left empty is found out.

    Attributes
    ----------
    encoding, delimiter, sheet : str
        Codec, one character, name of a sheet.
    header_row : int
        Row of the column names, counted from 1; 0 looks for it among the first ten rows.
    columns : sequence of str
        Column names that must be there.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header.

    Attributes
    ----------
    number : int
        Row number as a spreadsheet shows it; the first row of the file is 1.
    cells : list of str
        One text for each column of the table.
    problem : str
        ``""``, or why the row cannot be used: ``quotes``, ``too_long``, ``cell_too_long``, ``too_few_cells``,
        ``too_many_cells``, ``formula``.
    """

    number: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """An open table: its columns in order and its rows, once."""

    columns: list[str]
    contents: Contents
    rows: Iterator[Row]
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1
    places: dict[str, int] = field(default_factory=dict)


def column_key(name: str) -> str:
    """The form in which column names are compared: width, case, script and spaces do not matter."""
    return re.sub(r"\s+", "", fold(name))


@contextmanager
def open_table(path: Path, layout: Layout | None = None) -> Iterator[Table]:
    """Open a CSV or XLSX file, gzipped or not.

    The whole file is read through once before the first row is given out.

    Raises
    ------
    TableError
        If it is no table, is damaged, lacks a column of `layout.columns`, names a column twice or has no rows.

    Examples
    --------
    >>> import tempfile; folder = Path(tempfile.mkdtemp())
    >>> path = folder / "a.csv"; _ = path.write_bytes("职位;城市\\n电工;无锡\\n".encode("gb18030"))
    >>> with open_table(path) as table:
    ...     table.columns, table.contents.encoding, table.delimiter, [(r.number, r.cells) for r in table.rows]
    (['职位', '城市'], 'gb18030', ';', [(2, ['电工', '无锡'])])
    """
    layout = layout or Layout()
    contents = inspect(path, encoding=layout.encoding)
    if contents.kind == "workbook":
        with plain_workbook(path, contents) as file, tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
            yield _open_workbook(file, spool, contents, layout)
        return
    with (
        open_bytes(path, is_gzipped=contents.is_gzipped) as raw,
        io.TextIOWrapper(raw, encoding=contents.encoding, newline="") as text,
    ):
        first = "".join(text.readline(100_000) for _ in range(SAMPLE_LINES))
        text.seek(0)
        delimiter = layout.delimiter or guess_delimiter(first)
        found = ((record.cells, record.problem) for record in records(text, delimiter))
        yield _table(found, contents, layout, delimiter=delimiter)


_Found = tuple[list[str], str]


def _table(
    found: Iterable[_Found], contents: Contents, layout: Layout, *, delimiter: str = "", sheet: str = ""
) -> Table:
    """Find the header among the first rows; the rows after it are the table."""
    rows = iter(found)
    wanted = {column_key(name) for name in layout.columns}
    head = list(islice(rows, layout.header_row or HEADER_WITHIN))
    if not any(any(cell.strip() for cell in cells) for cells, _problem in head):
        raise TableError("empty", "the table is empty; choose another file")
    at = layout.header_row - 1 if layout.header_row else _header_place(head, wanted)
    if at >= len(head):
        raise TableError("no_rows", f"the table ends before its header row {at + 1}", row=at + 1)
    columns = [" ".join(cell.split()) for cell in head[at][0]]
    while columns and not columns[-1]:
        columns.pop()
    places = _places(columns)
    _check_columns(columns, layout.columns, places)
    body = _rows([*head[at + 1 :]], rows, first_number=at + 2, width=len(columns))
    return Table(columns, contents, body, delimiter, sheet, at + 1, places)


def _header_place(head: Sequence[_Found], wanted: set[str]) -> int:
    """The row that names most of the wanted columns; without wanted ones the first that is not blank."""
    scores = [len(wanted & {column_key(cell) for cell in cells}) for cells, _problem in head]
    if any(scores):
        return scores.index(max(scores))
    return next(place for place, (cells, _problem) in enumerate(head) if any(cell.strip() for cell in cells))


def _places(columns: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(columns):
        key = column_key(name)
        if not key:
            continue
        if key in places:
            message = (
                f"the column {name!r} occurs twice (columns {places[key] + 1} and {place + 1}); rename one of them"
            )
            raise TableError("duplicate_column", message, column=name, first=places[key] + 1, second=place + 1)
        places[key] = place
    return places


def _check_columns(columns: Sequence[str], wanted: Sequence[str], places: dict[str, int]) -> None:
    missing = [name for name in wanted if column_key(name) not in places]
    if not missing:
        return
    near = {name: get_close_matches(name, columns, n=1, cutoff=0.5) for name in missing}
    hints = "; ".join(f"{name!r} (is it {found[0]!r}?)" if found else repr(name) for name, found in near.items())
    message = f"missing columns: {hints}. The file has: {', '.join(columns[:40])}"
    raise TableError("missing_columns", message, missing=missing, columns=list(columns[:40]))


def _rows(first: list[_Found], rest: Iterator[_Found], *, first_number: int, width: int) -> Iterator[Row]:
    number = first_number
    for source in (iter(first), rest):
        for cells, problem in source:
            if problem or any(cell and not cell.isspace() for cell in cells):
                yield _row(number, cells, problem, width)
            number += 1


def _row(number: int, cells: list[str], problem: str, width: int) -> Row:
    problem = problem or _problem(cells, width)
    if problem == "cell_too_long":
        cells = [cell if len(cell) <= LONGEST_CELL else f"{cell[:200]}…" for cell in cells]
    if problem == "formula":
        cells = [cell.removeprefix(FORMULA) for cell in cells]
    if len(cells) < width:
        cells = [*cells, *[""] * (width - len(cells))]
    return Row(number, cells[:width], problem)


def _problem(cells: list[str], width: int) -> str:
    if len(cells) < width:
        return "too_few_cells"
    if len(cells) > width and any(cells[width:]):
        return "too_many_cells"
    for cell in cells:
        if len(cell) > LONGEST_CELL:
            return "cell_too_long"
        if cell and (cell[0] in "=@+-\x00 \t" or cell.startswith(FORMULA)) and is_formula(cell):
            return "formula"
    return ""


def is_formula(cell: str) -> bool:
    """A cell that a spreadsheet would compute; a list item such as ``-负责巡检`` or ``+86`` is none."""
    return cell.startswith(FORMULA) or _FORMULA.match(cell) is not None


def _open_workbook(file: IO[bytes], spool: IO[str], contents: Contents, layout: Layout) -> Table:
    """Read the sheet into a spool first: a part that cannot be read is known before the first row is used."""
    names = sheet_names(file)
    if layout.sheet and layout.sheet not in names:
        message = f"there is no sheet {layout.sheet!r}; the workbook has: {', '.join(names)}"
        raise TableError("sheet", message, sheets=names)
    sheet = layout.sheet or _best_sheet(file, names, layout)
    for cells in sheet_rows(file, sheet):
        spool.write(json.dumps(cells, ensure_ascii=False) + "\n")
    spool.seek(0)
    return _table(_padded(lambda: iter(spool)), contents, layout, sheet=sheet)


def _padded(lines: Callable[[], Iterator[str]]) -> Iterator[_Found]:
    """A sheet leaves out blank cells at the end of a row: fill up to the widest of the first rows."""
    source = lines()
    head = [json.loads(line) for line in islice(source, HEADER_WITHIN)]
    width = max(map(len, head), default=0)
    for cells in head:
        yield cells + [""] * (width - len(cells)), ""
    for line in source:
        cells = json.loads(line)
        yield cells + [""] * (width - len(cells)), ""


def _best_sheet(file: IO[bytes], names: Sequence[str], layout: Layout) -> str:
    """The first sheet with most of the wanted columns; without wanted ones the first that is not blank."""
    wanted = {column_key(name) for name in layout.columns}
    best, best_score = names[0], -1
    for name in names:
        head = list(islice(sheet_rows(file, name), HEADER_WITHIN))
        keys = [{column_key(cell) for cell in cells} - {""} for cells in head]
        score = max((len(wanted & found) if wanted else min(1, len(found)) for found in keys), default=-1)
        if score > best_score:
            best, best_score = name, score
    return best
