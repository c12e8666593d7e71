"""A forecast is computed where nobody waits for it, one at a time for a draft, and survives whatever happens to its worker."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_official, make_person
from systems.policies.makers import SAMPLE, TINY, know, make_forecast, make_known, publish_text

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.base.models import Delivery, OutboxEvent
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Disclosure
from taihu.systems.policies.actions import forecasts
from taihu.systems.policies.actions.editing import start_version
from taihu.systems.policies.actions.forecasts import perform_forecast, request_forecast
from taihu.systems.policies.actions.policies import publish_version, save_draft
from taihu.systems.policies.enums import Move, RunState
from taihu.systems.policies.models import Forecast, ForecastChange
from taihu.systems.policies.models.editing import SILENCE
from taihu.systems.policies.queries.forecasts import moved_people, reasons_for

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 10)


@pytest.fixture
def officer(client):
    account = make_official()
    client.force_login(account)
    return account


@pytest.fixture
def draft(officer):
    return save_draft(acting_user=officer, at=AT, text=TINY)


def page_of(draft):
    return reverse("policies:editor_forecast", args=[draft.pk])


def ask(officer, draft, *, at=AT, **more):
    return request_forecast(acting_user=officer, at=at, version=draft, day=DAY, **more)


# --- asking


def test_pressing_the_button_asks_and_computes_nothing_in_the_request(client, draft):
    response = client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"})
    page = client.get(page_of(draft))

    found = Forecast.objects.get()
    assert (response.status_code, found.state, found.report) == (302, RunState.WAITING, {})
    assert 'http-equiv="refresh"' in page.content.decode()
    assert "<progress" in page.content.decode()


def test_a_worker_computes_what_was_asked(client, draft):
    client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"})

    deliver_all(at=now())

    found = Forecast.objects.get()
    assert (found.state, found.progress, found.is_whole_city) == (RunState.DONE, 1.0, True)
    assert 'http-equiv="refresh"' not in client.get(page_of(draft)).content.decode()
    acts = AuditEntry.objects.filter(action__startswith="policies.forecast").order_by("pk")
    assert [entry.action for entry in acts] == ["policies.forecast_requested", "policies.forecast"]


def test_a_second_press_while_one_runs_starts_no_other(client, officer, draft):
    ask(officer, draft, at=now())

    response = client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"})

    assert response.status_code == 200
    assert Forecast.objects.count() == OutboxEvent.objects.filter(name="policies.forecast_requested").count() == 1


def test_only_officers_and_deciders_ask(client, officer, draft):
    for account in (make_account(), make_official(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            ask(account, draft)
        client.force_login(account)
        assert client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"}).status_code == 403
    client.logout()
    assert client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"}).status_code == 302
    assert not Forecast.objects.exists()


# --- being killed, being slow, failing


def test_a_forecast_whose_worker_was_killed_is_shown_as_such_and_can_be_started_again(client, officer, draft):
    dead = ask(officer, draft)
    Forecast.objects.update(state=RunState.RUNNING, seen_at=now() - SILENCE - timedelta(seconds=1), progress=0.4)

    page = client.get(page_of(draft)).content.decode()
    client.post(page_of(draft), {"day": "2026-03-10", "scope": "city"})
    deliver_all(at=now())

    dead.refresh_from_db()
    assert "测算中断了" in page
    assert 'http-equiv="refresh"' not in page
    assert (dead.state, Forecast.objects.get(state=RunState.DONE).day) == (RunState.FAILED, DAY)


def test_a_killed_forecast_goes_on_when_its_delivery_is_due_again(officer, draft):
    asked = ask(officer, draft)
    Forecast.objects.update(state=RunState.RUNNING, seen_at=AT, progress=0.4)

    deliver_all(at=AT + timedelta(minutes=31))

    asked.refresh_from_db()
    assert asked.state == RunState.DONE


def test_one_that_was_given_up_as_dead_stops_where_it_is(officer, draft, monkeypatch):
    asked = ask(officer, draft)

    def given_up(*args, **kwargs):
        Forecast.objects.filter(pk=asked.pk).update(state=RunState.FAILED)
        return whole(*args, **kwargs)

    whole = forecasts.city_facts
    monkeypatch.setattr(forecasts, "city_facts", given_up)
    with pytest.raises(Refused) as refused:
        perform_forecast(asked, at=AT)

    asked.refresh_from_db()
    assert (refused.value.code, asked.state, asked.report) == ("forecast_over", RunState.FAILED, {})


def test_one_that_nobody_begins_says_so(client, officer, draft):
    ask(officer, draft, at=now() - SILENCE - timedelta(seconds=1))

    page = client.get(page_of(draft)).content.decode()

    assert "后台程序还没有开始" in page


def test_what_goes_wrong_is_shown_and_does_not_run_again(client, officer, draft, monkeypatch):
    ask(officer, draft)
    monkeypatch.setattr(forecasts, "city_facts", lambda *args, **kwargs: 1 // 0)

    deliver_all(at=now())
    deliver_all(at=now() + timedelta(hours=1))

    assert "ZeroDivisionError" in client.get(page_of(draft)).content.decode()
    assert (
        Delivery.objects.filter(event__name="policies.forecast_requested").values_list("state", flat=True)[0] == "done"
    )


def test_progress_is_told_while_the_register_is_read(officer, draft, monkeypatch):
    for _ in range(3):
        make_person(birth_date=date(1990, 1, 1))
    asked, shares = ask(officer, draft), []
    monkeypatch.setattr("taihu.systems.policies.editing.forecasting.STRIDE", 1)
    monkeypatch.setattr(forecasts, "_teller", lambda *_: lambda stage, share: shares.append((stage, share)))

    perform_forecast(asked, at=AT)

    loading = [share for stage, share in shares if stage == "load"]
    assert loading == sorted(loading)
    assert len(loading) >= 4
    assert [stage for stage, _ in shares][-2:] == ["evaluate", "store"]


# --- what it says


def test_a_forecast_counts_who_gains_and_what_stops_the_others(officer, draft):
    people = [make_person(birth_date=date(1990, 1, 1)) for _ in range(3)]
    for person, rent in zip(people[:2], (1000_00, 500_00), strict=True):
        know(person, is_full_time=True, monthly_rent=rent)

    report = make_forecast(acting_user=officer, at=AT, version=draft, day=DAY).report

    change = report["changes"][0]
    assert (change["policy"], change["gained"], change["lost"], change["new_total"]) == ("tiny", 2, 0, 900_000)
    assert report["costs"] == [[2026, "city", 0, 540_000], [2026, "district", 0, 360_000]]
    assert report["standing"]["unknown"] == 1
    assert report["clauses"]["worker"] == [0, 1, 1]


def test_a_sample_is_a_first_idea_and_does_not_allow_publication(officer, draft, monkeypatch):
    for _ in range(4):
        make_person(birth_date=date(1990, 1, 1))
    monkeypatch.setattr(forecasts, "SAMPLE", 2)

    forecast = make_forecast(acting_user=officer, at=AT, version=draft, day=DAY, is_sample=True)

    assert (forecast.people, forecast.is_whole_city) == (2, False)
    with pytest.raises(Refused) as refused:
        publish_version(acting_user=make_official(Role.DECIDER), at=AT, version=draft, forecast=forecast)
    assert refused.value.code == "sample_forecast"


@pytest.fixture
def tightened(officer):
    """A published policy, and a draft that asks for more months and pays returnees more."""
    first = publish_text()
    second = start_version(
        acting_user=officer, at=AT, base=first, version="2", document="x", effective_from=date(2026, 3, 1)
    )
    text = second.text.replace(">= 6", ">= 24").replace("2万", "3万")
    assert SAMPLE.count(">= 6") == 1
    return save_draft(acting_user=officer, at=AT, text=text, version=second)


def test_each_change_leads_to_the_people_with_amounts_and_the_reason(client, officer, tightened):
    long, short = make_known(is_returnee=True), make_known(insurance=[{"in_city": True, "from": "2025-06-01"}])

    forecast = make_forecast(acting_user=officer, at=AT, version=tightened, day=DAY)

    raised, lost = moved_people(forecast, "sample", Move.RAISED), moved_people(forecast, "sample", Move.LOST)
    assert (raised.ids.tolist(), raised.before.tolist(), raised.after.tolist()) == ([long.pk], [2_000_000], [3_000_000])
    assert (lost.ids.tolist(), lost.before.tolist(), lost.after.tolist()) == ([short.pk], [1_000_000], [0])
    assert reasons_for(forecast, "sample", Move.LOST, [short]) == {short.pk: "参保满六个月"}


def test_names_are_for_readers_and_each_person_sees_who_looked(client, officer, tightened):
    short = make_known(insurance=[{"in_city": True, "from": "2025-06-01"}])
    forecast = make_forecast(acting_user=officer, at=AT, version=tightened, day=DAY)
    page = reverse("policies:editor_moved", args=[tightened.pk, forecast.pk, "sample", "lost"])

    own = client.get(page)
    assert Disclosure.objects.filter(person=short).count() == 1
    client.force_login(make_account())
    stranger = client.get(page)
    client.logout()
    anonymous = client.get(page)

    assert (own.status_code, stranger.status_code, anonymous.status_code) == (200, 403, 302)
    assert short.name in own.content.decode()
    assert Disclosure.objects.filter(person=short).count() == 1


@pytest.mark.parametrize("tail", [("sample", "raised"), ("other", "lost"), ("sample", "everybody")])
def test_no_list_of_what_did_not_change(client, officer, tightened, tail):
    make_known()
    forecast = make_forecast(acting_user=officer, at=AT, version=tightened, day=DAY)

    response = client.get(reverse("policies:editor_moved", args=[tightened.pk, forecast.pk, *tail]))

    assert response.status_code == 404
    assert not Disclosure.objects.exists()


def test_names_are_kept_of_the_newest_forecast_only(officer, tightened):
    make_known(insurance=[{"in_city": True, "from": "2025-06-01"}])

    for _ in range(2):
        newest = make_forecast(acting_user=officer, at=AT, version=tightened, day=DAY)

    assert list(ForecastChange.objects.values_list("forecast", flat=True)) == [newest.pk]
    assert Forecast.objects.count() == 2


def test_the_page_shows_cost_by_year_and_payer_before_publication(client, officer, tightened):
    make_known(is_returnee=True)
    make_forecast(acting_user=officer, at=AT, version=tightened, day=DAY)

    page = client.get(page_of(tightened)).context
    last = client.get(reverse("policies:editor_publish", args=[tightened.pk])).content.decode()

    assert [(row["year"], row["payer"], row["old"], row["new"]) for row in page["costs"]] == [
        (2026, "city", 1_200_000, 1_800_000),
        (2026, "district", 800_000, 1_200_000),
    ]
    assert "¥18,000" in last
