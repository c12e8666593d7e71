"""Is a run fair and well spread? Group labels come separately, are optional, and never enter matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Bool, Float64, Int64
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.probabilities import Probabilities

#: A group with a smaller share of the labelled people is counted but gets no ratio (New York City rule 6 RCNY 5-301).
SMALL_SHARE = 0.02
BOOTSTRAPS = 1000
MOST_VALUES = 2000


@dataclass(frozen=True)
class GroupRate:
    """One group of an impact table.

    Attributes
    ----------
    group : int
    people : int
    rate : float
        Mean of the measure over the group.
    ratio : float or None
        Rate divided by the highest rate of the groups that are not small; None for a small group.
    low, high : float or None
        95 % bootstrap interval of the ratio.
    """

    group: int
    people: int
    rate: float
    ratio: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Impact:
    """Impact table of one measure.

    Attributes
    ----------
    groups : tuple of GroupRate, by group number
    unknown : int
        People without a label.
    """

    groups: tuple[GroupRate, ...]
    unknown: int


def impact_ratios(groups: npt.ArrayLike, measure: npt.ArrayLike, *, seed: int) -> Impact:
    """Rates by group and their ratio to the highest, with 95 % bootstrap intervals.

    For selection pass 0/1 per person; for scores `above_median`; for exposure the exposure received by each person.

    Parameters
    ----------
    groups : int array of shape (people,)
        Group numbers; -1 for people who gave no label. For intersections, number the combinations.
    measure : float array of shape (people,), 0 or more
    seed : int

    Notes
    -----
    Impact ratio as in 6 RCNY 5-300 ff. (New York City, 2023); bootstrap percentile interval (Efron 1979), by multinomial draws
    over the distinct values of each group (over 2,000 quantile bins when there are more values).

    Examples
    --------
    >>> table = impact_ratios([0] * 50 + [1] * 50, [1.0] * 40 + [0.0] * 10 + [1.0] * 20 + [0.0] * 30, seed=1)
    >>> [group.ratio for group in table.groups]
    [1.0, 0.5]
    """
    label, value = np.asarray(groups, np.int64), np.asarray(measure, np.float64)
    if label.shape != value.shape or label.ndim != 1:
        raise MarketError("bad_shape", f"{label.shape} labels but {value.shape} values")
    wrong = ~(value >= 0) | ~np.isfinite(value)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MarketError("out_of_range", f"measure is {value[row]}: must be 0 or more", row=row)
    known = label >= 0
    numbers = np.unique(label[known])
    counts = np.array([int((label == number).sum()) for number in numbers])
    rates = np.array([float(value[label == number].mean()) for number in numbers])
    large = counts >= SMALL_SHARE * max(int(known.sum()), 1)
    rng = np.random.default_rng(seed)
    draws = np.array([_bootstrap(value[label == number], rng) for number in numbers]).reshape(numbers.size, BOOTSTRAPS)
    best, best_draw = (rates[large].max(), draws[large].max(axis=0)) if large.any() else (0.0, np.zeros(BOOTSTRAPS))
    rows = []
    for at, number in enumerate(numbers):
        ratio = low = high = None
        if large[at] and best > 0:
            ratio = float(rates[at] / best)
            spread = draws[at] / np.where(best_draw > 0, best_draw, 1.0)
            low, high = (float(edge) for edge in np.percentile(spread, [2.5, 97.5]))
        rows.append(GroupRate(int(number), int(counts[at]), float(rates[at]), ratio, low, high))
    return Impact(tuple(rows), int((~known).sum()))


def _bootstrap(values: Float64, rng: np.random.Generator) -> Float64:
    distinct, counts = np.unique(values, return_counts=True)
    if distinct.size > MOST_VALUES:
        pieces = np.array_split(np.sort(values), MOST_VALUES)
        distinct = np.array([piece.mean() for piece in pieces])
        counts = np.array([piece.size for piece in pieces])
    drawn = rng.multinomial(values.size, counts / values.size, size=BOOTSTRAPS)
    means: Float64 = drawn @ distinct / values.size
    return means


def above_median(scores: npt.ArrayLike) -> Float64:
    """1 where a score is above the median of all, else 0: the scoring rate of the New York City rule.

    Examples
    --------
    >>> above_median([1, 2, 3, 4]).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    values = np.asarray(scores, np.float64)
    if values.size == 0:
        return values
    return (values > np.median(values)).astype(np.float64)


def exposure(slate_openings: npt.ArrayLike, weights: npt.ArrayLike, openings: int) -> Float64:
    """Exposure of every opening: the position weights of all places it has, float64 array of shape (openings,).

    Examples
    --------
    >>> exposure([[0, 1], [0, -1]], [1.0, 0.5], openings=2).tolist()
    [2.0, 0.5]
    """
    shown, ranks = np.asarray(slate_openings, np.int64), np.asarray(weights, np.float64)
    used = shown >= 0
    given = np.broadcast_to(ranks, shown.shape)[used]
    received: Float64 = np.bincount(shown[used], given, minlength=openings).astype(np.float64)
    return received


