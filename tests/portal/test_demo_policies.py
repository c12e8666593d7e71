"""The demo city: every shipped policy has people entitled, nearly entitled, to be checked and excluded."""

from datetime import timedelta

import numpy as np
import pytest

from taihu.engines.rules.evaluate import compile_policies, evaluate
from taihu.portal.demo.accounts import build_accounts
from taihu.portal.demo.city import CityDraw
from taihu.portal.demo.policies import build_policies, evaluate_policies
from taihu.records.base.clock import city_date
from taihu.records.facts.models import Fact
from taihu.records.facts.parts import load_city
from taihu.records.facts.reading import Belief
from taihu.records.identity.models import Organisation, Person
from taihu.systems.jobs.models import Profile
from taihu.systems.policies.enums import Group
from taihu.systems.policies.models import DirectEntry, PolicyRun
from taihu.systems.policies.queries.entitlements import sections, standing_of
from taihu.systems.policies.rulebook import published_rules, published_versions
from taihu.systems.policies.standing import CODES, groups

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PEOPLE = 1500


def build(at, *, people=PEOPLE):
    draw = CityDraw(seed=7, at=at)
    organisations = Organisation.objects.bulk_create(draw.organisations(40))
    pairs = list(draw.people(people))
    saved = Person.objects.bulk_create([person for person, _profile in pairs])
    profiles = []
    for person, (_unsaved, profile) in zip(saved, pairs, strict=True):
        profile.person = person
        profiles.append(profile)
    profiles = Profile.objects.bulk_create(profiles)
    accounts = build_accounts(at=at, organisations=organisations, openings=[], profiles=profiles)
    build_policies(seed=7, at=at, organisations=organisations, profiles=profiles, accounts=accounts)
    return accounts


def test_every_shipped_policy_has_people_of_every_kind(at, tmp_path):
    build(at)
    rules, today, found = published_rules(), city_date(at), {}
    for version in published_versions():
        over = version.effective_to is not None and version.effective_to <= today
        day = version.effective_to - timedelta(days=1) if over else today
        facts = load_city(rules.catalogue, Belief(day, at), tmp_path / day.isoformat())
        result = evaluate(compile_policies(rules.only([version.key])), facts.table, day)[version.key]
        numbers = np.bincount(groups(result), minlength=len(CODES))
        found[version.key] = {code: int(numbers[place]) for place, code in enumerate(CODES)}

    for key, counts in found.items():
        assert counts[Group.ENTITLED], (key, counts)
        assert counts[Group.NEAR], (key, counts)
        assert counts[Group.CHECK] + counts[Group.SCARCE], (key, counts)
        assert counts[Group.NO], (key, counts)


def test_the_seeker_sees_something_of_everything(at):
    accounts = build(at, people=60)
    person = Person.objects.get(account=accounts.seeker)

    found = sections(standing_of(person, at=at))

    assert all(found[name] for name in ("now", "soon", "check", "no"))


def test_the_same_seed_gives_the_same_answers(at):
    build(at, people=60)
    before = list(Fact.objects.order_by("pk").values_list("property", "value", "valid_from"))
    Fact.objects.all().delete()
    from taihu.portal.demo.registers import RegisterDraw, rows_of

    draw = RegisterDraw(seed=7, at=at, organisations=list(Organisation.objects.order_by("pk")))
    again = [row for found in draw.answers(list(Profile.objects.order_by("pk"))) for row in rows_of(found, at)]

    told = [(row.property, row.value, row.valid_from) for row in again]
    assert told == before[: len(told)]


def test_the_city_is_evaluated_and_a_list_waits_for_the_officer(at):
    build(at, people=400)

    evaluate_policies(at=at)

    run = PolicyRun.objects.get()
    assert run.report["contradictions"]
    assert DirectEntry.objects.filter(state="listed").exists()
    assert DirectEntry.objects.filter(state="manual").exists()
