"""Compile every kernel once, so that the first match after an installation does not wait for the compiler.

``python -m taihu.engines.matching.prepare`` does this at installation; kernels already in the cache are only loaded.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from taihu.engines.matching.auction import capped_slates
from taihu.engines.matching.candidates import candidates
from taihu.engines.matching.market import Market
from taihu.engines.matching.online import Online
from taihu.engines.matching.probabilities import probabilities
from taihu.engines.matching.simulate import simulate
from taihu.engines.matching.slates import slates


def prepare() -> float:
    """Run every kernel on a market of two people; returns the seconds it took.

    Examples
    --------
    >>> prepare() > 0
    True
    """
    start = time.perf_counter()
    for features in (1, 200):  # few features score in 16-bit numbers, many in 32-bit numbers
        words = [f"{number}" for number in range(features)]
        market = Market.from_records(
            people=[{"id": 1, "skills": words}, {"id": 2, "skills": words[:1], "certificates": ["c"]}],
            openings=[{"id": 1, "skills": words}, {"id": 2, "skills": words[:1], "certificates": ["c"]}],
        )
        edges = candidates(market, exploration=1)
        chances = probabilities(market, edges)
        result = slates(edges, chances, market.openings.vacancies)
        online = Online(market, result)
        online.serve_person(market.people.take(0, 1))
        online.serve_opening(market.openings.take(0, 1))
    capped_slates(edges, chances.p * chances.q, np.ones(2, np.int64))
    simulate(edges, chances, market.openings.vacancies, result.edge, result.weights, seed=0)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.stderr.write(f"matching: kernels ready after {prepare():.1f} s\n")
