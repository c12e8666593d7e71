from datetime import date, timedelta

import pytest
from factories import make_official, make_organisation, make_person
from records.ledger.making import (
    AT,
    TODAY,
    give_account,
    make_commitment,
    make_order,
    make_payee,
    make_treasury,
    pay,
)

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all, publish
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.actions import erase_person
from taihu.records.identity.enums import Role
from taihu.records.identity.queries import export_person
from taihu.records.ledger.actions import (
    commit,
    demand_recovery,
    offset_recovery,
    receive_repayment,
    recheck_due,
    reverse_receipt,
    set_payee_account,
    waive_recovery,
    withdraw_recovery,
)
from taihu.records.ledger.events import DayBegan
from taihu.records.ledger.models import Commitment, PayeeAccount, Receipt, Recovery, Share
from taihu.records.ledger.queries.instalments import (
    calendar,
    forecast,
    forecast_by_year,
    instalments_of,
    month_span,
)
from taihu.records.ledger.queries.lines import balances, commitments_on
from taihu.records.ledger.queries.payees import commitments_of, payments_of, sums_of
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


def demand(commitment, amount, *, who=None, key="demand", **fields):
    fields = {"ground": "left", "reason": "服务期未满离开本市", "document": "锡人才办〔2026〕7号", **fields}
    return demand_recovery(
        acting_user=who or make_official(Role.OFFICER),
        at=AT,
        commitment=commitment,
        key=key,
        amount=amount,
        due_date=date(2026, 4, 10),
        **fields,
    )


def standing(treasury):
    return balances([treasury.line])[0]


def test_each_line_gets_back_in_proportion_to_what_it_paid():
    city, district = make_treasury(), make_treasury("320214-finance", level="district")
    commitment = commit(acting_user=None, at=AT, order=make_order(make_payee(), [city.line, district.line]))
    pay(city, key="city")
    pay(district, key="district")

    demand(commitment, 3_000_01)

    assert (standing(city).receivable, standing(district).receivable) == (1_500_01, 1_500_00)
    assert verify_ledger().is_sound


def test_money_that_comes_back_in_parts_settles_the_demand():
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    pay(treasury)
    recovery = demand(commitment, 10_000_00)
    common = {"acting_user": treasury.maker, "at": AT, "recovery": recovery}

    receive_repayment(**common, key="r1", amount=4_000_00)
    receive_repayment(**common, key="r1", amount=4_000_00)
    receive_repayment(**common, key="r2", amount=6_000_00)

    recovery.refresh_from_db()
    row = standing(treasury)
    assert (recovery.state, Receipt.objects.count()) == ("settled", 2)
    assert (row.paid, row.receivable, row.recovered) == (0, 0, 10_000_00)
    assert commitment.instalments.get().state == "recovered"
    assert verify_ledger().is_sound
    with pytest.raises(Refused, match="只剩 0"):
        receive_repayment(**common, key="r3", amount=1)


@pytest.mark.parametrize("amount", [10_000_01, 0, -5, 2**63])
def test_no_more_is_demanded_than_was_paid(amount):
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    pay(treasury)

    with pytest.raises(Refused):
        demand(commitment, amount)

    assert (Recovery.objects.count(), standing(treasury).receivable) == (0, 0)


def test_two_demands_never_exceed_what_was_paid():
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    pay(treasury)
    demand(commitment, 7_000_00, key="a")

    with pytest.raises(Refused, match=r"3,000\.00"):
        demand(commitment, 3_000_01, key="b")

    assert demand(commitment, 7_000_00, key="a").pk == Recovery.objects.get().pk


