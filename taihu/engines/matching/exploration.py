"""A few more edges for openings that hardly anybody would be shown."""

from __future__ import annotations

import numpy as np

from taihu.engines.matching.arrays import row_pointer
from taihu.engines.matching.conditions import failing_conditions
from taihu.engines.matching.edges import FROM_EXPLORATION, Edges
from taihu.engines.matching.market import Market

#: People drawn for one opening before giving up on finding enough who may meet it.
MOST_DRAWS = 400


def explore(market: Market, edges: Edges, fewest: int, seed: int) -> Edges:
    """Give every opening that has vacancies at least ``fewest`` edges, if random draws find people who may meet it.

    Draws depend on the seed and the id of the opening only.
    """
    seen = np.bincount(edges.opening, minlength=edges.openings)
    person, opening, score = [], [], []
    for j in np.flatnonzero((seen < fewest) & (market.openings.vacancies > 0)):
        rng = np.random.default_rng([seed, int(market.openings.ids[j])])
        missing = fewest - int(seen[j])
        drawn = (
            rng.choice(edges.people, min(MOST_DRAWS, edges.people), replace=False)
            if edges.people <= 10**5
            else (np.unique(rng.integers(0, edges.people, MOST_DRAWS)))
        )
        for i in drawn.tolist():
            if missing == 0:
                break
            row = edges.opening[edges.row(i)]
            at = int(np.searchsorted(row, j))
            if (at < row.size and row[at] == j) or failing_conditions(market, i, int(j)):
                continue
            person.append(i)
            opening.append(int(j))
            score.append(pair_score(market, i, int(j)))
            missing -= 1
    return _with(edges, np.array(person, np.int64), np.array(opening, np.int64), np.array(score, np.int64))


def pair_score(market: Market, person: int, opening: int) -> int:
    """Score of one pair of rows."""
    ids, weights = market.people.features.row(person)
    other_ids, other_weights = market.openings.features.row(opening)
    _, own, other = np.intersect1d(ids, other_ids, assume_unique=True, return_indices=True)
    return int(weights[own].astype(np.int64) @ other_weights[other].astype(np.int64))


def _with(edges: Edges, person: np.ndarray, opening: np.ndarray, score: np.ndarray) -> Edges:
    if person.size == 0:
        return edges
    order = np.lexsort((opening, person))
    person, opening, score = person[order], opening[order], score[order]
    at = np.array(
        [
            edges.indptr[i] + np.searchsorted(edges.opening[edges.row(int(i))], j)
            for i, j in zip(person, opening, strict=True)
        ]
    )
    counts = np.diff(edges.indptr) + np.bincount(person, minlength=edges.people)
    return Edges(
        row_pointer(counts),
        np.insert(edges.opening, at, opening),
        np.insert(edges.score, at, score),
        np.insert(edges.source, at, FROM_EXPLORATION),
        edges.openings,
    )
