"""Candidates and slates from 20,000 to 2,000,000 people: cost grows linearly.

python -m bench.matching_scaling [largest]
"""

from __future__ import annotations

import sys
import time

from bench.matching_city import city
from bench.matching_measure import report, timed
from taihu.engines.matching import candidates, probabilities, slates

SIZES = (20_000, 60_000, 200_000, 600_000, 2_000_000)


def main() -> None:
    """Run and report."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    curve = []
    for people in (size for size in SIZES if size <= largest):
        market = city(people, people // 10)
        start = time.process_time()
        edges, search = timed(lambda market=market: candidates(market, 50))
        chances, rate = timed(lambda market=market, edges=edges: probabilities(market, edges))
        result, allocate = timed(
            lambda market=market, edges=edges, chances=chances: slates(edges, chances, market.openings.vacancies)
        )
        curve.append(
            {
                "people": people, "openings": people // 10, "edges": len(edges), "candidates_seconds": round(search, 2),
                "probabilities_seconds": round(rate, 2), "slates_seconds": round(allocate, 2), "gap": round(result.gap, 6),
                "processor_seconds": round(time.process_time() - start, 2),
            }
        )  # fmt: skip
        print(curve[-1], file=sys.stderr, flush=True)
    report({"curve": curve})


if __name__ == "__main__":
    main()
