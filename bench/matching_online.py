"""Latency of single new people and openings at city size.

python -m bench.matching_online [people] [openings]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from bench.matching_city import city
from bench.matching_measure import report, timed
from taihu.engines.matching import Online, Slates, position_weights

CALLS = 1000


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """Median, 99th percentile and largest."""
    return {
        name: round(float(np.percentile(milliseconds, share)), 3)
        for name, share in (("p50", 50), ("p99", 99), ("max", 100))
    }


def latencies(work: Callable[[int], object]) -> dict[str, dict[str, float]]:
    """Wall and processor milliseconds of ``CALLS`` calls; processor time is what a quiet machine would need."""
    wall, processor = [], []
    for i in range(CALLS):
        start, spent = time.perf_counter(), time.thread_time()
        work(i)
        wall.append((time.perf_counter() - start) * 1e3)
        processor.append((time.thread_time() - spent) * 1e3)
    return {"wall": percentiles(wall), "processor": percentiles(processor)}


def main() -> None:
    """Run and report."""
    words = [int(word) for word in sys.argv[1:]]
    people, openings = [*words, *[1_954_000, 200_000][len(words) :]]
    market, fresh = city(people, openings), city(CALLS, CALLS, seed=99)
    prices = np.random.default_rng(1).random(openings)
    empty = np.zeros((0, 10))
    result = Slates(empty, empty, prices, prices, position_weights(10), 0.02, ())
    online, build = timed(lambda: Online(market, result))
    online.serve_person(fresh.people.take(0, 1))
    online.serve_opening(fresh.openings.take(0, 1))
    _, remove_seconds = timed(lambda: online.remove_person(5))
    report(
        {
            "people": people, "openings": openings, "calls": CALLS, "seconds": round(build, 2),
            "person_milliseconds": latencies(lambda i: online.serve_person(fresh.people.take(i, i + 1))),
            "opening_milliseconds": latencies(lambda i: online.serve_opening(fresh.openings.take(i, i + 1))),
            "remove_person_milliseconds": round(remove_seconds * 1e3, 3),
        }
    )  # fmt: skip


if __name__ == "__main__":
    main()
