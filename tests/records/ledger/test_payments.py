import io
from datetime import date

import pytest
from factories import make_account, make_official, make_organisation
from openpyxl import Workbook, load_workbook
from records.ledger.making import (
    AT,
    TODAY,
    answer,
    give_account,
    make_commitment,
    make_exported,
    make_order,
    make_payee,
    make_treasury,
    pay,
)

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Disclosure
from taihu.records.ledger.actions import (
    approve_batch,
    cancel_held,
    cancel_instalments,
    clear_held,
    commit,
    export_batch,
    hold_instalments,
    import_return,
    mark_unpaid,
    postpone_held,
    propose_batch,
    recheck_due,
    reject_batch,
    release_returned,
    set_payee_account,
)
from taihu.records.ledger.bankfiles import CSV, XLSX
from taihu.records.ledger.enums import BatchState, InstalmentState, PaymentState, RowOutcome
from taihu.records.ledger.models import BankReturn, Instalment, Payment, PaymentBatch, Share
from taihu.records.ledger.queries.lines import balances
from taihu.records.ledger.rechecks import Finding, _rechecks, register_recheck
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def recheck():
    """A system that passes whoever it is told to pass."""
    passed: set[int] = set()
    register_recheck(
        "test", lambda rows, at: {r.pk: Finding(r.commitment.person_id in passed, ("社保已断缴",)) for r in rows}
    )
    yield passed
    _rechecks.pop("test")


def propose(treasury, key="batch", **fields):
    return propose_batch(acting_user=treasury.maker, at=AT, unit=treasury.unit, key=key, **fields)


def test_money_goes_from_promise_to_paid_to_the_last_fen():
    treasury = make_treasury(amount=30_000_01)
    commitment = make_commitment(treasury, (30_000_01,))

    batch = pay(treasury)

    row = balances([treasury.line])[0]
    assert (row.free, row.committed, row.in_payment, row.paid) == (0, 0, 0, 30_000_01)
    instalment = commitment.instalments.get()
    assert (instalment.state, batch.state) == (InstalmentState.PAID, BatchState.SETTLED)
    assert Share.objects.get().paid_on == date(2026, 3, 11)
    assert OutboxEvent.objects.get(name="ledger.instalment_paid").payload == {"instalment_ids": [instalment.pk]}
    assert verify_ledger().is_sound


def test_only_due_instalments_are_looked_at(recheck):
    treasury = make_treasury()
    person = make_payee()
    recheck.add(person.pk)
    make_commitment(treasury, (1_00, 2_00), person=person, due=[TODAY, date(2026, 3, 11)])

    report = recheck_due(acting_user=treasury.maker, at=AT, until=TODAY)

    assert (report.passed, report.held) == (1, 0)
    assert list(Instalment.objects.order_by("number").values_list("state", flat=True)) == ["cleared", "planned"]


def test_who_fails_the_recheck_waits_for_a_person_with_reasons(recheck):
    treasury = make_treasury()
    commitment = make_commitment(treasury)

    report = recheck_due(acting_user=None, at=AT, until=TODAY)

    instalment = commitment.instalments.get()
    assert (report.held_ids, instalment.state, instalment.reasons) == ([instalment.pk], "held", ["社保已断缴"])
    assert OutboxEvent.objects.filter(name="ledger.instalment_held").count() == 1
    with pytest.raises(Refused, match="没有可以支付"):
        propose(treasury)
    assert verify_ledger().is_sound


def test_a_condition_that_nobody_can_check_is_held(recheck):
    treasury = make_treasury()
    make_commitment(treasury, origin="unknown-system")
    condition = make_order(make_payee(), [treasury.line], origin="unknown-system")
    part = type(condition.parts[0])(1_00, TODAY, {"clauses": ["insured"]})
    order = type(condition)(**{**condition.__dict__, "parts": (part,), "split": ((treasury.line.pk, 1_00),)})
    commit(acting_user=None, at=AT, order=order)

    report = recheck_due(acting_user=None, at=AT, until=TODAY)

    assert (report.passed, report.held) == (1, 1)


