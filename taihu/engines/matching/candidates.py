"""Exact two-sided candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int32, row_pointer
from taihu.engines.matching.candidates_index import (
    OpeningIndex,
    area_numbers,
    build_index,
    cells_of_areas,
    certificate_bits,
)
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.exploration import explore
from taihu.engines.matching.market import Market, People
from taihu.engines.matching.runtime import cut, run_tasks, thread_count

#: People that are scanned together, so that an area's openings stay in the processor's cache.
CHUNK = 4096

Keys = npt.NDArray[np.uint64]


def candidates(
    market: Market,
    k: int = 50,
    *,
    exploration: int = 0,
    seed: int = 0,
    threads: int | None = None,
    engine: str = "local",
    progress: Callable[[int, int], None] | None = None,
) -> Edges:
    """Every person's best ``k`` openings and every opening's best ``k`` people, exactly.

    A pair is a candidate when it satisfies the hard conditions of *both* sides and its score is positive, that is, when
    they share a feature. Of equal scores the smaller id wins. The result is the union of both directions.

    Parameters
    ----------
    market : Market
    k : int
        Length of the lists; a longer list than there are candidates is simply shorter.
    exploration : int
        Openings with fewer edges than this get random permitted people until they have as many (or none are found);
        score may then be 0.
    seed : int
        Decides the exploration, and nothing else.
    threads : int or None
        All cores by default; the result is the same bytes for any number.
    engine : {"local", "ray"}
        ``"ray"`` spreads shards of people over a Ray cluster, with the same bytes as result.
    progress : callable or None
        Called with the number of people scanned and of all people.

    Returns
    -------
    Edges

    Raises
    ------
    MarketError
        ``out_of_range`` unless ``k`` is at least 1 and ``exploration`` at least 0; ``unknown_engine``.

    Notes
    -----
    Every pair that may meet is scored once, area by area, in small whole numbers; a block of scores is looked at only when
    one of them can enter the list of its person or of its opening. See ``docs/engines/matching.md``.

    Examples
    --------
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "skills": ["welding", "fitting"]}, {"id": 2, "skills": ["baking"]}],
    ...     openings=[{"id": 10, "skills": ["welding"]}, {"id": 11, "skills": ["baking"], "degree_min": 3}],
    ... )
    >>> edges = candidates(market, k=5)
    >>> edges.opening.tolist(), edges.source.tolist()
    ([0], [3])
    """
    if k < 1:
        raise MarketError("out_of_range", f"k is {k}: give 1 or more")
    if exploration < 0:
        raise MarketError("out_of_range", f"exploration is {exploration}: give 0 or more")
    if engine not in ("local", "ray"):
        raise MarketError("unknown_engine", f"engine is {engine!r}: use 'local' or 'ray'")
    index = build_index(market)
    workers = thread_count(threads)
    if engine == "ray":
        from taihu.engines.matching.cluster import scan_on_cluster

        found = scan_on_cluster(market, index, k, progress)
    else:
        found = scan(market, index, k, workers, progress)
    edges = join(market, index, found, workers)
    return explore(market, edges, exploration, seed) if exploration else edges


@dataclass
class Found:
    """Lists of both directions before they are joined.

    Attributes
    ----------
    opening, score : arrays of shape (people, k)
        Sorted by opening row, of which ``kept`` are filled.
    keys, count
        Best people of every opening position, ``k`` places each, of which ``count`` are filled, in no order.
    """

    opening: Int32
    score: Int32
    kept: Int32
    keys: Keys
    count: Int32


class Bars:
    """What it takes to enter the list of each opening; shared by all threads, because every thread's bar holds for all.

    A bar only ever rises, and each value written is a valid one, so a lost write costs time and never a candidate.

    Attributes
    ----------
    need : array of shape (openings,)
        Least score.
    floor : uint64 array of shape (openings,)
        The key that must be exceeded.
    """

    def __init__(self, openings: int, dtype: npt.DTypeLike) -> None:
        self.need = np.ones(openings, dtype)
        self.floor = np.zeros(openings, np.uint64)


class Pools:
    """Best people of every opening that one thread has met, with room for as many more before a cut."""

    def __init__(self, openings: int, k: int, bars: Bars) -> None:
        self.room = 2 * k + 16
        self.keys = np.empty(openings * self.room, np.uint64)
        self.count = np.zeros(openings, np.int32)
        self.bars = bars

    def for_kernel(self) -> tuple[Any, ...]:
        """Arrays as the kernel takes them."""
        return self.keys, self.count, self.room, self.bars.need, self.bars.floor


class Scanner:
    """Scans people against an index; shared by the full run, the shards of a cluster and the online service."""

    def __init__(self, market: Market, index: OpeningIndex, k: int) -> None:
        from taihu.engines.matching import candidates_kernels, selection_kernels

        self.kernels, self.selection, self.market, self.index = candidates_kernels, selection_kernels, market, index
        self.length = min(k, max(1, len(market.openings), len(market.people)))
        openings = market.openings
        _, area_start = cells_of_areas(index)
        self.cells = (
            index.row_of, index.special, index.pay, area_start, index.cell_start, index.cell_type, index.cell_degree,
        )  # fmt: skip
        self.lists = (
            index.list_start, index.list_place, index.list_weight, index.dense_start, index.dense_weight,
            index.degree_rank, index.experience_rank, market.vocabulary.total,
        )  # fmt: skip
        self.openings = (
            openings.ids, openings.employer, openings.certificates.indptr, openings.certificates.ids,
            openings.never_people.indptr, openings.never_people.ids,
        )  # fmt: skip
        self.required = certificate_bits(openings.certificates)[index.row_of]
        self.longest = int(np.diff(index.cell_start).max(initial=0))

    def score_dtype(self, people: People) -> np.dtype[Any]:
        """Narrowest type that holds every possible score of these people."""
        product = people.features.weights.astype(np.int64) * self.index.heaviest[people.features.ids]
        total = np.zeros(product.size + 1, np.int64)
        np.cumsum(product, out=total[1:])
        largest = int((total[people.features.indptr[1:]] - total[people.features.indptr[:-1]]).max(initial=0))
        if largest >= 2**30:
            raise MarketError("out_of_range", f"a score could reach {largest}: use smaller weights or fewer features")
        return np.dtype(np.int16 if largest < 2**15 else np.int32)

    def inputs(self, people: People) -> tuple[Any, ...]:
        """Arrays of the people as the kernel takes them."""
        ranks = (self.index.degree.rank(people.degree), self.index.experience.rank(people.experience))
        profile = (people.features.indptr, people.features.ids, people.features.weights)
        lists = (
            people.ids, people.certificates.indptr, people.certificates.ids, people.never_openings.indptr,
            people.never_openings.ids, people.never_employers.indptr, people.never_employers.ids,
        )  # fmt: skip
        openings = self.market.openings
        limits = (self.index.exact, people.degree, people.experience, openings.degree_min, openings.experience_min)
        wishes = (people.types, people.pay_floor, ranks, *area_numbers(self.index, people))
        return profile, wishes, limits, (certificate_bits(people.certificates), self.required), lists

    def pools(self, bars: Bars) -> Pools:
        """Empty pools of the openings."""
        return Pools(len(self.market.openings), self.length, bars)

    def without_openings(self, dtype: np.dtype[Any]) -> tuple[Any, ...]:
        """Pools that no person can enter: for people whose own list is all that is asked for."""
        need = np.full(len(self.market.openings), np.iinfo(dtype).max, dtype)
        return np.empty(0, np.uint64), np.empty(0, np.int32), 0, need, np.empty(0, np.uint64)

    def scan_chunk(
        self,
        first: int,
        last: int,
        oldest: int,
        inputs: tuple[Any, ...],
        other: tuple[Any, ...],
        line: npt.NDArray[Any],
    ) -> tuple[Keys, Int32, int]:
        """Best openings of people ``first`` to ``last`` as pools with their room; the openings' pools grow on the way.

        All people below row ``oldest`` have been offered to the openings before. ``line`` is scratch for one cell's scores.
        """
        room = 2 * self.length + 16
        own, count = np.empty((last - first) * room, np.uint64), np.zeros(last - first, np.int32)
        profile, wishes, limits, certificates, lists = inputs
        never = line.dtype.type(np.iinfo(line.dtype).min)
        hits = np.zeros(64, np.uint8)
        scratch = (hits, hits.view(np.uint64), np.empty(self.kernels.BLOCK, np.int64))
        self.kernels.scan_chunk(
            first, last, self.length, oldest, line, never, scratch, self.cells, self.lists, profile, wishes, limits,
            certificates, lists, self.openings, (own, count, np.zeros(last - first, np.uint64), room), other,
        )  # fmt: skip
        self.selection.cut_all(own, count, room, self.length)
        return own, count, room


class _Chunks:
    """Chunks of people handed out in order, with the first row that is not yet done with."""

    def __init__(self, people: int, threads: int) -> None:
        bounds = cut(people, max(-(-people // CHUNK), min(threads, people))) if people else np.zeros(1, np.int64)
        self._left, self._lock = list(pairwise(bounds.tolist()))[::-1], Lock()
        self._busy: dict[int, int] = {}

    def take(self, worker: int) -> tuple[int, int, int] | None:
        """First and last row of the next chunk, and the oldest row that any worker has in hand."""
        with self._lock:
            self._busy.pop(worker, None)
            if not self._left:
                return None
            first, last = self._left.pop()
            self._busy[worker] = first
            return first, last, min(self._busy.values())


def scan(
    market: Market, index: OpeningIndex, k: int, threads: int, progress: Callable[[int, int], None] | None = None
) -> Found:
    """Both directions over all people of a market."""
    scanner, people = Scanner(market, index, k), market.people
    dtype, inputs, n = scanner.score_dtype(people), scanner.inputs(people), len(people)
    length = scanner.length
    found = Found(
        np.empty((n, length), np.int32), np.empty((n, length), np.int32), np.zeros(n, np.int32),
        np.empty(len(market.openings) * length, np.uint64), np.zeros(len(market.openings), np.int32),
    )  # fmt: skip
    chunks, bars = _Chunks(n, threads), Bars(len(market.openings), dtype)

    def work(worker: int) -> Pools:
        pools, line = scanner.pools(bars), np.empty(scanner.longest, dtype)
        while (chunk := chunks.take(worker)) is not None:
            first, last, oldest = chunk
            own, count, room = scanner.scan_chunk(first, last, oldest, inputs, pools.for_kernel(), line)
            scanner.kernels.sort_rows(own, count, room, first, found.opening, found.score, found.kept)
            if progress is not None:
                progress(last, n)
        return pools

    for pools in run_tasks([partial(work, worker) for worker in range(min(threads, -(-n // CHUNK) or 1))], threads):
        scanner.selection.merge_pools(found.keys, found.count, pools.keys, pools.count, pools.room, length)
    return found


def join(market: Market, index: OpeningIndex, found: Found, threads: int) -> Edges:
    """Edges from the lists of both directions."""
    from taihu.engines.matching import candidates_kernels as kernels

    n, length = len(market.people), found.opening.shape[1]
    back_ptr, back_opening, back_score = kernels.by_person(found.keys, found.count, length, index.row_of, n)
    total = np.empty(n, np.int64)
    pieces = list(pairwise(cut(n, 4 * threads).tolist())) if n else []
    run_tasks(
        [
            partial(kernels.count_union, a, b, found.kept, found.opening, back_ptr, back_opening, total)
            for a, b in pieces
        ],
        threads,
    )
    indptr = row_pointer(total)
    edges = int(indptr[-1])
    opening, score, source = np.empty(edges, np.int32), np.empty(edges, np.int32), np.empty(edges, np.uint8)
    run_tasks(
        [
            partial(
                kernels.fill_union, a, b, found.kept, found.opening, found.score, back_ptr, back_opening, back_score,
                indptr, opening, score, source,
            )
            for a, b in pieces
        ],
        threads,
    )  # fmt: skip
    return Edges(indptr, opening, score, source, len(market.openings))
