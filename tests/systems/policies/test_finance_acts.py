"""What finance does to a commitment, a recovery or a receipt: typed, shown in yuan, confirmed; by whom and by nobody else."""

from datetime import date, timedelta

import pytest
from factories import make_official
from records.ledger.making import AT, TODAY, make_commitment, make_payee, make_treasury, pay
from systems.policies.finance_city import City, carry_out, statuses, url

from taihu.records.audit.models import AuditEntry
from taihu.records.identity.enums import Role
from taihu.records.ledger import actions
from taihu.records.ledger.models import Commitment, Receipt
from taihu.records.ledger.queries.lines import balances
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 3, 1), date(2027, 3, 1), date(2028, 3, 1)]
WRITERS = {"maker": 200, "approver": 200, "decider": 200, "officer": 200, "other": 404, "auditor": 403, "person": 403}
DECIDING = {"officer": 200, "decider": 200, "maker": 403, "approver": 403, "other": 403, "auditor": 403, "person": 403}
STRANGERS = ("other", "auditor", "person", "anonymous")


@pytest.fixture
def city():
    return City()


@pytest.fixture
def promised(city):
    """Three instalments, the first paid."""
    commitment = make_commitment(city.treasury, (40_000_00, 30_000_00, 20_000_00), due=DAYS, purpose="安居补贴")
    pay(city.treasury)
    return commitment


def states(commitment):
    return list(commitment.instalments.order_by("number").values_list("state", flat=True))


CASES = {
    "finance_stop": {"numbers": [2], "reason": "核实在职情况"},
    "finance_cancel": {"numbers": [2, 3], "reason": "离开本市", "document": "文1"},
    "finance_raise": {"gross": "95000", "document": "文2", "purpose": "安居补贴", "reason": "晋升", "key": "k"},
}


@pytest.mark.parametrize("name", CASES)
def test_the_forms_are_for_those_who_may_act(city, client, promised, name):
    assert statuses(city, client, url(name, promised.pk)) == {**WRITERS, "anonymous": 302}


def test_officers_and_deciders_alone_resume(city, client, promised):
    assert statuses(city, client, url("finance_resume", promised.pk)) == {**DECIDING, "anonymous": 302}


@pytest.mark.parametrize("role", STRANGERS)
@pytest.mark.parametrize("name", CASES)
def test_strangers_change_nothing(city, client, promised, name, role):
    response = carry_out(city.as_(client, role), url(name, promised.pk), CASES[name])

    assert response.status_code in (302, 403, 404)
    assert (states(promised), Commitment.objects.count()) == (["paid", "planned", "planned"], 1)


@pytest.mark.parametrize("name", CASES)
def test_every_act_needs_a_reason(city, client, promised, name):
    response = city.as_(client, "maker").post(url(name, promised.pk), {**CASES[name], "reason": " "})

    assert (response.status_code, "reason" in response.context["form"].errors) == (200, True)
    assert states(promised) == ["paid", "planned", "planned"]


def test_a_commitment_is_cancelled_only_after_the_sums_were_seen(city, client, promised):
    client, path = city.as_(client, "maker"), url("finance_cancel", promised.pk)
    data = {"numbers": [2, 3], "reason": "离开本市", "document": "锡人才〔2026〕5号"}

    shown = client.post(path, data)
    text = shown.content.decode()
    assert "第 2、3 期不再支付，50,000.00 元退回预算项目。" in text
    assert ("¥10,000<" in text, "¥60,000<" in text, "锡人才〔2026〕5号" in text) == (True, True, True)
    assert states(promised) == ["paid", "planned", "planned"]
    edited = client.post(path, {**data, "edit": "1"})
    assert edited.context["form"]["reason"].value() == "离开本市"

    done = client.post(path, {**data, "confirmed": shown.context["found"].digest})

    assert (done.status_code, states(promised)) == (302, ["paid", "cancelled", "cancelled"])
    assert balances([city.line])[0].free == 60_000_00
    row = AuditEntry.objects.get(action="ledger.cancel_instalments")
    assert (row.data["reason"], row.data["document"], row.actor_id) == (
        "离开本市",
        "锡人才〔2026〕5号",
        city.treasury.maker.pk,
    )
    assert verify_ledger().is_sound


