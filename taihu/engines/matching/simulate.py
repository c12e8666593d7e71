"""What would come of slates: applications, a limited review, acceptances, and who is hired in the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int64, row_pointer
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.probabilities import Probabilities


@dataclass(frozen=True)
class Outcome:
    """Result of one simulated run.

    Attributes
    ----------
    hires : int
    fill : float
        Hires as a share of all vacancies.
    hired_edge : int64 array of shape (people,)
        Edge of the place that each person took, -1 for none.
    applications : int64 array of shape (openings,)
    well_served : float
        Share of openings with vacancies of which at least 70 % were filled.
    p99_applications : float
        99th percentile of applications per opening.
    interest : float
        Mean over people of ``sum p v`` of what they were shown.
    """

    hires: int
    fill: float
    hired_edge: Int64
    applications: Int64
    well_served: float
    p99_applications: float
    interest: float


def simulate(
    edges: Edges,
    chances: Probabilities,
    vacancies: npt.ArrayLike,
    slate_edges: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    seed: int,
    review_cap: int = 30,
) -> Outcome:
    """Simulate what comes of slates, independently of the objective they were made for.

    Everybody applies to each place of her slate with probability ``p v_rank``; applications arrive in random order; an
    employer reads the first ``review_cap`` per vacancy and accepts each with probability ``q``; accepted people take the
    best for them by deferred acceptance (Gale & Shapley 1962), people proposing in order of ``p``, employers ranking by ``q``.

    Parameters
    ----------
    edges, chances, vacancies
        As in `slates`.
    slate_edges : int array of shape (people, k)
        `Slates.edge`, or the slates of any other method; -1 for empty places.
    weights : float array of shape (k,)
    seed : int
        Draws depend on seed, person and opening only, so that two methods meet the same luck.
    review_cap : int

    Examples
    --------
    >>> edges = Edges([0, 1], [0], [1], [1], openings=1)
    >>> sure = Probabilities(np.float32([1.0]), np.float32([1.0]))
    >>> simulate(edges, sure, [1], [[0]], [1.0], seed=1).hires
    1
    """
    from taihu.engines.matching import simulate_kernels as kernels

    shown, ranks = np.asarray(slate_edges, np.int64), np.asarray(weights, np.float64)
    places = np.asarray(vacancies, np.int64)
    if shown.ndim != 2 or shown.shape != (edges.people, ranks.size):
        raise MarketError(
            "bad_shape", f"slates of shape {shown.shape} for {edges.people} people and {ranks.size} weights"
        )
    if review_cap < 1:
        raise MarketError("out_of_range", f"review_cap is {review_cap}: give 1 or more")
    if shown.size and (shown.max() >= len(edges) or shown.min() < -1):
        row = int(np.argmax(((shown >= len(edges)) | (shown < -1)).any(axis=1)))
        raise MarketError("out_of_range", "a slate names an edge that does not exist", row=row)
    received, person, chosen = kernels.apply_and_accept(
        shown, edges.opening, chances.p, chances.q, places, ranks, review_cap, seed
    )
    order = np.lexsort((chosen, -chances.p[chosen], person))
    person, chosen = person[order], chosen[order]
    employer_order = np.empty(chosen.size, np.int64)
    employer_order[np.lexsort((person, -chances.q[chosen]))] = np.arange(chosen.size)
    start = row_pointer(np.bincount(person, minlength=edges.people))
    got = kernels.deferred_acceptance(start, edges.opening[chosen], employer_order, places)
    hired_edge = np.full(edges.people, -1, np.int64)
    hired_edge[got >= 0] = chosen[got[got >= 0]]
    hires = np.bincount(edges.opening[hired_edge[hired_edge >= 0]], minlength=edges.openings)
    used = shown >= 0
    interest = float((np.where(used, chances.p[np.maximum(shown, 0)] if len(edges) else 0.0, 0.0) @ ranks).sum())
    open_places = places > 0
    served = hires[open_places] >= 0.7 * places[open_places]
    return Outcome(
        int(hires.sum()),
        float(hires.sum() / max(places.sum(), 1)),
        hired_edge,
        received,
        float(served.mean()) if served.size else 0.0,
        float(np.percentile(received, 99)) if received.size else 0.0,
        interest / max(edges.people, 1),
    )
