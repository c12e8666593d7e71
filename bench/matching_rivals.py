"""Other ways to fill slates of ten, for comparison; compiled where a city's size needs it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from taihu.engines.matching import Edges, Probabilities, position_weights
from taihu.engines.matching.simulate_kernels import deferred_acceptance

K = 10
#: Rounds of IPFP at most, and the largest relative change at which it has converged.
ROUNDS, CLOSE = 200, 1e-4


@njit(nogil=True, cache=True)
def largest(indptr: Any, key: Any, best: Any) -> None:
    """Edges of every person with the largest keys, falling, the first of equals first; -1 where there are fewer."""
    top = np.empty(best.shape[1], np.float64)
    for i in range(best.shape[0]):
        found = 0
        for e in range(indptr[i], indptr[i + 1]):
            if found == top.size and key[e] <= top[found - 1]:
                continue
            place = found if found < top.size else found - 1
            while place > 0 and top[place - 1] < key[e]:
                top[place], best[i, place] = top[place - 1], best[i, place - 1]
                place -= 1
            top[place], best[i, place] = key[e], e
            found = min(found + 1, top.size)


def best_by(edges: Edges, key: np.ndarray) -> np.ndarray:
    """The ten edges of every person with the largest keys."""
    best = np.full((edges.people, K), -1, np.int64)
    largest(edges.indptr, key, best)
    return best


def one_shot_penalty(edges: Edges, chances: Probabilities, vacancies: np.ndarray) -> np.ndarray:
    """Forecast applications of the reciprocal lists, then penalise crowded openings once (as LiJAR, KDD 2017)."""
    worth = chances.p * chances.q
    first = best_by(edges, worth)
    load = np.bincount(
        edges.opening[first].ravel(), (worth[first] * position_weights(K)).ravel(), minlength=edges.openings
    )
    return best_by(edges, worth * np.minimum(1.0, vacancies / np.maximum(load, 1e-9))[edges.opening])


@njit(nogil=True, cache=True)
def proportional_fitting(
    indptr: Any, opening: Any, kernel: Any, vacancies: Any, rounds: int, close: float
) -> tuple[Any, int]:
    """Iterative proportional fitting of both sides, in the form that does not cancel; the openings' factors, rounds used."""
    b = np.ones(vacancies.size)
    for done in range(rounds):
        total = np.zeros(vacancies.size)
        for i in range(indptr.size - 1):
            s = 0.0
            for e in range(indptr[i], indptr[i + 1]):
                s += kernel[e] * b[opening[e]]
            a = 2.0 / (s + np.sqrt(s * s + 4.0))
            for e in range(indptr[i], indptr[i + 1]):
                total[opening[e]] += kernel[e] * a
        change = 0.0
        for j in range(vacancies.size):
            fresh = 2.0 * vacancies[j] / (total[j] + np.sqrt(total[j] * total[j] + 4.0 * vacancies[j]))
            change = max(change, abs(fresh - b[j]) / fresh)
            b[j] = fresh
        if change < close:
            return b, done + 1
    return b, rounds


def transferable(edges: Edges, chances: Probabilities, vacancies: np.ndarray, beta: float) -> np.ndarray:
    """TU matching by IPFP (Tomita et al., RecSys 2023): ranked by the entropy-regularised equilibrium."""
    kernel = np.exp((chances.p.astype(np.float64) + chances.q) / (2 * beta))
    b, _ = proportional_fitting(edges.indptr, edges.opening, kernel, vacancies.astype(np.float64), ROUNDS, CLOSE)
    kernel *= b[edges.opening]
    return best_by(edges, kernel)


def stable(edges: Edges, chances: Probabilities, vacancies: np.ndarray) -> np.ndarray:
    """The partner of the person-optimal stable matching first, then by p q."""
    person = edges.person_of_edges()
    order = np.lexsort((-chances.p, person))
    rank = np.empty(len(edges), np.int64)
    rank[np.argsort(-chances.q[order], kind="stable")] = np.arange(len(edges))
    got = deferred_acceptance(edges.indptr, edges.opening[order], rank, vacancies.astype(np.int64))
    key = (chances.p * chances.q).astype(float)
    key[order[got[got >= 0]]] += 1.0
    return best_by(edges, key)


def flow(edges: Edges, chances: Probabilities, vacancies: np.ndarray) -> np.ndarray:
    """OR-Tools minimum cost flow: the largest sum of p q with equal caps per vacancy."""
    from ortools.graph.python import min_cost_flow

    n, m = edges.people, edges.openings
    caps = np.ceil(0.8 * n * K * vacancies / vacancies.sum()).astype(np.int64)
    solver = min_cost_flow.SimpleMinCostFlow()
    cost = -np.rint(chances.p * chances.q * 1e6).astype(np.int64)
    person = edges.person_of_edges().astype(np.int64)
    chosen = solver.add_arcs_with_capacity_and_unit_cost(person, edges.opening + n, np.ones(len(edges), np.int64), cost)
    source, sink = n + m, n + m + 1
    solver.add_arcs_with_capacity_and_unit_cost(np.full(n, source), np.arange(n), np.full(n, K), np.zeros(n, np.int64))
    solver.add_arcs_with_capacity_and_unit_cost(np.arange(m) + n, np.full(m, sink), caps, np.zeros(m, np.int64))
    solver.add_arc_with_capacity_and_unit_cost(source, sink, n * K, 0)
    solver.set_nodes_supplies([source, sink], [n * K, -n * K])
    solver.solve()
    shown = solver.flows(chosen) > 0
    table = best_by(edges, np.where(shown, chances.p * chances.q, -1.0))
    return np.where(shown[table], table, -1)
