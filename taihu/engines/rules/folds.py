"""Aggregates over records for many people: filter, then reduce along the people's stretches."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .civil import FAR_DATE, FIRST_DATE, months_of, starts_of
from .frames import Frame, Pair, RecordFrame, both
from .kinds import OPEN_DATE, Kind
from .tree import Aggregate

Array = npt.NDArray[Any]
#: Wider than the calendar in months or days, so that the spans of one person never touch the next one's.
STRIDE = 4_000_000


def fold(frame: Frame, expr: Aggregate) -> Pair:
    """The value of an aggregate for the people of a frame."""
    columns = frame.table.records.get(expr.record)
    if columns is None:
        return (np.bool_(False), np.bool_(False)) if expr.name == "any" else (0, np.bool_(False))
    index, owner = frame.records_of(expr.record, columns)
    inner = RecordFrame(frame, columns, index, owner)
    listed = None if columns.known is None else columns.known[frame.rows]
    true, false = (np.bool_(True), None) if expr.where is None else inner.run(expr.where)
    true = np.broadcast_to(true, len(owner))
    unsure = None if false is None else ~(true | false)
    if expr.name == "any":
        return _any(frame.n, owner, true, unsure, listed)
    known = listed
    if unsure is not None and unsure.any():
        known = both(known, np.bincount(owner[unsure], minlength=frame.n) == 0)
    chosen = np.flatnonzero(true)
    values, found = _reduce(frame, inner, expr, chosen, owner[chosen])
    known = both(known, found)
    if expr.type.kind is Kind.BOOL:
        values = values != 0
        return (values, None) if known is None else (values & known, ~values & known)
    return values, known


def _any(n: int, owner: Array, true: Array, unsure: Any, listed: Any) -> Pair:
    hit = np.bincount(owner[true], minlength=n) > 0
    if unsure is None and listed is None:
        return hit, None
    miss = ~hit
    if unsure is not None:
        miss &= np.bincount(owner[unsure], minlength=n) == 0
    if listed is not None:
        hit, miss = hit & listed, miss & listed
    return hit, miss


def _reduce(frame: Frame, inner: RecordFrame, expr: Aggregate, chosen: Array, owner: Array) -> tuple[Array, Any]:
    n = frame.n
    if expr.name == "count":
        return np.bincount(owner, minlength=n), None
    if expr.name in ("sum", "max", "min"):
        values, known = _picked(inner, expr.value, chosen)
        bad = _any_unknown(n, owner, known)
        if expr.name == "sum":
            return _sums(n, owner, values), bad
        return _extremes(n, owner, values, expr.name, bad)
    if expr.name in ("latest", "earliest"):
        return _ordered(n, inner, expr, chosen, owner)
    return _months(frame, inner, expr, chosen, owner)


def _picked(inner: RecordFrame, expr: Any, chosen: Array) -> tuple[Array, Any]:
    first, second = inner.run(expr)
    if expr.type.kind is Kind.BOOL and second is not None:
        second = first | second
    total = len(inner.owner)
    values = np.broadcast_to(first, total)[chosen].astype(np.int64)
    return values, None if second is None else np.broadcast_to(second, total)[chosen]


def _any_unknown(n: int, owner: Array, known: Any) -> Any:
    return None if known is None else np.bincount(owner[~known], minlength=n) == 0


def _sums(n: int, owner: Array, values: Array) -> Array:
    counts = np.bincount(owner, minlength=n)
    ends = np.cumsum(counts)
    running = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    result: Array = running[ends] - running[ends - counts]
    return result


def _stretches(owner: Array) -> tuple[Array, Array]:
    """First position of each person's stretch and the person."""
    if not len(owner):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    return starts, owner[starts]


def _extremes(n: int, owner: Array, values: Array, name: str, bad: Any) -> tuple[Array, Any]:
    starts, people = _stretches(owner)
    result = np.zeros(n, np.int64)
    some = np.zeros(n, np.bool_)
    if len(starts):
        result[people] = (np.maximum if name == "max" else np.minimum).reduceat(values, starts)
        some[people] = True
    return result, both(some, bad)


def _ordered(n: int, inner: RecordFrame, expr: Aggregate, chosen: Array, owner: Array) -> tuple[Array, Any]:
    order, order_known = _picked(inner, expr.by, chosen)
    values, known = _picked(inner, expr.value, chosen)
    place = np.lexsort((order, owner))
    starts, people = _stretches(owner[place])
    result, some = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    if len(starts):
        best = place[np.concatenate([starts[1:], [len(place)]]) - 1 if expr.name == "latest" else starts]
        result[people] = values[best]
        some[people] = True if known is None else known[best]
    return result, both(some, _any_unknown(n, owner, order_known))


