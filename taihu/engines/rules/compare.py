"""What if: two policy sets over the same people, who gains, who loses, what it costs by year and payer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

from .civil import from_days
from .evaluate import Program, evaluate
from .results import Comparison, Evaluation, PolicyChange, PolicyResult, Status
from .sets import PolicySet
from .table import FactsTable

Array = npt.NDArray[Any]


def what_if(old: PolicySet | Program, new: PolicySet | Program, table: FactsTable, at: dt.date | Array) -> Comparison:
    """Evaluate both sets and compare them policy by policy (all versions of a policy together).

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
    return compare(evaluate(old, table, at), evaluate(new, table, at), table.n)


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
    rows, first, second = _side_by_side(old, new, n)
    had, has = first > 0, second > 0
    costs = (_costs(old), _costs(new))
    keys = sorted({*costs[0], *costs[1]})
    return PolicyChange(
        policy=identifier,
        gained=rows[has & ~had],
        lost=rows[had & ~has],
        raised=rows[had & has & (second > first)],
        lowered=rows[had & has & (second < first)],
        old_total=int(first.sum()),
        new_total=int(second.sum()),
        cost={key: (costs[0].get(key, 0), costs[1].get(key, 0)) for key in keys},
        now_unknown=int((_unknown(new, n) & ~_unknown(old, n)).sum()),
    )


def _side_by_side(old: list[PolicyResult], new: list[PolicyResult], n: int) -> tuple[Array, Array, Array]:
    """Rows that matter with their fen before and after; dense over all people only where the rows differ."""
    if len(old) == len(new) == 1 and np.array_equal(old[0].rows, new[0].rows):
        return old[0].rows, old[0].payable, new[0].payable
    return np.arange(n), _amounts(old, n), _amounts(new, n)


def _unknown(results: list[PolicyResult], n: int) -> Array:
    found = np.zeros(n, np.bool_)
    for item in results:
        found |= item.status == Status.UNKNOWN
    return found


def _amounts(results: list[PolicyResult], n: int) -> Array:
    found = np.zeros(n, np.int64)
    for item in results:
        found[item.rows] += item.payable
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
    low, high = int(due.min()), int(due.max())
    first = year_of(low)
    if low == high or (low > 0 and first == year_of(high)):
        return [(first, int(part.sum()))] if part.any() else []
    years = np.where(due > 0, due.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970, 0)
    sums = [(int(year), int(part[years == year].sum())) for year in np.unique(years)]
    return [(year, total) for year, total in sums if total]


def year_of(day: int) -> int:
    """The year of a day number, 0 for none."""
    return from_days(day).year if day > 0 else 0


def _portion(part: Array, share: Array, whole: Array) -> Array:
    """part * share // whole without leaving 64 bits."""
    if len(part) == 0 or int(part.max()) * int(share.max()) < 2**62:
        small: Array = part * share // whole
        return small
    return np.array([int(a) * int(b) // int(c) for a, b, c in zip(part, share, whole, strict=True)], np.int64)
