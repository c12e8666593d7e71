"""Hires in the independent simulation: price best response against every known alternative.

python -m bench.matching_hires [people] [openings] [edges per person] [seeds] [--uniform] [--few]

Every method fills slates of ten on the same graph and meets the same luck, for three weights of popularity. TU-IPFP runs at
several betas and the best by hires counts; price best response runs at several ``mu``, and beside ``mu`` = 0 the one with the
most hires among those that keep nine tenths of the reciprocal lists' interest counts. No slates whatever can have more
expected fills than the ``bound`` of ``price_mu_0``, so ``room_over_best_tu`` is the most that any method could gain over the
best TU-IPFP in that measure. OR-Tools is left out where it is not installed and above a million edges.

``--few`` keeps to the methods that the aims speak of and the middle weight of popularity, for the size of a city. The markets
are described in ``bench/matching_market.py``; ``--uniform`` takes the easier one.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

import numpy as np

from bench.matching_market import crowded_market, uniform_market
from bench.matching_measure import report, timed
from bench.matching_rivals import K, best_by, flow, one_shot_penalty, stable, transferable
from taihu.engines.matching import Edges, Probabilities, position_weights, simulate, slates, verify

BETAS = (1.0, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015)
FEW_BETAS = (0.05, 0.03, 0.02)
MUS = (0.0, 0.005, 0.01, 0.02, 0.05)
POPULARITY = (0.25, 0.5, 0.75)
#: Share of the reciprocal lists' interest that people must keep.
INTEREST = 0.9
MOST_FLOW_EDGES = 1_000_000


def methods(
    edges: Edges, chances: Probabilities, vacancies: np.ndarray, seed: int, few: bool
) -> dict[str, Callable[[], np.ndarray]]:
    """Every method as a function that gives slates."""

    def shuffle() -> np.ndarray:
        noise = np.random.default_rng(seed).gumbel(size=len(edges))
        return best_by(edges, np.log(chances.p * chances.q + 1e-12) + noise)

    table: dict[str, Callable[[], np.ndarray]] = {
        "one_sided": lambda: best_by(edges, chances.p),
        "reciprocal": lambda: best_by(edges, chances.p * chances.q),
    }
    if not few:
        table |= {
            "weighted_shuffle": shuffle,
            "one_shot_penalty": lambda: one_shot_penalty(edges, chances, vacancies),
            "stable_matching": lambda: stable(edges, chances, vacancies),
        }
    for beta in FEW_BETAS if few else BETAS:
        table[f"tu_ipfp_{beta}"] = lambda beta=beta: transferable(edges, chances, vacancies, beta)
    for mu in MUS:
        table[f"price_mu_{mu:g}"] = lambda mu=mu: slates(edges, chances, vacancies, mu=mu).edge
    if not few and len(edges) <= MOST_FLOW_EDGES and importlib.util.find_spec("ortools"):
        table["ortools_flow"] = lambda: flow(edges, chances, vacancies)
    return table


def compared(row: dict[str, dict[str, float]]) -> dict[str, float | str]:
    """The ratios that the aims speak of."""
    hires = {name: value["hires"] for name, value in row.items()}
    enough = INTEREST * row["reciprocal"]["interest"]
    tu = max((name for name in row if name.startswith("tu_ipfp")), key=lambda name: hires[name])
    fair = [name for name in row if name.startswith("price") and row[name]["interest"] >= enough]
    result: dict[str, float | str] = {
        "best_tu": tu,
        "room_over_best_tu": round(row["price_mu_0"]["bound"] / row[tu]["expected_fills"] - 1, 3),
        "mu_0_over_best_tu": round(hires["price_mu_0"] / hires[tu] - 1, 3),
        "mu_0_over_reciprocal": round(hires["price_mu_0"] / hires["reciprocal"] - 1, 3),
        "mu_0.02_over_reciprocal": round(hires["price_mu_0.02"] / hires["reciprocal"] - 1, 3),
        "mu_0.02_interest": round(row["price_mu_0.02"]["interest"] / row["reciprocal"]["interest"], 3),
    }
    if fair:
        best = max(fair, key=lambda name: hires[name])
        result |= {
            "best_with_interest": best,
            "best_with_interest_over_reciprocal": round(hires[best] / hires["reciprocal"] - 1, 3),
            "its_interest": round(row[best]["interest"] / row["reciprocal"]["interest"], 3),
        }
    return result


def main() -> None:
    """Run and report."""
    words = [int(word) for word in sys.argv[1:] if not word.startswith("--")]
    people, openings, degree, seeds = [*words, *[20_000, 2_000, 50, 5][len(words) :]]
    few, build = "--few" in sys.argv, uniform_market if "--uniform" in sys.argv else crowded_market
    slates(*build(3000, 300, 5, 0.5, 1), k=10, sweeps=1)
    table = []
    for popularity in (0.5,) if few else POPULARITY:
        for seed in range(1, seeds + 1):
            edges, chances, vacancies = build(people, openings, degree, popularity, seed)
            row: dict[str, dict[str, float]] = {}
            for name, work in methods(edges, chances, vacancies, seed, few).items():
                chosen, seconds = timed(work)
                outcome = simulate(edges, chances, vacancies, chosen, position_weights(K), seed=seed)
                certificate = verify(
                    indptr=edges.indptr, opening=edges.opening, p=chances.p, q=chances.q, vacancies=vacancies,
                    slate_edges=chosen, weights=position_weights(K), mu=0.0,
                )  # fmt: skip
                row[name] = {
                    "hires": outcome.hires, "fill": round(outcome.fill, 4), "interest": round(outcome.interest, 4),
                    "p99": outcome.p99_applications, "served": round(outcome.well_served, 4), "seconds": round(seconds, 2),
                    "expected_fills": round(certificate.objective, 1), "bound": round(certificate.upper_bound, 1),
                }  # fmt: skip
                print(popularity, seed, name, row[name], file=sys.stderr, flush=True)
            table.append({"popularity": popularity, "seed": seed, "vacancies": int(vacancies.sum()), **compared(row)})
            print(table[-1], file=sys.stderr, flush=True)
            table[-1]["methods"] = row
    market = "uniform" if build is uniform_market else "crowded"
    report({"market": market, "people": people, "openings": openings, "edges": people * degree, "runs": table})


if __name__ == "__main__":
    main()
