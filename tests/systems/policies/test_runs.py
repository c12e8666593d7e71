"""The evaluation of the whole city: stored, looked up, repeated, interrupted; and one person's page says the same."""

from datetime import date

import numpy as np
import pytest
from factories import AT, make_account, make_official

from taihu.engines.rules.civil import to_days
from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Status
from taihu.engines.rules.single import evaluate_one
from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.facts.dossiers import Belief, dossiers_of
from taihu.records.facts.models import Fact
from taihu.records.facts.parts import unpack
from taihu.records.identity.models import Person
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.actions.runs import perform_run, request_run, verify_run
from taihu.systems.policies.enums import Group, RunState
from taihu.systems.policies.models import PolicyRun, RunBlock, RunResult
from taihu.systems.policies.queries.results import clause_states, people_of, result_of, totals
from taihu.systems.policies.rulebook import published_rules
from taihu.systems.policies.standing import CODES, group_of
from tests.records.facts.random_facts import make_facts, make_households

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 10)


def make_city(count):
    people = Person.objects.bulk_create(
        Person(name=f"测试{n}", created_at=AT, birth_date=date(1990, 1, 1)) for n in range(count)
    )
    make_facts(people)
    make_households(people)
    return people


@pytest.fixture
def rules():
    import_examples(acting_user=None, at=AT)
    return published_rules()


def run_city(**fields):
    return perform_run(request_run(at=AT, acting_user=None, **fields), at=AT, processes=1)


@pytest.mark.slow
def test_two_thousand_people_and_the_batch_agree_on_every_policy_and_clause(rules):
    people = make_city(2000)
    run = run_city(day=DAY)
    dossiers = dossiers_of(rules.catalogue, people, Belief(DAY, run.known_at))
    stored = {
        result.version.key: unpack(result.data)
        for result in RunResult.objects.filter(run=run).select_related("version")
    }
    place = {int(pk): row for row, pk in enumerate(unpack(run.blocks.get().people)["ids"])}
    seen = set()

    for number, person in enumerate(people):
        alone = dossiers[person.pk].person
        results = evaluate_one(rules, alone, to_days(DAY))
        explained = explain(rules, alone, DAY) if number % 20 == 0 else ()
        for policy, found in zip(rules.policies, results, strict=True):
            arrays, row = stored[policy.key], place[person.pk]
            assert arrays["status"][row] == found.status, (person.pk, policy.key)
            assert clause_states(policy, arrays, row) == {
                index: {True: "holds", False: "fails", None: "unknown"}[state]
                for index, state in enumerate(found.states)
            }
            paid = np.flatnonzero(arrays["rows"] == row)
            money = (int(arrays["amount"][paid[0]]), int(arrays["payable"][paid[0]])) if len(paid) else (0, 0)
            assert money == (found.amount, found.payable)
            seen.add((policy.key, found.status))
        for policy, words in zip(rules.policies, explained, strict=bool(explained)):
            arrays, row = stored[policy.key], place[person.pk]
            assert (words.status, words.amount, words.payable) == _money(arrays, row)
            assert CODES[int(arrays["group"][row])] == group_of(policy, words)
    assert len({status for _, status in seen}) == len(Status)


def _money(arrays, row):
    paid = np.flatnonzero(arrays["rows"] == row)
    money = (int(arrays["amount"][paid[0]]), int(arrays["payable"][paid[0]])) if len(paid) else (0, 0)
    return (arrays["status"][row], *money)


def test_a_run_is_stored_with_digests_report_audit_and_event(rules):
    make_city(30)

    run = run_city(day=DAY)

    assert (run.state, run.people, run.day) == (RunState.DONE, 30, DAY)
    assert len({run.rules_digest, run.facts_digest, run.results_digest}) == 3
    assert all(sum(item["groups"].values()) == 30 for item in run.report["policies"].values())
    assert AuditEntry.objects.filter(action="policies.run_finished", object_id=str(run.pk)).exists()
    assert OutboxEvent.objects.filter(name="policies.run_finished").count() == 1


