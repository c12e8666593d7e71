"""Policies of other cities in one city: what a person's page says and what the evaluation of the city stored are the same."""

import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from factories import AT, make_organisation

from taihu.engines.rules.results import Lost, Status
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.parts import unpack
from taihu.records.identity.models import Person
from taihu.systems.policies.actions.policies import columns_of
from taihu.systems.policies.actions.runs import perform_run, request_run
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import PolicyVersion, RunResult
from taihu.systems.policies.queries.entitlements import standing_of
from taihu.systems.policies.queries.results import clause_states
from taihu.systems.policies.rulebook import check_texts, published_rules
from taihu.systems.policies.standing import CODES
from tests.records.facts.random_facts import make_facts, make_households, natural

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FOLDER = Path(__file__).parents[2] / "engines" / "rules" / "trials"
DAY = date(2023, 3, 15)
SINCE = date(2000, 1, 1)
STRANGERS = 80


def publish_trials():
    texts = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    PolicyVersion.objects.bulk_create(
        PolicyVersion(
            **columns_of(policy, texts[policy.file]), state=VersionState.PUBLISHED, created_at=AT, changed_at=AT,
            published_at=AT,
        )
        for policy in check_texts(texts).policies
    )  # fmt: skip
    return published_rules()


def row(person, name, value, **fields):
    values = {"valid_from": SINCE, "known_from": AT - timedelta(days=30), "source": Source.DEPARTMENT}
    return Fact(person=person, property=name, value=value, **{**values, **fields})


def rows_of(person, given, catalogue):
    """What a worked case gives, as a department would have told it; a history as one row for each of its values."""
    for name, value in dict(given).items():
        if name in catalogue.facts and isinstance(value, list):
            for item in value:
                days = {"valid_from": item.get("from", SINCE), "valid_to": item.get("to")}
                yield row(person, name, item["value"], **days)
        elif value is not None:
            yield row(person, name, value)


def make_case_people(rules):
    """A person for the first worked case of every policy, with their household."""
    cases = [policy.cases[0] for policy in rules.policies]
    given = [facts for case in cases for facts in (case.given, *case.household)]
    people = Person.objects.bulk_create(Person(name=f"算例{number}", created_at=AT) for number in range(len(given)))
    rows = [
        item for person, facts in zip(people, given, strict=True) for item in rows_of(person, facts, rules.catalogue)
    ]
    waiting = iter(people)
    for case in cases:
        home = [next(waiting) for _ in (case, *case.household)]
        members = home if len(home) > 1 else ()
        rows += [row(member, "household", [item.pk for item in home if item is not member]) for member in members]
    Fact.objects.bulk_create(rows)
    return people


def make_strangers(rules):
    """People of whom anything may be said, unknown or contradictory; some work for an employer of whom likewise."""
    rng = random.Random(7)
    people = Person.objects.bulk_create(Person(name=f"路人{number}", created_at=AT) for number in range(STRANGERS))
    make_facts(people, seed=7, contradictory=0.08, catalogue=rules.catalogue)
    make_households(people, seed=8)
    employers = [make_organisation(credit_code=f"91320200MA1TRIAL{number}X") for number in range(4)]
    facts = [item for item in rules.catalogue.facts.values() if item.subject == "employer"]
    values = {"valid_from": SINCE, "known_from": AT - timedelta(days=30), "source": Source.DEPARTMENT}
    Fact.objects.bulk_create(
        [
            *(row(person, "insured_by", rng.choice(employers).credit_code) for person in people[::2]),
            *(
                Fact(organisation=employer, property=fact.name, value=natural(rng, fact), **values)
                for employer in employers
                for fact in facts
                if rng.random() < 0.8
            ),
        ]
    )
    return people


def test_a_persons_page_and_the_evaluation_of_the_city_agree_on_policies_of_other_cities():
    rules = publish_trials()
    people = [*make_case_people(rules), *make_strangers(rules)]
    run = perform_run(request_run(at=AT, acting_user=None, day=DAY), at=AT, processes=1)
    stored = {
        item.version.key: unpack(item.data) for item in RunResult.objects.filter(run=run).select_related("version")
    }
    place = {int(pk): row for row, pk in enumerate(unpack(run.blocks.get().people)["ids"])}
    seen = set()

    for person in people:
        for item in standing_of(person, at=run.known_at, day=DAY, policies=rules).entitlements:
            arrays, found = stored[item.policy.key], item.explanation
            mine = place[person.pk]
            states = {clause.index: {"exempt": "holds"}.get(clause.state, clause.state) for clause in found.clauses}
            assert clause_states(item.policy, arrays, mine) == states, (person.name, item.policy.key)
            assert arrays["status"][mine] == found.status
            assert CODES[int(arrays["group"][mine])] == item.group
            assert money_of(arrays, mine, rules) == (found.amount, found.payable, found.lost_to)
            seen.add((item.policy.key, found.status))

    assert {status for _, status in seen} == set(Status)


def money_of(arrays, row, rules):
    """Amount, payable and what it was lost to, as the page names it."""
    paid = np.flatnonzero(arrays["rows"] == row)
    if not len(paid):
        return 0, 0, ""
    lost = int(arrays["lost_to"][paid[0]])
    name = rules.policies[lost].id if lost >= 0 else "" if lost == Lost.NOTHING else Lost(lost).name.lower()
    return int(arrays["amount"][paid[0]]), int(arrays["payable"][paid[0]]), name
