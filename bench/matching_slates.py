"""Slates on a random candidate graph: 100 million edges by default, with a certificate after each of five sweeps.

python -m bench.matching_slates [people] [openings] [edges per person] [mu]
"""

from __future__ import annotations

import sys

import numpy as np

from bench.matching_measure import measured, report, timed
from taihu.engines.matching import Edges, Probabilities, slates, verify


def random_graph(people: int, openings: int, degree: int, seed: int = 1) -> tuple[Edges, Probabilities, np.ndarray]:
    """Popular openings are candidates of more people and liked more; p and q as in the anchors, made up."""
    rng = np.random.default_rng(seed)
    opening = np.empty((people, degree), np.int32)
    appeal = rng.random(openings).astype(np.float32)
    for first in range(0, people, 100_000):
        rows = min(100_000, people - first)
        step = rng.random((rows, degree)) + 0.05
        place = np.cumsum(step, axis=1)
        place *= (openings - degree - 1) / place[:, -1:] * rng.random((rows, 1)) ** 0.05
        opening[first : first + rows] = place.astype(np.int32) + np.arange(degree)
    flat = opening.ravel()
    p = rng.random(flat.size, dtype=np.float32)
    p = 0.3 * (0.5 * appeal[flat] + 0.5 * p)
    q = rng.random(flat.size, dtype=np.float32) * np.float32(0.4)
    edges = Edges(
        np.arange(people + 1, dtype=np.int64) * degree,
        flat,
        np.ones(flat.size, np.int32),
        np.ones(flat.size, np.uint8),
        openings,
    )
    return edges, Probabilities(p, q), np.minimum(rng.geometric(0.67, openings), 50)


def main() -> None:
    """Run and report."""
    given = [float(word) for word in sys.argv[1:]]
    people, openings, degree, mu = [*given, *[2_000_000, 200_000, 50, 0.0][len(given) :]]
    edges, chances, vacancies = random_graph(int(people), int(openings), int(degree))
    slates(*random_graph(3000, 300, 5), k=10, sweeps=1)
    result, spent = measured(lambda: slates(edges, chances, vacancies, mu=mu))
    certificate, check_seconds = timed(
        lambda: verify(
            indptr=edges.indptr, opening=edges.opening, p=chances.p, q=chances.q, vacancies=vacancies,
            slate_edges=result.edge, weights=result.weights, mu=mu,
        )
    )  # fmt: skip
    report(
        {
            "edges": len(edges), "vacancies": int(vacancies.sum()), "mu": mu, **spent,
            "objective": result.objective, "upper_bound": result.upper_bound,
            "gap_by_sweep": [round(sweep.gap, 6) for sweep in result.sweeps],
            "checker_seconds": round(check_seconds, 2), "checker_valid": certificate.valid,
            "checker_objective": certificate.objective, "checker_upper_bound": certificate.upper_bound,
        }
    )  # fmt: skip


if __name__ == "__main__":
    main()
