"""Rows of an XLSX sheet as text. Formulas are not computed: a cell that holds one is told of."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from typing import IO, Any

import openpyxl

from taihu.engines.tables.errors import TableError

__all__ = ["FORMULA", "sheet_names", "sheet_rows"]

FORMULA = "\x00formula"
MOST_COLUMNS = 500


def sheet_names(file: IO[bytes]) -> list[str]:
    book = _open(file)
    try:
        return [str(name) for name in book.sheetnames]
    finally:
        book.close()


def sheet_rows(file: IO[bytes], sheet: str) -> Iterator[list[str]]:
    """Yield the rows of a sheet from the first one on, blank ones as empty lists; a formula gives `FORMULA` + its text."""
    book = _open(file)
    try:
        found = book[sheet]
        if not hasattr(found, "reset_dimensions"):
            return
        found.reset_dimensions()
        for row in found.iter_rows(max_col=MOST_COLUMNS):
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except (KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        raise TableError("workbook", f"the sheet {sheet!r} cannot be read; save it again or as CSV") from error
    finally:
        book.close()


def _open(file: IO[bytes]) -> Any:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its XML layers raise
        raise TableError("workbook", "the workbook cannot be read; save it again as .xlsx or as CSV") from error


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return FORMULA + value if cell.data_type == "f" else value
    if cell.data_type == "f":
        return FORMULA
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