def test_what_changed_after_it_was_shown_is_shown_again(city, client, promised):
    client, path = city.as_(client, "maker"), url("finance_cancel", promised.pk)
    data = {"numbers": [2, 3], "reason": "离开本市"}
    digest = client.post(path, data).context["found"].digest
    actions.cancel_instalments(acting_user=None, at=AT, commitment=promised, reason="先取消", numbers=[3])

    answer = client.post(path, {**data, "numbers": [2], "confirmed": digest})

    assert "刚刚有变化" in answer.content.decode()
    assert states(promised) == ["paid", "planned", "cancelled"]


def test_payments_are_stopped_and_resumed(city, client, promised):
    carry_out(city.as_(client, "maker"), url("finance_stop", promised.pk), {"numbers": [2], "reason": "核实在职情况"})
    assert states(promised) == ["paid", "held", "planned"]
    page = client.get(url("finance_commitment", promised.pk)).content.decode()
    assert ("核实在职情况" in page, url("finance_resume", promised.pk) in page) == (True, False)

    page = city.as_(client, "officer").get(url("finance_commitment", promised.pk)).content.decode()
    assert url("finance_resume", promised.pk) in page
    carry_out(client, url("finance_resume", promised.pk), {"numbers": [2], "reason": "已核实"})

    assert states(promised) == ["paid", "planned", "planned"]
    assert verify_ledger().is_sound


def test_a_payment_on_its_way_to_the_bank_is_not_offered(city, client):
    commitment = make_commitment(city.treasury, (1_000_00,))
    actions.recheck_due(acting_user=None, at=AT, until=TODAY)
    actions.propose_batch(acting_user=city.treasury.maker, at=AT, unit=city.treasury.unit, key="b")
    client = city.as_(client, "maker")

    page = client.get(url("finance_commitment", commitment.pk)).content.decode()
    answer = client.post(url("finance_cancel", commitment.pk), {"numbers": [1], "reason": "x"})

    assert (url("finance_cancel", commitment.pk) in page, url("finance_stop", commitment.pk) in page) == (False, False)
    assert "numbers" in answer.context["form"].errors
    assert states(commitment) == ["batched"]


def test_a_higher_standard_pays_the_difference(city, client, promised):
    client, path = city.as_(client, "officer"), url("finance_raise", promised.pk)
    refused = client.post(path, {**CASES["finance_raise"], "gross": "90000"})
    assert "新标准应高于" in refused.content.decode()

    shown = client.post(path, CASES["finance_raise"]).content.decode()
    for words in (
        "标准由 90,000.00 元提高到 95,000.00 元，扣除已享受的 40,000.00 元。",
        "原承诺未支付的 50,000.00 元取消，新承诺 55,000.00 元：预算多承担 5,000.00 元。",
    ):
        assert words in shown
    for _ in range(2):
        answer = carry_out(client, path, CASES["finance_raise"])

    new = Commitment.objects.get(supersedes=promised)
    assert (answer.status_code, new.gross, new.deducted, new.total) == (302, 95_000_00, 40_000_00, 55_000_00)
    assert states(promised) == ["paid", "cancelled", "cancelled"]
    page = client.get(url("finance_commitment", promised.pk)).content.decode()
    assert (url("finance_commitment", new.pk) in page, url("finance_raise", promised.pk) in page) == (True, False)
    assert verify_ledger().is_sound


def test_a_line_that_is_too_small_refuses_a_higher_standard_in_words(city, client, promised):
    data = {**CASES["finance_raise"], "gross": "250000"}

    answer = city.as_(client, "maker").post(url("finance_raise", promised.pk), data)

    assert "可用额度不足，还差 150,000.00 元" in answer.content.decode()
    assert states(promised) == ["paid", "planned", "planned"]


@pytest.fixture
def owing(city):
    """A person who has to give 1,000 yuan back and is to get 600: the recovery, and the cleared instalment."""
    person = make_payee()
    first = make_commitment(city.treasury, (10_000_00,), person=person)
    pay(city.treasury, key="one")
    second = make_commitment(city.treasury, (600_00,), person=person)
    actions.recheck_due(acting_user=None, at=AT, until=TODAY)
    recovery = actions.demand_recovery(
        acting_user=make_official(Role.OFFICER), at=AT, commitment=first, key="d", amount=1_000_00, ground="left",
        reason="离开", document="文1", due_date=TODAY + timedelta(days=30),
    )  # fmt: skip
    return recovery, second.instalments.get()