@pytest.mark.parametrize("verdict", ["clear", "cancel", "postpone"])
def test_an_officer_decides_on_held_instalments(recheck, verdict):
    treasury, officer = make_treasury(), make_official(Role.OFFICER)
    instalment = make_commitment(treasury).instalments.get()
    recheck_due(acting_user=None, at=AT, until=TODAY)
    common = {"acting_user": officer, "at": AT, "instalment": instalment, "reason": "已核实在职"}

    if verdict == "clear":
        clear_held(**common)
    elif verdict == "cancel":
        cancel_held(**common)
    else:
        postpone_held(**common, due_date=date(2026, 5, 1))

    instalment.refresh_from_db()
    assert instalment.state == {"clear": "cleared", "cancel": "cancelled", "postpone": "planned"}[verdict]
    assert verify_ledger().is_sound
    with pytest.raises(Refused):
        clear_held(**common)


def test_finance_does_not_decide_on_held_instalments(recheck):
    treasury = make_treasury()
    instalment = make_commitment(treasury).instalments.get()
    recheck_due(acting_user=None, at=AT, until=TODAY)

    with pytest.raises(NotAllowed):
        clear_held(acting_user=treasury.maker, at=AT, instalment=instalment, reason="x")

    instalment.refresh_from_db()
    assert instalment.state == "held"


def test_stopped_payments_wait_and_their_money_stays_promised():
    treasury = make_treasury()
    instalments = list(make_commitment(treasury, (1_00, 2_00), due=[TODAY, date(2027, 1, 1)]).instalments.all())
    recheck_due(acting_user=None, at=AT, until=TODAY)

    hold_instalments(acting_user=None, at=AT, instalments=instalments, reason="单位被列入失信名单")

    assert set(Instalment.objects.values_list("state", flat=True)) == {"held"}
    assert balances([treasury.line])[0].committed == 3_00
    assert verify_ledger().is_sound


def test_whoever_made_a_batch_does_not_approve_it():
    treasury = make_treasury()
    make_commitment(treasury)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    batch = propose(treasury)

    for stranger in (treasury.maker, make_official(Role.OFFICER), make_official(Role.DECIDER), make_account()):
        with pytest.raises(NotAllowed):
            approve_batch(acting_user=stranger, at=AT, batch=batch)

    batch.refresh_from_db()
    assert batch.state == BatchState.PROPOSED
    with pytest.raises(Refused, match="待审批"):
        export_batch(acting_user=treasury.maker, at=AT, batch=batch)


def test_a_finance_officer_of_another_unit_touches_nothing():
    treasury, other = make_treasury(), make_treasury("320214-finance", level="district")
    make_commitment(treasury)
    recheck_due(acting_user=None, at=AT, until=TODAY)

    with pytest.raises(NotAllowed):
        propose_batch(acting_user=other.maker, at=AT, unit=treasury.unit, key="x")

    assert PaymentBatch.objects.count() == 0


def test_each_unit_pays_its_own_share():
    city, district = make_treasury(), make_treasury("320214-finance", level="district")
    commitment = commit(acting_user=None, at=AT, order=make_order(make_payee(), [city.line, district.line]))
    first = pay(city, key="city")

    assert (first.total, commitment.instalments.get().state) == (5_000_00, "cleared")

    pay(district, key="district")

    assert commitment.instalments.get().state == "paid"
    assert verify_ledger().is_sound


def test_the_same_key_gives_the_same_batch_and_a_second_batch_finds_nothing():
    treasury = make_treasury()
    make_commitment(treasury)
    recheck_due(acting_user=None, at=AT, until=TODAY)

    assert propose(treasury).pk == propose(treasury).pk
    with pytest.raises(Refused, match="没有可以支付"):
        propose(treasury, key="another")
    assert (PaymentBatch.objects.count(), Payment.objects.count()) == (1, 1)


