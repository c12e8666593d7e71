"""One profile served now equals what a full run would have found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.matching import (
    FROM_OPENING,
    FROM_PERSON,
    MarketError,
    Online,
    Slates,
    candidates,
    probabilities,
    reference,
    slates,
)
from tests.engines.matching.markets import random_market


@pytest.fixture(scope="module", params=[1, 2])
def run(request):
    market = random_market(request.param, 120, 60)
    edges = candidates(market, 10)
    chances = probabilities(market, edges)
    return market, edges, slates(edges, chances, market.openings.vacancies, k=60, sweeps=1)


def test_a_person_gets_her_candidates_that_have_vacancies(run) -> None:
    market, _, result = run
    online = Online(market, result, candidates=60)
    wide = candidates(market, 120)

    for i in range(len(market.people)):
        where = wide.row(i)
        mine = wide.opening[where][(wide.source[where] & FROM_PERSON) > 0]
        expected = {int(j) for j in mine if market.openings.vacancies[j] > 0}
        assert set(online.serve_person(market.people.take(i, i + 1)).rows.tolist()) == expected


def test_an_opening_gets_its_best_people(run) -> None:
    market, edges, result = run
    online = Online(market, result, candidates=10)
    person = edges.person_of_edges()

    for j in range(len(market.openings)):
        expected = person[(edges.opening == j) & ((edges.source & FROM_OPENING) > 0)]
        assert sorted(online.serve_opening(market.openings.take(j, j + 1)).rows.tolist()) == expected.tolist()


@given(
    seed=st.integers(0, 10**6),
    people=st.integers(1, 80),
    k=st.sampled_from([1, 3, 10, 200]),
    heaviest=st.sampled_from([1, 4, 255]),
    areas_each=st.sampled_from([1, 2, 7]),
)
@settings(max_examples=40, deadline=None)
def test_any_opening_gets_the_people_that_brute_force_finds(
    seed: int, people: int, k: int, heaviest: int, areas_each: int
) -> None:
    market = random_market(seed, people, 8, heaviest=heaviest, areas=7, areas_each=areas_each)
    nothing = Slates(*[np.zeros((0, 1))] * 2, np.ones(8), np.zeros(8), np.ones(1), 0.02, ())
    online = Online(market, nothing, candidates=k)
    gone = seed % people
    online.remove_person(gone)

    for j in range(8):
        scores = {i: reference.score(market, i, j) for i in range(people) if reference.may_meet(market, i, j)}
        best = sorted((-score, i) for i, score in scores.items() if score > 0 and i != gone)[:k]
        served = online.serve_opening(market.openings.take(j, j + 1)).rows
        assert sorted(served.tolist()) == sorted(i for _, i in best)


def test_removed_rows_are_never_served_again(run) -> None:
    market, _, result = run
    online = Online(market, result)
    shown = online.serve_person(market.people.take(5, 6)).rows
    for row in shown:
        online.remove_opening(int(row))

    assert not set(shown.tolist()) & set(online.serve_person(market.people.take(5, 6)).rows.tolist())

    served = online.serve_opening(market.openings.take(3, 4)).rows
    for row in served:
        online.remove_person(int(row))

    assert not set(served.tolist()) & set(online.serve_opening(market.openings.take(3, 4)).rows.tolist())


def test_values_are_price_times_chance_plus_interest(run) -> None:
    market, _, result = run
    served = Online(market, result).serve_person(market.people.take(7, 8))

    assert np.allclose(served.value, result.prices[served.rows] * served.p * served.q + result.mu * served.p)
    assert (np.diff(served.value) <= 0).all()


def test_several_rows_are_refused(run) -> None:
    market, _, result = run

    with pytest.raises(MarketError, match="one person at a time"):
        Online(market, result).serve_person(market.people)
