"""Latency of single new people and openings at city size.

python -m bench.matching_online [people] [openings]
"""

from __future__ import annotations

import sys

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
    person = [timed(lambda i=i: online.serve_person(fresh.people.take(i, i + 1)))[1] * 1e3 for i in range(CALLS)]
    opening = [timed(lambda i=i: online.serve_opening(fresh.openings.take(i, i + 1)))[1] * 1e3 for i in range(CALLS)]
    report(
        {
            "people": people, "openings": openings, "calls": CALLS, "seconds": round(build, 2),
            "person_milliseconds": percentiles(person), "opening_milliseconds": percentiles(opening),
        }
    )  # fmt: skip


if __name__ == "__main__":
    main()
