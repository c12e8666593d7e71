"""A small checker of slates. It shares no code with the optimiser: numpy and scipy only, from the definitions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

CHUNK = 20_000


@dataclass(frozen=True)
class Certificate:
    """What a set of slates is worth and what no slates can exceed, recomputed.

    Attributes
    ----------
    valid : bool
        Every slate is made of the person's own, distinct edges to openings with vacancies.
    problems : tuple of str
        What is wrong, with the row, at most ten.
    objective, upper_bound, gap : float
    """

    valid: bool
    problems: tuple[str, ...]
    objective: float
    upper_bound: float
    gap: float


def verify(
    *,
    indptr: npt.ArrayLike,
    opening: npt.ArrayLike,
    p: npt.ArrayLike,
    q: npt.ArrayLike,
    vacancies: npt.ArrayLike,
    slate_edges: npt.ArrayLike,
    weights: npt.ArrayLike,
    mu: float,
    start_load: npt.ArrayLike | None = None,
) -> Certificate:
    """Recompute the certificate of slates from plain arrays.

    By concavity of expected fills, for loads ``s`` of the given slates and prices ``g'(s)``, no slates have an
    objective above ``sum_j [g(s_j) - g'(s_j) (s_j - start_j)] + sum_i TopK_i(price p q + mu p)``.

    Parameters
    ----------
    indptr, opening, p, q
        Edge table as in `Edges` and `Probabilities`.
    vacancies : int array of shape (openings,)
    slate_edges : int array of shape (people, k)
        `Slates.edge`.
    weights : float array of shape (k,)
    mu : float
    start_load : float array of shape (openings,) or None

    Examples
    --------
    >>> table = {"indptr": [0, 1], "opening": [0], "p": [1.0], "q": [1.0], "vacancies": [1]}
    >>> verify(**table, slate_edges=[[0]], weights=[1.0], mu=0.0).valid
    True
    """
    starts, jobs = np.asarray(indptr, np.int64), np.asarray(opening, np.int64)
    apply, accept = np.asarray(p), np.asarray(q)
    places, shown = np.asarray(vacancies, np.int64), np.asarray(slate_edges, np.int64)
    rank_weights = np.asarray(weights, np.float64)
    given = np.zeros(places.size) if start_load is None else np.asarray(start_load, np.float64)
    from scipy import special

    problems = _problems(starts, jobs, places, shown)
    if problems:
        return Certificate(False, problems, float("nan"), float("nan"), float("nan"))
    load, interest = _loads(jobs, apply, accept, shown, rank_weights, given)
    filled = _expected(places, load)
    price = np.where(places > 0, special.gammaincc(np.maximum(places, 1), load), 0.0)
    objective = float(filled.sum() + mu * interest)
    bound = float((filled - price * (load - given)).sum())
    for first in range(0, starts.size - 1, CHUNK):
        bound += _most(starts[first : first + CHUNK + 1], jobs, apply, accept, places, price, rank_weights, mu)
    bound = max(bound, objective)
    return Certificate(True, (), objective, bound, (bound - objective) / bound if bound > 0 else 0.0)


def _problems(
    starts: npt.NDArray[np.int64],
    jobs: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    shown: npt.NDArray[np.int64],
) -> tuple[str, ...]:
    if shown.shape[0] != starts.size - 1:
        return (f"{shown.shape[0]} slates for {starts.size - 1} people",)
    used = shown >= 0
    foreign = used & ((shown < starts[:-1, None]) | (shown >= starts[1:, None]))
    if foreign.any():
        rows = np.flatnonzero(foreign.any(axis=1))[:10]
        return tuple(f"person row {row}: the slate has an edge of somebody else" for row in rows)
    ordered = np.sort(shown, axis=1)
    twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
    closed = np.zeros_like(used)
    closed[used] = places[jobs[shown[used]]] == 0
    gaps = (used[:, 1:] & ~used[:, :-1]).any(axis=1)
    found = []
    for wrong, what in ((twice, "an opening twice"), (closed.any(axis=1), "a full opening"), (gaps, "a hole")):
        found += [f"person row {row}: the slate has {what}" for row in np.flatnonzero(wrong)]
    return tuple(found[:10])


def _loads(
    jobs: npt.NDArray[np.int64], p: npt.NDArray[np.floating], q: npt.NDArray[np.floating], shown: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64], given: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], float]:  # fmt: skip
    load, interest = given.copy(), 0.0
    for rank, weight in enumerate(weights):
        edge = shown[:, rank][shown[:, rank] >= 0]
        chance = p[edge].astype(np.float64)
        load += np.bincount(jobs[edge], (p[edge] * q[edge]).astype(np.float64) * weight, minlength=given.size)
        interest += float(chance.sum()) * weight
    return load, interest


def _expected(places: npt.NDArray[np.int64], load: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``E[min(n, X)] = n P(X >= n) + s P(X <= n - 2)`` for X ~ Poisson(s)."""
    from scipy import special

    n = np.maximum(places, 1)
    at_least = special.gammainc(n, load)
    two_less = np.where(n >= 2, special.gammaincc(np.maximum(n - 1, 1), load), 0.0)
    value: npt.NDArray[np.float64] = np.where(places > 0, n * at_least + load * two_less, 0.0)
    return value


def _most(
    starts: npt.NDArray[np.int64], jobs: npt.NDArray[np.int64],
    p: npt.NDArray[np.floating], q: npt.NDArray[np.floating],
    places: npt.NDArray[np.int64], price: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], mu: float,
) -> float:  # fmt: skip
    edges = slice(int(starts[0]), int(starts[-1]))
    job = jobs[edges]
    value = price[job] * (p[edges] * q[edges]).astype(np.float64) + mu * p[edges].astype(np.float64)
    value[places[job] == 0] = 0.0
    counts = np.diff(starts)
    total = 0.0
    top = weights.size
    for low, high in pairwise((0, 32, 64, 128, 256, 512, 1024, 4096, 2**14, 2**20, 2**40)):
        rows = np.flatnonzero((counts > low) & (counts <= high))
        if rows.size == 0:
            continue
        width = int(counts[rows].max())
        at = starts[rows, None] - starts[0] + np.arange(width)
        inside = np.arange(width) < counts[rows, None]
        table = np.where(inside, value[np.minimum(at, value.size - 1)], 0.0)
        if width > top:
            table = -np.partition(-table, top - 1, axis=1)[:, :top]
        table = -np.sort(-table, axis=1)
        total += float((table * weights[: table.shape[1]]).sum())
    return total
