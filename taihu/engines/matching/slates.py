"""Slates by price best response: everybody's ordered list, so that as many vacancies as possible are filled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Float64, Int32, Int64, frozen_array
from taihu.engines.matching.calibration import check_probabilities
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.probabilities import Probabilities
from taihu.engines.matching.runtime import cut, thread_count

if TYPE_CHECKING:
    from taihu.engines.matching.cluster import ClusterResponder

#: People that answer at once, at the same prices, in each shard; a fixed partition, whatever the number of threads.
SHARD_PEOPLE, MOST_SHARDS, ROUNDS = 2048, 64, 512
#: People whose contributions are added up together: a fixed order of addition.
CHUNK = 16384


@dataclass(frozen=True)
class Sweep:
    """Certificate after one sweep over all people.

    Attributes
    ----------
    objective : float
        Expected filled vacancies + mu x expected interest of the slates.
    upper_bound : float
        No slates whatsoever can have a larger objective (the best bound of all sweeps so far).
    gap : float
        ``(upper_bound - objective) / upper_bound``.
    expected_fills, interest : float
        The two parts of the objective, interest without ``mu``.
    changed : int
        Times that the sweep put an opening into a place of a slate or took it out.
    """

    objective: float
    upper_bound: float
    gap: float
    expected_fills: float
    interest: float
    changed: int


@dataclass(frozen=True)
class Slates:
    """Everybody's slate, with the prices that justify it.

    Attributes
    ----------
    opening : int32 array of shape (people, k)
        Opening rows in rank order; -1 where the slate is shorter.
    edge : int64 array of shape (people, k)
        Numbers of the same edges; -1 where the slate is shorter.
    prices : float64 array of shape (openings,)
        ``P(Poisson(load) < vacancies)``: what one more suitable applicant is worth, 0..1.
    loads : float64 array of shape (openings,)
        Suitable applicants to be expected.
    weights : float64 array of shape (k,)
        Chance that a place of the slate is looked at, relative to the first.
    mu : float
    sweeps : tuple of Sweep
        The last one is the certificate of these slates.
    """

    opening: Int32
    edge: Int64
    prices: Float64
    loads: Float64
    weights: Float64
    mu: float
    sweeps: tuple[Sweep, ...]

    @property
    def objective(self) -> float:
        """Objective of these slates."""
        return self.sweeps[-1].objective

    @property
    def expected_fills(self) -> float:
        """Vacancies expected to be filled."""
        return self.sweeps[-1].expected_fills

    @property
    def upper_bound(self) -> float:
        """No slates can do better than this."""
        return self.sweeps[-1].upper_bound

    @property
    def gap(self) -> float:
        """How far from optimal at most, as a share of the bound."""
        return self.sweeps[-1].gap


def position_weights(k: int) -> Float64:
    """Chance of being looked at by rank, ``1 / log2(1 + rank)``.

    Examples
    --------
    >>> position_weights(3).round(3).tolist()
    [1.0, 0.631, 0.5]
    """
    if k < 1:
        raise MarketError("out_of_range", f"k is {k}: give 1 or more")
    values: Float64 = 1.0 / np.log2(np.arange(2, k + 2, dtype=np.float64))
    return values


def slates(
    edges: Edges,
    chances: Probabilities,
    vacancies: npt.ArrayLike,
    *,
    k: int = 10,
    mu: float = 0.02,
    sweeps: int = 5,
    weights: npt.ArrayLike | None = None,
    start_load: npt.ArrayLike | None = None,
    threads: int | None = None,
    engine: str = "local",
    progress: Callable[[int, Sweep], None] | None = None,
) -> Slates:
    """Choose an ordered slate for everybody that fills as many vacancies as possible.

    Maximises ``sum_j E[min(n_j, Poisson(s_j))] + mu * interest`` where ``s_j`` adds up ``p q v_rank`` over the people
    that see opening ``j``. Each person in turn takes the best ``k`` of ``price_j p q + mu p``, with her own
    contribution removed; the price is the derivative of the expected fills. After every sweep a bound is computed
    that no slates can exceed.

    Parameters
    ----------
    edges : Edges
    chances : Probabilities
        Parallel to the edges.
    vacancies : int array of shape (openings,)
        0 or more; an opening with none is never shown.
    k : int
        Length of a slate; a person with fewer candidates gets a shorter one.
    mu : float
        Weight of the people's own interest against filled vacancies; 0 or more.
    sweeps : int
        At least 1.
    weights : float array of shape (k,) or None
        Falling, positive; `position_weights` by default.
    start_load : float array of shape (openings,) or None
        Suitable applicants already there from earlier days.
    threads : int or None
        The result is the same bytes for any number.
    engine : {"local", "ray"}
    progress : callable or None
        Called with the number of the sweep and its `Sweep`.

    Returns
    -------
    Slates

    Raises
    ------
    MarketError
        ``bad_probability`` (with the row), ``out_of_range``, ``bad_shape``.

    Notes
    -----
    People are cut into fixed slices; one slice of every shard answers at a time, then loads and prices are settled in
    whole numbers. So the bytes do not depend on threads, and two threads never race on a load.

    Examples
    --------
    >>> edges = Edges([0, 2, 4], [0, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], openings=2)
    >>> chances = Probabilities(np.float32([0.9, 0.5, 0.9, 0.5]), np.float32([1.0, 1.0, 1.0, 1.0]))
    >>> slates(edges, chances, [1, 1], k=1, mu=0.0).opening.tolist()
    [[0], [1]]
    """
    places = _checked_vacancies(vacancies, edges.openings)
    rank_weights = _checked_weights(weights, k)
    _check(edges, chances, mu, sweeps)
    given = _checked_load(start_load, edges.openings)
    if engine not in ("local", "ray"):
        raise MarketError("unknown_engine", f"engine is {engine!r}: use 'local' or 'ray'")
    state = _State(edges, chances, places, given, rank_weights, float(mu))
    if engine == "ray":
        state.join_cluster()
    history: list[Sweep] = []
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        for number in range(sweeps):
            changed = state.sweep(pool, thread_count(threads))
            bound = history[-1].upper_bound if history else np.inf
            history.append(state.certify(pool, changed, bound))
            if progress is not None:
                progress(number, history[-1])
    return state.result(tuple(history))


class _State:
    """Loads, prices and slates while they change."""

    def __init__(
        self, edges: Edges, chances: Probabilities, vacancies: Int32, given: Int64, weights: Float64, mu: float
    ) -> None:
        from taihu.engines.matching import slates_kernels

        self.kernels = slates_kernels
        self.edges, self.chances, self.vacancies, self.given = edges, chances, vacancies, given
        self.weights, self.mu = weights, mu
        self.bounds = cut(edges.people, min(MOST_SHARDS, max(1, edges.people // SHARD_PEOPLE)))
        longest = int(np.diff(self.bounds).max())
        self.slice_length = max(1, -(-longest // ROUNDS))
        self.rounds = -(-longest // self.slice_length)
        self.chosen = np.full((edges.people, weights.size), -1, np.int32)
        self.fresh = np.full((self.slice_length * (self.bounds.size - 1), weights.size), -1, np.int32)
        self.touched = np.empty(2 * self.fresh.size, np.int32)
        self.load = given.copy()
        self.price = np.empty(edges.openings, np.float64)
        self.cluster: ClusterResponder | None = None
        slates_kernels.update_prices(0, edges.openings, vacancies, self.load, self.price)

    def join_cluster(self) -> None:
        """Have the answers computed on a Ray cluster."""
        from taihu.engines.matching.cluster import ClusterResponder

        self.cluster = ClusterResponder(
            self.edges, self.chances, self.vacancies, self.weights, self.mu, self.bounds, self.slice_length
        )

    def sweep(self, pool: ThreadPoolExecutor, threads: int) -> int:
        """Let everybody answer once; returns the number of changed places."""
        table = (self.edges.indptr, self.edges.opening, self.chances.p, self.chances.q)
        shares = cut(self.bounds.size - 1, threads)
        changed = 0
        for number in range(self.rounds):
            start = number * self.slice_length
            present = self._present(start)
            if self.cluster is not None:
                self.cluster.respond(start, self.load, self.price, present, self.fresh)
            else:
                arguments = (
                    start, self.slice_length, self.bounds, *table, self.vacancies, self.load, self.price, self.weights,
                    self.mu, present, self.fresh,
                )  # fmt: skip
                self._in_pieces(pool, shares, partial(_respond, self.kernels, arguments))
            count = self.kernels.move_loads(
                start, self.slice_length, self.bounds, *table, self.weights, self.load, self.chosen, self.fresh,
                self.touched,
            )  # fmt: skip
            self.kernels.renew_prices(0, count, self.touched, self.vacancies, self.load, self.price)
            changed += count
        return changed

    def _present(self, start: int) -> Int32:
        """Slates of the slice at ``start`` of every shard, one row per place in `fresh`."""
        row = (self.bounds[:-1, None] + start + np.arange(self.slice_length)).ravel()
        present: Int32 = self.chosen[np.minimum(row, max(self.edges.people - 1, 0))]
        return present

    def _in_pieces(self, pool: ThreadPoolExecutor, shares: Int64, task: Callable[[int, int], Any]) -> list[Any]:
        pieces = list(zip(shares[:-1].tolist(), shares[1:].tolist(), strict=True))
        if len(pieces) == 1:
            return [task(*pieces[0])]
        return list(pool.map(lambda piece: task(*piece), pieces))

    def certify(self, pool: ThreadPoolExecutor, changed: int, best_bound: float) -> Sweep:
        """Objective and upper bound at the present loads."""
        chunks = cut(self.edges.people, -(-self.edges.people // CHUNK))
        arguments = (
            self.edges.indptr, self.edges.opening, self.chances.p, self.chances.q, self.vacancies, self.price,
            self.weights, self.mu, self.chosen,
        )  # fmt: skip
        terms = self._in_pieces(pool, chunks, lambda first, last: self.kernels.bound_terms(first, last, *arguments))
        most, interest = sum(term[0] for term in terms), sum(term[1] for term in terms)
        fills, rest = self.kernels.opening_terms(self.vacancies, self.load, self.given)
        objective = fills + self.mu * interest
        bound = min(best_bound, max(rest + most, objective))
        gap = (bound - objective) / bound if bound > 0 else 0.0
        return Sweep(objective, bound, gap, fills, interest, changed)

    def result(self, history: tuple[Sweep, ...]) -> Slates:
        """The finished slates."""
        edge = np.where(self.chosen >= 0, self.edges.indptr[:-1, None] + self.chosen, -1)
        shown = np.where(edge >= 0, self.edges.opening[edge] if len(self.edges) else -1, -1).astype(np.int32)
        return Slates(shown, edge, self.price, self.load / self.kernels.SCALE, self.weights, self.mu, history)


def _respond(kernels: Any, arguments: tuple[Any, ...], first: int, last: int) -> None:
    kernels.respond(first, last, *arguments)


def _check(edges: Edges, chances: Probabilities, mu: float, sweeps: int) -> None:
    if not chances.p.size == chances.q.size == len(edges):
        raise MarketError("bad_shape", f"{len(edges)} edges but {chances.p.size} p and {chances.q.size} q")
    check_probabilities(chances.p, "p")
    check_probabilities(chances.q, "q")
    if not (mu >= 0 and np.isfinite(mu)):
        raise MarketError("out_of_range", f"mu is {mu}: must be 0 or more")
    if sweeps < 1:
        raise MarketError("out_of_range", f"sweeps is {sweeps}: give 1 or more")


def _checked_vacancies(vacancies: npt.ArrayLike, openings: int) -> Int32:
    places = frozen_array(vacancies, np.int32, "vacancies")
    if places.size != openings:
        raise MarketError("bad_shape", f"{places.size} vacancies for {openings} openings")
    if places.size and places.min() < 0:
        row = int(np.argmax(places < 0))
        raise MarketError("out_of_range", f"vacancies is {int(places[row])}: must be 0 or more", row=row)
    return places


def _checked_weights(weights: npt.ArrayLike | None, k: int) -> Float64:
    values = position_weights(k) if weights is None else np.asarray(weights, np.float64)
    if values.shape != (k,):
        raise MarketError("bad_shape", f"weights must be {k} numbers, one per place of the slate")
    if not (np.isfinite(values).all() and values.min() > 0 and values.max() <= 1 and (np.diff(values) <= 0).all()):
        raise MarketError("out_of_range", "weights must be above 0, at most 1 and never rise")
    return values


def _checked_load(start_load: npt.ArrayLike | None, openings: int) -> Int64:
    if start_load is None:
        return np.zeros(openings, np.int64)
    load = np.asarray(start_load, np.float64)
    if load.shape != (openings,):
        raise MarketError("bad_shape", f"start_load has shape {load.shape}, there are {openings} openings")
    wrong = ~((load >= 0) & (load < 1e6))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MarketError("out_of_range", f"start_load is {load[row]}: must lie in 0..1e6", row=row)
    return (load * 2.0**40).astype(np.int64)
