"""Compiled kernels of `candidates`: one pass over all pairs that may meet serves both directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.kernels import kernel
from taihu.engines.matching.candidates_index import NEEDS_CERTIFICATES, SHUNS_PEOPLE
from taihu.engines.matching.selection_kernels import SHIFT, cut_back, key_of, level_of, row_of_key

#: Scores are looked at in blocks of this many; a block without a score that could enter a list costs one comparison.
BLOCK = 1024


@kernel
def contains(ids: Any, first: int, last: int, wanted: int) -> bool:
    """Whether a sorted stretch has a value."""
    end = last
    while first < end:
        middle = (first + end) >> 1
        if ids[middle] < wanted:
            first = middle + 1
        else:
            end = middle
    return first < last and ids[first] == wanted


@kernel
def has_all(held: Any, a: int, a_end: int, needed: Any, b: int, b_end: int) -> bool:
    """Whether a sorted stretch has all values of another."""
    while b < b_end:
        while a < a_end and held[a] < needed[b]:
            a += 1
        if a == a_end or held[a] != needed[b]:
            return False
        b += 1
    return True


@kernel
def lists_pass(i: int, j: int, special: int, shuns: bool, people: Any, openings: Any) -> bool:
    """Certificates and never-show lists of both sides."""
    p_ids, cert_ptr, cert_ids, no_job_ptr, no_job_ids, no_firm_ptr, no_firm_ids = people
    o_ids, employer, need_ptr, need_ids, no_person_ptr, no_person_ids = openings
    if special & NEEDS_CERTIFICATES and not has_all(
        cert_ids, cert_ptr[i], cert_ptr[i + 1], need_ids, need_ptr[j], need_ptr[j + 1]
    ):
        return False
    if special & SHUNS_PEOPLE and contains(no_person_ids, no_person_ptr[j], no_person_ptr[j + 1], p_ids[i]):
        return False
    if not shuns:
        return True
    return not (
        contains(no_job_ids, no_job_ptr[i], no_job_ptr[i + 1], o_ids[j])
        or contains(no_firm_ids, no_firm_ptr[i], no_firm_ptr[i + 1], employer[j])
    )


@kernel
def mark_permitted(scores: Any, degree: Any, experience: Any, held: Any, served: Any, never: Any) -> None:
    """Start scores at 0 where degree and experience suffice and far below elsewhere."""
    zero = scores.dtype.type(0)
    for t in range(scores.size):
        scores[t] = zero if (degree[t] <= held) & (experience[t] <= served) else never


@kernel
def paying(pay: Any, floor: int) -> int:
    """How many of a cell, which is sorted by falling pay, pay at least the floor."""
    low, high = 0, pay.size
    while low < high:
        middle = (low + high) >> 1
        if pay[middle] >= floor:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def add_row(scores: Any, weights: Any, weight: int) -> None:
    """Add a feature that is stored as a full row."""
    factor = scores.dtype.type(weight)
    for t in range(scores.size):
        scores[t] += factor * weights[t]


@kernel
def add_list(scores: Any, place: Any, weights: Any, weight: int) -> None:
    """Add a feature that is stored as a list, up to the end of the scores."""
    size = scores.size
    for e in range(place.size):
        at = place[e]
        if at >= size:
            break
        scores[at] += weight * weights[e]


@kernel
def find_hits(scores: Any, need: Any, own_need: Any, hits: Any, words: Any, place: Any) -> int:
    """Places of the scores that could enter the person's or the opening's list; returns how many.

    Written for the compiler's vectors: 64 scores without a hit cost a few instructions; ``words`` are the bytes of ``hits``.
    """
    found, t, size, group, eight = 0, np.uint64(0), np.uint64(scores.size), np.uint64(64), np.uint64(8)
    while t < size:
        stop = min(t + group, size)
        some = stop - t < group
        if some:
            hits[:] = 0
        else:
            for u in range(group):
                some |= (scores[t + u] >= own_need) | (scores[t + u] >= need[t + u])
        if some:
            for u in range(stop - t):
                hits[u] = (scores[t + u] >= own_need) | (scores[t + u] >= need[t + u])
            for word in range(eight):
                if words[word]:
                    for u in range(word * eight, word * eight + eight):
                        if hits[u]:
                            place[found] = t + u
                            found += 1
        t = stop
    return found


@kernel
def refresh_needs(floor: Any, oldest: int, need: Any) -> None:
    """Raise each opening's bar above its floor when only rows from ``oldest`` on, which lose a tie, are still to come."""
    for at in range(floor.size):
        if floor[at] and row_of_key(floor[at]) < oldest:
            need[at] = max(np.int64(need[at]), np.int64(floor[at] >> SHIFT) + 1)


