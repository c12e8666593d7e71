"""Small random markets with every kind of condition, for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.matching import Features, Lists, Market, Openings, People, Vocabulary


def random_lists(rng: np.random.Generator, rows: int, values: int, most: int) -> Lists:
    """Ragged rows of up to ``most`` of ``values`` ids."""
    return Lists.from_rows([rng.choice(values, rng.integers(0, most + 1), replace=False).tolist() for _ in range(rows)])


def random_features(rng: np.random.Generator, rows: int, total: int, most: int, heaviest: int) -> Features:
    """Ragged rows of weighted features, small numbers more often."""
    counts = rng.integers(0, most + 1, rows)
    row = np.repeat(np.arange(rows), counts)
    ids = np.minimum(rng.geometric(3 / total, row.size) - 1, total - 1)
    return Features.from_pairs(row, ids, rng.integers(1, heaviest + 1, row.size), rows)


def random_market(seed: int, people: int = 40, openings: int = 30, **options: Any) -> Market:
    """A market in which every condition keeps some pairs apart; ids have gaps."""
    rng = np.random.default_rng(seed)
    total, heaviest = options.get("features", 12), options.get("heaviest", 4)
    sizes = (total - 4, 1, 1, 1, 1)
    spread = options.get("spread", 4)
    person_ids = np.sort(rng.choice(10 * people + 1, people, replace=False))
    opening_ids = np.sort(rng.choice(10 * openings + 1, openings, replace=False))
    side = People(
        ids=person_ids,
        features=random_features(rng, people, total, 5, heaviest),
        areas=random_lists(rng, people, options.get("areas", 4), options.get("areas_each", 2)),
        pay_floor=rng.integers(0, spread, people) * 1000,
        degree=rng.integers(0, spread, people),
        experience=rng.integers(0, 3 * spread, people),
        types=rng.integers(0, 8, people),
        certificates=random_lists(rng, people, 3, 3),
        never_openings=Lists.from_rows([rng.choice(opening_ids, rng.integers(0, 2)).tolist() for _ in range(people)])
        if openings
        else Lists.empty(people),
        never_employers=random_lists(rng, people, 6, 1),
    )
    other = Openings(
        ids=opening_ids,
        features=random_features(rng, openings, total, 5, heaviest),
        area=rng.integers(0, 5, openings),
        pay_max=rng.integers(1, spread + 1, openings) * 1000,
        degree_min=rng.integers(0, spread, openings),
        experience_min=rng.integers(0, 3 * spread, openings),
        type=rng.integers(0, 3, openings),
        employer=rng.integers(0, 6, openings),
        certificates=random_lists(rng, openings, 3, 1),
        never_people=Lists.from_rows([rng.choice(person_ids, rng.integers(0, 2)).tolist() for _ in range(openings)])
        if people
        else Lists.empty(openings),
        vacancies=rng.integers(0, 4, openings),
    )
    return Market(Vocabulary(sizes), side, other)
