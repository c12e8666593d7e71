"""The nearest date on which a condition becomes true, if facts go on as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .civil import month_number, month_start, shift, start_of_year
from .kinds import OPEN_DATE, Kind
from .reader import Reader
from .tree import Aggregate, Call, Compare, Defined, Expr, Literal, Shift
from .walking import walk

#: Nobody plans further ahead.
HORIZON = 40 * 366
_MONTH_FOLDS = ("months_covered", "months_run", "longest_run")


def nearest_date(reads: tuple[Expr, ...], reader: Reader, holds: Callable[[], bool | None]) -> int | None:
    """First day after the application date on which `holds()` is true, None when none is found.

    `reads` are the expression and everything below it. Only days on which something it reads changes are tried: the dates in
    the facts with the periods added to them, the day before and after, 1 January, and the months an insurance record
    still lacks.
    """
    today = reader.at
    days = sorted({day for found in _changes(reads, reader) for day in (found - 1, found, found + 1)})
    try:
        for day in days:
            if today < day <= today + HORIZON:
                reader.at = day
                if holds():
                    return day
    finally:
        reader.at = today
    return None


def _changes(reads: tuple[Expr, ...], reader: Reader) -> Iterator[int]:
    for expr in reads:
        if isinstance(expr, Compare):
            yield from _compare_changes(expr, reader)
        elif isinstance(expr, Aggregate) and expr.where is not None:
            yield from _record_changes(expr, expr.where, reader)
        elif isinstance(expr, Call) and expr.name in ("start_of_year", "end_of_last_year", "year"):
            yield from (shift(start_of_year(reader.at), 12 * years) for years in range(1, 6))


def _record_changes(expr: Aggregate, where: Expr, reader: Reader) -> Iterator[int]:
    """Dates at which a record starts or stops to count."""
    compares = [item for item in walk(where) if isinstance(item, Compare)]
    outer = reader.record
    try:
        for record in reader.person.records.get(expr.record, ()):
            reader.record = record
            for item in compares:
                yield from _compare_changes(item, reader)
    finally:
        reader.record = outer


def _compare_changes(expr: Compare, reader: Reader) -> Iterator[int]:
    for one, other in ((expr.left, expr.right), (expr.right, expr.left)):
        side = _plain(one)
        if side.type.kind is Kind.DATE:
            value = reader.value(side)
            moved = _applied_shift(side)
            if value is not None and value < OPEN_DATE:
                yield value
                limit = reader.value(other)
                if moved and limit is not None and limit < OPEN_DATE:
                    yield shift(limit, -moved[0], -moved[1])
        elif isinstance(side, Call) and side.name in ("years", "months", "days") and isinstance(other, Literal):
            start = reader.value(side.args[0])
            if start is not None and start < OPEN_DATE:
                count = int(other.value)
                months = {"years": 12 * count, "months": count, "days": 0}[side.name]
                extra = count if side.name == "days" else 0
                yield shift(start, months, extra)
                yield shift(start, months + {"years": 12, "months": 1, "days": 0}[side.name], extra)
        elif isinstance(side, Aggregate) and side.name in _MONTH_FOLDS and isinstance(other, Literal):
            yield from _months_lacking(side, int(other.value), reader)
        elif isinstance(side, Aggregate) and side.name == "days_covered" and isinstance(other, Literal):
            value = reader.value(side)
            if value is not None and value < int(other.value):
                yield reader.at + int(other.value) - value


def _plain(expr: Expr) -> Expr:
    return _plain(expr.item) if isinstance(expr, Defined) else expr


def _applied_shift(expr: Expr) -> tuple[int, int] | None:
    return (expr.months, expr.days) if isinstance(expr, Shift) else None


def _months_lacking(expr: Aggregate, wanted: int, reader: Reader) -> Iterator[int]:
    value = reader.value(expr)
    if value is None or value >= wanted or wanted - value > 480:
        return
    first = month_number(reader.at) + wanted - value
    yield from (month_start(first + offset) for offset in (-1, 0, 1, 2))