def test_payees_without_an_account_are_left_out_and_listed():
    treasury = make_treasury()
    make_commitment(treasury)
    missing = make_commitment(treasury, (7_00,), person=make_payee(with_account=False, name="缺账户"))
    recheck_due(acting_user=None, at=AT, until=TODAY)

    batch = propose(treasury)

    assert batch.count == 1
    assert batch.left_out == [
        {"instalment": missing.instalments.get().pk, "amount": 7_00, "payee": "缺账户", "reason": "没有登记收款账户"}
    ]


def test_a_rejected_batch_lets_its_payments_wait_again():
    treasury = make_treasury()
    make_commitment(treasury)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    batch = propose(treasury)

    reject_batch(acting_user=treasury.approver, at=AT, batch=batch, reason="金额待核")

    assert Payment.objects.get().state == PaymentState.VOID
    assert propose(treasury, key="again").count == 1
    assert verify_ledger().is_sound


def test_an_approved_batch_keeps_its_account_when_the_payee_names_another():
    treasury, person = make_treasury(), make_payee()
    make_commitment(treasury, person=person)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    batch = propose(treasury)
    approve_batch(acting_user=treasury.approver, at=AT, batch=batch)

    give_account(person, "6217000010001234569")

    content = export_batch(acting_user=treasury.maker, at=AT, batch=batch).decode("utf-8-sig")
    assert "6222020200012345670" in content
    assert "6217000010001234569" not in content


def test_a_batch_that_was_tampered_with_is_not_approved():
    treasury = make_treasury()
    make_commitment(treasury)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    batch = propose(treasury)
    Payment.objects.update(amount=99_00)

    with pytest.raises(Refused, match="被改动"):
        approve_batch(acting_user=treasury.approver, at=AT, batch=batch)


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_the_banks_file_is_the_same_each_time_and_runs_no_formula(kind):
    treasury, person = make_treasury(), make_payee(name="=HYPERLINK(1)")
    make_commitment(treasury, person=person, purpose="@SUM(A1)")
    batch = make_exported(treasury)

    first, again = (export_batch(acting_user=treasury.maker, at=AT, batch=batch, kind=kind) for _ in range(2))

    assert first == again
    if kind == CSV:
        row = first.decode("utf-8-sig").splitlines()[1].split(",")
    else:
        row = [cell.value for cell in list(load_workbook(io.BytesIO(first)).active.iter_rows())[1]]
    payment = Payment.objects.get()
    assert row == [
        payment.reference,
        "'=HYPERLINK(1)",
        "6222020200012345670",
        "示例银行无锡分行",
        "10000.00",
        "'@SUM(A1)",
    ]


def test_who_is_paid_can_see_that_the_account_went_to_the_bank():
    treasury, person = make_treasury(), make_payee()
    make_commitment(treasury, person=person)

    make_exported(treasury)

    assert Disclosure.objects.filter(person=person).count() == 1


def test_account_numbers_are_unreadable_in_the_database():
    from django.db import connection

    give_account(make_payee(with_account=False))

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM ledger_payeeaccount")
        stored = cursor.fetchone()[0]
    assert "6222020200012345670" not in stored


@pytest.mark.parametrize(
    ("number", "code"),
    [("62220202000123456", "account_check_digit"), ("12ab", "account_number"), ("1234567", "account_number")],
)
def test_wrong_account_numbers_are_refused(number, code):
    with pytest.raises(Refused) as refused:
        give_account(make_payee(with_account=False), number)

    assert refused.value.code == code


def test_only_oneself_names_ones_account():
    person, organisation = make_payee(with_account=False), make_organisation()
    for payee in (person, organisation):
        with pytest.raises(NotAllowed):
            set_payee_account(
                acting_user=make_account(), at=AT, payee=payee, holder=payee.name, bank="b", number="12345678"
            )
    with pytest.raises(Refused, match="户名"):
        set_payee_account(acting_user=None, at=AT, payee=person, holder="别人", bank="b", number="12345678")


