"""The officer's pages on evaluations: who may open them, what they show, and that looking at people is noted."""

import pytest
from django.urls import reverse
from factories import AT, make_account, make_official, make_person
from systems.policies.makers import know, make_known, make_list, publish_text

from taihu.records.base.fields import keyed_hash
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Disclosure
from taihu.systems.policies.actions.corrections import request_correction
from taihu.systems.policies.actions.runs import perform_run, request_run
from taihu.systems.policies.models import CorrectionRequest, DirectEntry, DirectRun, PolicyRun, PolicyVersion

pytestmark = pytest.mark.django_db
PAGES = [
    "office_policies", "office_policy", "office_people", "office_find_person", "office_person", "office_runs", "office_run",
    "office_contradictions", "office_direct", "office_direct_run", "office_entry", "office_corrections", "office_correction",
]  # fmt: skip
WRITERS_ONLY = {"office_entry", "office_corrections", "office_correction"}


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    for name in ("officer", "direct", "whose"):
        monkeypatch.setattr(f"taihu.systems.policies.views.{name}.now", lambda: AT)
    monkeypatch.setattr("taihu.records.identity.doors.now", lambda: AT)


@pytest.fixture
def city():
    """A drawn list with somebody on it, somebody to check, somebody near, and a request for correction."""
    people = [make_known(), make_known(is_full_time=None), make_known(hukou_in_city=False), make_known()]
    know(people[3], is_full_time=False)
    direct = make_list()
    request_correction(
        acting_user=people[2].account, at=AT, person=people[2], property_name="hukou_in_city", value=True,
        valid_from=AT.date(), reason="已落户",
    )  # fmt: skip
    return direct, people


def address(name):
    arguments = {
        "office_policy": lambda: [PolicyVersion.objects.get().pk],
        "office_people": lambda: [PolicyVersion.objects.get().pk, "near"],
        "office_person": lambda: [DirectEntry.objects.first().person_id],
        "office_run": lambda: [PolicyRun.objects.get().pk],
        "office_contradictions": lambda: [PolicyRun.objects.get().pk],
        "office_direct_run": lambda: [DirectRun.objects.get().pk],
        "office_entry": lambda: [DirectEntry.objects.first().pk],
        "office_correction": lambda: [CorrectionRequest.objects.get().pk],
    }
    return reverse(f"policies:{name}", args=arguments.get(name, list)())


@pytest.mark.parametrize("name", PAGES)
def test_officers_see_the_page_and_others_do_not(client, city, name):
    path = address(name)

    assert client.get(path).status_code == 302
    client.force_login(make_account())
    assert client.get(path).status_code == 403
    client.force_login(make_official(Role.AUDITOR))
    assert client.get(path).status_code == (403 if name in WRITERS_ONLY else 200)
    client.force_login(make_official())
    assert client.get(path).status_code == 200


def test_a_denied_reader_leaves_no_trace_on_people(client, city):
    before = Disclosure.objects.count()
    client.force_login(make_account())

    client.get(address("office_people"))

    assert Disclosure.objects.count() == before


def test_looking_at_a_list_is_shown_to_everybody_on_it(client, city):
    _direct, people = city
    client.force_login(officer := make_official())

    text = client.get(address("office_people")).content.decode()
    client.get(address("office_people"))

    assert people[2].name in text
    assert "本市户籍" in text
    assert Disclosure.objects.filter(person=people[2], viewer_account_id=officer.pk).count() == 1


def test_groups_and_blocking_conditions_are_counted(client, city):
    client.force_login(make_official())

    text = client.get(address("office_policy")).content.decode()

    assert "每个条件挡住多少人" in text
    assert f"{address('office_people')}?run={PolicyRun.objects.get().pk}&amp;clause=hukou" in text


def test_only_those_whom_one_condition_stops_can_be_listed(client, city):
    _direct, people = city
    client.force_login(make_official())

    assert people[2].name in client.get(address("office_people"), {"clause": "hukou"}).content.decode()
    assert people[2].name not in client.get(address("office_people"), {"clause": "months"}).content.decode()


