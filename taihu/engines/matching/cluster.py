"""The same run on a Ray cluster: shards of people, lost work done again, the same bytes as on one machine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from taihu.engines.matching.arrays import Float64, Int32, Int64
from taihu.engines.matching.candidates import CHUNK, Bars, Found, Keys, Scanner
from taihu.engines.matching.candidates_index import OpeningIndex
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.market import Market
from taihu.engines.matching.probabilities import Probabilities
from taihu.engines.matching.runtime import cut

#: Shards per run, whatever the number of workers; a shard whose worker dies is done again elsewhere.
SHARDS = 64
#: Times that Ray repeats a shard before it gives up.
RETRIES = 5


def connected_ray() -> Any:
    """The ``ray`` module, connected to the cluster of ``RAY_ADDRESS`` or to one on this machine.

    Raises
    ------
    MarketError
        ``no_ray`` when it is not installed.
    """
    try:
        import ray
    except ImportError:
        raise MarketError("no_ray", "engine='ray' needs the package ray: install it, or use engine='local'") from None
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False)
    return ray


def scan_shard(
    market: Market, index: OpeningIndex, k: int, first: int, last: int
) -> tuple[Int32, Int32, Int32, Keys, Int32]:
    """Lists of both directions for the people of one shard; rows in the keys are those of the whole market."""
    scanner, people = Scanner(market, index, k), market.people
    dtype, inputs, length = scanner.score_dtype(people), scanner.inputs(people), scanner.length
    bars = Bars(len(market.openings), dtype)
    pools, line = scanner.pools(bars), np.empty(scanner.longest, dtype)
    opening, score = np.empty((last - first, length), np.int32), np.empty((last - first, length), np.int32)
    kept = np.zeros(last - first, np.int32)
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        own, count, room = scanner.scan_chunk(start, stop, start, inputs, pools.for_kernel(), line)
        scanner.kernels.sort_rows(own, count, room, start - first, opening, score, kept)
    scanner.selection.cut_all(pools.keys, pools.count, pools.room, length)
    filled = np.arange(pools.room) < pools.count[:, None]
    return opening, score, kept, pools.keys.reshape(-1, pools.room)[filled], pools.count


def scan_on_cluster(
    market: Market, index: OpeningIndex, k: int, progress: Callable[[int, int], None] | None = None
) -> Found:
    """As `candidates.scan`, by shards of people on a Ray cluster."""
    ray = connected_ray()
    n = len(market.people)
    scanner = Scanner(market, index, k)
    length = scanner.length
    found = Found(
        np.empty((n, length), np.int32), np.empty((n, length), np.int32), np.zeros(n, np.int32),
        np.empty(len(market.openings) * length, np.uint64), np.zeros(len(market.openings), np.int32),
    )  # fmt: skip
    shared = ray.put((market, index))
    task = ray.remote(_scan_shared).options(max_retries=RETRIES, retry_exceptions=False)
    shards = list(pairwise(cut(n, SHARDS).tolist())) if n else []
    waiting = {task.remote(shared, k, first, last): (first, last) for first, last in shards}
    while waiting:
        ready, _ = ray.wait(list(waiting), num_returns=1)
        first, last = waiting.pop(ready[0])
        opening, score, kept, keys, count = ray.get(ready[0])
        found.opening[first:last], found.score[first:last], found.kept[first:last] = opening, score, kept
        pools = np.empty((count.size, length), np.uint64)
        pools[np.arange(length) < count[:, None]] = keys
        scanner.selection.merge_pools(found.keys, found.count, pools.ravel(), count, length, length)
        if progress is not None:
            progress(n - sum(stop - start for start, stop in waiting.values()), n)
    return found


def _scan_shared(shared: tuple[Market, OpeningIndex], k: int, first: int, last: int) -> Any:
    return scan_shard(*shared, k, first, last)


class ClusterResponder:
    """Best responses of one round, computed by tasks on the cluster; a task whose worker dies is done again."""

    def __init__(
        self, edges: Edges, chances: Probabilities, vacancies: Int32, weights: Float64, mu: float, bounds: Int64,
        slice_length: int,
    ) -> None:  # fmt: skip
        self.ray = connected_ray()
        self.shared = self.ray.put((edges, chances, vacancies, weights, mu, bounds, slice_length))
        self.task = self.ray.remote(_answer_shards).options(max_retries=RETRIES, retry_exceptions=False)
        workers = max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        self.shares = list(pairwise(cut(bounds.size - 1, workers).tolist()))
        self.slice_length = slice_length

    def respond(self, start: int, load: Int64, price: Float64, present: Int32, fresh: Int32) -> None:
        """Fill ``fresh`` with the answers of the slice at ``start`` of every shard."""
        state = self.ray.put((load, price))
        rows = [slice(a * self.slice_length, b * self.slice_length) for a, b in self.shares]
        waiting = [
            self.task.remote(self.shared, state, start, a, b, present[where])
            for (a, b), where in zip(self.shares, rows, strict=True)
        ]
        for where, answer in zip(rows, self.ray.get(waiting), strict=True):
            fresh[where] = answer


def _answer_shards(
    shared: tuple[Any, ...], state: tuple[Int64, Float64], start: int, first: int, last: int, present: Int32
) -> Int32:
    from taihu.engines.matching import slates_kernels

    edges, chances, vacancies, weights, mu, bounds, slice_length = shared
    rows = slice(first * slice_length, last * slice_length)
    everyone = np.full((slice_length * (bounds.size - 1), weights.size), -1, np.int32)
    everyone[rows] = present
    fresh = np.full_like(everyone, -1)
    slates_kernels.respond(
        first, last, start, slice_length, bounds, edges.indptr, edges.opening, chances.p, chances.q, vacancies,
        *state, weights, mu, everyone, fresh,
    )  # fmt: skip
    answer: Int32 = fresh[rows]
    return answer
