"""Two kinds of made-up candidate graphs with chances, for the comparison of methods by hires.

Vacancies are geometric, 1.49 an opening on average; ``p`` mixes the popularity of the opening with the person's own taste by
the weight of popularity.

``uniform_market``: every opening is about as often a candidate as any other.

``crowded_market``: popular openings are candidates more often as well, and few openings are popular. Its five shape
parameters were fitted once, at 20,000 x 2,000, so that the one-sided and the reciprocal lists show the figures of a reference
market (2,000,000 x 200,000, weight 0.5: 26 and 34 % of the places filled, interest 2.3 and 1.9, 99th percentile of applications 445
and 322; weights 0.25 and 0.75 at 200,000 x 20,000: 58 and 61 %, 17 and 22 % filled). No figure of any other method was looked
at in the fit.
"""

from __future__ import annotations

import numpy as np

from taihu.engines.matching import Edges, Probabilities

#: Popularity is a uniform number to the first power; candidates are drawn in proportion to popularity to the second power.
RARE, DRAWN = 2.66, 0.35
#: Most that ``p`` and ``q`` can be, and the power that makes generous employers rare.
MOST_P, MOST_Q, GENEROUS = 0.70, 0.23, 1.62
ROWS = 50_000


def vacancies_of(openings: int, rng: np.random.Generator) -> np.ndarray:
    """Places of every opening."""
    return np.minimum(rng.geometric(0.67, openings), 50)


def graph(people: int, degree: int, share: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``degree`` distinct openings for every person, rising, drawn in proportion to ``share``."""
    edges = np.cumsum(share / share.sum())
    table = np.empty((people, degree), np.int32)
    for first in range(0, people, ROWS):
        rows = min(ROWS, people - first)
        drawn = np.searchsorted(edges, rng.random((rows, 2 * degree))).clip(0, share.size - 1).astype(np.int32)
        drawn.sort(axis=1)
        order = rng.random(drawn.shape, dtype=np.float32)
        order[:, 1:][drawn[:, 1:] == drawn[:, :-1]] = 2.0
        kept = np.argpartition(order, degree - 1, axis=1)[:, :degree]
        for i in np.flatnonzero((order < 2.0).sum(axis=1) < degree):
            have = np.unique(drawn[i])
            others = rng.choice(np.setdiff1d(np.arange(share.size), have), degree - have.size, replace=False)
            drawn[i, :degree], kept[i] = np.concatenate([have, others])[:degree], np.arange(degree)
        table[first : first + rows] = np.sort(np.take_along_axis(drawn, kept, axis=1), axis=1)
    return table


def mixed(shared: np.ndarray, weight: float, most: float, rng: np.random.Generator) -> np.ndarray:
    """``most x (weight x shared + (1 - weight) x luck)`` for every edge."""
    value = rng.random(shared.size, dtype=np.float32)
    value *= np.float32(1 - weight)
    value += np.float32(weight) * shared.astype(np.float32)
    value *= np.float32(most)
    return value


def as_edges(table: np.ndarray, openings: int) -> Edges:
    """A table of candidates as edges."""
    people, degree = table.shape
    ones = np.ones(table.size, np.uint8)
    return Edges(np.arange(people + 1, dtype=np.int64) * degree, table.ravel(), ones.astype(np.int32), ones, openings)


def crowded_market(
    people: int, openings: int, degree: int, popularity: float, seed: int
) -> tuple[Edges, Probabilities, np.ndarray]:
    """Graph, chances and vacancies where the popular are seen by many."""
    rng = np.random.default_rng([seed, 29])
    appeal = rng.random(openings) ** RARE
    generous = rng.random(openings) ** GENEROUS
    edges = as_edges(graph(people, degree, appeal**DRAWN, rng), openings)
    p = mixed(appeal[edges.opening], popularity, MOST_P, rng)
    q = mixed(generous[edges.opening], popularity, MOST_Q, rng)
    return edges, Probabilities(p, q), vacancies_of(openings, rng)


def uniform_market(
    people: int, openings: int, degree: int, popularity: float, seed: int
) -> tuple[Edges, Probabilities, np.ndarray]:
    """Graph, chances and vacancies where all are seen alike; ``q`` mixes in the merit of the person."""
    rng = np.random.default_rng([seed, 17])
    edges = as_edges(graph(people, degree, np.ones(openings), rng), openings)
    p = mixed(rng.random(openings)[edges.opening], popularity, 0.6, rng)
    q = mixed(np.repeat(rng.random(people), degree), popularity, 0.15, rng)
    return edges, Probabilities(p, q), vacancies_of(openings, rng)
