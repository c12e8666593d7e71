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
    """Within a group one policy pays. Only people entitled to several of them are looked at one by one."""
    first = results[members[0]].policy.exclusion
    assert first is not None
    hits = np.zeros(table.n, np.uint8)
    live: dict[int, Array] = {}
    for index in members:
        item = results[index]
        is_live = item.lost_to == Lost.NOTHING
        live[index] = item.rows if is_live.all() else item.rows[is_live]
        hits[live[index]] += 1
    people = np.flatnonzero(hits > 1)
    if not len(people):
        return
    number = np.zeros(table.n, np.int32)
    number[people] = np.arange(len(people), dtype=np.int32)
    contested = {index: _contested(results[index], hits, number) for index in members}
    winner = np.full(len(people), -1, np.int16)
    best = np.zeros(len(people), np.int64)
    order = {index: (_order(results[index]), index) for index in members}
    for index in sorted(members, key=lambda item: order[item]) if first.rule != "choose" else ():
        place, who = contested[index]
        amount = results[index].amount[place]
        better = (winner[who] == -1) | (amount > best[who]) if first.rule == "best" else winner[who] == -1
        winner[who[better]] = index
        best[who[better]] = amount[better]
    if first.rule == "choose":
        _choose(results, contested, table, winner)
    for index in members:
        place, who = contested[index]
        losers = winner[who] != index
        payable, lost = results[index].payable.copy(), results[index].lost_to.copy()
        payable[place[losers]] = 0
        lost[place[losers]] = np.where(winner[who[losers]] == -1, np.int16(Lost.CHOICE), winner[who[losers]])
        results[index] = replace(results[index], payable=payable, lost_to=lost)


def _contested(item: PolicyResult, hits: Array, number: Array) -> tuple[Array, Array]:
    """Positions in a result, still alive, of people entitled to several policies of the group, and their numbers."""
    place = np.flatnonzero((hits[item.rows] > 1) & (item.lost_to == Lost.NOTHING))
    return place, number[item.rows[place]]


def _order(result: PolicyResult) -> int:
    return result.policy.exclusion.order if result.policy.exclusion else 0


def _choose(
    results: list[PolicyResult], contested: dict[int, tuple[Array, Array]], table: FactsTable, winner: Array
) -> None:
    column = table.columns.get("chosen_in_group")
    if column is None:
        return
    for index, (place, who) in contested.items():
        rows = results[index].rows[place]
        chosen = column.values[rows] == table.code(results[index].policy.id)
        if column.known is not None:
            chosen &= column.known[rows]
        chosen &= winner[who] == -1
        winner[who[chosen]] = index
