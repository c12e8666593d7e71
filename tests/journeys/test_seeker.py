"""Somebody looks for work: without an account, then with one, by keyboard, and without scripts."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from taihu.records.base.clock import now
from taihu.systems.jobs.models import Application, Profile
from taihu.systems.jobs.search import indexing
from tests.factories import make_opening, make_organisation, make_seeker


@pytest.fixture
def market():
    """Two openings that are on show today."""
    at = now()
    employer = make_organisation(name="无锡示例精密制造有限公司", verified_until=at + timedelta(days=90))
    times = {"published_at": at, "refreshed_at": at, "valid_through": at + timedelta(days=60), "organisation": employer}
    openings = make_opening(title="数控车工", **times), make_opening(title="软件测试工程师", **times)
    indexing.rebuild()
    return openings


@pytest.mark.parametrize("javascript", [True, False])
def test_a_visitor_finds_an_opening_and_reads_what_the_law_requires(market, open_browser, looks_right, javascript):
    page = open_browser(javascript=javascript)
    page.goto("/")
    page.locator("main input[name=q]").first.fill("數控")
    page.locator("main button:has-text('搜索')").first.click()

    assert page.locator(".opening-title").all_inner_texts() == ["数控车工"]
    page.click("text=数控车工")
    for words in ("招聘人数", "工作地点", "基本劳动报酬", "有效期至", "已核验"):
        assert page.locator(f"text={words}").count() > 0
    if javascript:
        looks_right(page)


def test_somebody_new_signs_up_by_mail_fills_in_wishes_and_applies(market, open_browser):
    page = open_browser(javascript=False)
    page.goto(f"/openings/{market[0].pk}/")
    page.click("a:has-text('投递'):visible")
    page.click("main a:has-text('注册')")
    page.fill("[name=display_name]", "小测")
    page.fill("[name=email]", "new@example.test")
    page.fill("[name=password1]", "long-enough-for-this")
    page.fill("[name=password2]", "long-enough-for-this")
    page.check("[name=accepts_notice]")
    page.click("main button:has-text('注册')")
    code = re.search(r"^\d{6}$", mail.outbox[0].body, re.M).group()
    page.fill("[name=code]", code)
    page.click("main button:has-text('确认')")
    page.goto("/me/profile/")
    page.select_option("[name=education_rank]", index=4)
    page.fill("[name=experience_0]", "2")
    page.fill("[name=wanted_occupations]", "车工")
    page.fill("[name=pay_floor]", "6000")
    page.click("main button:has-text('保存')")
    page.goto(f"/openings/{market[0].pk}/apply/")
    page.get_by_label("出生日期").fill("1998-05-01")
    page.get_by_label("我同意把这份简历交给这家单位").check()
    page.click("main button:has-text('投递')")

    application = Application.objects.get()
    assert (application.opening, application.person.account.email) == (market[0], "new@example.test")
    assert page.locator("text=数控车工").count() > 0


def test_an_opening_is_found_and_reached_by_keyboard_alone(market, open_browser, keys):
    page = open_browser(make_seeker().person.account)
    page.goto("/openings/")
    keys(page, "岗位、单位、技能") if page.locator("label:has-text('岗位、单位、技能')").count() else page.focus(
        "main input[name=q]"
    )
    page.keyboard.type("测试")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    keys(page, "软件测试工程师")
    page.keyboard.press("Enter")
    page.wait_for_url("**/openings/*/")
    keys(page, "投递")

    assert page.locator("h1").inner_text() == "软件测试工程师"


def test_names_are_offered_while_one_types_and_taken_by_keyboard(market, open_browser, looks_right):
    page = open_browser(make_seeker(skill_codes=["python"]).person.account)
    page.goto("/me/profile/")
    field = page.locator("[name=certificate_codes]")
    field.press_sequentially("注会")
    page.get_by_role("option", name="注册会计师").wait_for()
    looks_right(page)
    field.press("ArrowDown")
    field.press("Enter")
    field.press_sequentially("驾照")
    page.locator("[role=option]").first.wait_for()
    field.press("Escape")

    assert page.locator("[role=option]").count() == 0
    assert field.input_value() == "注册会计师、驾照"
    page.locator("[name=wanted_occupations]").fill("车工")
    page.click("main button:has-text('保存')")
    page.wait_for_url("**/me/matches/")
    assert Profile.objects.get().certificate_codes == ["cpa", "driving-licence-c1"]


def test_a_search_goes_off_with_the_name_that_was_taken(market, open_browser):
    page = open_browser()
    page.goto("/openings/")
    field = page.locator("#q")
    field.press_sequentially("软件测")
    page.locator("[role=option]").first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**q=*")

    assert page.locator(".opening-title").all_inner_texts() == ["软件测试工程师"]
