"""The arrays and the reader of one person give the same answer for everybody."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np
import pytest

from taihu.engines.rules.catalogue import shipped_catalogue
from taihu.engines.rules.civil import to_days
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.explain import explain
from taihu.engines.rules.people import Person
from taihu.engines.rules.results import Evaluation, Status
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.single import evaluate_one
from taihu.engines.rules.table import FactsTable

from .people_strategy import random_person
from .policy_strategy import random_policies
from .test_examples import examples


def assert_equal(policies: PolicySet, evaluation: Evaluation, row: int, person: Person, at: int) -> None:
    for index, one in enumerate(evaluate_one(policies, person, at)):
        many = evaluation.results[index]
        label = f"{one.policy.key} for {person}"
        assert many.status[row] == one.status, label
        for clause in one.policy.clauses:
            state = True if many.clause_holds(clause.index)[row] else None
            state = False if state is None and not many.clause_unknown(clause.index)[row] else state
            assert state == one.states[clause.index], f"{clause.id} {label}"
        if one.status is not Status.YES:
            assert row not in many.rows
            continue
        at_row = int(np.flatnonzero(many.rows == row)[0])
        found = (many.amount[at_row], many.payable[at_row], many.lost_to[at_row], many.ground[at_row])
        assert found == (one.amount, one.payable, one.lost_to, one.ground), label
        assert {k: int(v[at_row]) for k, v in many.payers.items() if v[at_row]} == {
            k: v for k, v in one.payers.items() if v
        }, label
        parts = [(int(d), int(a)) for d, a in zip(many.due[at_row], many.parts[at_row], strict=True) if d or a]
        assert parts == [(d, a) for _, d, a in one.parts if d or a], label


@pytest.mark.parametrize("seed", range(12))
def test_everybody_at_once_equals_one_by_one(seed: int) -> None:
    policies = examples()
    rng = random.Random(seed)
    people = [random_person(rng, policies.catalogue, str(number)) for number in range(12)]
    table = FactsTable.from_people(policies.catalogue, people)
    at = dt.date(2022, 1, 1) + dt.timedelta(days=rng.randint(0, 1_300))

    evaluation = evaluate(policies, table, at)

    for row, person in enumerate(people):
        assert_equal(policies, evaluation, row, person, to_days(at))


def test_each_person_may_have_a_date_of_their_own() -> None:
    policies = examples()
    rng = random.Random(99)
    people = [random_person(rng, policies.catalogue, str(number)) for number in range(30)]
    table = FactsTable.from_people(policies.catalogue, people)
    days = np.array([rng.randint(19_000, 20_200) for _ in people])

    evaluation = evaluate(policies, table, days)

    for row, person in enumerate(people):
        assert_equal(policies, evaluation, row, person, int(days[row]))


def test_a_household_that_may_receive_once_gives_it_to_the_higher_one() -> None:
    policies = examples()
    given = {
        "is_full_time": True,
        "class_recognised_on": "2023-03-01",
        "home": [{"is_urban": True, "kind": "commercial_new", "ordinal": 1, "price": "500万", "deed_on": "2024-10-01"}],
        "benefit": [],
    }
    first = Person.of(policies.catalogue, "1", {**given, "talent_class": "B1"})
    second = Person.of(policies.catalogue, "2", {**given, "talent_class": "A1"}, household=[first])
    first = Person(first.id, first.facts, first.records, (second,))
    table = FactsTable.from_people(policies.catalogue, [first, second])

    result = evaluate(policies, table, dt.date(2025, 3, 1))["wuxi-housing"]

    assert result.payable.tolist() == [0, 400_000_000]
    for row, person in enumerate((first, second)):
        assert_equal(
            policies, evaluate(policies, table, dt.date(2025, 3, 1)), row, person, to_days(dt.date(2025, 3, 1))
        )


@pytest.mark.parametrize("seed", range(15))
def test_random_policies_come_out_alike_for_random_people(seed: int) -> None:
    rng = random.Random(1_000 + seed)
    policies = random_policies(rng, shipped_catalogue(), 4)
    people = [random_person(rng, policies.catalogue, str(number)) for number in range(12)]
    families = [people[low : low + 3] for low in range(0, 9, 3)]
    people = [
        replace(
            person,
            household=tuple(item for family in families if person in family for item in family if item is not person),
        )
        for person in people
    ]
    table = FactsTable.from_people(policies.catalogue, people)
    assert table.household is not None
    far = table.household.astype(np.int64) + 2**60
    table = replace(table, household=np.where(table.household < 0, -1, far))
    at = dt.date(2022, 1, 1) + dt.timedelta(days=rng.randint(0, 1_300))

    evaluation = evaluate(policies, table, at)

    for row, person in enumerate(people):
        assert_equal(policies, evaluation, row, person, to_days(at))
        assert len(explain(policies, person, at)) == 6