def _months(frame: Frame, inner: RecordFrame, expr: Aggregate, chosen: Array, owner: Array) -> tuple[Array, Any]:
    n = frame.n
    start_name, end_name = inner.record.span
    starts, start_known = _field(inner, start_name, chosen)
    ends, end_known = _field(inner, end_name, chosen)
    bad = both(_any_unknown(n, owner, start_known), _any_unknown(n, owner, end_known))
    bounds = [frame.run(item) for item in expr.bounds]
    for _, known in bounds:
        bad = both(bad, known)
    fine = (starts <= ends) & (starts < OPEN_DATE)
    unit = _ordinals if expr.name == "days_covered" else months_of
    first, last, people = unit(starts[fine]), unit(np.minimum(ends[fine], FAR_DATE)), owner[fine]
    if expr.name == "month_reached":
        return _reached(n, first, last, people, np.broadcast_to(bounds[0][0], n), bad)
    high = unit(np.broadcast_to(np.asarray(bounds[-1][0], np.int64), n))
    last = np.minimum(last, high[people])
    if len(bounds) == 2:
        first = np.maximum(first, unit(np.broadcast_to(np.asarray(bounds[0][0], np.int64), n))[people])
    inside = first <= last
    first, last, people = first[inside], last[inside], people[inside]
    fresh, reach = _merge(first, last, people)
    if expr.name in ("months_covered", "days_covered"):
        return _sums(n, people, fresh), bad
    return _runs(n, expr.name, first, reach, people, high, bad)


def _ordinals(days: Array) -> Array:
    """Days counted from the first there is, so that none is negative."""
    return days - FIRST_DATE


def _field(inner: RecordFrame, name: str, chosen: Array) -> tuple[Array, Any]:
    column = inner.record.fields[name]
    known = None if column.known is None else column.known[inner.index][chosen]
    return column.values[inner.index][chosen].astype(np.int64), known


def _merge(first: Array, last: Array, people: Array) -> tuple[Array, Array]:
    """Months each span adds to those before it, and the furthest month reached so far (within the person)."""
    key = people * STRIDE
    reach = np.maximum.accumulate(key + last) if len(last) else key
    before = np.concatenate([[-1], reach[:-1]]) if len(last) else key
    begin = np.maximum(key + first, before + 1)
    return np.maximum(0, key + last - begin + 1), reach - key


def _runs(n: int, name: str, first: Array, reach: Array, people: Array, high: Array, bad: Any) -> tuple[Array, Any]:
    result = np.zeros(n, np.int64)
    some = np.zeros(n, np.bool_)
    if len(first):
        key = people * STRIDE
        before = np.concatenate([[-1], (key + reach)[:-1]])
        opens = key + first > before + 1
        opens[np.concatenate([[0], np.flatnonzero(people[1:] != people[:-1]) + 1])] = True
        block = np.maximum.accumulate(np.where(opens, np.arange(len(first)), 0))
        begin = first[block]
        starts, owners = _stretches(people)
        if name == "longest_run":
            result[owners] = np.maximum.reduceat(reach - begin + 1, starts)
            return result, bad
        ends = np.concatenate([starts[1:], [len(first)]]) - 1
        current = reach[ends] >= high[owners] - 1
        some[owners] = current
        if name == "run_start":
            result[owners] = starts_of(begin[ends])
        else:
            result[owners] = np.where(current, reach[ends] - begin[ends] + 1, 0)
    return (result, both(bad, some)) if name == "run_start" else (result, bad)


def _reached(n: int, first: Array, last: Array, people: Array, count: Array, bad: Any) -> tuple[Array, Any]:
    fresh, reach = _merge(first, last, people)
    counts = np.bincount(people, minlength=n)
    running = np.concatenate([[0], np.cumsum(fresh)])
    base = running[np.cumsum(counts) - counts]
    upto = running[1:] - base[people]
    wanted = count[people]
    hits = np.flatnonzero((upto >= wanted) & (upto - fresh < wanted) & (wanted >= 1))
    result, some = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    result[people[hits]] = starts_of(reach[hits] - (upto - wanted)[hits])
    some[people[hits]] = True
    return result, both(bad, some)
