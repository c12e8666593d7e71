"""Candidates equal brute force, both ways, for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.matching import Edges, MarketError, candidates, reference
from tests.engines.matching.markets import random_market


def same(left: Edges, right: Edges) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in ("indptr", "opening", "score", "source")
    )


@given(
    seed=st.integers(0, 10**6),
    people=st.integers(0, 40),
    openings=st.integers(0, 40),
    k=st.integers(1, 12),
    heaviest=st.sampled_from([1, 4, 255]),
    spread=st.sampled_from([3, 7, 120]),
)
@settings(max_examples=60, deadline=None)
def test_candidates_equal_brute_force(
    seed: int, people: int, openings: int, k: int, heaviest: int, spread: int
) -> None:
    market = random_market(seed, people, openings, heaviest=heaviest, spread=spread)

    assert same(candidates(market, k), reference.candidates(market, k))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_candidates_have_the_same_bytes_on_any_number_of_threads(threads: int) -> None:
    market = random_market(3, 300, 200)

    assert same(candidates(market, 10, threads=threads), reference.candidates(market, 10))


@pytest.mark.parametrize("options", [{"k": 0}, {"exploration": -1}, {"engine": "spark"}, {"threads": 0}])
def test_candidates_refuse_nonsense(options: dict[str, object]) -> None:
    with pytest.raises(MarketError):
        candidates(random_market(1), **options)
