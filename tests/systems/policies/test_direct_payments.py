"""From the end of a list's notice to money: commitments, re-check on the due date, a batch, messages."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_official
from records.ledger.making import answer, give_account, make_treasury
from systems.policies.makers import SAMPLE, draw, know, make_known, publish_text

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.facts.models import Fact
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Notification
from taihu.records.ledger import actions as ledger
from taihu.records.ledger.journal import LineExceeded
from taihu.records.ledger.models import Commitment, Instalment
from taihu.records.ledger.queries.lines import balances
from taihu.records.ledger.verification import verify_ledger
from taihu.systems.policies.actions.benefits import note_benefits
from taihu.systems.policies.actions.direct import begin_notice, confirm_list, set_direct
from taihu.systems.policies.actions.payments import needed_places, pay_direct_list, payable_entries
from taihu.systems.policies.enums import DirectState

pytestmark = pytest.mark.django_db
SCHEDULE = """instalments:
  - parts:
      - {share: 50%, due: applied}
      - {share: 50%, due: applied + 6 months, recheck: [months]}
cases:"""
AFTER = AT + timedelta(days=8)
HALF_YEAR = AT + timedelta(days=185)


@pytest.fixture
def city():
    return make_treasury(amount=10_0000_00)


@pytest.fixture
def district():
    return make_treasury("320214-finance", level="district", amount=10_0000_00)


def noticed(text=None, people=1):
    """A list whose notice is over, with people of one district who have bank accounts."""
    found = []
    for _ in range(people):
        person = make_known()
        person.area_code = "320214"
        person.save()
        give_account(person)
        found.append(person)
    version = publish_text(text or SAMPLE.replace("cases:", SCHEDULE, 1))
    set_direct(acting_user=make_official(Role.DECIDER), at=AT, version=version, is_direct=True)
    direct = draw()
    confirm_list(acting_user=make_official(Role.DECIDER), at=AT, direct_run=direct)
    begin_notice(acting_user=make_official(), at=AT, direct_run=direct, until=AT + timedelta(days=7))
    direct.refresh_from_db()
    return direct, found


def lines(city, district):
    return {"city": city.line.pk, "district:320214": district.line.pk}


def pay(direct, city, district, *, at=AFTER, who=None):
    return pay_direct_list(acting_user=who or make_official(), at=at, direct_run=direct, lines=lines(city, district))


def test_a_list_becomes_commitments_split_by_payer_and_part(city, district):
    direct, people = noticed(people=2)

    assert needed_places(payable_entries(direct)) == {"city": 1_200_000, "district:320214": 800_000}
    made = pay(direct, city, district)

    direct.refresh_from_db()
    assert (direct.state, len(made)) == (DirectState.HANDED, 2)
    assert [row.person for row in made] == people
    parts = list(made[0].instalments.order_by("number").values_list("amount", "due_date", "recheck"))
    assert parts == [
        (500_000, date(2026, 3, 10), {}),
        (500_000, date(2026, 9, 10), {"policy": "sample@1", "clauses": ["months"]}),
    ]
    assert (balances([city.line])[0].committed, balances([district.line])[0].committed) == (1_200_000, 800_000)
    assert verify_ledger().is_sound


def test_paying_a_list_again_promises_nothing_twice(city, district):
    direct, _people = noticed()
    first = pay(direct, city, district)

    again = pay(direct, city, district)

    assert ([row.pk for row in again], Commitment.objects.count()) == ([first[0].pk], 1)


def test_nothing_is_promised_before_the_notice_is_over(city, district):
    direct, _people = noticed()

    with pytest.raises(Refused, match="公示期"):
        pay(direct, city, district, at=AT + timedelta(days=1))

    assert Commitment.objects.count() == 0


def test_a_line_that_is_too_small_leaves_the_list_where_it_was(city, district):
    direct, _people = noticed(people=2)
    ledger.change_line(acting_user=city.maker, at=AT, line=city.line, amount=-9_0000_00, document="调减")

    with pytest.raises(LineExceeded):
        pay(direct, city, district)

    direct.refresh_from_db()
    assert (direct.state, Commitment.objects.count()) == (DirectState.NOTICED, 0)


def test_every_district_needs_its_line(city, district):
    direct, _people = noticed()

    with pytest.raises(Refused, match="district:320214"):
        pay_direct_list(acting_user=make_official(), at=AFTER, direct_run=direct, lines={"city": city.line.pk})

    assert Commitment.objects.count() == 0


def test_strangers_pay_no_list(city, district):
    direct, _people = noticed()

    for stranger in (make_account(), make_official(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            pay(direct, city, district, who=stranger)

    assert Commitment.objects.count() == 0


def send_and_answer(treasury, at, key, failed=False):
    batch = ledger.propose_batch(acting_user=treasury.maker, at=at, unit=treasury.unit, key=key)
    ledger.approve_batch(acting_user=treasury.approver, at=at, batch=batch)
    ledger.export_batch(acting_user=treasury.maker, at=at, batch=batch)
    references = [row.reference for row in batch.payments.all()] if failed else []
    ledger.import_return(acting_user=treasury.maker, at=at, batch=batch, content=answer(batch, failed=references))


def test_the_first_part_is_paid_and_the_person_is_told(city, district):
    direct, (person,) = noticed()
    pay(direct, city, district)

    ledger.recheck_due(acting_user=None, at=AFTER, until=AFTER.date())
    send_and_answer(city, AFTER, "city")
    assert Instalment.objects.get(number=1).state == "cleared"
    send_and_answer(district, AFTER, "district")
    deliver_all(at=AFTER)

    assert list(Instalment.objects.order_by("number").values_list("state", flat=True)) == ["paid", "planned"]
    told = Notification.objects.filter(account=person.account, kind="policies.money_paid")
    assert [row.data["sum"] for row in told] == ["5,000.00"]


def test_a_returned_payment_is_told_with_its_reason(city, district):
    direct, (person,) = noticed()
    pay(direct, city, district)
    ledger.recheck_due(acting_user=None, at=AFTER, until=AFTER.date())

    send_and_answer(city, AFTER, "city", failed=True)
    deliver_all(at=AFTER)

    told = Notification.objects.get(account=person.account, kind="policies.money_returned")
    assert told.data["reason"] == "户名不符。"


def test_the_second_part_is_rechecked_as_of_its_due_date(city, district):
    direct, (staying, leaving, unclear) = noticed(people=3)
    pay(direct, city, district)
    ended = Fact.objects.filter(property="insurance")
    ended.filter(person=leaving).update(known_to=AFTER)
    know(leaving, insurance=[{"in_city": True, "from": "2024-01-01", "to": "2026-05-31"}])
    ended.filter(person=unclear).update(known_to=AFTER)

    report = ledger.recheck_due(acting_user=None, at=HALF_YEAR, until=HALF_YEAR.date())
    deliver_all(at=HALF_YEAR)

    second = {row.commitment.person_id: row for row in Instalment.objects.filter(number=2).select_related("commitment")}
    assert (report.passed, report.held) == (4, 2)
    assert second[staying.pk].state == "cleared"
    assert (second[leaving.pk].state, second[unclear.pk].state) == ("held", "held")
    assert "参保满六个月" in second[leaving.pk].reasons[0]
    assert "不再满足" in second[leaving.pk].reasons[0]
    assert "查不清" in second[unclear.pk].reasons[0]
    assert Notification.objects.filter(account=leaving.account, kind="policies.money_held").count() == 1


def test_the_employers_part_is_not_ours_to_pay(city, district):
    text = SAMPLE.replace("payers: {city: 60%, district: 40%}", "payers: {city: 70%, employer: 30%}")
    direct, _people = noticed(text.replace("cases:", SCHEDULE, 1))

    made = pay_direct_list(acting_user=make_official(), at=AFTER, direct_run=direct, lines={"city": city.line.pk})

    assert (made[0].total, [row.amount for row in made[0].instalments.order_by("number")]) == (
        700_000,
        [350_000, 350_000],
    )


def test_the_page_offers_the_lines_and_registers_once(city, district, client, monkeypatch):
    monkeypatch.setattr("taihu.systems.policies.views.finance_direct.now", lambda: AFTER)
    direct, _people = noticed()
    path = reverse("policies:finance_direct_pay", args=[direct.pk])
    for account, status in ((make_account(), 403), (make_official(Role.AUDITOR), 403)):
        client.force_login(account)
        assert client.get(path).status_code == status
    client.logout()
    assert client.get(path).status_code == 302

    client.force_login(city.maker)
    data = {"city": city.line.pk, "district:320214": district.line.pk}
    assert client.get(path).context["needed"][0][1] == 600_000
    responses = [client.post(path, data).status_code for _ in range(2)]

    assert (responses, Commitment.objects.count()) == ([302, 404], 1)
    assert client.get(reverse("policies:finance_direct")).status_code == 200


def benefits(person):
    rows = Fact.objects.filter(person=person, property="benefit", known_to__isnull=True).order_by("valid_from")
    return [(row.value[0]["policy"], row.value[0]["amount"], row.valid_from) for row in rows]


def test_what_was_paid_becomes_a_benefit_that_other_policies_read(city, district):
    """Half of an allowance for half a year: the next policy reads 5,000 yuan and three months."""
    counted = SCHEDULE.replace("cases:", 'define: {months_counted: "if is_returnee then 12 else 6"}\ncases:')
    direct, (person,) = noticed(SAMPLE.replace("cases:", counted, 1))
    pay(direct, city, district)
    ledger.recheck_due(acting_user=None, at=AFTER, until=AFTER.date())
    send_and_answer(city, AFTER, "city")
    send_and_answer(district, AFTER, "district")

    for _ in range(2):
        deliver_all(at=AFTER)
        note_benefits(instalment_ids=Instalment.objects.values_list("pk", flat=True), at=AFTER)

    assert benefits(person) == [("sample", 500_000, date(2026, 3, 11))]
    fact = Fact.objects.get(person=person, property="benefit", known_to__isnull=True)
    assert fact.value[0] == {
        "programme": "sample", "policy": "sample", "amount": 500_000, "months": 3, "paid_on": "2026-03-11"
    }  # fmt: skip


def test_what_is_demanded_back_is_no_benefit_any_more(city, district):
    direct, (person,) = noticed()
    made = pay(direct, city, district)
    ledger.recheck_due(acting_user=None, at=AFTER, until=AFTER.date())
    send_and_answer(city, AFTER, "city")
    send_and_answer(district, AFTER, "district")
    deliver_all(at=AFTER)

    ledger.demand_recovery(
        acting_user=make_official(),
        at=AFTER,
        commitment=made[0],
        key="d",
        amount=500_000,
        ground="left",
        reason="离开本市",
        document="决定1号",
        due_date=HALF_YEAR.date(),
    )
    deliver_all(at=AFTER)

    assert benefits(person) == []
    assert Notification.objects.filter(account=person.account, kind="policies.money_demanded").count() == 1