@kernel
def members_by_area(first: int, last: int, area_ptr: Any, area_ids: Any, areas: int) -> tuple[Any, Any]:
    """The people of a chunk that accept each area."""
    start = np.zeros(areas + 1, np.int64)
    for at in range(area_ptr[first], area_ptr[last]):
        start[area_ids[at] + 1] += 1
    for a in range(areas):
        start[a + 1] += start[a]
    fill = start[:-1].copy()
    member = np.empty(start[-1], np.int32)
    for i in range(first, last):
        for at in range(area_ptr[i], area_ptr[i + 1]):
            member[fill[area_ids[at]]] = i
            fill[area_ids[at]] += 1
    return start, member


@kernel
def score_cell(line: Any, c: int, low: int, i: int, index: Any, profile: Any, ranks: Any, never: Any) -> None:
    """Scores of one person against the first openings of a cell."""
    list_start, list_place, list_weight, dense_start, dense_weight, degree_rank, experience_rank, features = index
    ptr, ids, weights = profile
    size = line.size
    mark_permitted(
        line, degree_rank[low : low + size], experience_rank[low : low + size], ranks[0][i], ranks[1][i], never
    )
    for f in range(ptr[i], ptr[i + 1]):
        key = c * features + ids[f]
        if dense_start[key] >= 0:
            add_row(line, dense_weight[dense_start[key] : dense_start[key] + size], weights[f])
        elif list_start[key + 1] > list_start[key]:
            here = slice(list_start[key], list_start[key + 1])
            add_list(line, list_place[here], list_weight[here], weights[f])


@kernel
def offer(
    keys: Any, counts: Any, room: int, need: Any, floor: Any, at: int, k: int, key: Any, oldest: int
) -> None:  # fmt: skip
    """Put a person into the pool of the opening at a position; a full pool is cut back and its bar raised first."""
    count = counts[at]
    if count == room:
        worst = max(cut_back(keys, at * room, room, k), floor[at])
        floor[at] = worst
        need[at] = max(np.int64(need[at]), np.int64(worst >> SHIFT) + (1 if row_of_key(worst) < oldest else 0))
        count = k
    if key > floor[at]:
        keys[at * room + count] = key
        count += 1
    counts[at] = count