def test_the_statements_of_a_list_do_not_grow_with_people(client, django_assert_max_num_queries):
    publish_text()
    first = [make_known(hukou_in_city=False)]
    perform_run(request_run(at=AT, acting_user=None), at=AT, processes=1)
    client.force_login(make_official())
    client.get(f"{address('office_people')}?run={PolicyRun.objects.latest('pk').pk}") if first else None
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get(f"{address('office_people')}?run={PolicyRun.objects.latest('pk').pk}")
    first += [make_known(hukou_in_city=False) for _ in range(3)]
    run = perform_run(request_run(at=AT, acting_user=None), at=AT, processes=1)
    with CaptureQueriesContext(connection) as many:
        client.get(f"{reverse('policies:office_people', args=[PolicyVersion.objects.get().pk, 'near'])}?run={run.pk}")

    assert len(many) <= len(few) + 1


def test_a_person_is_found_by_number_with_a_reason_they_can_read(client, city):
    person = make_person(id_number_hash=keyed_hash("320200199001010013"))
    client.force_login(make_official())
    path = address("office_find_person")

    assert "没有这个证件号码" in client.post(path, {"number": "1", "reason": "来电咨询"}).content.decode()
    answer = client.post(path, {"number": "320200199001010013", "reason": "来电咨询"})

    assert answer.url == reverse("policies:office_person", args=[person.pk])
    assert Disclosure.objects.get(person=person).what == "政策核算结果：来电咨询"


def test_one_person_is_explained_as_it_was_known_for_a_run(client, city):
    _direct, people = city
    client.force_login(make_official())
    path = reverse("policies:office_person", args=[people[2].pk])

    text = client.get(path, {"run": PolicyRun.objects.get().pk, "policy": "sample@1"}).content.decode()

    assert "核算时保存的结果：差一项" in text
    assert "第一条" in text


def test_an_officer_queues_a_run_and_an_auditor_does_not(client, city):
    client.force_login(make_official(Role.AUDITOR))
    client.post(address("office_runs"), {})
    assert PolicyRun.objects.count() == 1

    client.force_login(make_official())
    answer = client.post(address("office_runs"), {"day": "2026-05-01"})

    run = PolicyRun.objects.latest("pk")
    assert answer.url == reverse("policies:office_run", args=[run.pk])
    assert (run.state, run.day.isoformat()) == ("waiting", "2026-05-01")
    assert client.get(answer.url).status_code == 200


def test_the_list_is_worked_off_in_the_browser(client, city):
    direct, people = city
    client.force_login(make_official())
    manual = direct.entries.get(person=people[1])
    know(people[1], is_full_time=True)
    client.post(reverse("policies:office_entry", args=[manual.pk]), {"do": "recheck"})
    contradictory = direct.entries.get(person=people[3])
    client.post(reverse("policies:office_entry", args=[contradictory.pk]), {"do": "exclude", "reason": "等待更正"})
    client.post(reverse("policies:office_direct_decide", args=[direct.pk]), {"do": "confirm"})
    direct.refresh_from_db()
    assert direct.state == "listed"

    client.force_login(make_official(Role.DECIDER))
    client.post(reverse("policies:office_direct_decide", args=[direct.pk]), {"do": "confirm"})

    direct.refresh_from_db()
    assert direct.state == "confirmed"
    assert set(direct.entries.values_list("state", flat=True)) == {"listed", "excluded"}


def test_a_request_is_answered_in_the_browser(client, city):
    client.force_login(make_official())

    client.post(address("office_correction"), {"decision": "accept", "source_name": "市公安局", "answer": "属实"})

    assert CorrectionRequest.objects.get().state == "accepted"


def test_only_deciders_switch_payment_without_application(client, city):
    path = reverse("policies:office_switch_direct", args=[PolicyVersion.objects.get().pk])
    client.force_login(make_official())
    assert client.post(path, {"do": "off"}).status_code == 403
    assert PolicyVersion.objects.get().is_direct

    client.force_login(make_official(Role.DECIDER))
    client.post(path, {"do": "off"})

    assert not PolicyVersion.objects.get().is_direct
