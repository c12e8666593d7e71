"""Hires in the independent simulation: price best response against every known alternative.

python -m bench.matching_hires [people] [openings] [edges per person] [seeds]

Random candidate graphs; ``p = 0.6 x (popularity x appeal + (1 - popularity) x own taste)`` and ``q`` likewise up to 0.15, for three
weights of popularity. Every method fills slates of ten and meets the same luck. OR-Tools is left out where it is not installed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

import numpy as np

from bench.matching_measure import report, timed
from bench.matching_slates import random_graph
from taihu.engines.matching import Edges, Probabilities, position_weights, simulate, slates
from taihu.engines.matching.simulate_kernels import deferred_acceptance

K = 10
BETAS = (1.0, 0.2, 0.1, 0.07, 0.05, 0.03)
POPULARITY = (0.25, 0.5, 0.75)


def market(
    people: int, openings: int, degree: int, popularity: float, seed: int
) -> tuple[Edges, Probabilities, np.ndarray]:
    """Graph, chances and vacancies."""
    edges, _, vacancies = random_graph(people, openings, degree, seed)
    rng = np.random.default_rng([seed, 17])
    appeal, merit = rng.random(openings), np.repeat(rng.random(people), degree)
    p = 0.6 * (popularity * appeal[edges.opening] + (1 - popularity) * rng.random(len(edges)))
    q = 0.15 * (popularity * merit + (1 - popularity) * rng.random(len(edges)))
    return edges, Probabilities(p.astype(np.float32), q.astype(np.float32)), vacancies


def best_by(edges: Edges, key: np.ndarray) -> np.ndarray:
    """The ten edges of every person with the largest keys."""
    table = key.reshape(edges.people, -1)
    order = np.argsort(-table, axis=1, kind="stable")[:, :K]
    return order + edges.indptr[:-1, None]


def one_shot_penalty(edges: Edges, chances: Probabilities, vacancies: np.ndarray) -> np.ndarray:
    """Forecast applications of the reciprocal lists, then penalise crowded openings once (as LiJAR, KDD 2017)."""
    worth = chances.p * chances.q
    first = best_by(edges, worth)
    load = np.bincount(
        edges.opening[first].ravel(), (worth[first] * position_weights(K)).ravel(), minlength=edges.openings
    )
    return best_by(edges, worth * np.minimum(1.0, vacancies / np.maximum(load, 1e-9))[edges.opening])


def transferable(edges: Edges, chances: Probabilities, vacancies: np.ndarray, beta: float) -> np.ndarray:
    """TU matching by IPFP (Tomita et al., RecSys 2023), in the form that does not cancel."""
    kernel = np.exp((chances.p.astype(float) + chances.q) / (2 * beta))
    b = np.ones(edges.openings)
    for _ in range(100):
        s = np.add.reduceat(kernel * b[edges.opening], edges.indptr[:-1])
        a = 2 / (s + np.sqrt(s * s + 4))
        s = np.bincount(edges.opening, kernel * np.repeat(a, np.diff(edges.indptr)), minlength=edges.openings)
        b = 2 * vacancies / (s + np.sqrt(s * s + 4 * vacancies))
    return best_by(edges, kernel * b[edges.opening])


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
    key = np.where(shown, chances.p * chances.q, -1.0)
    table = best_by(edges, key)
    return np.where(shown[table], table, -1)


def methods(
    edges: Edges, chances: Probabilities, vacancies: np.ndarray, seed: int
) -> dict[str, Callable[[], np.ndarray]]:
    """Every method as a function that gives slates."""
    worth = chances.p * chances.q
    noise = np.random.default_rng(seed).gumbel(size=len(edges))
    table: dict[str, Callable[[], np.ndarray]] = {
        "one_sided": lambda: best_by(edges, chances.p),
        "reciprocal": lambda: best_by(edges, worth),
        "weighted_shuffle": lambda: best_by(edges, np.log(worth + 1e-12) + noise),
        "one_shot_penalty": lambda: one_shot_penalty(edges, chances, vacancies),
        "stable_matching": lambda: stable(edges, chances, vacancies),
        **{f"tu_ipfp_{beta}": lambda beta=beta: transferable(edges, chances, vacancies, beta) for beta in BETAS},
        "price_mu_0": lambda: slates(edges, chances, vacancies, mu=0.0).edge,
        "price_mu_0.02": lambda: slates(edges, chances, vacancies, mu=0.02).edge,
    }
    if importlib.util.find_spec("ortools"):
        table["ortools_flow"] = lambda: flow(edges, chances, vacancies)
    return table


def main() -> None:
    """Run and report."""
    words = [int(word) for word in sys.argv[1:]]
    people, openings, degree, seeds = [*words, *[20_000, 2_000, 50, 5][len(words) :]]
    slates(*random_graph(3000, 300, 5), k=10, sweeps=1)
    table = []
    for popularity in POPULARITY:
        for seed in range(1, seeds + 1):
            edges, chances, vacancies = market(people, openings, degree, popularity, seed)
            row: dict[str, dict[str, float]] = {}
            for name, work in methods(edges, chances, vacancies, seed).items():
                chosen, seconds = timed(work)
                outcome = simulate(edges, chances, vacancies, chosen, position_weights(K), seed=seed)
                row[name] = {
                    "hires": outcome.hires, "interest": round(outcome.interest, 4), "p99": outcome.p99_applications,
                    "served": round(outcome.well_served, 4), "seconds": round(seconds, 2),
                }  # fmt: skip
            tu = max(value["hires"] for name, value in row.items() if name.startswith("tu_ipfp"))
            table.append(
                {
                    "popularity": popularity, "seed": seed, "vacancies": int(vacancies.sum()), "methods": row,
                    "mu_0_over_reciprocal": round(row["price_mu_0"]["hires"] / row["reciprocal"]["hires"] - 1, 3),
                    "mu_0_over_best_tu": round(row["price_mu_0"]["hires"] / tu - 1, 3),
                    "mu_0.02_over_reciprocal": round(row["price_mu_0.02"]["hires"] / row["reciprocal"]["hires"] - 1, 3),
                    "mu_0.02_interest_of_reciprocal": round(
                        row["price_mu_0.02"]["interest"] / row["reciprocal"]["interest"], 3
                    ),
                }
            )  # fmt: skip
            print({name: value for name, value in table[-1].items() if name != "methods"}, file=sys.stderr, flush=True)
    report({"people": people, "openings": openings, "edges": people * degree, "runs": table})


if __name__ == "__main__":
    main()