def test_what_is_owed_is_kept_back_from_a_later_payment(city, client, owing):
    recovery, instalment = owing
    client = city.as_(client, "maker")
    assert url("finance_offset", recovery.pk) in client.get(url("finance_recovery", recovery.pk)).content.decode()
    path = url("finance_offset", recovery.pk)
    assert client.get(path).context["form"].initial["amount"] == "600.00"
    data = {"instalment": instalment.pk, "amount": "250.00", "note": "本人同意", "key": "o1"}

    shown = client.post(path, data).content.decode()
    assert "从这一期扣下 250.00 元，收款人这一期实际到账 350.00 元。" in shown
    assert "这笔追回还剩 750.00 元未办结。" in shown
    for _ in range(2):
        carry_out(client, path, data)

    recovery.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (recovery.settled, receipt.kind, receipt.instalment) == (250_00, "offset", instalment)
    assert pay(city.treasury, key="two").total == 350_00
    assert verify_ledger().is_sound


def test_more_than_is_payable_is_not_kept_back(city, client, owing):
    recovery, instalment = owing
    data = {"instalment": instalment.pk, "amount": "600.01", "note": "n", "key": "o1"}

    answer = city.as_(client, "maker").post(url("finance_offset", recovery.pk), data)

    assert "待支付的只有 600.00 元" in answer.content.decode()
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("role", [*STRANGERS, "officer", "decider"])
def test_the_paying_unit_alone_offsets(city, client, owing, role):
    recovery, instalment = owing
    data = {"instalment": instalment.pk, "amount": "250.00", "note": "n", "key": "o1"}

    carry_out(city.as_(client, role), url("finance_offset", recovery.pk), data)

    assert Receipt.objects.count() == 0


def test_an_instalment_of_another_payee_is_not_offered(city, client, owing):
    recovery, _instalment = owing
    make_commitment(city.treasury, (5_000_00,))
    actions.recheck_due(acting_user=None, at=AT, until=TODAY)

    form = city.as_(client, "maker").get(url("finance_offset", recovery.pk)).context["form"]

    assert len(form.fields["instalment"].choices) == 1


@pytest.fixture
def receipt(city, owing):
    return actions.receive_repayment(
        acting_user=city.treasury.maker, at=AT, recovery=owing[0], key="r", amount=400_00, note="转账"
    )


def test_a_receipt_that_was_recorded_wrongly_is_reversed(city, client, receipt):
    client, path = city.as_(client, "approver"), url("finance_reverse", receipt.pk)
    assert path in client.get(url("finance_recovery", receipt.recovery_id)).content.decode()

    shown = client.post(path, {"reason": "记错了人"}).content.decode()
    assert "未办结金额由 600.00 元变为 1,000.00 元" in shown
    carry_out(client, path, {"reason": "记错了人"})

    receipt.refresh_from_db()
    assert (receipt.reversed_at is not None, receipt.recovery.open) == (True, 1_000_00)
    assert path not in client.get(url("finance_recovery", receipt.recovery_id)).content.decode()
    assert "已经冲正" in carry_out(client, path, {"reason": "再来"}).content.decode()
    assert verify_ledger().is_sound


@pytest.mark.parametrize("role", [*STRANGERS, "officer", "decider"])
def test_others_reverse_no_receipt(city, client, receipt, role):
    carry_out(city.as_(client, role), url("finance_reverse", receipt.pk), {"reason": "x"})

    receipt.refresh_from_db()
    assert receipt.reversed_at is None


def test_pages_take_the_same_number_of_statements_with_one_and_three_instalments(city, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = city.as_(client, "maker")
    counts = []
    for amounts in ((1_00,), (1_00, 2_00, 3_00)):
        commitment = make_commitment(city.treasury, amounts, due=[*DAYS[: len(amounts)]])
        for name in ("finance_commitment", "finance_cancel"):
            client.get(url(name, commitment.pk))
            with CaptureQueriesContext(connection) as captured:
                client.get(url(name, commitment.pk))
            counts.append(len(captured))

    assert counts[:2] == counts[2:]


def test_a_stranger_of_another_treasury_sees_no_recovery_acts(city, client, owing):
    recovery, _instalment = owing
    assert make_treasury("320214-finance").maker.pk

    for name in ("finance_offset", "finance_recovery"):
        assert city.as_(client, "other").get(url(name, recovery.pk)).status_code == 404
