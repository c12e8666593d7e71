"""What people get in each other's way: one entitlement per household, one policy per exclusion group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .results import Lost, PolicyResult
from .table import FactsTable

Array = npt.NDArray[Any]


def apply_households(results: list[PolicyResult], table: FactsTable) -> list[PolicyResult]:
    """Leave one entitlement per household where the policy says so."""
    if table.household is None:
        return results
    return [item if item.policy.household_rule == "each" else _one_per_household(item, table) for item in results]


def _one_per_household(result: PolicyResult, table: FactsTable) -> PolicyResult:
    assert table.household is not None
    homes = table.household[result.rows]
    order = order_of_people(table, result.rows)
    size = -result.amount if result.policy.household_rule == "higher" else np.zeros_like(result.amount)
    sorted_ = np.lexsort((order, size, homes))
    first = np.ones(len(sorted_), np.bool_)
    first[1:] = homes[sorted_][1:] != homes[sorted_][:-1]
    loses = np.zeros(len(sorted_), np.bool_)
    loses[sorted_[~first]] = True
    loses &= homes >= 0
    return replace(
        result,
        payable=np.where(loses, 0, result.payable),
        lost_to=np.where(loses, Lost.HOUSEHOLD, result.lost_to).astype(np.int16),
    )


def order_of_people(table: FactsTable, rows: Array) -> Array:
    """Numbers that decide ties between people of one household: by id, shorter ids first; by row without ids."""
    if not table.ids:
        return rows.astype(np.int64)
    names = np.array([table.ids[row] for row in rows], np.str_)
    place = np.empty(len(rows), np.int64)
    place[np.lexsort((names, np.char.str_len(names)))] = np.arange(len(rows))
    return place


def apply_exclusions(results: list[PolicyResult], table: FactsTable) -> list[PolicyResult]:
    """Let one policy of each exclusion group pay."""
    groups: dict[str, list[int]] = {}
    for index, item in enumerate(results):
        if item.policy.exclusion:
            groups.setdefault(item.policy.exclusion.group, []).append(index)
    results = list(results)
    for members in groups.values():
        if len(members) > 1:
            _exclude(results, members, table)
    return results


def _exclude(results: list[PolicyResult], members: list[int], table: FactsTable) -> None:
    """Within a group one policy pays: scatter the best so far over all people, strongest rule last."""
    first = results[members[0]].policy.exclusion
    assert first is not None
    order = {index: (_order(results[index]), index) for index in members}
    winner = np.full(table.n, -1, np.int16)
    best = np.zeros(table.n, np.int64)
    count = np.zeros(table.n, np.uint8)
    for index in sorted(members, key=lambda item: order[item]):
        item = results[index]
        rows, amount = item.rows, item.amount
        live = item.lost_to == Lost.NOTHING
        if not live.all():
            rows, amount = rows[live], amount[live]
        if first.rule == "choose":
            count[rows] += 1
        better = (winner[rows] == -1) | (amount > best[rows]) if first.rule == "best" else winner[rows] == -1
        winner[rows[better]] = index
        best[rows[better]] = amount[better]
    if first.rule == "choose":
        _choose(results, members, table, winner, count)
    for index in members:
        item = results[index]
        mine = (winner[item.rows] == index) | (item.lost_to != Lost.NOTHING)
        lost = np.where(winner[item.rows] == -1, np.int16(Lost.CHOICE), winner[item.rows])
        results[index] = replace(
            item,
            payable=np.where(mine, item.payable, 0),
            lost_to=np.where(mine, item.lost_to, lost).astype(np.int16),
        )


def _order(result: PolicyResult) -> int:
    return result.policy.exclusion.order if result.policy.exclusion else 0


def _choose(results: list[PolicyResult], members: list[int], table: FactsTable, winner: Array, count: Array) -> None:
    several = count > 1
    winner[several] = -1
    column = table.columns.get("chosen_in_group")
    if column is None:
        return
    for index in members:
        item = results[index]
        rows = item.rows[item.lost_to == Lost.NOTHING]
        chosen = column.values[rows] == table.code(item.policy.id)
        if column.known is not None:
            chosen &= column.known[rows]
        hit = rows[chosen]
        winner[hit[several[hit] & (winner[hit] == -1)]] = index
