"""A synthetic city: no real person or employer, skewed the way real ones are.

Occupations, skills, majors and areas follow Zipf laws, skills go with occupations, pay and degree go with occupations, and most
people accept one to three of ten districts. Every profile has ten features: an occupation with its three ancestors, four
skills, a major and an industry.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from taihu.engines.matching import Features, Lists, Market, Openings, People, Vocabulary, expand_tree, rarity_weights

AREAS = 10
OCCUPATIONS = (8, 75, 450, 1600)
SKILLS, MAJORS, INDUSTRIES = 3000, 300, 20
SIZES = (SKILLS, sum(OCCUPATIONS), MAJORS, INDUSTRIES, 0)


def zipf(rng: np.random.Generator, values: int, size: int, power: float = 1.0) -> np.ndarray:
    """Draw ``size`` of ``values`` numbers, number ``v`` in proportion to ``1 / (v + 5) ** power``."""
    share = 1.0 / (np.arange(values) + 5.0) ** power
    edges = np.cumsum(share / share.sum())
    return np.minimum(np.searchsorted(edges, rng.random(size)), values - 1)


def occupation_parents() -> np.ndarray:
    """Parent of every node: leaves are the last 1,600; small groups get few children, popular ones many."""
    rng = np.random.default_rng(7)
    parents = [np.full(OCCUPATIONS[0], -1)]
    start = 0
    for above, count in pairwise(OCCUPATIONS):
        parents.append(start + np.sort(zipf(rng, above, count, 0.6)))
        start += above
    return np.concatenate(parents).astype(np.int32)


def profile_pairs(rng: np.random.Generator, rows: int, parents: np.ndarray) -> tuple[np.ndarray, ...]:
    """Row, feature and halvings of every feature, and the occupation leaf of each row."""
    leaf_count = OCCUPATIONS[-1]
    shuffled = np.random.default_rng(11).permutation(leaf_count)
    leaf = shuffled[zipf(rng, leaf_count, rows, 0.9)] + sum(OCCUPATIONS[:-1])
    group = parents[leaf]
    row = np.arange(rows)
    tree_row, node, halvings = expand_tree(row, leaf, parents)
    own = (group[:, None] * 17 + zipf(rng, 24, 4 * rows, 0.7).reshape(rows, 4) * 5) % SKILLS
    common = zipf(rng, 200, 4 * rows, 1.0).reshape(rows, 4)
    skill = np.where(rng.random((rows, 4)) < 0.7, own, common)
    major = (group * 7 + zipf(rng, 12, rows)) % MAJORS + SKILLS + sum(OCCUPATIONS)
    industry = (group // 23 + zipf(rng, 8, rows)) % INDUSTRIES + SKILLS + sum(OCCUPATIONS) + MAJORS
    zero = np.zeros(rows, np.int32)
    return (
        np.concatenate([tree_row, np.repeat(row, 4), row, row]),
        np.concatenate([node + SKILLS, skill.ravel(), major, industry]).astype(np.int32),
        np.concatenate([halvings, np.repeat(zero, 4), zero, zero]),
        leaf,
    )


def city(people: int, openings: int, seed: int = 1) -> Market:
    """A market of the given size; the same seed gives the same city."""
    rng = np.random.default_rng(seed)
    parents, vocabulary = occupation_parents(), Vocabulary(SIZES)
    row, ids, halvings, leaf = profile_pairs(rng, openings, parents)
    weights = rarity_weights(np.bincount(ids, minlength=vocabulary.total), openings, vocabulary)
    demand = Features.from_pairs(row, ids, np.maximum(weights[ids] >> halvings, 1), openings)
    level = np.random.default_rng(13).normal(0, 0.35, leaf.max() + 2000)
    pay = np.round(6500 * np.exp(level[leaf] + rng.normal(0, 0.3, openings)) / 100) * 10000
    schooling = np.clip(np.round(2.8 + 2 * level + 0.4), 0, 5)
    other = Openings(
        ids=np.arange(openings),
        features=demand,
        area=zipf(rng, AREAS, openings, 0.5),
        pay_max=pay,
        degree_min=np.clip(schooling[leaf] - rng.integers(0, 3, openings), 0, 6),
        experience_min=rng.choice([0, 0, 0, 12, 12, 36, 36, 60, 120], openings),
        type=rng.choice(4, openings, p=[0.8, 0.1, 0.06, 0.04]),
        employer=zipf(rng, max(openings // 8, 1), openings, 0.5),
        certificates=Lists.from_pairs(*pick(rng, openings, 40, 0.08), rows=openings),
        vacancies=np.minimum(rng.geometric(0.67, openings), 50),
    )
    row, ids, halvings, leaf = profile_pairs(rng, people, parents)
    supply = Features.from_pairs(row, ids, 16 >> halvings, people)
    wanted = 1 + (rng.random((people, 3)) < [0.6, 0.35, 0.15]).sum(1)
    area_row = np.repeat(np.arange(people), np.where(rng.random(people) < 0.05, 0, wanted))
    side = People(
        ids=np.arange(people),
        features=supply,
        areas=Lists.from_pairs(area_row, zipf(rng, AREAS, area_row.size, 0.5), rows=people),
        pay_floor=np.round(4500 * np.exp(level[leaf] + rng.normal(0, 0.3, people)) / 100) * 10000,
        degree=np.clip(schooling[leaf] + rng.integers(-1, 2, people), 0, 6),
        experience=np.minimum(rng.geometric(1 / 70, people), 480),
        types=rng.choice([1, 1, 1, 3, 5, 15], people),
        certificates=Lists.from_pairs(*pick(rng, people, 40, 0.3), rows=people),
        never_employers=Lists.from_pairs(*pick(rng, people, max(openings // 8, 1), 0.02), rows=people),
    )
    return Market(vocabulary, side, other)


def pick(rng: np.random.Generator, rows: int, values: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """One id for a share of the rows."""
    row = np.flatnonzero(rng.random(rows) < share)
    return row, zipf(rng, values, row.size)