def test_a_waiver_is_anothers_decision_with_a_document():
    treasury, decider = make_treasury(), make_official(Role.DECIDER)
    commitment = make_commitment(treasury)
    pay(treasury)
    recovery = demand(commitment, 10_000_00, who=decider)
    common = {"at": AT, "recovery": recovery, "key": "w", "amount": 10_000_00, "note": "因病丧失劳动能力"}

    for who, document in ((decider, "文1"), (make_official(Role.OFFICER), "文1")):
        with pytest.raises(NotAllowed):
            waive_recovery(acting_user=who, document=document, **common)
    with pytest.raises(Refused, match="文号"):
        waive_recovery(acting_user=make_official(Role.DECIDER), document=" ", **common)
    assert Receipt.objects.count() == 0

    waive_recovery(acting_user=make_official(Role.DECIDER), document="会议纪要〔2026〕2号", **common)

    assert (standing(treasury).waived, commitment.instalments.get().state) == (10_000_00, "paid")
    assert verify_ledger().is_sound


def test_what_is_owed_is_kept_back_from_the_next_instalment():
    treasury, person = make_treasury(), make_payee()
    first = make_commitment(treasury, (10_000_00,), person=person)
    pay(treasury, key="one")
    second = make_commitment(treasury, (6_000_00,), person=person)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    recovery = demand(first, 2_000_00)
    instalment = second.instalments.get()

    offset_recovery(
        acting_user=treasury.maker,
        at=AT,
        recovery=recovery,
        instalment=instalment,
        key="o",
        amount=2_000_00,
        note="从第二笔扣回",
    )

    batch = pay(treasury, key="two")
    assert (batch.total, standing(treasury).paid, standing(treasury).recovered) == (4_000_00, 14_000_00, 2_000_00)
    assert sums_of(person).owed == 0
    assert verify_ledger().is_sound


def test_an_instalment_that_is_offset_as_a_whole_needs_no_payment():
    treasury, person = make_treasury(), make_payee()
    first = make_commitment(treasury, (10_000_00,), person=person)
    pay(treasury, key="one")
    second = make_commitment(treasury, (1_000_00,), person=person)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    recovery = demand(first, 2_000_00)
    common = {"acting_user": treasury.maker, "at": AT, "recovery": recovery, "key": "o", "note": ""}

    offset_recovery(instalment=second.instalments.get(), amount=1_000_00, **common)

    assert second.instalments.get().state == "paid"
    assert verify_ledger().is_sound
    other = make_commitment(treasury, (1_00,)).instalments.get()
    with pytest.raises(Refused, match="另一笔"):
        offset_recovery(instalment=other, amount=1_00, **common)
    with pytest.raises(Refused, match="同一收款人"):
        offset_recovery(instalment=other, amount=1_00, **{**common, "key": "p"})


def test_a_receipt_recorded_wrongly_is_reversed_not_overwritten():
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    pay(treasury)
    recovery = demand(commitment, 10_000_00)
    receipt = receive_repayment(acting_user=treasury.maker, at=AT, recovery=recovery, key="r", amount=10_000_00)

    entry = reverse_receipt(acting_user=treasury.maker, at=AT, receipt=receipt, reason="记错了人")

    recovery.refresh_from_db()
    assert (entry.reverses, recovery.state, recovery.settled) == (receipt.entry, "open", 0)
    assert (standing(treasury).receivable, commitment.instalments.get().state) == (10_000_00, "paid")
    assert verify_ledger().is_sound
    with pytest.raises(Refused, match="已经冲正"):
        reverse_receipt(acting_user=treasury.maker, at=AT, receipt=receipt, reason="再来")


def test_a_withdrawn_demand_leaves_what_was_rightly_paid():
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    pay(treasury)
    recovery = demand(commitment, 5_000_00)

    withdraw_recovery(acting_user=make_official(Role.DECIDER), at=AT, recovery=recovery, reason="复议撤销")

    assert (standing(treasury).paid, Share.objects.get().recalled) == (10_000_00, 0)
    assert verify_ledger().is_sound