def test_failed_payments_come_back_and_are_paid_once_put_right():
    treasury = make_treasury()
    commitments = [make_commitment(treasury, (1_00,)) for _ in range(3)]
    batch = make_exported(treasury)
    failed = batch.payments.order_by("pk")[1]

    report = import_return(
        acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch, failed=[failed.reference])
    )

    instalment = commitments[1].instalments.get()
    assert (report.paid, report.failed, report.waiting) == (2, 1, 0)
    assert (instalment.state, instalment.reasons) == ("returned", ["户名不符"])
    assert OutboxEvent.objects.get(name="ledger.payment_returned").payload == {"instalment_ids": [instalment.pk]}
    assert verify_ledger().is_sound
    with pytest.raises(Refused, match="没有可以支付"):
        propose(treasury, key="second")

    release_returned(acting_user=treasury.maker, at=AT, instalment=instalment, note="收款人已更正户名")
    second = pay(treasury, key="second")

    assert (second.total, balances([treasury.line])[0].paid) == (1_00, 3_00)
    assert verify_ledger().is_sound


def test_the_same_file_again_changes_nothing():
    treasury = make_treasury()
    make_commitment(treasury)
    batch = make_exported(treasury)
    content = answer(batch)
    first = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=content)

    again = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=content)

    assert (again.pk, BankReturn.objects.count(), balances([treasury.line])[0].paid) == (first.pk, 1, 10_000_00)


def test_a_file_with_half_the_rows_settles_half_and_loses_nothing():
    treasury = make_treasury()
    for _ in range(4):
        make_commitment(treasury, (1_00,))
    batch = make_exported(treasury)
    half = list(batch.payments.order_by("pk")[:2])

    report = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch, rows=half))

    batch.refresh_from_db()
    assert (report.paid, report.waiting, batch.state) == (2, 2, BatchState.EXPORTED)
    assert verify_ledger().is_sound

    whole = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch))

    batch.refresh_from_db()
    assert (whole.paid, whole.known, whole.waiting, batch.state) == (2, 2, 0, BatchState.SETTLED)
    assert (balances([treasury.line])[0].paid, verify_ledger().is_sound) == (4_00, True)


def test_rows_that_fit_nothing_are_listed_with_reasons_and_book_nothing():
    treasury = make_treasury()
    for _ in range(2):
        make_commitment(treasury, (1_00,))
    batch = make_exported(treasury)
    first, second = batch.payments.order_by("pk")
    extra = "\r\n".join(
        [
            "2026-999999-1,1.00,成功,,,",
            f"{second.reference},2.00,成功,,,",
            f"{second.reference},一元,成功,,,",
            f"{second.reference},1.00,也许,,,",
            f"{second.reference},1.00,成功,,昨天,",
            ",1.00,成功,,,",
            f"{first.reference},1.00,失败,,,",
        ]
    )

    report = import_return(
        acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch, rows=[first], extra=extra)
    )

    reasons = list(report.lines.filter(outcome=RowOutcome.UNMATCHED).order_by("place").values_list("place", "reason"))
    assert reasons == [
        (3, "本批次没有这个流水号"),
        (4, "金额与批次不符"),
        (5, "金额读不懂"),
        (6, "结果应为“成功”或“失败”"),
        (7, "日期应写成 2026-03-10 这样"),
        (8, "没有流水号"),
        (9, "同一流水号在文件里出现两次"),
    ]
    assert (report.paid, report.waiting) == (1, 1)
    assert verify_ledger().is_sound


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("流水,钱\r\n1,2".encode(), "answer_columns"),
        ("流水号,金额,结果\r\n".encode(), "answer_empty"),
        (b"\xff\xfe\xff\x00\x81", "answer_encoding"),
        (b"PK\x03\x04 broken", "answer_columns"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(content, code):
    treasury = make_treasury()
    make_commitment(treasury)
    batch = make_exported(treasury)

    with pytest.raises(Refused) as refused:
        import_return(acting_user=treasury.maker, at=AT, batch=batch, content=content)

    assert (refused.value.code, BankReturn.objects.count()) == (code, 0)
    assert Payment.objects.get().state == PaymentState.WAITING


def test_a_workbook_from_the_bank_is_read_too():
    treasury = make_treasury()
    make_commitment(treasury)
    batch = make_exported(treasury)
    book, target = Workbook(), io.BytesIO()
    book.active.append(["流水号", "金额", "结果", "付款日期"])
    book.active.append([batch.payments.get().reference, 10000, "成功", date(2026, 3, 12)])
    book.save(target)

    report = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=target.getvalue())

    assert (report.paid, Share.objects.get().paid_on) == (1, date(2026, 3, 12))


