"""What if: two policy sets over the same people, who gains, who loses, what it costs by year and payer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

from .both import evaluate_both, touched
from .civil import from_days, to_days
from .program import Program
from .results import Comparison, Evaluation, PolicyChange, PolicyResult, Status
from .sets import PolicySet
from .table import FactsTable

Array = npt.NDArray[Any]


def what_if(
    old: PolicySet | Program,
    new: PolicySet | Program,
    table: FactsTable,
    at: dt.date | Array,
    *,
    only_touched: bool = False,
) -> Comparison:
    """Evaluate both sets and compare them policy by policy (all versions of a policy together).

    What the sets have in common is evaluated once; policies that cannot differ are not compared person by person. With
    `only_touched` they are left out altogether, also of the totals: only changed policies, those that share a group
    with them and what these read is evaluated.

    Examples
    --------
    >>> import datetime as dt
    >>> from taihu.engines.rules.people import Person
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: {zh: 小例, en: Tiny}
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}
    ... amount: 100元
    ... '''
    >>> old = load_policies({"tiny.yaml": text})
    >>> new = load_policies({"tiny.yaml": text.replace("100元", "150元")})
    >>> table = FactsTable.from_people(old.catalogue, [Person.of(old.catalogue, "1", {"birth_date": "2000-01-01"})])
    >>> result = what_if(old, new, table, dt.date(2024, 6, 1))
    >>> result.old_total, result.new_total, result.changes[0].raised.tolist()
    (10000, 15000, [0])
    """
    first, second = (item.policies if isinstance(item, Program) else item for item in (old, new))
    day: Any = to_days(at) if isinstance(at, dt.date) else np.asarray(at, np.int64)
    ids = None
    if only_touched:
        first, second, ids = touched(first, second)
    before, after, _ = evaluate_both(first, second, table, day)
    return compare(_of(before, ids), _of(after, ids), table.n)


def _of(evaluation: Evaluation, ids: frozenset[str] | None) -> Evaluation:
    """The results of some policies only."""
    if ids is None:
        return evaluation
    return Evaluation(evaluation.at, tuple(item for item in evaluation.results if item.policy.id in ids))


def compare(before: Evaluation, after: Evaluation, n: int) -> Comparison:
    """Compare two evaluations of the same n people."""
    ids = list(dict.fromkeys(item.policy.id for item in (*before.results, *after.results)))
    changes = []
    for identifier in ids:
        left = [item for item in before.results if item.policy.id == identifier]
        right = [item for item in after.results if item.policy.id == identifier]
        changes.append(_change(identifier, left, right, n))
    return Comparison(tuple(changes), before.total, after.total)


def _change(identifier: str, old: list[PolicyResult], new: list[PolicyResult], n: int) -> PolicyChange:
    if _are_same(old, new):
        costs = _costs(old)
        total = sum(int(item.payable.sum()) for item in old)
        none = np.zeros(0, np.int64)
        cost = {key: (costs[key], costs[key]) for key in sorted(costs)}
        return PolicyChange(identifier, none, none, none, none, none, none, none, total, total, cost, 0)
    rows, first, second = _side_by_side(old, new, n)
    had, has = first > 0, second > 0
    both = had & has
    before, after = _costs(old), _costs(new)
    return PolicyChange(
        policy=identifier,
        gained=rows[has & ~had],
        lost=rows[had & ~has],
        raised=rows[both & (second > first)],
        lowered=rows[both & (second < first)],
        rows=rows[first != second],
        before=first[first != second],
        after=second[first != second],
        old_total=int(first.sum()),
        new_total=int(second.sum()),
        cost={key: (before.get(key, 0), after.get(key, 0)) for key in sorted({*before, *after})},
        now_unknown=int((_unknown(new, n) & ~_unknown(old, n)).sum()),
    )


def _are_same(old: list[PolicyResult], new: list[PolicyResult]) -> bool:
    """Did nothing change: the same rules, read once?"""
    return len(old) == len(new) and all(
        first.status is second.status and first.payable is second.payable
        for first, second in zip(old, new, strict=True)
    )


def _side_by_side(old: list[PolicyResult], new: list[PolicyResult], n: int) -> tuple[Array, Array, Array]:
    """Rows of everybody entitled before or after, ascending, with their fen before and after."""
    if len(old) == len(new) == 1 and np.array_equal(old[0].rows, new[0].rows):
        return old[0].rows.astype(np.int64), old[0].payable, new[0].payable
    some = np.zeros(n, np.bool_)
    for item in (*old, *new):
        some[item.rows] = True
    rows = np.flatnonzero(some)
    return rows, _amounts(old, rows, n), _amounts(new, rows, n)


def _amounts(results: list[PolicyResult], rows: Array, n: int) -> Array:
    """Fen of these rows, all versions added up."""
    found = np.zeros(len(rows), np.int64)
    for item in results:
        mine = np.zeros(n, np.bool_)
        mine[item.rows] = True
        found[mine[rows]] += item.payable
    return found


def _unknown(results: list[PolicyResult], n: int) -> Array:
    found = np.zeros(n, np.bool_)
    for item in results:
        found |= item.status == Status.UNKNOWN
    return found


def _costs(results: list[PolicyResult]) -> dict[tuple[int, str], int]:
    """Fen by (year due, payer): every instalment is borne in the proportion of the whole.

    What rounding leaves of a payer's share falls in the year of the last instalment; year 0 holds undated parts.
    """
    found: dict[tuple[int, str], int] = {}
    for item in results:
        if not len(item.rows):
            continue
        for payer, share in item.payers.items():
            for year, total in _by_year(item, share):
                found[year, payer] = found.get((year, payer), 0) + total
    return found


def _by_year(item: PolicyResult, share: Array) -> list[tuple[int, int]]:
    """(year due, fen) of one payer's share of a policy."""
    width = item.parts.shape[1]
    if width == 1:
        return _sums(item.due[:, 0], share)
    last = np.maximum((item.parts > 0).sum(axis=1) - 1, 0)
    whole = np.maximum(item.payable, 1)
    spent = np.zeros(len(item.rows), np.int64)
    found = []
    for number in range(width):
        part = _portion(item.parts[:, number], share, whole)
        part = np.where(number == last, share - spent, np.where(number < last, part, 0))
        spent += part
        found.extend(_sums(item.due[:, number], part))
    return found


def _sums(due: Array, part: Array) -> list[tuple[int, int]]:
    live = part > 0
    if not live.any():
        return []
    dates = due[live]
    low, high = year_of(int(dates.min())), year_of(int(dates.max()))
    if low == high:
        return [(low, int(part.sum()))]
    found = []
    for year in sorted({0, *range(max(low, 1), high + 1)}):
        start, end = (dt.date(year, 1, 1), dt.date(year + 1, 1, 1)) if 0 < year < 9999 else (None, None)
        inside = (dates <= 0) if start is None or end is None else (dates >= to_days(start)) & (dates < to_days(end))
        total = int(part[live][inside].sum())
        if total:
            found.append((year, total))
    return found


def year_of(day: int) -> int:
    """The year of a day number, 0 for none."""
    return from_days(day).year if day > 0 else 0


def _portion(part: Array, share: Array, whole: Array) -> Array:
    """part * share // whole without leaving 64 bits."""
    if len(part) == 0 or int(part.max()) * int(share.max()) < 2**62:
        small: Array = part * share // whole
        return small
    return np.array([int(a) * int(b) // int(c) for a, b, c in zip(part, share, whole, strict=True)], np.int64)