@kernel
def collect(
    line: Any, low: int, i: int, first: int, k: int, oldest: int, row_of: Any, special: Any, people: Any, openings: Any,
    limits: Any, certificates: Any, own: Any, other: Any, scratch: Any,
) -> None:  # fmt: skip
    """Put the scores that can enter a list into the pools of the person and of the openings."""
    shuns = people[3][i + 1] > people[3][i] or people[5][i + 1] > people[5][i]
    exact, degree, months, degree_min, months_min = limits
    hits, words, place = scratch
    required, lacking = certificates[1], ~certificates[0][i]
    own_keys, own_counts, own_bars, own_room = own
    keys, counts, room, need, floor = other
    start, count, bar = (i - first) * own_room, own_counts[i - first], own_bars[i - first]
    own_need = line.dtype.type(max(1, np.int64(bar >> SHIFT)))
    guessed = count == 0 and line.size > 4 * k
    if guessed:  # a few more than k, because some may lack a certificate
        own_need = level_of(line, k + k // 4 + 8)
    guess, offers = own_need, True
    while True:
        for block in range(0, line.size, BLOCK):
            end = min(block + BLOCK, line.size)
            found = find_hits(line[block:end], need[low + block : low + end], own_need, hits, words, place)
            for n in range(found):
                t = block + place[n]
                at, score = low + t, line[t]
                wanted = score >= need[at] and offers
                if (score < own_need and not wanted) or required[at] & lacking:
                    continue
                j = row_of[at]
                short = not exact and (degree[i] < degree_min[j] or months[i] < months_min[j])
                if short or ((shuns or special[at]) and not lists_pass(i, j, special[at], shuns, people, openings)):
                    continue
                if wanted:
                    offer(keys, counts, room, need, floor, at, k, key_of(score, i), oldest)
                if score >= own_need and key_of(score, j) > bar:
                    if count == own_room:
                        bar = cut_back(own_keys, start, count, k)
                        own_need, count = line.dtype.type(np.int64(bar >> SHIFT)), k
                    own_keys[start + count] = key_of(score, j)
                    count += 1
        if not guessed or guess <= 1 or count >= k:
            break
        guess, own_need, count, offers = line.dtype.type(1), line.dtype.type(1), 0, False
    if count > k and bar == 0:
        bar, count = cut_back(own_keys, start, count, k), k
    own_counts[i - first], own_bars[i - first] = count, bar


@kernel
def scan_chunk(
    first: int, last: int, k: int, oldest: int, scores: Any, never: Any, scratch: Any, cells: Any, index: Any,
    profile: Any, wishes: Any, limits: Any, certificates: Any, people: Any, openings: Any, own: Any, other: Any,
) -> None:  # fmt: skip
    """Look at all pairs of people ``first`` to ``last`` with openings that may meet them.

    ``own`` collects the best of every person of the chunk; ``other`` the best people of every opening position. Rows below
    ``oldest`` have all been offered already.
    """
    row_of, special, pay, area_start, cell_start, cell_type, cell_degree = cells
    types, floor, ranks, area_ptr, area_ids = wishes
    start, member = members_by_area(first, last, area_ptr, area_ids, area_start.size - 1)
    refresh_needs(other[4], oldest, other[3])
    for a in range(area_start.size - 1):
        for c in range(area_start[a], area_start[a + 1]):
            low, high = cell_start[c], cell_start[c + 1]
            for m in range(start[a], start[a + 1]):
                i = member[m]
                if not (types[i] >> cell_type[c]) & 1 or ranks[0][i] < cell_degree[c]:
                    continue
                line = scores[: paying(pay[low:high], floor[i])]
                if line.size == 0:
                    continue
                score_cell(line, c, low, i, index, profile, ranks, never)
                collect(
                    line, low, i, first, k, oldest, row_of, special, people, openings, limits, certificates, own, other,
                    scratch,
                )  # fmt: skip


@kernel
def sort_rows(keys: Any, count: Any, room: int, first: int, opening: Any, score: Any, kept: Any) -> None:
    """Write the lists of a chunk, sorted by opening row, into the table of all people from row ``first``."""
    for s in range(count.size):
        n = count[s]
        kept[first + s] = n
        out_row, out_score = opening[first + s], score[first + s]
        for at in range(n):
            key = keys[s * room + at]
            row = row_of_key(key)
            value = np.int64(key >> SHIFT)
            place = at
            while place > 0 and out_row[place - 1] > row:
                out_row[place] = out_row[place - 1]
                out_score[place] = out_score[place - 1]
                place -= 1
            out_row[place] = row
            out_score[place] = value


@kernel
def by_person(keys: Any, count: Any, room: int, row_of: Any, people: int) -> tuple[Any, Any, Any]:
    """Lists of the openings turned into rows per person: pointer, opening row, score; rows not yet sorted."""
    start = np.zeros(people + 1, np.int64)
    for at in range(count.size):
        for n in range(count[at]):
            start[row_of_key(keys[at * room + n]) + 1] += 1
    for i in range(people):
        start[i + 1] += start[i]
    fill = start[:-1].copy()
    opening = np.empty(start[-1], np.int32)
    score = np.empty(start[-1], np.int32)
    position = np.empty(row_of.size, np.int64)
    for at in range(row_of.size):
        position[row_of[at]] = at
    for j in range(row_of.size):
        at = position[j]
        for n in range(count[at]):
            key = keys[at * room + n]
            i = row_of_key(key)
            opening[fill[i]] = j
            score[fill[i]] = np.int64(key >> SHIFT)
            fill[i] += 1
    return start, opening, score


@kernel
def count_union(first: int, last: int, kept: Any, opening: Any, back_ptr: Any, back_opening: Any, total: Any) -> None:
    """Number of distinct openings per person of both directions."""
    for i in range(first, last):
        a, b, b_end, n = 0, back_ptr[i], back_ptr[i + 1], 0
        while a < kept[i] or b < b_end:
            n += 1
            if b == b_end or (a < kept[i] and opening[i, a] < back_opening[b]):
                a += 1
            elif a == kept[i] or back_opening[b] < opening[i, a]:
                b += 1
            else:
                a += 1
                b += 1
        total[i] = n


@kernel
def fill_union(
    first: int, last: int, kept: Any, opening: Any, score: Any, back_ptr: Any, back_opening: Any, back_score: Any,
    indptr: Any, out_opening: Any, out_score: Any, out_source: Any,
) -> None:  # fmt: skip
    """Edges of both directions, sorted by opening row inside each person."""
    for i in range(first, last):
        a, b, b_end, e = 0, back_ptr[i], back_ptr[i + 1], indptr[i]
        while a < kept[i] or b < b_end:
            from_person = a < kept[i] and (b == b_end or opening[i, a] <= back_opening[b])
            from_opening = b < b_end and (a == kept[i] or back_opening[b] <= opening[i, a])
            if from_person:
                out_opening[e], out_score[e], out_source[e] = opening[i, a], score[i, a], 1
                a += 1
            if from_opening:
                out_opening[e], out_score[e] = back_opening[b], back_score[b]
                out_source[e] = 3 if from_person else 2
                b += 1
            e += 1