def gini(values: npt.ArrayLike) -> float:
    """Gini coefficient: 0 when everybody has the same, towards 1 when one has everything.

    Examples
    --------
    >>> gini([1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    ordered = np.sort(np.asarray(values, np.float64))
    total = ordered.sum()
    if ordered.size == 0 or total <= 0:
        return 0.0
    ranks = np.arange(1, ordered.size + 1)
    return float((2 * ranks - ordered.size - 1) @ ordered / (ordered.size * total))


def starved(loads: npt.ArrayLike, vacancies: npt.ArrayLike, *, share: float = 0.5) -> Int64:
    """Rows of openings that expect fewer suitable applicants than ``share`` of their vacancies.

    Examples
    --------
    >>> starved([0.1, 3.0], [1, 1]).tolist()
    [0]
    """
    places = np.asarray(vacancies, np.float64)
    return np.flatnonzero((places > 0) & (np.asarray(loads, np.float64) < share * places))


def crowded(loads: npt.ArrayLike, vacancies: npt.ArrayLike, *, times: float = 5.0) -> Int64:
    """Rows of openings that expect more than ``times`` as many suitable applicants as they have vacancies.

    Examples
    --------
    >>> crowded([0.1, 14.0], [1, 1]).tolist()
    [1]
    """
    places = np.asarray(vacancies, np.float64)
    return np.flatnonzero((places > 0) & (np.asarray(loads, np.float64) > times * places))


def blocking_pairs(edges: Edges, chances: Probabilities, vacancies: npt.ArrayLike, hired_edge: npt.ArrayLike) -> Bool:
    """Edges whose two ends would both rather have each other than what they got, bool array of shape (edges,).

    A person prefers a larger ``p``, an employer a larger ``q`` or any applicant to an empty place (Gale & Shapley 1962).

    Examples
    --------
    >>> edges = Edges([0, 1], [0], [1], [1], openings=1)
    >>> blocking_pairs(edges, Probabilities(np.float32([0.5]), np.float32([0.5])), [1], [-1]).tolist()
    [True]
    """
    got, places = np.asarray(hired_edge, np.int64), np.asarray(vacancies, np.int64)
    if got.shape != (edges.people,):
        raise MarketError("bad_shape", f"hired_edge has shape {got.shape}, there are {edges.people} people")
    hired = got[got >= 0]
    have = np.zeros(edges.people)
    have[got >= 0] = chances.p[hired]
    worst = np.full(edges.openings, np.inf)
    np.minimum.at(worst, edges.opening[hired], chances.q[hired])
    worst[np.bincount(edges.opening[hired], minlength=edges.openings) < places] = 0.0
    worst[places == 0] = np.inf
    result: Bool = (chances.p > np.repeat(have, np.diff(edges.indptr))) & (chances.q > worst[edges.opening])
    return result


def envy_share(
    edges: Edges, chances: Probabilities, slate_openings: npt.ArrayLike, weights: npt.ArrayLike, *, seed: int,
    pairs: int = 10_000,
) -> float:  # fmt: skip
    """Share of sampled pairs in which the first person would rather have the slate of the second.

    The second person is drawn among those who are shown one of the first person's candidates.
    """
    shown, ranks = np.asarray(slate_openings, np.int64), np.asarray(weights, np.float64)
    viewer, place = np.nonzero(shown >= 0)
    if viewer.size == 0 or pairs < 1:
        return 0.0
    by_opening = np.argsort(shown[viewer, place], kind="stable")
    ordered, viewers = shown[viewer, place][by_opening], viewer[by_opening]
    rng = np.random.default_rng(seed)
    envious = compared = 0
    for person in rng.integers(0, edges.people, pairs):
        where = edges.row(int(person))
        if where.stop == where.start:
            continue
        wanted = edges.opening[rng.integers(where.start, where.stop)]
        low, high = np.searchsorted(ordered, [wanted, wanted + 1])
        if low == high:
            continue
        other = viewers[rng.integers(low, high)]
        liking = dict(zip(edges.opening[where].tolist(), chances.p[where].tolist(), strict=True))
        own = sum(liking.get(j, 0.0) * v for j, v in zip(shown[person].tolist(), ranks.tolist(), strict=True))
        theirs = sum(liking.get(j, 0.0) * v for j, v in zip(shown[other].tolist(), ranks.tolist(), strict=True))
        envious += theirs > own
        compared += 1
    return envious / compared if compared else 0.0
