"""Random people for the property tests: every fact present, absent or odd, from a seeded generator."""

from __future__ import annotations

import random
from typing import Any

from taihu.engines.rules.catalogue import Catalogue, FactType
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.people import Person

CODES = (
    "A1",
    "B1",
    "C2",
    "D1",
    "tsinghua",
    "mit",
    "zju",
    "jiangnan",
    "320200",
    "US",
    "housing",
    "rent",
    "exception",
    "p0",
    "p1",
    "p2",
)


def random_value(rng: random.Random, fact: FactType) -> Any:
    """A stored-like natural value of a fact."""
    kind = fact.type.kind
    if kind is Kind.BOOL:
        return rng.random() < 0.6
    if kind is Kind.DATE:
        return from_days(rng.choice((rng.randint(17_000, 20_200), rng.randint(18_600, 19_900)))).isoformat()
    if kind is Kind.ENUM:
        return rng.choice(fact.type.values)
    if kind is Kind.CODE:
        return rng.choice(CODES)
    low, high = fact.type.low, fact.type.high
    number = rng.randint(low, min(high, low + rng.choice((3, 40, 300_000_000))))
    return f"{number / 10_000:.4f}" if kind is Kind.DECIMAL else number


def random_person(rng: random.Random, catalogue: Catalogue, identifier: str) -> Person:
    """A person of whom some things are unknown."""
    given: dict[str, Any] = {}
    for name, fact in catalogue.facts.items():
        if rng.random() < 0.75:
            given[name] = random_value(rng, fact)
            if fact.has_history and rng.random() < 0.3:
                middle = from_days(rng.randint(19_000, 20_000)).isoformat()
                given[name] = [
                    {"value": given[name], "to": middle},
                    {"value": random_value(rng, fact), "from": middle},
                ]
    for name, record in catalogue.records.items():
        if rng.random() < 0.85:
            given[name] = [
                {
                    key: random_value(rng, field)
                    for key, field in record.fields.items()
                    if rng.random() < (0.97 if key in record.span else 0.9)
                }
                for _ in range(rng.choice((0, 1, 1, 2, 4)))
            ]
    return Person.of(catalogue, identifier, given)
