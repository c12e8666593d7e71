"""Compiled kernels of `online`: one opening against all people, without looking at all of them.

Lists are added up in the order of what they can contribute at most. As soon as the lists still to come cannot lift somebody
new over the worst of the best ``k`` seen so far, only people already met are completed (MaxScore: Turtle & Flood 1995).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.kernels import inlined, kernel
from taihu.engines.matching.candidates_kernels import contains, has_all
from taihu.engines.matching.online_index import NAMES_AREAS, SHUNS
from taihu.engines.matching.selection_kernels import SHIFT, cut_back, key_of

#: Marks a place whose person may not meet the opening; no sum of scores reaches up from it.
BARRED = np.int32(-(2**30))
#: Partial scores are counted in this many steps to find a level that ``k`` people reach.
STEPS = 4096
#: Looking up one person's own features takes as long as this many entries of a list.
LOOKUP = 64


@kernel
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


@kernel
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


@kernel
def lists_agree(i: int, fact: int, opening: Any, needed: Any, never_people: Any, people: Any) -> bool:
    """Certificates, never-show lists of both sides, and areas where a person names many."""
    _, _, _, _, number, employer, area = opening
    ids, cert_ptr, cert_ids, no_job_ptr, no_job_ids, no_firm_ptr, no_firm_ids, area_ptr, area_ids = people
    if needed.size and not has_all(cert_ids, cert_ptr[i], cert_ptr[i + 1], needed, 0, needed.size):
        return False
    if never_people.size and contains(never_people, 0, never_people.size, ids[i]):
        return False
    if fact & SHUNS and (
        contains(no_job_ids, no_job_ptr[i], no_job_ptr[i + 1], number)
        or contains(no_firm_ids, no_firm_ptr[i], no_firm_ptr[i + 1], employer)
    ):
        return False
    return not fact & NAMES_AREAS or contains(area_ids, area_ptr[i], area_ptr[i + 1], area)


@inlined
def facts_agree(fact: int, opening: Any) -> Any:
    """Pay, degree and type, without a branch."""
    return ((fact >> 32) < opening[0]) & ((fact & 255) >= opening[1]) & ((fact >> (8 + opening[3])) & 1 == 1)


@kernel
def admit(
    base: int, met: Any, first: int, last: int, alive: Any, count: int, scores: Any, facts: Any, member: Any,
    opening: Any, needed: Any, never_people: Any, people: Any,
) -> int:  # fmt: skip
    """Sort the newly met into those who may meet the opening, and the barred; returns how many may."""
    before, all_lists = count, needed.size > 0 or never_people.size > 0
    flagged = False
    for n in range(first, last):
        at = met[n]
        fact = facts[base + at]
        fits = facts_agree(fact, opening)
        flagged |= fits & (fact & (NAMES_AREAS | SHUNS) != 0)
        alive[count] = at
        count += fits
        scores[at] = scores[at] if fits else BARRED
    if not flagged and not all_lists:
        return count
    kept = before
    for n in range(before, count):
        at = alive[n]
        fact = facts[base + at]
        if (all_lists or fact & (NAMES_AREAS | SHUNS)) and not lists_agree(
            member[base + at], fact, opening, needed, never_people, people
        ):
            scores[at] = BARRED
            continue
        alive[kept] = at
        kept += 1
    return kept


@kernel
def meet_list(place: Any, weights: Any, factor: int, scores: Any, met: Any, seen: int) -> int:
    """Add a list to the scores, without a branch; returns how many people have been met so far."""
    for e in range(place.size):
        at = place[e]
        score = scores[at]
        met[seen] = at
        seen += score == 0
        scores[at] = score + np.int32(factor) * np.int32(weights[e])
    return seen


@kernel
def entries(g: int, values: int, wanted: int, start: Any, place: Any, limit: int) -> tuple[int, int]:
    """First and last entry of a list up to a place."""
    first, low = start[g * values + wanted], start[g * values + wanted]
    high = start[g * values + wanted + 1]
    while low < high:
        middle = (low + high) >> 1
        if place[middle] < limit:
            low = middle + 1
        else:
            high = middle
    return first, low


@kernel
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


@kernel
def hopeful(scores: Any, alive: Any, count: int, least: int) -> int:
    """How many of the people met have at least this partial score."""
    total = 0
    for n in range(count):
        total += scores[alive[n]] >= least
    return total


@kernel
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


@kernel
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
        first, last = entries(g, features, ids[f], start, list_place, limit)
        before, used = seen, used + 1
        seen = meet_list(list_place[first:last], list_weight[first:last], weights[f], scores, met, seen)
        count = admit(
            group[0], met, before, seen, alive, count, scores, facts, member, opening, needed, never_people, people
        )
        reached = rest[0] - rest[used]
        if reached > rest[used]:
            level = max(level, level_reached(scores, alive, count, k, reached, steps))
    while used < ids.size and rest[used]:
        f = order[used]
        first, last = entries(g, features, ids[f], start, list_place, limit)
        if hopeful(scores, alive, count, level - rest[used]) * LOOKUP <= last - first:
            break
        factor = np.int32(weights[f])
        for e in range(first, last):
            score = scores[list_place[e]]
            scores[list_place[e]] = score + (factor * np.int32(list_weight[e]) if score > 0 else np.int32(0))
        used += 1
        level = max(level, level_reached(scores, alive, count, k, rest[0] - rest[used], steps))
    return level, used, seen, count


@kernel
def keep(pool: Any, count: int, k: int, level: Any, key: Any) -> tuple[int, Any]:
    """Put a key into the pool; returns how many it holds and the score needed from now on."""
    if count == pool.size:
        level, count = max(level, np.int64(cut_back(pool, 0, count, k) >> SHIFT)), k
    pool[count] = key
    return count + 1, level


@kernel
def score_of(i: int, wanted: Any, features: Any) -> Any:
    """Score of a person against the weights that an opening asks for."""
    indptr, ids, weights = features
    total = np.int64(0)
    for e in range(indptr[i], indptr[i + 1]):
        total += np.int64(wanted[ids[e]]) * np.int64(weights[e])
    return total


@kernel
def best_holders(
    g: int, first: int, limit: int, k: int, level: int, count: int, pool: Any, holders: Any, lists: Any, opening: Any,
    needed: Any, never_people: Any, people: Any, features: Any, wanted: Any, groups: int,
) -> tuple[int, int]:  # fmt: skip
    """As `best_people` for one group, by the holders of the rarest required certificate."""
    start, place = holders
    _, _, _, facts, member = lists
    certificates = (start.size - 1) // groups
    rarest = np.int64(-1)
    for n in range(needed.size):
        at = g * certificates + needed[n]
        if needed[n] >= certificates:
            return count, level
        if rarest < 0 or start[at + 1] - start[at] < start[rarest + 1] - start[rarest]:
            rarest = at
    for e in range(*entries(rarest, 1, 0, start, place, limit)):
        at = first + place[e]
        i = member[at]
        if not facts_agree(facts[at], opening) or not lists_agree(i, facts[at], opening, needed, never_people, people):
            continue
        score = score_of(i, wanted, features)
        if score >= level:
            count, level = keep(pool, count, k, level, key_of(score, i))
    return count, level


@kernel
def best_of_group(
    g: int, group: Any, limit: int, k: int, level: int, count: int, pool: Any, lists: Any, opening: Any, profile: Any,
    worth: Any, needed: Any, never_people: Any, people: Any, features: Any, scratch: Any, wanted: Any,
) -> tuple[int, int]:  # fmt: skip
    """Put the best of a group into the pool; returns how many it holds and the score needed from now on."""
    ids, weights = profile
    order, rest = worth
    member, scores, met, alive = lists[4], scratch[0], scratch[1], scratch[2]
    level, used, seen, living = add_up(
        g, group, limit, k, level, profile, order, rest, lists, opening, needed, never_people, people, scratch
    )
    for f in order[used:]:
        wanted[ids[f]] = weights[f]
    for m in range(living):
        score = np.int64(scores[alive[m]])
        if score + rest[used] < level:
            continue
        i = member[group[0] + alive[m]]
        if rest[used]:
            score += score_of(i, wanted, features)
        if score >= level:
            count, level = keep(pool, count, k, level, key_of(score, i))
    for f in order[used:]:
        wanted[ids[f]] = 0
    for m in range(seen):
        scores[met[m]] = 0
    return count, level


@kernel
def best_people(
    k: int, visited: Any, group_start: Any, experience: Any, heaviest: Any, lists: Any, holders: Any, opening: Any,
    profile: Any, needed: Any, never_people: Any, people: Any, features: Any, scratch: Any, wanted: Any,
) -> Any:  # fmt: skip
    """Keys of the best ``k`` people for one opening, best first; the scores in ``scratch`` and ``wanted`` are 0 before and after."""
    ids, weights = profile
    worth = by_worth(profile, heaviest)
    pool = np.empty(2 * k + 16, np.uint64)
    count, level, groups = 0, np.int64(1), group_start.size - 1
    for n in range(visited.size):
        g = visited[n]
        first = group_start[g]
        limit = long_enough(experience, first, group_start[g + 1], opening[2])
        if needed.size:
            for f in range(ids.size):
                wanted[ids[f]] = weights[f]
            count, level = best_holders(
                g, first, limit, k, level, count, pool, holders, lists, opening, needed, never_people, people, features,
                wanted, groups,
            )  # fmt: skip
            for f in range(ids.size):
                wanted[ids[f]] = 0
        else:
            count, level = best_of_group(
                g, (first, groups), limit, k, level, count, pool, lists, opening, profile, worth, needed, never_people,
                people, features, scratch, wanted,
            )  # fmt: skip
        if count > k:
            level, count = max(level, np.int64(cut_back(pool, 0, count, k) >> SHIFT)), k
    return np.sort(pool[:count])[::-1]