def test_the_same_facts_and_rules_give_the_same_bytes(rules):
    make_city(30)

    first, second = run_city(day=DAY), run_city(day=DAY)

    assert first.results_digest == second.results_digest
    assert verify_run(first) == {"agrees": True, "same_facts": True, "differing_blocks": 0}


def test_verifying_notices_a_changed_result(rules):
    make_city(10)
    run = run_city(day=DAY)
    row = RunResult.objects.filter(run=run).first()
    RunResult.objects.filter(pk=row.pk).update(data=row.data + b"!")

    assert verify_run(run)["differing_blocks"] == 1


def test_what_is_learned_later_does_not_change_an_earlier_run(rules):
    people = make_city(10)
    run = run_city(day=DAY)
    later = AT.replace(day=20)
    Fact.objects.filter(person=people[0], known_to__isnull=True).update(known_to=later)

    assert verify_run(run)["agrees"]


def test_a_killed_run_goes_on_and_comes_to_the_same(rules, monkeypatch):
    monkeypatch.setattr("taihu.systems.policies.actions.runs.BLOCK", 8)
    make_city(30)
    whole = run_city(day=DAY)
    run = request_run(at=AT, acting_user=None, day=DAY)

    def die(stage, share):
        if stage == "store" and share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform_run(run, at=AT, progress=die, processes=1)
    stored = set(RunBlock.objects.filter(run=run).values_list("pk", flat=True))
    assert 0 < len(stored) < whole.blocks.count()
    run = perform_run(PolicyRun.objects.get(pk=run.pk), at=AT, processes=1)

    assert run.results_digest == whole.results_digest
    assert stored <= set(RunBlock.objects.filter(run=run).values_list("pk", flat=True))


def test_a_failed_run_says_why(rules, monkeypatch):
    make_city(3)
    run = request_run(at=AT, acting_user=None)
    monkeypatch.setattr("taihu.systems.policies.actions.runs.evaluate", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        perform_run(run, at=AT, processes=1)

    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "ZeroDivisionError: division by zero")


def test_officers_start_runs_and_others_do_not(rules):
    with pytest.raises(NotAllowed):
        request_run(at=AT, acting_user=make_account())
    assert not PolicyRun.objects.exists()

    assert request_run(at=AT, acting_user=make_official()).state == RunState.WAITING


def test_a_choice_of_policies_brings_what_they_read_and_unknown_names_are_refused(rules):
    run = request_run(at=AT, acting_user=None, keys=["hangzhou-living"])
    with pytest.raises(Refused, match="wuxi-rent@2023"):
        request_run(at=AT, acting_user=None, keys=["nonsense"])

    assert {version.policy for version in run.versions.all()} == {"hangzhou-living"}


def test_nothing_published_is_said():
    with pytest.raises(Refused) as refused:
        request_run(at=AT, acting_user=None)

    assert refused.value.code == "no_policies"


def test_lists_of_people_page_through_blocks(rules, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("taihu.systems.policies.actions.runs.BLOCK", 16)
    people = make_city(100)
    run = run_city(day=DAY)
    version = run.versions.get(policy="xuzhou-voucher")
    everybody = []
    for group in Group:
        count = totals(run, version).get(group, 0)
        found = [item.person_id for start in range(0, count, 7) for item in people_of(run, version, group, start, 7)]
        assert len(found) == count
        everybody += found
    assert sorted(everybody) == [person.pk for person in people]

    with django_assert_num_queries(2):
        people_of(run, version, Group.NO, 0, 10)


def test_one_person_is_found_in_a_run(rules, monkeypatch):
    monkeypatch.setattr("taihu.systems.policies.actions.runs.BLOCK", 16)
    monkeypatch.setattr("taihu.systems.policies.queries.results.BLOCK", 16)
    people = make_city(40)
    run = run_city(day=DAY)
    version = run.versions.get(policy="nanjing-rent")

    found = result_of(run, version, people[20].pk)

    assert found.group in Group
    assert set(found.states) == {
        clause.index for clause in published_rules().only(["nanjing-rent"]).policies[0].clauses
    }
    assert result_of(run, version, 10**9) is None
