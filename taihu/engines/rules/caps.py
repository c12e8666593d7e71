"""Ceilings that several policies share: who draws on them first, and what is left for the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .frames import Frame, both
from .groups import order_of_people
from .results import Lost, PolicyResult
from .sets import shared_groups
from .table import FactsTable
from .tree import Policy, SharedCap

Array = npt.NDArray[Any]


def rooms_of(policy: Policy, frame: Frame) -> tuple[dict[str, Array], Any]:
    """What each shared cap of a policy leaves after earlier payments, int64 fen, and where that is known."""
    rooms: dict[str, Array] = {}
    known: Any = None
    for cap in policy.shared_caps:
        limit, limit_known = frame.run(cap.limit)
        used, used_known = (0, None) if cap.used is None else frame.run(cap.used)
        room = np.maximum(0, np.asarray(limit, np.int64) - np.asarray(used, np.int64))
        rooms[cap.group] = np.broadcast_to(room, frame.n)
        known = both(known, both(limit_known, used_known))
    return rooms, known


def apply_shared_caps(
    results: list[PolicyResult], rooms: list[dict[str, Array]], table: FactsTable
) -> list[PolicyResult]:
    """Reduce what is payable to what the shared ceilings leave.

    Each entitlement may take what its own room leaves after all that was drawn before it in this run: policy by policy
    in the order of the group, within a household by the order of its members.
    """
    results = list(results)
    for group, members in shared_groups([item.policy for item in results]).items():
        people = _people(members[0][1], table)
        drawn = np.zeros(int(people.max()) + 1 if len(people) else 0, np.int64)
        for index, _ in members:
            item = results[index]
            payable = _draw(item, rooms[index].get(group, np.zeros(0, np.int64)), people, drawn, table)
            stopped = (payable == 0) & (item.payable > 0)
            lost = np.where(stopped, Lost.CAP, item.lost_to).astype(np.int16)
            results[index] = replace(item, payable=payable, lost_to=lost)
    return results


def _people(cap: SharedCap, table: FactsTable) -> Array:
    """Whose ceiling each row draws on, numbered without gaps: households may have any numbers."""
    own = np.arange(table.n)
    if not cap.is_of_household or table.household is None:
        return own
    owners = np.where(table.household >= 0, table.household, -1 - own)
    return np.unique(owners, return_inverse=True)[1]


def _draw(item: PolicyResult, room: Array, people: Array, drawn: Array, table: FactsTable) -> Array:
    payable = item.payable.copy()
    owner = people[item.rows]
    live = np.flatnonzero(payable > 0)
    for turn in _turns(live, owner, item, table):
        who = owner[turn]
        payable[turn] = np.minimum(payable[turn], np.maximum(0, room[turn] - drawn[who]))
        drawn[who] += payable[turn]
    return payable


def _turns(live: Array, owner: Array, item: PolicyResult, table: FactsTable) -> list[Array]:
    """The positions that draw, in rounds of at most one per ceiling."""
    if len(live) < 2 or bool((np.diff(owner[live]) > 0).all()):
        return [live]
    place = order_of_people(table, item.rows[live])
    sorted_ = np.lexsort((place, owner[live]))
    owners = owner[live][sorted_]
    first = np.ones(len(owners), np.bool_)
    first[1:] = owners[1:] != owners[:-1]
    rank = np.arange(len(owners)) - np.maximum.accumulate(np.where(first, np.arange(len(owners)), 0))
    return [live[sorted_[rank == turn]] for turn in range(int(rank.max()) + 1)]
