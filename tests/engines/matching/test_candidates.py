"""Candidates equal brute force, both ways, for any number of threads."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.matching import Edges, Market, MarketError, candidates, probabilities, reference, slates
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


@given(seed=st.integers(0, 10**6), k=st.integers(1, 6), threads=st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_threads_that_share_their_bars_lose_no_candidate(seed: int, k: int, threads: int) -> None:
    market = random_market(seed, 150, 12, features=6)
    module = sys.modules["taihu.engines.matching.candidates"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", 7)
        found = candidates(market, k, threads=threads)

    assert same(found, reference.candidates(market, k))


def test_a_long_list_is_found_from_a_guessed_level() -> None:
    market = random_market(5, 30, 900, heaviest=9)

    for k in (1, 7, 200):
        assert same(candidates(market, k), reference.candidates(market, k))


def test_a_person_who_can_have_nothing_has_no_edges() -> None:
    market = Market.from_records(
        people=[{"id": 1, "skills": "焊工", "pay_floor": 900000}, {"id": 2, "skills": "焊工"}],
        openings=[{"id": 10, "skills": "焊工", "pay_max": 800000}],
    )
    edges = candidates(market, 10**6)
    result = slates(edges, probabilities(market, edges), [1], k=10**3)

    assert edges.indptr.tolist() == [0, 0, 1]
    assert (result.opening[0] == -1).all()
    assert result.opening[1, :2].tolist() == [0, -1]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_candidates_have_the_same_bytes_on_any_number_of_threads(threads: int) -> None:
    market = random_market(3, 300, 200)

    assert same(candidates(market, 10, threads=threads), reference.candidates(market, 10))


@pytest.mark.parametrize("options", [{"k": 0}, {"exploration": -1}, {"engine": "spark"}, {"threads": 0}])
def test_candidates_refuse_nonsense(options: dict[str, object]) -> None:
    with pytest.raises(MarketError):
        candidates(random_market(1), **options)
