"""Compiled kernels of `simulate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.kernels import kernel


@kernel
def chance(seed: int, purpose: int, a: int, b: int) -> float:
    """A number in 0..1 that depends on its arguments only (SplitMix64, Steele et al. 2014)."""
    z = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(purpose) * np.uint64(0xD1B54A32D192ED03)
    z = z + np.uint64(a) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(b) * np.uint64(0x94D049BB133111EB)
    for _ in range(2):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) / 9007199254740992.0


@kernel
def apply_and_accept(
    edge: Any, opening: Any, p: Any, q: Any, vacancies: Any, weights: Any, review_cap: int, seed: int
) -> tuple[Any, Any, Any]:
    """Applications received per opening, and person and edge of those the employers accept."""
    n, k = edge.shape
    received = np.zeros(vacancies.size, np.int64)
    person = np.empty(n * k, np.int64)
    chosen = np.empty(n * k, np.int64)
    arrival = np.empty(n * k, np.float64)
    count = 0
    for i in range(n):
        for r in range(k):
            e = edge[i, r]
            if e >= 0 and chance(seed, 1, i, opening[e]) < p[e] * weights[r]:
                person[count], chosen[count], arrival[count] = i, e, chance(seed, 2, i, opening[e])
                received[opening[e]] += 1
                count += 1
    order = np.argsort(arrival[:count])
    seen = np.zeros(vacancies.size, np.int64)
    accepted = np.zeros(count, np.bool_)
    for at in order:
        j = opening[chosen[at]]
        if seen[j] < review_cap * vacancies[j]:
            seen[j] += 1
            accepted[at] = chance(seed, 3, person[at], j) < q[chosen[at]]
    return received, person[:count][accepted], chosen[:count][accepted]


@kernel
def deferred_acceptance(start: Any, opening: Any, rank: Any, vacancies: Any) -> Any:
    """Person-proposing deferred acceptance; ``rank`` is the employer's order, smaller is better. Returns entry or -1 per person."""
    people = start.size - 1
    next_entry = start[:-1].copy()
    held_start = np.zeros(vacancies.size + 1, np.int64)
    for j in range(vacancies.size):
        held_start[j + 1] = held_start[j] + vacancies[j]
    held = np.full(held_start[-1], -1, np.int64)
    owner = np.empty(opening.size, np.int64)
    for i in range(people):
        owner[start[i] : start[i + 1]] = i
    got = np.full(people, -1, np.int64)
    for begin in range(people):
        i = begin
        while i >= 0 and next_entry[i] < start[i + 1]:
            entry = next_entry[i]
            next_entry[i] += 1
            j = opening[entry]
            worst, place = np.int64(-1), np.int64(-1)
            for at in range(held_start[j], held_start[j + 1]):
                if held[at] < 0:
                    worst, place = np.int64(-1), np.int64(at)
                    break
                if place < 0 or rank[held[at]] > rank[worst]:
                    worst, place = held[at], np.int64(at)
            if place < 0 or (worst >= 0 and rank[worst] < rank[entry]):
                continue
            held[place] = entry
            got[i] = entry
            if worst < 0:
                break
            i = owner[worst]
            got[i] = -1
    return got
