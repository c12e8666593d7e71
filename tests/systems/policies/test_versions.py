"""A policy is published only when it loads and its cases come out; a published text never changes."""

from pathlib import Path

import pytest
from factories import make_official
from systems.policies.makers import make_forecast

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import Role
from taihu.systems.policies.actions.policies import (
    check_text,
    import_examples,
    publish_version,
    save_draft,
    withdraw_version,
)
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import PolicyVersion
from taihu.systems.policies.rulebook import EXAMPLES, published_rules, rules_digest

pytestmark = pytest.mark.django_db
TINY = """
policy: tiny
version: "1"
title: {zh: 小例, en: Tiny}
document: 示例〔2026〕1号
effective: {from: 2026-01-01, to: 2027-01-01}
conditions: {id: adult, text: {zh: 满十八周岁, en: aged 18}, test: "years(birth_date, applied) >= 18"}
amount: 100元
cases:
  - {name: adult, at: 2026-02-01, given: {birth_date: 2000-01-01}, expect: {status: yes, amount: 100元}}
"""


def publish(decider, at, draft):
    """As the page does it: forecast, look, publish."""
    forecast = make_forecast(acting_user=decider, at=at, version=draft, day=at.date())
    return publish_version(acting_user=decider, at=at, version=draft, forecast=forecast)


@pytest.fixture
def officer():
    return make_official()


@pytest.fixture
def decider():
    return make_official(Role.DECIDER)


def test_examples_are_published_with_audit_and_event_once(at):
    made = import_examples(acting_user=None, at=at)

    assert len(made) == len(list(Path(str(EXAMPLES)).glob("*.yaml")))
    assert all(version.state == VersionState.PUBLISHED and version.is_example for version in made)
    assert AuditEntry.objects.filter(action="policies.publish").count() == len(made)
    assert OutboxEvent.objects.filter(name="policies.published").count() == len(made)
    assert import_examples(acting_user=None, at=at) == []


def test_an_officer_writes_a_draft_and_only_a_decider_publishes_it(officer, decider, at):
    draft = save_draft(acting_user=officer, at=at, text=TINY)

    with pytest.raises(NotAllowed):
        publish_version(acting_user=officer, at=at, version=draft)
    assert PolicyVersion.objects.get().state == VersionState.DRAFT
    published = publish(decider, at, draft)

    assert (published.state, published.published_by, published.key) == (VersionState.PUBLISHED, decider, "tiny@1")
    assert published.effective_to.isoformat() == "2027-01-01"
    assert [policy.key for policy in published_rules().policies] == ["tiny@1"]


def test_a_published_text_never_changes(officer, decider, at):
    draft = save_draft(acting_user=officer, at=at, text=TINY)
    publish(decider, at, draft)

    with pytest.raises(Refused) as refused:
        save_draft(acting_user=officer, at=at, text=TINY.replace("100元", "900元"), version=draft)

    assert refused.value.code == "not_a_draft"
    assert "900元" not in PolicyVersion.objects.get().text


def test_a_text_with_mistakes_names_line_and_remedy_and_leaves_nothing(officer, at):
    with pytest.raises(Refused) as refused:
        save_draft(acting_user=officer, at=at, text=TINY.replace("birth_date, applied", "birthday, applied"))

    assert refused.value.code == "policy_text"
    assert "policy.yaml:7:" in str(refused.value)
    assert "birth_date" in str(refused.value)
    assert not PolicyVersion.objects.exists()


def test_cases_must_come_out_before_publishing(officer, decider, at):
    draft = save_draft(acting_user=officer, at=at, text=TINY.replace("amount: 100元}}", "amount: 99元}}"))

    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=at, version=draft)

    assert refused.value.code == "cases_fail"
    assert PolicyVersion.objects.get().state == VersionState.DRAFT


def test_a_policy_without_cases_is_not_published(officer, decider, at):
    draft = save_draft(acting_user=officer, at=at, text=TINY.split("cases:", maxsplit=1)[0])

    with pytest.raises(Refused) as refused:
        publish_version(acting_user=decider, at=at, version=draft)

    assert refused.value.code == "no_cases"


def test_versions_that_overlap_are_refused(officer, decider, at):
    publish(decider, at, save_draft(acting_user=officer, at=at, text=TINY))

    with pytest.raises(Refused) as refused:
        save_draft(acting_user=officer, at=at, text=TINY.replace('version: "1"', 'version: "2"'))

    assert [item.code for item in refused.value.data["problems"]] == ["version_overlap"]


def test_withdrawing_needs_a_reason_and_a_decider(officer, decider, at):
    version = publish(decider, at, save_draft(acting_user=officer, at=at, text=TINY))

    with pytest.raises(NotAllowed):
        withdraw_version(acting_user=officer, at=at, version=version, reason="过期")
    with pytest.raises(Refused):
        withdraw_version(acting_user=decider, at=at, version=version, reason=" ")
    assert PolicyVersion.objects.get().state == VersionState.PUBLISHED
    withdraw_version(acting_user=decider, at=at, version=version, reason="过期")

    assert published_rules().policies == ()


def test_a_policy_that_another_reads_cannot_be_withdrawn_or_lost(officer, decider, at):
    publish(decider, at, save_draft(acting_user=officer, at=at, text=TINY))
    second = TINY.replace("policy: tiny", "policy: second").replace("years(birth_date, applied) >= 18", "holds('tiny')")
    publish(decider, at, save_draft(acting_user=officer, at=at, text=second))

    with pytest.raises(Refused) as refused:
        withdraw_version(acting_user=decider, at=at, version=PolicyVersion.objects.get(policy="tiny"), reason="过期")

    assert refused.value.code == "policy_needed"


def test_checking_a_text_runs_its_cases_without_storing():
    checked = check_text(TINY)

    assert [item.passed for item in checked.cases] == [True]
    assert not PolicyVersion.objects.exists()


def test_the_digest_follows_the_text(officer, decider, at):
    publish(decider, at, save_draft(acting_user=officer, at=at, text=TINY))
    before = rules_digest(published_rules())
    second = TINY.replace('version: "1"', 'version: "2"').replace(
        "from: 2026-01-01, to: 2027-01-01", "from: 2027-01-01"
    )
    second = second.replace("at: 2026-02-01", "at: 2027-02-01")

    publish(decider, at, save_draft(acting_user=officer, at=at, text=second))

    assert rules_digest(published_rules()) != before
