"""Compiled kernels of `slates`: loads are whole numbers, so no sum depends on its order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from taihu.engines.kernels import kernel

#: One expected applicant in units of load.
SCALE = 2.0**40


@kernel
def price_of(vacancies: int, load: float) -> float:
    """P(Poisson(load) < vacancies), accurate for any size of either."""
    if vacancies <= 0:
        return 0.0
    if load <= 0.0:
        return 1.0
    if vacancies <= 16 and load < 600.0:
        term = math.exp(-load)
        total = term
        for k in range(1, vacancies):
            term *= load / k
            total += term
        return min(total, 1.0)
    k = vacancies - 1
    if load >= k:
        term = math.exp(-load + k * math.log(load) - math.lgamma(k + 1.0))
        total = term
        while k > 0 and term > total * 1e-17:
            term *= k / load
            total += term
            k -= 1
        return min(total, 1.0)
    k = vacancies
    term = math.exp(-load + k * math.log(load) - math.lgamma(k + 1.0))
    total = term
    while term > total * 1e-17 and term > 1e-300:
        k += 1
        term *= load / k
        total += term
    return max(0.0, 1.0 - total)


@kernel
def fill_of(vacancies: int, load: float) -> float:
    """E[min(vacancies, Poisson(load))] = load P(X < vacancies) + vacancies P(X > vacancies) + ..., in closed form."""
    if vacancies <= 0 or load <= 0.0:
        return 0.0
    below: float = price_of(vacancies, load)
    at = math.exp(-load + vacancies * math.log(load) - math.lgamma(vacancies + 1.0))
    return load * below + vacancies * (1.0 - below) - vacancies * at


@kernel
def update_prices(first: int, last: int, vacancies: Any, load: Any, price: Any) -> None:
    """Prices of openings ``first`` to ``last`` at their loads."""
    for j in range(first, last):
        price[j] = price_of(vacancies[j], load[j] / SCALE)


@kernel
def respond(
    first: int, last: int, slice_start: int, slice_length: int, bounds: Any,
    indptr: Any, opening: Any, p: Any, q: Any, vacancies: Any, load: Any, price: Any,
    weights: Any, mu: float, present: Any, fresh: Any,
) -> None:  # fmt: skip
    """Best responses, at the present prices, of one slice of each shard ``first`` to ``last``; written to ``fresh``."""
    k = weights.size
    value = np.empty(64, np.float64)
    best = np.empty(k, np.float64)
    for shard in range(first, last):
        base = bounds[shard]
        for step in range(slice_length):
            i = base + slice_start + step
            if i >= bounds[shard + 1]:
                break
            row = shard * slice_length + step
            start, stop = indptr[i], indptr[i + 1]
            if stop - start > value.size:
                value = np.empty(2 * (stop - start), np.float64)
            for e in range(start, stop):
                j = opening[e]
                value[e - start] = price[j] * (p[e] * q[e]) + mu * p[e] if vacancies[j] > 0 else 0.0
            for rank in range(k):
                offset = present[row, rank]
                if offset < 0:
                    break
                e = start + offset
                j = opening[e]
                w = np.float64(p[e] * q[e])
                own = np.int64(w * weights[rank] * SCALE)
                value[offset] = price_of(vacancies[j], (load[j] - own) / SCALE) * w + mu * p[e]
            take_best(value, stop - start, best, fresh[row])


@kernel
def take_best(value: Any, count: int, best: Any, out: Any) -> None:
    """Offsets of the largest positive values, falling, earlier offset first among equals; -1 when none is left."""
    k = out.size
    found = 0
    for offset in range(count):
        v = value[offset]
        if v <= 0.0 or (found == k and v <= best[k - 1]):
            continue
        place = found if found < k else k - 1
        while place > 0 and best[place - 1] < v:
            best[place] = best[place - 1]
            out[place] = out[place - 1]
            place -= 1
        best[place] = v
        out[place] = offset
        if found < k:
            found += 1
    for place in range(found, k):
        out[place] = -1


@kernel
def move_loads(
    slice_start: int, slice_length: int, bounds: Any, indptr: Any, opening: Any, p: Any, q: Any,
    weights: Any, load: Any, chosen: Any, fresh: Any, touched: Any,
) -> int:  # fmt: skip
    """Move the loads of one round from the old to the new slates; returns how many openings were noted as touched."""
    count = 0
    for shard in range(bounds.size - 1):
        for step in range(min(slice_length, bounds[shard + 1] - bounds[shard] - slice_start)):
            i = bounds[shard] + slice_start + step
            row = shard * slice_length + step
            for rank in range(weights.size):
                old, new = chosen[i, rank], fresh[row, rank]
                if old == new:
                    continue
                chosen[i, rank] = new
                for sign, offset in ((-1, old), (1, new)):
                    if offset >= 0:
                        e = indptr[i] + offset
                        load[opening[e]] += sign * np.int64(np.float64(p[e] * q[e]) * weights[rank] * SCALE)
                        touched[count] = opening[e]
                        count += 1
    return count


@kernel
def renew_prices(first: int, last: int, touched: Any, vacancies: Any, load: Any, price: Any) -> None:
    """Prices of the openings noted at ``first`` to ``last``."""
    for at in range(first, last):
        j = touched[at]
        price[j] = price_of(vacancies[j], load[j] / SCALE)


@kernel
def bound_terms(
    first: int, last: int, indptr: Any, opening: Any, p: Any, q: Any, vacancies: Any, price: Any,
    weights: Any, mu: float, chosen: Any,
) -> tuple[float, float]:  # fmt: skip
    """For people ``first`` to ``last``: the most any slates could earn at these prices, and their present interest."""
    k = weights.size
    value = np.empty(64, np.float64)
    best = np.empty(k, np.float64)
    out = np.empty(k, np.int32)
    most, interest = 0.0, 0.0
    for i in range(first, last):
        start, stop = indptr[i], indptr[i + 1]
        if stop - start > value.size:
            value = np.empty(2 * (stop - start), np.float64)
        for e in range(start, stop):
            j = opening[e]
            value[e - start] = price[j] * (p[e] * q[e]) + mu * p[e] if vacancies[j] > 0 else 0.0
        take_best(value, stop - start, best, out)
        for rank in range(k):
            if out[rank] >= 0:
                most += best[rank] * weights[rank]
            if chosen[i, rank] >= 0:
                interest += p[start + chosen[i, rank]] * weights[rank]
    return most, interest


@kernel
def opening_terms(vacancies: Any, load: Any, given: Any) -> tuple[float, float]:
    """Expected fills, and the same less price times the load that the slates bring."""
    fills, rest = 0.0, 0.0
    for j in range(vacancies.size):
        s = load[j] / SCALE
        fill = fill_of(vacancies[j], s)
        fills += fill
        rest += fill - price_of(vacancies[j], s) * (load[j] - given[j]) / SCALE
    return fills, rest
