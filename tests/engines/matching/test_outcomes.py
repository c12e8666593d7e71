"""Calibration, simulation and audits."""

from __future__ import annotations

import numpy as np
import pytest

from taihu.engines.matching import (
    Calibration,
    Edges,
    MarketError,
    Probabilities,
    audit,
    position_weights,
    reliability,
    simulate,
    slates,
)
from tests.engines.matching.test_slates import random_edges


@pytest.mark.parametrize("bins", [200, None])
def test_calibration_makes_chances_come_true(bins: int | None) -> None:
    rng = np.random.default_rng(1)
    fit = rng.random(40_000)
    truth = 0.05 + 0.4 * fit**2
    calibration = Calibration.fitted(fit[:20_000], rng.random(20_000) < truth[:20_000], bins=bins)

    after = reliability(calibration.apply(fit[20_000:]), rng.random(20_000) < truth[20_000:])

    assert after.ece < 0.02
    assert (np.diff(calibration.probability) >= 0).all()


@pytest.mark.parametrize(
    ("fit", "happened", "code"),
    [
        (np.zeros(10), np.zeros(10), "too_few_outcomes"),
        (np.zeros(2000), np.zeros(1999), "bad_shape"),
        (np.zeros(2000), np.full(2000, np.nan), "bad_probability"),
    ],
)
def test_bad_outcomes_are_refused(fit: np.ndarray, happened: np.ndarray, code: str) -> None:
    with pytest.raises(MarketError) as refused:
        Calibration.fitted(fit, happened)

    assert refused.value.code == code


def test_hires_never_exceed_vacancies_and_meet_the_same_luck() -> None:
    edges, chances, vacancies = random_edges(3, 500, 40, 8)
    result = slates(edges, chances, vacancies, k=4)

    one = simulate(edges, chances, vacancies, result.edge, result.weights, seed=1)
    again = simulate(edges, chances, vacancies, result.edge, result.weights, seed=1)

    hired = one.hired_edge[one.hired_edge >= 0]
    assert (np.bincount(edges.opening[hired], minlength=40) <= vacancies).all()
    assert one.hires == again.hires == hired.size
    assert one.hired_edge.tobytes() == again.hired_edge.tobytes()


def test_deferred_acceptance_leaves_no_blocking_pair_among_the_accepted() -> None:
    rng = np.random.default_rng(2)
    edges, chances, vacancies = random_edges(2, 60, 10, 5)
    sure = Probabilities(chances.p * 0 + 1, chances.q * 0 + 1)
    outcome = simulate(
        edges, sure, vacancies, np.arange(len(edges)).reshape(60, 5), np.ones(5), seed=int(rng.integers(9))
    )
    blocking = audit.blocking_pairs(edges, sure, vacancies, outcome.hired_edge)

    assert not blocking.any()


def test_small_groups_and_unknowns_are_counted_without_a_ratio() -> None:
    groups = [0] * 500 + [1] * 490 + [2] * 10 + [-1] * 7
    chosen = [1.0] * 250 + [0.0] * 250 + [1.0] * 98 + [0.0] * 392 + [1.0] * 10 + [1.0] * 7

    table = audit.impact_ratios(groups, chosen, seed=4)

    assert table.unknown == 7
    assert [group.people for group in table.groups] == [500, 490, 10]
    assert [group.ratio for group in table.groups] == [1.0, 0.4, None]
    assert table.groups[1].low < 0.4 < table.groups[1].high
    assert table == audit.impact_ratios(groups, chosen, seed=4)


def test_exposure_starved_and_crowded() -> None:
    received = audit.exposure([[0, 1], [0, 2]], position_weights(2), 4)

    assert received.round(2).tolist() == [2.0, 0.63, 0.63, 0.0]
    assert audit.starved([0.1, 0.9, 9.0], [1, 1, 0]).tolist() == [0]
    assert audit.crowded([0.1, 9.0, 9.0], [1, 1, 3]).tolist() == [1]


def test_envy_is_zero_when_everybody_has_her_favourite() -> None:
    edges = Edges([0, 2, 4], [0, 1, 0, 1], [1] * 4, [1] * 4, openings=2)
    chances = Probabilities(np.float32([0.9, 0.1, 0.1, 0.9]), np.float32([1, 1, 1, 1]))

    assert audit.envy_share(edges, chances, [[0], [1]], [1.0], seed=1, pairs=50) == 0.0
    assert audit.envy_share(edges, chances, [[1], [0]], [1.0], seed=1, pairs=50) > 0.0
