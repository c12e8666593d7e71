"""Exact two-sided candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int32, row_pointer
from taihu.engines.matching.candidates_index import OpeningIndex, area_numbers, build_index, cells_of_areas
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.exploration import explore
from taihu.engines.matching.market import Market, People
from taihu.engines.matching.runtime import cut, run_tasks, thread_count

#: People that are scanned together, so that an area's openings stay in the processor's cache.
CHUNK = 8192

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
    heap, count
        Best people of every opening position, as keys.
    """

    opening: Int32
    score: Int32
    kept: Int32
    heap: Keys
    count: Int32


class _Heaps:
    """Best people of every opening, for one thread."""

    def __init__(self, openings: int, k: int, dtype: npt.DTypeLike) -> None:
        self.heap = np.empty(openings * k, np.uint64)
        self.count = np.zeros(openings, np.int32)
        self.need = np.ones(openings, dtype)


class Scanner:
    """Scans people against an index; shared by the full run, the shards of a cluster and the online service."""

    def __init__(self, market: Market, index: OpeningIndex, k: int) -> None:
        from taihu.engines.matching import candidates_kernels

        self.kernels, self.market, self.index = candidates_kernels, market, index
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
        return profile, (people.types, people.pay_floor, ranks, *area_numbers(self.index, people)), limits, lists

    def heaps(self, dtype: np.dtype[Any]) -> _Heaps:
        """Empty lists of the openings."""
        return _Heaps(len(self.market.openings), self.length, dtype)

    def scan_chunk(
        self, first: int, last: int, inputs: tuple[Any, ...], heaps: _Heaps, both: bool, scores: npt.NDArray[Any]
    ) -> tuple[Keys, Int32]:
        """Best openings of people ``first`` to ``last`` as heaps; the openings' own lists grow on the way."""
        own = np.empty((last - first) * self.length, np.uint64)
        own_count = np.zeros(last - first, np.int32)
        profile, wishes, limits, lists = inputs
        never = scores.dtype.type(np.iinfo(scores.dtype).min)
        hits = np.zeros(self.kernels.BLOCK, np.uint8)
        self.kernels.scan_chunk(
            first, last, self.length, scores, never, hits, hits.view(np.uint64), self.cells, self.lists, profile, wishes,
            limits, lists, self.openings, own, own_count, heaps.heap, heaps.count, heaps.need, both,
        )  # fmt: skip
        return own, own_count


def scan(
    market: Market, index: OpeningIndex, k: int, threads: int, progress: Callable[[int, int], None] | None = None
) -> Found:
    """Both directions over all people of a market."""
    scanner, people = Scanner(market, index, k), market.people
    dtype, inputs, n = scanner.score_dtype(people), scanner.inputs(people), len(people)
    length = scanner.length
    found = Found(
        np.empty((n, length), np.int32), np.empty((n, length), np.int32), np.zeros(n, np.int32),
        np.empty(0, np.uint64), np.empty(0, np.int32),
    )  # fmt: skip
    chunks: SimpleQueue[tuple[int, int]] = SimpleQueue()
    bounds = cut(n, max(-(-n // CHUNK), min(threads, n))) if n else np.zeros(1, np.int64)
    for chunk in pairwise(bounds.tolist()):
        chunks.put(chunk)

    def work() -> _Heaps:
        heaps, scores = scanner.heaps(dtype), np.empty(scanner.longest, dtype)
        while True:
            try:
                first, last = chunks.get_nowait()
            except Empty:
                break
            own, count = scanner.scan_chunk(first, last, inputs, heaps, True, scores)
            scanner.kernels.sort_rows(own, count, length, first, found.opening, found.score, found.kept)
            if progress is not None:
                progress(last, n)
        return heaps

    every = run_tasks([work] * min(threads, max(1, bounds.size - 1)), threads)
    for more in every[1:]:
        scanner.kernels.merge_heaps(every[0].heap, every[0].count, more.heap, more.count, length)
    found.heap, found.count = every[0].heap, every[0].count
    return found


def join(market: Market, index: OpeningIndex, found: Found, threads: int) -> Edges:
    """Edges from the lists of both directions."""
    from taihu.engines.matching import candidates_kernels as kernels

    n, length = len(market.people), found.opening.shape[1]
    back_ptr, back_opening, back_score = kernels.by_person(found.heap, found.count, length, index.row_of, n)
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
