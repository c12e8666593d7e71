"""A finance officer's day: what must not be paid is stopped and cancelled, what is owed is kept back, a slip is reversed."""

from datetime import timedelta

import pytest

from taihu.records.base.clock import city_date, now
from taihu.records.ledger import actions
from taihu.records.ledger.models import Receipt
from taihu.records.ledger.verification import verify_ledger
from tests.factories import make_official
from tests.records.ledger.making import make_commitment, make_payee, make_treasury, pay


@pytest.fixture
def treasury():
    return make_treasury()


def confirm(page, submit):
    page.click("button:has-text('下一步')")
    page.wait_for_selector("text=请核对，确认后立即生效")
    page.click(f"button:has-text('确认：{submit}')")


def test_what_must_not_be_paid_is_stopped_then_cancelled_by_keyboard(treasury, open_browser, looks_right, keys):
    today = city_date(now())
    commitment = make_commitment(treasury, (3_000_00, 2_000_00), due=[today, today + timedelta(days=200)])
    page = open_browser(treasury.maker)
    page.goto(f"/finance/lines/{treasury.line.pk}/")
    page.click(f"main a:has-text('{commitment.person.name}'):visible")
    looks_right(page)
    keys(page, "暂停支付")
    page.keyboard.press("Enter")
    page.get_by_label("理由").fill("核实在职情况。")
    looks_right(page)
    confirm(page, "暂停支付")
    page.wait_for_selector("text=已暂停支付")
    page.click("main a:has-text('取消分期')")
    page.get_by_label("第 1 期").uncheck()
    page.get_by_label("理由").fill("离开本市。")
    page.click("button:has-text('下一步')")
    assert page.locator("text=第 2 期不再支付，2,000.00 元退回预算项目。").count() == 1
    looks_right(page)
    page.click("button:has-text('返回修改')")
    assert page.get_by_label("理由").input_value() == "离开本市。"
    confirm(page, "取消分期")

    page.wait_for_selector("text=已取消，资金退回预算项目")
    assert list(commitment.instalments.order_by("number").values_list("state", flat=True)) == ["held", "cancelled"]


def test_what_is_owed_is_kept_back_and_a_slip_is_reversed_without_scripts(treasury, open_browser):
    person = make_payee()
    first = make_commitment(treasury, (10_000_00,), person=person)
    pay(treasury)
    make_commitment(treasury, (600_00,), person=person)
    actions.recheck_due(acting_user=treasury.maker, at=now(), until=city_date(now()))
    recovery = actions.demand_recovery(
        acting_user=make_official(), at=now(), commitment=first, key="d", amount=1_000_00, ground="paid_in_error",
        reason="多付", document="文1", due_date=city_date(now()) + timedelta(days=30),
    )  # fmt: skip
    page = open_browser(treasury.maker, javascript=False)
    page.goto(f"/finance/recoveries/{recovery.pk}/")
    page.click("main a:has-text('登记收到的退款')")
    page.get_by_label("收到的金额").fill("300")
    page.click("main button:has-text('登记')")
    page.click("main a:has-text('冲正'):visible")
    page.get_by_label("理由").fill("记错了人。")
    confirm(page, "冲正")
    page.click("main a:has-text('从后续分期抵扣')")
    page.get_by_label("抵扣金额").fill("250")
    page.get_by_label("理由").fill("本人同意。")
    confirm(page, "登记抵扣")

    recovery.refresh_from_db()
    kinds = [(row.kind, row.amount, row.reversed_at is None) for row in Receipt.objects.order_by("pk")]
    assert kinds == [("received", 300_00, False), ("offset", 250_00, True)]
    assert (recovery.open, verify_ledger().is_sound) == (750_00, True)
    assert page.locator("text=抵扣已登记").count() == 1
