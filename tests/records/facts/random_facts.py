"""Random facts in the database: every kind of value, present, absent, contradictory or broken, from a seeded generator."""

import random
from datetime import date, timedelta

from taihu.engines.rules.catalogue import shipped_catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.kinds import Kind
from taihu.records.facts.models import Fact, Source
from tests.factories import AT

CODES = ("A1", "B1", "C2", "D1", "tsinghua", "mit", "zju", "jiangnan", "320200", "US", "housing", "rent", "exception")
START = date(2019, 1, 1)


def natural(rng: random.Random, fact):
    kind = fact.type.kind
    if kind is Kind.BOOL:
        return rng.random() < 0.6
    if kind is Kind.DATE:
        return from_days(rng.choice((rng.randint(17_000, 20_400), rng.randint(18_600, 19_900)))).isoformat()
    if kind is Kind.ENUM:
        return rng.choice(fact.type.values)
    if kind is Kind.CODE:
        return rng.choice(CODES)
    low, high = fact.type.low, fact.type.high
    number = rng.randint(low, min(high, low + rng.choice((3, 40, 300_000_000))))
    return f"{number / 10_000:.4f}" if kind is Kind.DECIMAL else number


def records(rng: random.Random, kind):
    found = []
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        record = {key: natural(rng, field) for key, field in kind.fields.items() if rng.random() < 0.8}
        if kind.span and rng.random() < 0.9 and kind.span[0] in record and kind.span[1] in record:
            first, last = sorted((record[kind.span[0]], record[kind.span[1]]))
            record |= {kind.span[0]: first, kind.span[1]: last}
        found.append(record)
    return found


def make_facts(people, *, seed=1, contradictory=0.03, catalogue=None):
    """Rows for these people; some say two things at once, some are corrected, some are of other days."""
    rng, catalogue, rows = random.Random(seed), catalogue or shipped_catalogue(), []

    def add(person, name, value, **fields):
        defaults = {
            "valid_from": START,
            "known_from": AT - timedelta(days=30),
            "source": Source.DEPARTMENT,
            "source_name": rng.choice(("", "示例部门")),
        }
        rows.append(Fact(person=person, property=name, value=value, **{**defaults, **fields}))

    for person in people:
        for fact in catalogue.facts.values():
            if fact.subject == "employer" or rng.random() < 0.3:
                continue
            if fact.has_history:
                middle = START + timedelta(days=rng.randint(1, 2500))
                add(person, fact.name, natural(rng, fact), valid_to=middle)
                add(
                    person,
                    fact.name,
                    natural(rng, fact),
                    valid_from=middle - timedelta(days=rng.random() < contradictory),
                )
                continue
            source = Source.SELF if fact.source == "本人" or rng.random() < 0.02 else Source.DEPARTMENT
            add(person, fact.name, natural(rng, fact), source=source)
            if rng.random() < contradictory:
                add(person, fact.name, natural(rng, fact))
            if rng.random() < 0.05:
                add(person, fact.name, natural(rng, fact), known_to=AT - timedelta(days=1))
                add(person, fact.name, natural(rng, fact), valid_from=date(2030, 1, 1))
        for kind in catalogue.records.values():
            for _ in range(rng.choice((0, 1, 1, 1, 2))):
                add(person, kind.name, records(rng, kind))
        if rng.random() < contradictory:
            add(person, "work_years", "many")
    Fact.objects.bulk_create(rows, batch_size=2000)


def make_households(people, *, seed=2):
    rng = random.Random(seed)
    pairs = list(zip(people[::5], people[1::5], strict=False))
    rows = []
    for first, second in pairs:
        values = {"valid_from": START, "known_from": AT - timedelta(days=30), "source": Source.DEPARTMENT}
        rows.append(Fact(person=first, property="household", value=[second.pk], **values))
        if rng.random() < 0.9:
            rows.append(Fact(person=second, property="household", value=[first.pk], **values))
    Fact.objects.bulk_create(rows)
