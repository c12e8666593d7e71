"""Slow, readable twins. Every fast path is tested to be equal to these; nothing else uses them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from taihu.engines.matching.arrays import row_pointer
from taihu.engines.matching.edges import FROM_OPENING, FROM_PERSON, Edges
from taihu.engines.matching.market import Market


def may_meet(market: Market, i: int, j: int) -> bool:
    """Whether person row ``i`` and opening row ``j`` satisfy every hard condition of both sides."""
    person, opening = market.people, market.openings
    areas = set(person.areas.row(i).tolist())
    return (
        (not areas or int(opening.area[j]) in areas)
        and opening.pay_max[j] >= person.pay_floor[i]
        and bool(int(person.types[i]) & (1 << int(opening.type[j])))
        and person.degree[i] >= opening.degree_min[j]
        and person.experience[i] >= opening.experience_min[j]
        and set(opening.certificates.row(j).tolist()) <= set(person.certificates.row(i).tolist())
        and int(opening.ids[j]) not in set(person.never_openings.row(i).tolist())
        and int(opening.employer[j]) not in set(person.never_employers.row(i).tolist())
        and int(person.ids[i]) not in set(opening.never_people.row(j).tolist())
    )


def score(market: Market, i: int, j: int) -> int:
    """Sum over shared features of the product of both weights."""
    ids, weights = market.people.features.row(i)
    other_ids, other_weights = market.openings.features.row(j)
    own = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    return sum(own.get(f, 0) * w for f, w in zip(other_ids.tolist(), other_weights.tolist(), strict=True))


def candidates(market: Market, k: int) -> Edges:
    """Exact candidates of both directions by looking at every pair."""
    n, m = len(market.people), len(market.openings)
    scores = {
        (i, j): value
        for i in range(n)
        for j in range(m)
        if may_meet(market, i, j) and (value := score(market, i, j)) > 0
    }
    source: dict[tuple[int, int], int] = {}
    for i in range(n):
        best = sorted((-value, j) for (person, j), value in scores.items() if person == i)[:k]
        for _, j in best:
            source[i, j] = FROM_PERSON
    for j in range(m):
        best = sorted((-value, i) for (i, opening), value in scores.items() if opening == j)[:k]
        for _, i in best:
            source[i, j] = source.get((i, j), 0) | FROM_OPENING
    pairs = sorted(source)
    return Edges(
        row_pointer(np.bincount([i for i, _ in pairs], minlength=n)),
        np.array([j for _, j in pairs], np.int32),
        np.array([scores[pair] for pair in pairs], np.int32),
        np.array([source[pair] for pair in pairs], np.uint8),
        m,
    )


def expected_fill(vacancies: int, load: float) -> float:
    """``E[min(vacancies, Poisson(load))]`` by adding up the distribution."""
    chance = [math.exp(-load + k * math.log(load) - math.lgamma(k + 1)) if load > 0 else float(k == 0)
              for k in range(vacancies)]  # fmt: skip
    return vacancies - sum((vacancies - k) * chance[k] for k in range(vacancies))


def price(vacancies: int, load: float) -> float:
    """``P(Poisson(load) < vacancies)``, the marginal value of one more suitable applicant."""
    if load <= 0:
        return float(vacancies > 0)
    return min(1.0, sum(math.exp(-load + k * math.log(load) - math.lgamma(k + 1)) for k in range(vacancies)))


def objective(
    edges: Edges, p: Sequence[float], q: Sequence[float], vacancies: Sequence[int],
    chosen: Sequence[Sequence[int]], weights: Sequence[float], mu: float,
) -> float:  # fmt: skip
    """Value of slates given as edge numbers in rank order, person by person."""
    load = [0.0] * edges.openings
    interest = 0.0
    for slate in chosen:
        for rank, edge in enumerate(slate):
            load[int(edges.opening[edge])] += p[edge] * q[edge] * weights[rank]
            interest += p[edge] * weights[rank]
    return sum(expected_fill(int(n), s) for n, s in zip(vacancies, load, strict=True)) + mu * interest


def best_responses(
    edges: Edges, p: Sequence[float], q: Sequence[float], vacancies: Sequence[int],
    *, k: int, mu: float, sweeps: int, weights: Sequence[float],
) -> list[list[int]]:  # fmt: skip
    """Price best response, one person after the other, recomputing every load from nothing each time."""
    chosen: list[list[int]] = [[] for _ in range(edges.people)]
    for _ in range(sweeps):
        for person in range(edges.people):
            load = [0.0] * edges.openings
            for other, slate in enumerate(chosen):
                for rank, edge in enumerate(slate):
                    if other != person:
                        load[int(edges.opening[edge])] += p[edge] * q[edge] * weights[rank]
            ranked = []
            for edge in range(int(edges.indptr[person]), int(edges.indptr[person + 1])):
                j = int(edges.opening[edge])
                value = price(int(vacancies[j]), load[j]) * p[edge] * q[edge] + mu * p[edge]
                if vacancies[j] > 0 and value > 0:
                    ranked.append((-value, edge))
            chosen[person] = [edge for _, edge in sorted(ranked)[:k]]
    return chosen