def test_a_payment_that_the_bank_takes_back_later_is_open_again():
    treasury = make_treasury()
    commitment = make_commitment(treasury)
    batch = pay(treasury)
    late = answer(batch, failed=[batch.payments.get().reference])

    report = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=late)

    row = balances([treasury.line])[0]
    assert (report.taken_back, row.paid, row.cleared) == (1, 0, 10_000_00)
    assert commitment.instalments.get().state == "returned"
    assert verify_ledger().is_sound


def test_a_success_after_a_failure_is_left_to_a_person():
    treasury = make_treasury()
    make_commitment(treasury)
    batch = make_exported(treasury)
    reference = batch.payments.get().reference
    import_return(acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch, failed=[reference]))

    report = import_return(acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch))

    assert (report.unmatched, balances([treasury.line])[0].paid) == (1, 0)


def test_payments_the_bank_never_made_are_given_up_by_another_officer():
    treasury = make_treasury()
    make_commitment(treasury)
    batch = make_exported(treasury)
    common = {"at": AT, "batch": batch, "reason": "银行未收到文件", "document": "银行函 3 号"}
    with pytest.raises(NotAllowed):
        mark_unpaid(acting_user=treasury.maker, **common)

    assert mark_unpaid(acting_user=treasury.approver, **common) == 1

    assert Instalment.objects.get().state == "returned"
    assert verify_ledger().is_sound


def test_a_winner_that_does_not_land_keeps_the_first_part_only():
    """Worked case T12: 40% of the prize is paid after the final, 60% once the team has landed; it did not."""
    treasury = make_treasury(amount=100_0000_00)
    prize = make_commitment(treasury, (40_0000_00, 60_0000_00), due=[TODAY, date(2027, 3, 10)], purpose="大赛奖金")
    pay(treasury)

    cancel_instalments(acting_user=None, at=AT, commitment=prize, reason="期限内未落户", numbers=[2])

    row = balances([treasury.line])[0]
    assert (row.paid, row.committed, row.free) == (40_0000_00, 0, 60_0000_00)
    assert verify_ledger().is_sound


@pytest.mark.parametrize(
    ("total", "parts"),
    [(30_0000_00, [12_0000_00, 9_0000_00, 9_0000_00]), (10_0000_00, [10_0000_00]), (5_0000_00, [2_5000_00, 2_5000_00])],
    ids=["T4: a doctor's 30万 in 4:3:3", "T4: a master's 10万 at once", "T5: 5万 in halves"],
)
def test_worked_schedules_are_paid_to_the_last_fen(total, parts):
    treasury = make_treasury(amount=total)
    days = [date(2026, 3, 10 + number) for number in range(len(parts))]
    commitment = make_commitment(treasury, parts, due=days)

    for number, day in enumerate(days):
        pay(treasury, key=f"batch{number}", until=day)

    assert list(commitment.instalments.order_by("number").values_list("amount", "state")) == [
        (part, "paid") for part in parts
    ]
    assert (balances([treasury.line])[0].paid, verify_ledger().is_sound) == (total, True)
