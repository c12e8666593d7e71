"""Slates: certificate, checker, determinism, corner cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.matching import (
    Edges,
    MarketError,
    Probabilities,
    Slates,
    candidates,
    position_weights,
    probabilities,
    reference,
    slates,
    verify,
)
from tests.engines.matching.markets import random_market


def random_edges(seed: int, people: int, openings: int, degree: int) -> tuple[Edges, Probabilities, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = [np.sort(rng.choice(openings, min(degree, openings), replace=False)) for _ in range(people)]
    total = sum(row.size for row in rows)
    indptr = np.cumsum([0, *(row.size for row in rows)])
    opening = np.concatenate(rows) if rows else np.zeros(0, int)
    edges = Edges(indptr, opening, np.ones(total, int), np.ones(total, int), openings)
    chances = Probabilities(rng.random(total).astype(np.float32), rng.random(total).astype(np.float32))
    return edges, chances, rng.integers(0, 4, openings)


def checked(edges: Edges, chances: Probabilities, vacancies: np.ndarray, result: Slates):
    return verify(
        indptr=edges.indptr,
        opening=edges.opening,
        p=chances.p,
        q=chances.q,
        vacancies=vacancies,
        slate_edges=result.edge,
        weights=result.weights,
        mu=result.mu,
    )


@given(
    seed=st.integers(0, 10**6),
    people=st.integers(0, 25),
    openings=st.integers(1, 12),
    degree=st.integers(0, 8),
    k=st.integers(1, 4),
    mu=st.sampled_from([0.0, 0.02, 1.0]),
)
@settings(max_examples=40, deadline=None)
def test_slates_equal_the_reference_and_their_certificate_is_confirmed(
    seed: int, people: int, openings: int, degree: int, k: int, mu: float
) -> None:
    edges, chances, vacancies = random_edges(seed, people, openings, degree)

    result = slates(edges, chances, vacancies, k=k, mu=mu, sweeps=3)

    p, q = chances.p.astype(float).tolist(), chances.q.astype(float).tolist()
    weights = position_weights(k).tolist()
    expected = reference.best_responses(edges, p, q, vacancies.tolist(), k=k, mu=mu, sweeps=3, weights=weights)
    value = reference.objective(edges, p, q, vacancies.tolist(), expected, weights, mu)
    certificate = checked(edges, chances, vacancies, result)
    assert certificate.valid
    assert result.objective == pytest.approx(value, abs=1e-5)
    assert result.objective == pytest.approx(certificate.objective, abs=1e-6)
    assert result.upper_bound <= certificate.upper_bound + 1e-6
    assert result.objective <= result.upper_bound


def test_no_other_slates_are_better_than_the_bound() -> None:
    edges, chances, vacancies = random_edges(5, 3, 4, 3)
    result = slates(edges, chances, vacancies, k=1, mu=0.1)
    best = 0.0
    for a in (-1, 0, 1, 2):
        for b in (-1, 3, 4, 5):
            for c in (-1, 6, 7, 8):
                chosen = [[e] if e >= 0 and vacancies[edges.opening[e]] > 0 else [] for e in (a, b, c)]
                p, q = chances.p.tolist(), chances.q.tolist()
                best = max(best, reference.objective(edges, p, q, vacancies.tolist(), chosen, [1.0], 0.1))

    assert best <= result.upper_bound + 1e-6


@pytest.mark.parametrize("threads", [2, 3])
def test_slates_have_the_same_bytes_on_any_number_of_threads(threads: int) -> None:
    edges, chances, vacancies = random_edges(1, 5000, 300, 6)

    one = slates(edges, chances, vacancies, threads=1, sweeps=2)
    more = slates(edges, chances, vacancies, threads=threads, sweeps=2)

    assert one.edge.tobytes() == more.edge.tobytes()
    assert one.prices.tobytes() == more.prices.tobytes()
    assert one.sweeps == more.sweeps


def test_gap_is_small_after_five_sweeps() -> None:
    edges, chances, _ = random_edges(2, 4000, 400, 20)

    assert slates(edges, chances, np.full(400, 2), mu=0.0).gap < 0.001


def test_everybody_wants_the_one_opening() -> None:
    people = 200
    edges = Edges(np.arange(people + 1), np.zeros(people), np.ones(people), np.ones(people), openings=1)
    sure = Probabilities(np.ones(people, np.float32), np.ones(people, np.float32))

    result = slates(edges, sure, [1], k=3, mu=0.0)

    assert 0.99 < result.objective <= 1.0


def test_no_edges_and_no_vacancies_give_empty_slates() -> None:
    edges, chances, _ = random_edges(3, 4, 3, 0)
    assert (slates(edges, chances, [1, 1, 1]).edge == -1).all()

    edges, chances, _ = random_edges(3, 4, 3, 2)
    result = slates(edges, chances, [0, 0, 0], mu=0.5)
    assert (result.edge == -1).all()
    assert result.objective == result.upper_bound == 0.0


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        ({"p": [0.5, float("nan")]}, "bad_probability", 1),
        ({"q": [1.5, 0.5]}, "bad_probability", 0),
        ({"p": [0.5]}, "bad_shape", None),
        ({"vacancies": [1, -1]}, "out_of_range", 1),
        ({"vacancies": [1]}, "bad_shape", None),
        ({"mu": -0.1}, "out_of_range", None),
        ({"mu": float("nan")}, "out_of_range", None),
        ({"k": 0}, "out_of_range", None),
        ({"sweeps": 0}, "out_of_range", None),
        ({"weights": [0.5, 1.0], "k": 2}, "out_of_range", None),
        ({"start_load": [0.0, -1.0]}, "out_of_range", 1),
    ],
)
def test_bad_input_is_refused_with_its_row(change: dict[str, object], code: str, row: int | None) -> None:
    edges = Edges([0, 2], [0, 1], [1, 1], [1, 1], openings=2)
    given_p = np.array(change.pop("p", [0.5, 0.5]), np.float32)
    given_q = np.array(change.pop("q", [0.5, 0.5]), np.float32)
    vacancies = change.pop("vacancies", [1, 1])

    with pytest.raises(MarketError) as refused:
        slates(edges, Probabilities(given_p, given_q), vacancies, **change)

    assert (refused.value.code, refused.value.row) == (code, row)


@pytest.mark.parametrize(
    ("indptr", "opening", "code", "row"),
    [
        ([0, 2], [1, 0], "unsorted_edges", 0),
        ([0, 2], [1, 1], "unsorted_edges", 0),
        ([0, 1, 2], [0, 7], "out_of_range", 1),
        ([0, 1, 2], [0, -1], "out_of_range", 1),
        ([0, 3], [0, 1], "bad_indptr", None),
        ([0, 2, 1], [0], "bad_indptr", 1),
    ],
)
def test_bad_edges_are_refused_with_their_row(
    indptr: list[int], opening: list[int], code: str, row: int | None
) -> None:
    with pytest.raises(MarketError) as refused:
        Edges(indptr, opening, [1] * len(opening), [1] * len(opening), openings=2)

    assert (refused.value.code, refused.value.row) == (code, row)


def test_checker_finds_tampered_slates() -> None:
    edges, chances, vacancies = random_edges(9, 10, 8, 4)
    result = slates(edges, chances, np.maximum(vacancies, 1), k=2)
    result.edge[3] = result.edge[4]

    certificate = checked(edges, chances, np.maximum(vacancies, 1), result)

    assert not certificate.valid
    assert certificate.problems == ("person row 3: the slate has an edge of somebody else",)


def test_whole_run_from_market_to_slates() -> None:
    market = random_market(4, 200, 60)
    edges = candidates(market, 10, exploration=2, seed=1)
    chances = probabilities(market, edges)

    result = slates(edges, chances, market.openings.vacancies, k=3)

    assert checked(edges, chances, market.openings.vacancies, result).valid
    shown = result.opening[result.opening >= 0]
    assert (market.openings.vacancies[shown] > 0).all()
