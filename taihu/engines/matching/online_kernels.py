"""Compiled kernels of `online`: one opening against all people, without looking at all of them.

Lists are added up in the order of what they can contribute at most. As soon as the lists still to come cannot lift somebody
new over the worst of the best ``k`` seen so far, only people already met are completed (MaxScore: Turtle & Flood 1995).
"""

from __future__ import annotations

from typing import Any

from taihu.engines.matching.runtime import prepare_kernels

prepare_kernels()

import numpy as np  # noqa: E402
from numba import njit  # noqa: E402

from taihu.engines.matching.candidates_kernels import contains, has_all  # noqa: E402
from taihu.engines.matching.online_index import NAMES_AREAS, SHUNS  # noqa: E402
from taihu.engines.matching.selection_kernels import SHIFT, cut_back, key_of  # noqa: E402

#: Marks a place whose person may not meet the opening; no sum of scores reaches up from it.
BARRED = np.int32(-(2**30))
#: Partial scores are counted in this many steps to find a level that ``k`` people reach.
STEPS = 4096


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def lists_by_group(
    member: Any, group_start: Any, indptr: Any, ids: Any, weights: Any, values: int
) -> tuple[Any, Any, Any]:
    """Members of each group that have each of ``values`` ids: starts, places in rising order, weights."""
    groups = group_start.size - 1
    start = np.zeros(groups * values + 1, np.int64)
    for g in range(groups):
        for m in range(group_start[g], group_start[g + 1]):
            for e in range(indptr[member[m]], indptr[member[m] + 1]):
                start[g * values + ids[e] + 1] += 1
    for at in range(groups * values):
        start[at + 1] += start[at]
    fill = start[:-1].copy()
    place = np.empty(start[-1], np.int32)
    weight = np.empty(start[-1], np.uint8)
    for g in range(groups):
        for m in range(group_start[g], group_start[g + 1]):
            for e in range(indptr[member[m]], indptr[member[m] + 1]):
                at = g * values + ids[e]
                place[fill[at]], weight[fill[at]] = m - group_start[g], weights[e]
                fill[at] += 1
    return start, place, weight


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def long_enough(experience: Any, first: int, last: int, months: int) -> int:
    """How many of a group, which is sorted by falling experience, have served at least ``months``."""
    low, high = first, last
    while low < high:
        middle = (low + high) >> 1
        if experience[middle] >= months:
            low = middle + 1
        else:
            high = middle
    return low - first


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def may_meet(i: int, floor: int, flags: int, opening: Any, needed: Any, never_people: Any, people: Any) -> bool:
    """Hard conditions of both sides, but for experience."""
    pay, degree_min, _, kind, number, employer, area = opening
    if floor > pay or (flags & 255) < degree_min or not (flags >> (8 + kind)) & 1:
        return False
    ids, cert_ptr, cert_ids, no_job_ptr, no_job_ids, no_firm_ptr, no_firm_ids, area_ptr, area_ids = people
    if needed.size and not has_all(cert_ids, cert_ptr[i], cert_ptr[i + 1], needed, 0, needed.size):
        return False
    if never_people.size and contains(never_people, 0, never_people.size, ids[i]):
        return False
    if flags & SHUNS and (
        contains(no_job_ids, no_job_ptr[i], no_job_ptr[i + 1], number)
        or contains(no_firm_ids, no_firm_ptr[i], no_firm_ptr[i + 1], employer)
    ):
        return False
    return not flags & NAMES_AREAS or contains(area_ids, area_ptr[i], area_ptr[i + 1], area)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def level_reached(scores: Any, alive: Any, count: int, k: int, most: int, steps: Any) -> int:
    """A score that at least ``k`` of the people met reach already, or 1."""
    if count < k:
        return 1
    shift = 0
    while most >> shift >= STEPS:
        shift += 1
    steps[: (most >> shift) + 1] = 0
    for n in range(count):
        steps[scores[alive[n]] >> shift] += 1
    total, step = 0, most >> shift
    while step > 0:
        total += steps[step]
        if total >= k:
            break
        step -= 1
    return max(1, step << shift)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def by_worth(profile: Any, heaviest: Any) -> tuple[Any, Any]:
    """Features in falling order of what they can contribute, and what all from each on can contribute together."""
    ids, weights = profile
    worth = np.empty(ids.size, np.int64)
    for f in range(ids.size):
        worth[f] = np.int64(weights[f]) * heaviest[ids[f]]
    order = np.argsort(-worth)
    rest = np.zeros(ids.size + 1, np.int64)
    for n in range(ids.size - 1, -1, -1):
        rest[n] = rest[n + 1] + worth[order[n]]
    return order, rest


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_up(
    g: int, group: Any, limit: int, k: int, level: int, profile: Any, order: Any, rest: Any, lists: Any, opening: Any,
    needed: Any, never_people: Any, people: Any, scratch: Any,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Add up lists until nobody new can matter: level, how many lists, and how many people were met and may meet."""
    ids, weights = profile
    start, list_place, list_weight, facts, member = lists
    scores, met, alive, steps = scratch
    features = (start.size - 1) // group[1]
    seen, count, used = 0, 0, 0
    while used < ids.size and rest[used] >= level:
        f = order[used]
        factor = np.int32(weights[f])
        for e in range(start[g * features + ids[f]], start[g * features + ids[f] + 1]):
            at = list_place[e]
            if at >= limit:
                break
            score = scores[at]
            if score == 0:
                met[seen] = at
                seen += 1
                place = group[0] + at
                if may_meet(member[place], facts[place, 0], facts[place, 1], opening, needed, never_people, people):
                    alive[count] = at
                    count += 1
                else:
                    score = BARRED
            scores[at] = score + factor * np.int32(list_weight[e])
        used += 1
        reached = rest[0] - rest[used]
        if reached > rest[used]:
            level = max(level, level_reached(scores, alive, count, k, reached, steps))
    return level, used, seen, count


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def keep(pool: Any, count: int, k: int, level: int, key: Any) -> tuple[int, int]:
    """Put a key into the pool; returns how many it holds and the score needed from now on."""
    if count == pool.size:
        level, count = max(level, np.int64(cut_back(pool, 0, count, k) >> SHIFT)), k
    pool[count] = key
    return count + 1, level


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def score_of(i: int, wanted: Any, features: Any) -> int:
    """Score of a person against the weights that an opening asks for."""
    indptr, ids, weights = features
    total = np.int64(0)
    for e in range(indptr[i], indptr[i + 1]):
        total += np.int64(wanted[ids[e]]) * np.int64(weights[e])
    return total  # type: ignore[no-any-return]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def best_holders(
    g: int, first: int, limit: int, k: int, level: int, count: int, pool: Any, holders: Any, lists: Any, opening: Any,
    needed: Any, never_people: Any, people: Any, features: Any, wanted: Any,
) -> tuple[int, int]:  # fmt: skip
    """As `best_people` for one group, by the holders of the rarest required certificate."""
    start, place = holders
    _, _, _, facts, member = lists
    certificates = (start.size - 1) // wanted[1]
    rarest = np.int64(-1)
    for n in range(needed.size):
        at = g * certificates + needed[n]
        if needed[n] >= certificates:
            return count, level
        if rarest < 0 or start[at + 1] - start[at] < start[rarest + 1] - start[rarest]:
            rarest = at
    for e in range(start[rarest], start[rarest + 1]):
        if place[e] >= limit:
            break
        at = first + place[e]
        i = member[at]
        if not may_meet(i, facts[at, 0], facts[at, 1], opening, needed, never_people, people):
            continue
        score = score_of(i, wanted[0], features)
        if score >= level:
            count, level = keep(pool, count, k, level, key_of(score, i))
    return count, level


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def best_people(
    k: int, groups: Any, group_start: Any, experience: Any, heaviest: Any, lists: Any, holders: Any, opening: Any,
    profile: Any, needed: Any, never_people: Any, people: Any, features: Any, scratch: Any, wanted: Any,
) -> Any:  # fmt: skip
    """Keys of the best ``k`` people for one opening, best first; the scores in ``scratch`` and ``wanted`` are 0 before and after."""
    _, _, _, facts, member = lists
    scores, met, alive, _ = scratch
    ids, weights = profile
    order, rest = by_worth(profile, heaviest)
    pool = np.empty(2 * k + 16, np.uint64)
    count, level = 0, np.int64(1)
    for n in range(groups.size):
        g = groups[n]
        first = group_start[g]
        limit = long_enough(experience, first, group_start[g + 1], opening[2])
        if needed.size:
            wanted[ids] = weights
            whole = (wanted, group_start.size - 1)
            count, level = best_holders(
                g, first, limit, k, level, count, pool, holders, lists, opening, needed, never_people, people, features,
                whole,
            )  # fmt: skip
            wanted[ids] = 0
            continue
        level, used, seen, met_alive = add_up(
            g, (first, group_start.size - 1), limit, k, level, profile, order, rest, lists, opening, needed,
            never_people, people, scratch,
        )  # fmt: skip
        for f in order[used:]:
            wanted[ids[f]] = weights[f]
        for m in range(met_alive):
            score = np.int64(scores[alive[m]])
            if score + rest[used] < level:
                continue
            i = member[first + alive[m]]
            if rest[used]:
                score += score_of(i, wanted, features)
            if score >= level:
                count, level = keep(pool, count, k, level, key_of(score, i))
        for f in order[used:]:
            wanted[ids[f]] = 0
        for m in range(seen):
            scores[met[m]] = 0
        if count > k:
            level, count = max(level, np.int64(cut_back(pool, 0, count, k) >> SHIFT)), k
    if count > k:
        cut_back(pool, 0, count, k)
        count = k
    return np.sort(pool[:count])[::-1]
