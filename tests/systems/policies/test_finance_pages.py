"""The finance pages as finance officer (maker and approver), of another unit, decider, officer, auditor, person, anonymous."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import make_account, make_member, make_organisation, make_person
from records.ledger.making import (
    AT,
    TODAY,
    answer,
    make_commitment,
    make_exported,
    make_order,
    make_payee,
    make_treasury,
    pay,
)
from systems.policies.finance_city import City, statuses, url

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.identity.enums import MemberRole
from taihu.records.ledger import actions
from taihu.records.ledger.models import (
    BankReturn,
    BudgetLine,
    Instalment,
    Override,
    PayeeAccount,
    PaymentBatch,
    Recovery,
)
from taihu.records.ledger.orders import Order
from taihu.records.ledger.rechecks import Finding, _rechecks, register_recheck
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return City()


WATCHERS = {"maker": 200, "approver": 200, "other": 200, "decider": 200, "officer": 403, "auditor": 200, "person": 403}
OF_THE_UNIT = {**WATCHERS, "other": 404}


@pytest.mark.parametrize(
    "name",
    ["finance", "finance_lines", "finance_calendar", "finance_due", "finance_batches", "finance_forecast"],
)
def test_finance_pages_are_for_finance_deciders_and_auditors(city, client, name):
    make_commitment(city.treasury)

    assert statuses(city, client, url(name)) == {**WATCHERS, "anonymous": 302}


@pytest.mark.parametrize("name", ["finance_held", "finance_recoveries"])
def test_the_queues_are_for_officers_too(city, client, name):
    assert statuses(city, client, url(name)) == {**WATCHERS, "officer": 200, "anonymous": 302}


def test_a_line_is_shown_to_its_unit_only(city, client):
    make_commitment(city.treasury)

    found = statuses(city, client, url("finance_line", city.line.pk))

    assert found == {**OF_THE_UNIT, "anonymous": 302}


def test_commitments_batches_and_returns_are_shown_to_their_unit_and_commitments_to_officers(city, client):
    commitment = make_commitment(city.treasury)
    batch = pay(city.treasury)
    pages = {
        url("finance_commitment", commitment.pk): 200,
        url("finance_batch", batch.pk): 403,
        url("finance_return", BankReturn.objects.get().pk): 403,
    }

    for page, officer in pages.items():
        assert statuses(city, client, page) == {**OF_THE_UNIT, "officer": officer, "anonymous": 302}


def line_data(city, **fields):
    return {
        "year": 2026,
        "level": "city",
        "programme": "新项目",
        "document": "锡财示〔2026〕99号",
        "unit": city.treasury.unit.pk,
        "amount": "1234567.89",
        **fields,
    }


def test_a_finance_officer_registers_a_line(city, client):
    response = city.as_(client, "maker").post(url("finance_line_new"), line_data(city))

    line = BudgetLine.objects.get(programme="新项目")
    assert (response.status_code, response.url, line.amount) == (302, url("finance_line", line.pk), 1234567_89)


@pytest.mark.parametrize("role", ["other", "decider", "officer", "auditor", "person", "anonymous"])
def test_others_register_no_line(city, client, role):
    before = BudgetLine.objects.count()

    city.as_(client, role).post(url("finance_line_new"), line_data(city))

    assert BudgetLine.objects.count() == before


@pytest.mark.parametrize("amount", ["0", "-5", "1.234", "abc", "99999999999999999999", ""])
def test_amounts_that_are_none_are_refused_with_words(city, client, amount):
    before = BudgetLine.objects.count()

    response = city.as_(client, "maker").post(url("finance_line_new"), line_data(city, amount=amount))

    assert (response.status_code, BudgetLine.objects.count()) == (200, before)
    assert response.context["form"].errors["amount"]


def test_a_line_is_supplemented_and_carried_over(city, client):
    client = city.as_(client, "maker")
    client.post(url("finance_line_change", city.line.pk), {"amount": "100.00", "document": "文1"})
    refused = client.post(url("finance_line_change", city.line.pk), {"amount": "-99999999", "document": "文1"})
    client.post(url("finance_line_carry", city.line.pk), {"document": "文2"})

    city.line.refresh_from_db()
    assert "还差" in refused.content.decode()
    assert (city.line.amount, city.line.closed_at is not None) == (0, True)
    assert BudgetLine.objects.get(carried_from=city.line).amount == 100_100_00


def test_only_a_decider_lets_a_line_promise_more(city, client):
    data = {"amount": "100.00", "document": "会议纪要1号", "reason": "追加在途"}
    for role in ("maker", "auditor", "officer", "other", "anonymous"):
        city.as_(client, role).post(url("finance_line_override", city.line.pk), data)
    assert Override.objects.count() == 0

    city.as_(client, "decider").post(url("finance_line_override", city.line.pk), data)

    assert Override.objects.get().amount == 100_00
    assert "会议纪要1号" in client.get(url("finance_line", city.line.pk)).content.decode()


def test_a_batch_goes_from_proposal_to_the_banks_answer_in_four_eyes(city, client):
    make_commitment(city.treasury, due=city_date(now()))
    make_commitment(city.treasury, (7_00,), person=make_payee(with_account=False, name="没有账户"))
    maker = city.as_(client, "maker")
    maker.post(url("finance_recheck"))
    page = maker.get(url("finance_propose"))
    key = page.context["form"].initial["key"]
    data = {"unit": city.treasury.unit.pk, "until": city_date(now()).isoformat(), "key": key}
    for _ in range(2):
        maker.post(url("finance_propose"), data)
    batch = PaymentBatch.objects.get()
    assert "没有账户" in maker.get(url("finance_batch", batch.pk)).content.decode()

    for role in ("maker", "other", "decider", "officer", "auditor", "person", "anonymous"):
        city.as_(client, role).post(url("finance_approve", batch.pk))
    batch.refresh_from_db()
    assert batch.state == "proposed"

    city.as_(client, "approver").post(url("finance_approve", batch.pk))
    content = city.as_(client, "maker").post(url("finance_export", batch.pk, "csv"))
    assert (content.status_code, content["Cache-Control"]) == (200, "private, no-store")
    failed = batch.payments.get()
    file = SimpleUploadedFile("回单.csv", answer(batch, failed=[failed.reference], extra="X-1,1.00,成功,,,\r\n"))
    response = client.post(url("finance_import", batch.pk), {"file": file})

    shown = client.get(response.url).content.decode()
    assert "户名不符" in shown
    assert "本批次没有这个流水号" in shown
    assert verify_ledger().is_sound


@pytest.mark.parametrize("role", ["other", "decider", "officer", "auditor", "person", "anonymous"])
@pytest.mark.parametrize("name", ["approve", "reject", "export", "import", "give_up"])
def test_others_touch_no_batch(city, client, role, name):
    make_commitment(city.treasury)
    actions.recheck_due(acting_user=None, at=AT, until=TODAY)
    batch = actions.propose_batch(acting_user=city.treasury.maker, at=AT, unit=city.treasury.unit, key="b")
    path = url("finance_export", batch.pk, "csv") if name == "export" else url(f"finance_{name}", batch.pk)

    response = city.as_(client, role).post(path, {"reason": "x", "document": "x"})

    batch.refresh_from_db()
    assert response.status_code in (302, 403, 404)
    assert (batch.state, batch.payments.get().state) == ("proposed", "waiting")


@pytest.mark.parametrize("content", [b"", b"a,b\r\n1,2\r\n", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"])
def test_a_file_that_is_no_answer_is_refused_in_words_and_changes_nothing(city, client, content):
    make_commitment(city.treasury)
    batch = make_exported(city.treasury)
    client = city.as_(client, "maker")

    response = client.post(url("finance_import", batch.pk), {"file": SimpleUploadedFile("x.csv", content)}, follow=True)

    assert BankReturn.objects.count() == 0
    assert response.context["messages"]


@pytest.fixture
def held(city):
    register_recheck("test", lambda rows, at: {row.pk: Finding(False, ("社保已断缴",)) for row in rows})
    instalment = make_commitment(city.treasury).instalments.get()
    actions.recheck_due(acting_user=None, at=AT, until=TODAY)
    yield instalment
    _rechecks.pop("test")


def test_an_officer_decides_what_the_recheck_held(city, client, held):
    page = city.as_(client, "officer").get(url("finance_held")).content.decode()
    assert "社保已断缴" in page

    missing = client.post(url("finance_decide", held.pk), {"verdict": "postpone", "reason": "补材料"})
    client.post(url("finance_decide", held.pk), {"verdict": "clear", "reason": "已核实在职"})

    held.refresh_from_db()
    assert "请选择延后到哪一天" in missing.content.decode()
    assert (held.state, held.reasons) == ("cleared", ["已核实在职"])


@pytest.mark.parametrize("role", ["maker", "approver", "other", "auditor", "person", "anonymous"])
def test_others_decide_nothing(city, client, held, role):
    response = city.as_(client, role).post(url("finance_decide", held.pk), {"verdict": "clear", "reason": "x"})

    held.refresh_from_db()
    assert (response.status_code in (302, 403), held.state) == (True, "held")


def test_what_the_bank_returned_is_put_back_by_its_unit(city, client):
    make_commitment(city.treasury)
    batch = make_exported(city.treasury)
    content = answer(batch, failed=[batch.payments.get().reference])
    actions.import_return(acting_user=city.treasury.maker, at=AT, batch=batch, content=content)
    instalment = Instalment.objects.get()
    path = url("finance_release", instalment.pk)
    assert {role: city.as_(client, role).post(path, {"reason": "x"}).status_code for role in ("other", "decider")} == {
        "other": 404,
        "decider": 404,
    }

    city.as_(client, "maker").post(path, {"reason": "已更正账户"})

    instalment.refresh_from_db()
    assert instalment.state == "cleared"


def recover_data(**fields):
    day = (city_date(now()) + timedelta(days=30)).isoformat()
    return {
        "amount": "100.00",
        "ground": "left",
        "document": "决定1号",
        "due_date": day,
        "reason": "离开本市",
        "key": "recovery:1",
        **fields,
    }


def test_a_recovery_is_demanded_received_and_waived(city, client):
    commitment = make_commitment(city.treasury)
    pay(city.treasury)
    for _ in range(2):
        city.as_(client, "officer").post(url("finance_demand", commitment.pk), recover_data())
    recovery = Recovery.objects.get()

    city.as_(client, "maker").post(url("finance_receive", recovery.pk), {"amount": "40.00", "key": "r1"})
    for role in ("officer", "maker", "other"):
        data = {"amount": "60", "document": "d", "note": "n", "key": "w0"}
        city.as_(client, role).post(url("finance_waive", recovery.pk), data)
    recovery.refresh_from_db()
    assert recovery.settled == 40_00
    waive = {"amount": "60", "document": "纪要2号", "note": "因病", "key": "w1"}
    city.as_(client, "decider").post(url("finance_waive", recovery.pk), waive)

    recovery.refresh_from_db()
    assert (recovery.state, verify_ledger().is_sound) == ("settled", True)
    assert "纪要2号" in client.get(url("finance_recovery", recovery.pk)).content.decode()


@pytest.mark.parametrize("role", ["other", "auditor", "person", "anonymous"])
def test_others_demand_nothing(city, client, role):
    commitment = make_commitment(city.treasury)
    pay(city.treasury)

    city.as_(client, role).post(url("finance_demand", commitment.pk), recover_data())

    assert Recovery.objects.count() == 0


def test_the_calendar_opens_any_month_and_a_day(city, client):
    make_commitment(city.treasury, (1_00, 2_00), due=[date(2026, 3, 10), date(2026, 3, 31)])
    client = city.as_(client, "maker")

    month = client.get(url("finance_calendar"), {"month": "2026-03"})
    day = client.get(url("finance_calendar"), {"month": "2026-03", "day": "2026-03-31"})
    nonsense = client.get(url("finance_calendar"), {"month": "2026-13", "day": "x"})

    assert (month.context["total"], len(month.context["page"])) == (3_00, 2)
    assert [row.amount for row in day.context["page"]] == [2_00]
    assert nonsense.status_code == 200


@pytest.mark.parametrize("name", ["finance_lines", "finance_due", "finance_calendar", "finance_batches", "finance"])
def test_lists_take_the_same_number_of_statements_with_one_and_three_rows(
    city, client, name, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = city.as_(client, "maker")
    counts = []
    for _ in range(2):
        for _row in range(1 if not counts else 2):
            make_commitment(city.treasury, due=city_date(now()))
        client.get(url(name))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(url(name))
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_person_sees_their_own_payments_and_nobody_elses(client):
    treasury, person, stranger = make_treasury(), make_person(), make_person()
    make_commitment(treasury, person=person, purpose="我的租房补贴")
    make_commitment(treasury, purpose="别人的补贴")

    client.force_login(person.account)
    mine = client.get(url("my_payments")).content.decode()
    client.force_login(stranger.account)
    theirs = client.get(url("my_payments")).content.decode()
    client.logout()

    assert ("我的租房补贴" in mine, "别人的补贴" in mine, "我的租房补贴" in theirs) == (True, False, False)
    assert client.get(url("my_payments")).status_code == 302


def test_a_person_names_their_account_and_sees_only_its_end(client):
    person = make_person(name="张三")
    client.force_login(person.account)

    wrong = client.post(url("my_payee_account"), {"holder": "李四", "bank": "示例银行", "number": "12345678"})
    client.post(url("my_payee_account"), {"holder": "张三", "bank": "示例银行", "number": "12345678"})

    page = client.get(url("my_payments")).content.decode()
    assert "户名与登记的姓名" in wrong.content.decode()
    assert (PayeeAccount.objects.get().person, "…5678" in page, "12345678" in page) == (person, True, False)


def test_an_employer_sees_what_the_organisation_gets(client):
    treasury, organisation, other = make_treasury(), make_organisation(), make_organisation()
    order = make_order(make_payee(), [treasury.line], purpose="团队资助")
    order = Order(**{**order.__dict__, "person_id": None, "organisation_id": organisation.pk})
    actions.commit(acting_user=None, at=AT, order=order)

    seen = {}
    for name, account in {
        "owner": make_member(organisation, MemberRole.OWNER),
        "viewer": make_member(organisation, MemberRole.VIEWER),
        "other": make_member(other, MemberRole.OWNER),
    }.items():
        client.force_login(account)
        seen[name] = "团队资助" in client.get(url("employer_payments")).content.decode()
    assert seen == {"owner": True, "viewer": True, "other": False}


def test_only_an_owner_names_the_organisations_account(client):
    organisation = make_organisation()
    data = {"holder": organisation.name, "bank": "示例银行", "number": "12345678"}
    for role, status in ((MemberRole.VIEWER, 403), (MemberRole.RECRUITER, 403), (MemberRole.OWNER, 302)):
        client.force_login(make_member(organisation, role))
        assert client.post(url("employer_payee_account"), data).status_code == status
    client.force_login(make_account())
    assert client.get(url("employer_payments")).status_code == 403

    assert PayeeAccount.objects.get().organisation == organisation


TABLES = ["finance_lines", "finance_due", "finance_calendar", "finance_recoveries"]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_for_its_readers_alone_and_who_took_it_is_written_down(city, client, name):
    make_commitment(city.treasury)
    readers = {**WATCHERS, "officer": 200 if name == "finance_recoveries" else 403, "anonymous": 302}

    assert statuses(city, client, url(name), data={"format": "csv"}) == readers

    taken = AuditEntry.objects.filter(action="ledger.export_table")
    assert taken.count() == sum(status == 200 for status in readers.values())
    assert city.treasury.maker.pk in taken.values_list("actor_id", flat=True)


def rows_of(response):
    text = response.content.decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()]


def test_the_tables_hold_the_sums_of_the_pages_in_yuan(city, client):
    commitment = make_commitment(city.treasury, (40_000_00, 1_00), due=[date(2026, 3, 10), date(2026, 3, 31)])
    pay(city.treasury)
    actions.demand_recovery(
        acting_user=city.accounts["officer"], at=AT, commitment=commitment, key="d", amount=500_01, ground="left",
        reason="离开", document="=1+1", due_date=TODAY,
    )  # fmt: skip
    client = city.as_(client, "maker")
    table = {"format": "csv"}

    lines = rows_of(client.get(url("finance_lines"), table))
    commitments = rows_of(client.get(url("finance_line", city.line.pk), table))
    month = rows_of(client.get(url("finance_calendar"), {**table, "month": "2026-03"}))
    recoveries = rows_of(client.get(url("finance_recoveries"), table))

    assert lines[1][5:10] == ["100000.0", "1.0", "40000.0", "59999.0", "500.01"]
    assert commitments[1][5:] == ["2", "40001.0", "40000.0"]
    assert [(row[5], row[7]) for row in month[1:]] == [("2026-03-10", "40000.0"), ("2026-03-31", "1.0")]
    assert (recoveries[1][3], recoveries[1][6:]) == ("'=1+1", ["500.01", "500.01"])


def test_the_commitment_says_where_its_money_is_and_links_to_the_batch(city, client):
    commitment = make_commitment(city.treasury, (3_000_00, 2_000_00), due=[date(2026, 3, 1), date(2027, 3, 1)])
    batch = pay(city.treasury)

    page = city.as_(client, "maker").get(url("finance_commitment", commitment.pk))
    officer = city.as_(client, "officer").get(url("finance_commitment", commitment.pk)).content.decode()

    assert page.context["sums"] == {"paid": 3_000_00, "open": 2_000_00, "cancelled": 0, "recalled": 0}
    links = [url("finance_batch", batch.pk), url("finance_line", city.line.pk)]
    assert [link in page.content.decode() for link in links] == [True, True]
    assert [link in officer for link in links] == [False, False]
