import json

import pytest
from django.core.management import call_command
from django.db import connection
from factories import make_official
from records.ledger.making import AT, make_commitment, make_exported, make_order, make_payee, make_treasury, pay

from taihu.records.ledger.actions import commit, demand_recovery, receive_repayment
from taihu.records.ledger.enums import SOURCES, AccountKind
from taihu.records.ledger.models import BookAccount, Posting
from taihu.records.ledger.orders import OverrideOrder
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def books():
    """A bit of everything: paid, in payment, planned, recovered, overridden."""
    treasury = make_treasury(amount=50_000_00)
    paid = make_commitment(treasury)
    pay(treasury, key="paid")
    make_commitment(treasury, (5_00,))
    make_exported(treasury, key="sent")
    make_commitment(treasury, (7_00, 8_00), due=[AT.date().replace(year=2027)] * 2)
    recovery = demand_recovery(
        acting_user=treasury.maker,
        at=AT,
        commitment=paid,
        key="d",
        amount=3_00,
        ground="left",
        reason="r",
        document="d",
        due_date=AT.date(),
    )
    receive_repayment(acting_user=treasury.maker, at=AT, recovery=recovery, key="r", amount=1_00)
    order = make_order(make_payee(), [treasury.line], (60_000_00,))
    commit(acting_user=None, at=AT, order=order, override=OverrideOrder(make_official("decider"), "r", "d"))
    assert verify_ledger().is_sound


CORRUPTIONS = {
    "an amount posted": "UPDATE ledger_posting SET amount = amount + 1 WHERE id = (SELECT MAX(id) FROM ledger_posting)",
    "a posting removed": "DELETE FROM ledger_posting WHERE id = (SELECT MAX(id) FROM ledger_posting)",
    "a balance": "UPDATE ledger_bookaccount SET balance = balance + 5 WHERE kind = 'free'",
    "an entry's head": "UPDATE ledger_entry SET reference = 'other' WHERE id = (SELECT MAX(id) FROM ledger_entry)",
    "a line's amount": "UPDATE ledger_budgetline SET amount = amount + 1",
    "a change of the budget": "UPDATE ledger_budgetchange SET amount = amount + 1",
    "an override": "UPDATE ledger_override SET amount = 1",
    "a commitment's total": "UPDATE ledger_commitment SET total = total + 1, gross = gross + 1",
    "an instalment's amount": "UPDATE ledger_instalment SET amount = amount + 1 WHERE state = 'planned'",
    "an instalment's state": "UPDATE ledger_instalment SET state = 'paid' WHERE state = 'planned'",
    "a share's state": "UPDATE ledger_share SET state = 'cleared' WHERE state = 'paid'",
    "a planned share called paid": "UPDATE ledger_share SET state = 'paid' WHERE state = 'planned'",
    "a share's amount": "UPDATE ledger_share SET amount = amount + 1 WHERE state = 'planned'",
    "a share's recall": "UPDATE ledger_share SET recalled = 0",
    "a payment's amount": "UPDATE ledger_payment SET amount = amount + 1",
    "a payee": "UPDATE ledger_payment SET payee = 'somebody else'",
    "an account": "UPDATE ledger_payment SET account_hash = 'other'",
    "a payment's state": "UPDATE ledger_payment SET state = 'failed' WHERE state = 'paid'",
    "a waiting payment called paid": "UPDATE ledger_payment SET state = 'paid' WHERE state = 'waiting'",
    "a batch's total": "UPDATE ledger_paymentbatch SET total = total + 1",
    "a batch's state": "UPDATE ledger_paymentbatch SET state = 'settled' WHERE state = 'exported'",
    "what was settled": "UPDATE ledger_recovery SET settled = settled + 1",
    "a receipt": "UPDATE ledger_receipt SET amount = amount + 1",
}


@pytest.mark.parametrize("sql", CORRUPTIONS.values(), ids=CORRUPTIONS.keys())
def test_whatever_is_corrupted_is_found(books, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount > 0

    report = verify_ledger()

    assert report.found > 0


def test_the_command_says_sound_or_ends_with_one(books, capsys):
    call_command("ledger", "verify", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["sound"], said["total"], said["batches"]) == (True, 0, 2)

    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_bookaccount SET balance = balance - 1 WHERE kind = 'free' AND balance > 0")
        cursor.execute("UPDATE ledger_bookaccount SET balance = balance + 1 WHERE kind = 'paid'")

    with pytest.raises(SystemExit) as ended:
        call_command("ledger", "verify")
    assert ended.value.code == 1
    assert "its postings say" in capsys.readouterr().err


@pytest.mark.parametrize("kind", sorted(AccountKind))
def test_the_database_itself_refuses_a_book_on_the_wrong_side_of_zero(kind):
    from django.db import IntegrityError, transaction

    make_treasury()
    wrong = 1 if kind in SOURCES else -1

    with pytest.raises(IntegrityError), transaction.atomic():
        BookAccount.objects.filter(kind=kind).update(balance=wrong)


def test_every_posting_names_both_sides():
    make_commitment(make_treasury())

    assert {field.null for field in Posting._meta.get_fields() if field.name in ("source", "target")} == {False}
    assert sum(BookAccount.objects.values_list("balance", flat=True)) == 0
