"""Money that could not be promised by itself: what lacks, the decider who lets a line go beyond it, and the promise."""

from datetime import timedelta

import pytest
from factories import make_account, make_official, make_organisation
from records.ledger.making import make_line, make_treasury
from systems.policies.finance_city import url
from systems.policies.test_direct_payments import noticed
from systems.policies.town import CODE, WAN, apply_for, handle, make_doctor, make_town, track

from taihu.records.base.clock import city_date, now
from taihu.records.identity.enums import Role
from taihu.records.ledger.models import Commitment, Override
from taihu.records.ledger.verification import verify_ledger
from taihu.systems.policies.enums import DirectState

pytestmark = pytest.mark.django_db
GROUNDS = {"do": "override", "document": "会议纪要3号", "reason": "年中追加已上会"}


@pytest.fixture
def waiting():
    """A doctor is granted 30 万, the line of the year holds 20."""
    at = now() - timedelta(days=60)
    town = make_town(levels={"city": 20 * WAN}, programme="锡引人才补贴", at=at, years=2)
    organisation = make_organisation(credit_code=CODE)
    person = make_doctor(at, organisation=organisation)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    handle(town, application, at, until="payment")
    assert "可用额度不足" in application.money_problem
    return town, application


@pytest.mark.slow
def test_an_application_that_lacks_budget_is_promised_once_a_decider_lets_the_line_go_beyond(client, waiting):
    town, application = waiting
    path = url("finance_commit", application.pk)
    client.force_login(town.hall.finance)
    assert path in client.get(url("finance_direct")).content.decode()
    page = client.get(path)
    assert [(fen, lack) for _row, fen, lack in page.context["rows"]] == [(30 * WAN, 10 * WAN)]
    assert "请审批负责人在这一页凭文件批准" in page.content.decode()
    client.post(path, {"do": "commit"})
    client.post(path, GROUNDS)
    assert (Commitment.objects.count(), Override.objects.count()) == (0, 0)

    client.force_login(make_official(Role.DECIDER, unit=town.hall.office))
    assert "reason" in client.post(path, {**GROUNDS, "reason": " "}).context["missing"].errors
    client.post(path, GROUNDS)
    override = Override.objects.get()
    assert (override.amount, override.document, Commitment.objects.count()) == (10 * WAN, "会议纪要3号", 0)
    assert "已经够用" in client.post(path, GROUNDS).content.decode()

    client.force_login(town.hall.finance)
    answer = client.post(path, {"do": "commit"})

    application.refresh_from_db()
    assert (answer.status_code, Commitment.objects.get().pk, application.money_problem) == (
        302,
        application.commitment_id,
        "",
    )
    assert client.get(path).status_code == 404
    assert verify_ledger().is_sound


@pytest.mark.slow
def test_others_neither_see_nor_promise_the_money_of_an_application(client, waiting):
    _town, application = waiting
    path = url("finance_commit", application.pk)
    for account, status in (
        (make_treasury("320999-finance").maker, 404),
        (make_official(Role.AUDITOR), 403),
        (make_account(), 403),
    ):
        client.force_login(account)
        assert (client.get(path).status_code, client.post(path, GROUNDS).status_code) == (status, status)
        client.post(path, {"do": "commit"})
    client.logout()
    assert client.post(path, GROUNDS).status_code == 302

    assert (Commitment.objects.count(), Override.objects.count()) == (0, 0)


def test_a_list_that_lacks_budget_is_promised_once_a_decider_lets_the_line_go_beyond(client):
    """Half of the person's 10,000 yuan is the city's, whose line holds 1,000."""
    city, district = make_treasury(amount=1_00), make_treasury("320214-finance", level="district")
    for place, level, amount in ((city, "city", 1_000_00), (district, "district", 10_0000_00)):
        place.line = make_line(place.maker, place.unit, level=level, amount=amount, year=city_date(now()).year)
    direct, _people = noticed()
    path = url("finance_direct_pay", direct.pk)
    lines = {"city": city.line.pk, "district:320214": district.line.pk}
    client.force_login(city.maker)
    assert "请审批负责人在这一页凭文件批准" in client.get(path).content.decode()
    assert "可用额度不足" in client.post(path, {**lines, "do": "commit"}).content.decode()
    client.post(path, {**lines, **GROUNDS})
    assert (Commitment.objects.count(), Override.objects.count()) == (0, 0)

    client.force_login(make_official(Role.DECIDER, unit=city.unit))
    missing = client.post(path, {**lines, **GROUNDS, "document": ""})
    assert "document" in missing.context["missing"].errors
    client.post(path, {**lines, **GROUNDS})
    assert Override.objects.get().amount == 5_000_00

    client.force_login(city.maker)
    answer = client.post(path, {**lines, "do": "commit"})

    direct.refresh_from_db()
    assert (answer.status_code, direct.state, Commitment.objects.count()) == (302, DirectState.HANDED, 1)
    assert verify_ledger().is_sound
