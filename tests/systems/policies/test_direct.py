"""Paid without applying: who is listed, what a human has to find out, and what keeps somebody off."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_official, make_person
from systems.policies.makers import draw, know, make_known, make_list, publish_text

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.base.models import OutboxEvent
from taihu.records.facts.models import Fact
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Disclosure, Notification
from taihu.systems.policies.actions.direct import (
    begin_notice,
    cancel_list,
    confirm_list,
    exclude_entry,
    hand_over,
    object_to_entry,
    opt_in,
    opt_out,
    recheck_entry,
    request_direct_runs,
    set_direct,
)
from taihu.systems.policies.claims import _sources, register_claims
from taihu.systems.policies.enums import DirectState, EntryState
from taihu.systems.policies.events import DirectRunsDue
from taihu.systems.policies.models import DirectEntry, DirectRun
from taihu.systems.policies.receivers import draw_monthly_lists

pytestmark = pytest.mark.django_db
NEXT_MONTH = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def decider():
    return make_official(Role.DECIDER)


@pytest.fixture
def officer():
    return make_official()


def states(direct):
    return dict(direct.entries.values_list("person_id", "state"))


def test_the_entitled_are_listed_with_payers_and_the_unclear_go_to_a_human():
    good, open_, no = make_known(), make_known(is_full_time=None), make_known(hukou_in_city=False)

    direct = make_list()

    assert direct.state == DirectState.LISTED
    assert states(direct) == {good.pk: EntryState.LISTED, open_.pk: EntryState.MANUAL}
    entry = direct.entries.get(person=good)
    assert (entry.amount, entry.payers) == (1_000_000, {"city": 600_000, "district": 400_000})
    assert entry.instalments == [["2026-03-10", 1_000_000]]
    assert direct.entries.get(person=open_).open_clauses == ["full-time"]
    assert no.pk not in states(direct)


def test_everybody_on_the_list_can_see_that_they_were_looked_at():
    person = make_known()

    make_list()

    seen = Disclosure.objects.get(person=person)
    assert (seen.purpose, seen.ground) == ("policy", "duty")


def test_contradictory_facts_send_a_person_to_a_human_and_never_to_a_refusal():
    person = make_known()
    know(person, is_full_time=False)

    direct = make_list()

    entry = direct.entries.get(person=person)
    assert (entry.state, entry.note) == (EntryState.MANUAL, "资料互相矛盾：全职工作：两个部门说法不同")


def test_who_opted_out_is_not_paid_and_may_come_back(decider):
    person = make_known()
    publish_text()
    opt_out(acting_user=person.account, at=AT, person=person, policy="sample")
    set_direct(acting_user=decider, at=AT, version=person_version(), is_direct=True)
    assert states(draw()) == {person.pk: EntryState.OPTED_OUT}

    opt_in(acting_user=person.account, at=AT, person=person, policy="sample")

    assert states(draw(at=NEXT_MONTH)) == {person.pk: EntryState.LISTED}


def person_version():
    from taihu.systems.policies.models import PolicyVersion

    return PolicyVersion.objects.get(policy="sample")


def test_opting_out_takes_a_person_off_a_list_that_is_not_paid():
    person = make_known()
    direct = make_list()

    opt_out(acting_user=person.account, at=AT, person=person, policy="sample")

    assert states(direct) == {person.pk: EntryState.OPTED_OUT}


def test_nobody_opts_out_for_somebody_else():
    person = make_known()
    direct = make_list()

    with pytest.raises(NotAllowed):
        opt_out(acting_user=make_account(), at=AT, person=person, policy="sample")

    assert states(direct) == {person.pk: EntryState.LISTED}


def test_who_was_listed_before_or_has_applied_is_not_listed_again(monkeypatch):
    first, applied = make_known(), make_known()
    monkeypatch.setattr("taihu.systems.policies.claims._sources", dict(_sources))
    register_claims("test", lambda policy: [applied.pk] if policy == "sample" else [])
    assert states(make_list()) == {first.pk: EntryState.LISTED}
    late = make_known()

    assert states(draw(at=NEXT_MONTH)) == {late.pk: EntryState.LISTED}


def test_a_list_is_confirmed_published_and_handed_over_once(decider, officer):
    person = make_known()
    direct = make_list()
    until = AT + timedelta(days=7)

    confirm_list(acting_user=decider, at=AT, direct_run=direct)
    begin_notice(acting_user=officer, at=AT, direct_run=direct, until=until)
    with pytest.raises(Refused):
        hand_over(acting_user=officer, at=AT, direct_run=direct)
    entries = hand_over(acting_user=officer, at=until, direct_run=direct)

    assert [(entry.person, entry.amount) for entry in entries] == [(person, 1_000_000)]
    assert OutboxEvent.objects.filter(name="policies.direct_run_confirmed").count() == 1
    with pytest.raises(Refused):
        hand_over(acting_user=officer, at=until, direct_run=direct)


def test_people_to_check_stop_the_confirmation_unless_they_are_deferred(decider):
    make_known()
    open_ = make_known(is_full_time=None)
    direct = make_list()

    with pytest.raises(Refused, match="1 人需要人工核实"):
        confirm_list(acting_user=decider, at=AT, direct_run=direct)
    assert DirectRun.objects.get().state == DirectState.LISTED
    confirm_list(acting_user=decider, at=AT, direct_run=direct, defer_manual=True)

    assert states(direct)[open_.pk] == EntryState.EXCLUDED


def test_only_deciders_confirm(officer):
    make_known()
    direct = make_list()

    with pytest.raises(NotAllowed):
        confirm_list(acting_user=officer, at=AT, direct_run=direct)

    assert DirectRun.objects.get().state == DirectState.LISTED


def test_an_objection_holds_one_person_back(decider, officer):
    first, second = make_known(), make_known()
    direct = make_list()
    confirm_list(acting_user=decider, at=AT, direct_run=direct)
    until = AT + timedelta(days=7)
    begin_notice(acting_user=officer, at=AT, direct_run=direct, until=until)

    entry = direct.entries.get(person=first)
    object_to_entry(acting_user=None, at=AT, entry=entry, reason="已离职", name="王一", contact="13800000000")

    assert [entry.person for entry in hand_over(acting_user=None, at=until, direct_run=direct)] == [second]


def test_an_officer_looks_again_after_a_department_answered(officer):
    person = make_known(is_full_time=None)
    direct = make_list()
    know(person, is_full_time=True)

    entry = recheck_entry(acting_user=officer, at=AT, entry=direct.entries.get())

    assert (entry.state, entry.amount, entry.open_clauses) == (EntryState.LISTED, 1_000_000, [])
    Fact.objects.filter(property="hukou_in_city").update(value=False)
    assert recheck_entry(acting_user=officer, at=AT, entry=entry).state == EntryState.EXCLUDED


def test_taking_somebody_off_needs_an_officer_and_a_reason(officer):
    make_known()
    entry = make_list().entries.get()

    with pytest.raises(Refused):
        exclude_entry(acting_user=officer, at=AT, entry=entry, reason=" ")
    with pytest.raises(NotAllowed):
        exclude_entry(acting_user=make_account(), at=AT, entry=entry, reason="测试")
    assert DirectEntry.objects.get().state == EntryState.LISTED

    assert exclude_entry(acting_user=officer, at=AT, entry=entry, reason="已注销").note == "已注销"


def test_a_cancelled_list_frees_its_people(decider):
    person = make_known()
    direct = make_list()
    cancel_list(acting_user=decider, at=AT, direct_run=direct, reason="规则更正")

    assert states(draw(at=NEXT_MONTH)) == {person.pk: EntryState.LISTED}


def test_a_second_list_of_a_month_is_refused_and_the_schedule_leaves_it(officer):
    make_known()
    make_list()

    with pytest.raises(Refused, match="已经有了"):
        request_direct_runs(acting_user=officer, at=AT)

    assert request_direct_runs(acting_user=None, at=AT) == []
    assert DirectRun.objects.count() == 1


def test_the_schedule_draws_on_the_first_of_a_month_only(decider):
    set_direct(acting_user=decider, at=AT, version=publish_text(), is_direct=True)

    draw_monthly_lists(DirectRunsDue(), AT)
    assert not DirectRun.objects.exists()
    draw_monthly_lists(DirectRunsDue(), NEXT_MONTH)

    assert DirectRun.objects.get().month.isoformat() == "2026-04-01"


def test_only_deciders_set_a_policy_to_be_paid_without_application(officer):
    version = publish_text()

    with pytest.raises(NotAllowed):
        set_direct(acting_user=officer, at=AT, version=version, is_direct=True)

    version.refresh_from_db()
    assert not version.is_direct
    assert make_person().pk


def test_a_published_list_is_masked_takes_real_name_objections_and_tells_the_people(
    client, decider, officer, monkeypatch
):
    monkeypatch.setattr("taihu.systems.policies.views.public.now", lambda: AT)
    person = make_known()
    person.name = "张小明"
    person.save()
    direct = make_list()
    confirm_list(acting_user=decider, at=AT, direct_run=direct)
    address = reverse("policies:direct_notice", args=[direct.pk])
    assert client.get(address).status_code == 404
    begin_notice(acting_user=officer, at=AT, direct_run=direct, until=AT + timedelta(days=7))
    deliver_all(at=AT)

    text = client.get(address).content.decode()
    assert "张*明" in text
    assert "张小明" not in text
    assert Notification.objects.get(account=person.account).kind == "policies.direct_noticed"
    assert "名单上没有这个序号" in client.post(address, {"place": 9}).content.decode()
    assert direct.entries.get().state == EntryState.LISTED

    client.post(address, {"place": 1, "name": "王一", "contact": "13800000000", "reason": "已离职"})

    entry = direct.entries.get()
    assert (entry.state, entry.note, entry.objector) == (EntryState.OBJECTED, "已离职", "王一 13800000000")
    assert "13800000000" not in client.get(address).content.decode()
    monkeypatch.setattr("taihu.systems.policies.views.public.now", lambda: AT + timedelta(days=8))
    assert client.get(address).status_code == 404
