"""Policies of other cities, written with nothing but the reference of the language: what was hard to write is fixed in the language."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from pathlib import Path

import pytest

from taihu.engines.rules.cases import person_of_case, run_cases
from taihu.engines.rules.civil import to_days
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import CaseResult
from taihu.engines.rules.sets import PolicySet, load_files
from taihu.engines.rules.table import FactsTable

from .people_strategy import random_person
from .test_two_readers import assert_equal


@cache
def trials() -> PolicySet:
    return load_files((Path(__file__).parent / "trials").glob("*.yaml"))


@pytest.mark.parametrize("case", run_cases(trials()), ids=lambda item: f"{item.policy}: {item.case}")
def test_a_worked_case_of_a_trial_comes_out_as_written(case: CaseResult) -> None:
    assert case.differences == ()


def test_no_trial_needs_advice() -> None:
    assert [item.text("en") for item in trials().advice] == []


@pytest.mark.parametrize("seed", range(4))
def test_trials_come_out_alike_for_everybody_at_once(seed: int) -> None:
    rng = random.Random(seed)
    people = [random_person(rng, trials().catalogue, str(number)) for number in range(12)]
    at = dt.date(2023, 1, 1) + dt.timedelta(days=rng.randint(0, 700))

    evaluation = evaluate(trials(), FactsTable.from_people(trials().catalogue, people), at)

    for row, person in enumerate(people):
        assert_equal(trials(), evaluation, row, person, to_days(at))


def test_a_payment_condition_is_explained_but_refuses_nobody() -> None:
    policies = trials().only(["dongguan-acceptance"])
    case = policies.policies[0].cases[0]

    found = explain(policies, person_of_case(policies.catalogue, case), dt.date(2021, 1, 1), "en")[0]

    assert found.payable == 60_000_000
    assert [(item.id, item.state) for item in found.clauses if item.before_payment] == [
        ("accepted", "unknown"), ("tech", "unknown"),
    ]  # fmt: skip
    assert found.unknown == ()


def test_a_shared_cap_is_explained() -> None:
    policies = trials()
    policy = next(item for item in policies.policies if item.id == "daxing-one")

    found = explain(policies, person_of_case(policies.catalogue, policy.cases[0]), dt.date(2024, 1, 15), "en")
    mine = next(item for item in found if item.policy == policy.key)

    assert "Reduced from CNY 320,000 by a ceiling shared with other policies." in mine.sentences