def test_what_is_due_is_told_of_once():
    treasury = make_treasury()
    paid = make_commitment(treasury)
    pay(treasury)
    recovery = demand(paid, 1_00)
    instalment = make_commitment(treasury, due=TODAY).instalments.get()
    for day in (AT, AT + timedelta(days=40), AT + timedelta(days=41)):
        from django.db import transaction

        with transaction.atomic():
            publish(DayBegan(), at=day)
        deliver_all(at=day)

    events = OutboxEvent.objects.filter(name__in=["ledger.instalment_due", "ledger.recovery_due"]).order_by("pk")
    assert [(event.name, event.payload) for event in events] == [
        ("ledger.instalment_due", {"instalment_ids": [instalment.pk]}),
        ("ledger.recovery_due", {"recovery_ids": [recovery.pk]}),
    ]


def test_erasing_a_person_takes_the_account_number_and_keeps_the_books():
    treasury, person = make_treasury(), make_person(name="张三")
    set_payee_account(
        acting_user=person.account, at=AT, payee=person, holder="张三", bank="示例银行", number="12345678"
    )
    commitment = make_commitment(treasury, person=person)
    with pytest.raises(Refused, match="待支付的分期"):
        erase_person(acting_user=person.account, person=person, at=AT)
    pay(treasury)
    assert b"12345678" not in export_person(make_person())

    erase_person(acting_user=person.account, person=person, at=AT)

    assert PayeeAccount.objects.count() == 0
    assert (Commitment.objects.get().pk, standing(treasury).paid) == (commitment.pk, 10_000_00)
    assert verify_ledger().is_sound


def test_my_payments_are_mine_and_those_my_employer_gets_for_me():
    treasury, person, organisation = make_treasury(), make_payee(), make_organisation()
    give_account(organisation, "12345678")
    make_commitment(treasury, person=person)
    base = make_order(person, [treasury.line], (2_00,))
    order = type(base)(
        **{**base.__dict__, "person_id": None, "organisation_id": organisation.pk, "beneficiary_id": person.pk}
    )
    commit(acting_user=None, at=AT, order=order)
    make_commitment(treasury)

    assert [row.amount for row in payments_of(person)] == [10_000_00, 2_00]
    assert [row.amount for row in payments_of(organisation)] == [2_00]
    pay(treasury)
    assert (sums_of(person).paid, sums_of(organisation).paid) == (10_002_00, 2_00)


def test_the_calendar_and_the_forecast_say_what_comes_when_and_who_pays():
    city, district = make_treasury(), make_treasury("320214-finance", level="district")
    days = [date(2026, 3, 10), date(2026, 3, 31), date(2027, 1, 5)]
    commit(
        acting_user=None,
        at=AT,
        order=make_order(make_payee(), [city.line, district.line], (1_01, 2_00, 3_00), due=days),
    )

    month = calendar(*month_span(2026, 3))
    rows = forecast()

    assert [(day, place.total, place.count) for day, place in month.items()] == [(days[0], 1_01, 1), (days[1], 2_00, 1)]
    assert [(row.year, row.month, row.level, row.amount) for row in rows] == [
        (2026, 3, "city", 1_51),
        (2026, 3, "district", 1_50),
        (2027, 1, "city", 1_50),
        (2027, 1, "district", 1_50),
    ]
    assert forecast_by_year(rows)[2027] == {"city": 1_50, "district": 1_50}
    assert sum(row.amount for row in forecast(units=[city.unit.pk])) == 3_01


@pytest.mark.parametrize("many", [1, 3])
def test_reads_take_a_fixed_number_of_statements(many, django_assert_num_queries):
    treasury, person = make_treasury(), make_payee()
    for _ in range(many):
        make_commitment(treasury, (1_00, 2_00), person=person)

    with django_assert_num_queries(1):
        balances([treasury.line])
    with django_assert_num_queries(3):
        for row in payments_of(person):
            [share.line.programme for share in row.shares.all()]
    with django_assert_num_queries(4):
        for row in commitments_of(person):
            [share.line.programme for item in row.instalments.all() for share in item.shares.all()]
    with django_assert_num_queries(1):
        [row.commitment.person.name for row in instalments_of(units=[treasury.unit.pk])]
    with django_assert_num_queries(1):
        [(row.person.name, row.instalment_count) for row in commitments_on(treasury.line)]
    with django_assert_num_queries(2):
        sums_of(person)
