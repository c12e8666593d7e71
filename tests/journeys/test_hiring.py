"""An employer hires: from the application to the day on which social insurance confirms it. Without scripts, then by keyboard."""

from datetime import date, timedelta

import pytest

from taihu.records.base.clock import city_date, now
from taihu.records.base.events import deliver_all
from taihu.records.facts.actions import add_fact
from taihu.records.facts.models import Source
from taihu.systems.jobs.models import Application, Hire
from tests.factories import make_member, make_official, make_opening, make_organisation, make_person, make_seeker

CODE = "91320200MA1DEMO123"


@pytest.fixture
def market():
    """Two employers that recruit today, and a person with a CV."""
    at = now()
    times = {"published_at": at, "refreshed_at": at, "valid_through": at + timedelta(days=60)}
    employers = [
        make_organisation(name=f"无锡示例{name}有限公司", credit_code=code, verified_until=at + timedelta(days=90))
        for name, code in (("精密制造", CODE), ("软件", None))
    ]
    openings = [
        make_opening(title=title, organisation=employer, **times)
        for title, employer in zip(("数控车工", "软件测试工程师"), employers, strict=True)
    ]
    person = make_person(name="林晓舟", birth_date=date(1995, 5, 1))
    make_seeker(person=person, headline="数控车工，三年经验", skill_codes=["python"])
    return openings, person, make_member(employers[0])


def apply(page, opening):
    page.goto(f"/openings/{opening.pk}/apply/")
    page.get_by_label("我同意把这份简历交给这家单位").check()
    page.click("main button:has-text('投递')")


def test_a_hire_from_the_application_to_the_insurance_record(market, open_browser):
    openings, person, recruiter = market
    seeker = open_browser(person.account, javascript=False)
    for opening in openings:
        apply(seeker, opening)
    application, other = Application.objects.order_by("pk")
    employer = open_browser(recruiter, javascript=False)

    employer.goto("/employer/candidates/")
    employer.click("a:has-text('林晓舟')")
    assert employer.locator("text=数控车工，三年经验").count() > 0
    employer.click("button:has-text('通过初筛')")
    employer.click("a:has-text('约面试')")
    employer.check("label:has-text('现场')")
    employer.fill("[name=place]", "示例路 1 号 3 楼")
    for number, days in ((1, 2), (2, 3)):
        employer.fill(f"[name=start_{number}]", f"{now() + timedelta(days=days):%Y-%m-%d}T10:00")
    employer.click("button:has-text('发给对方选择')")

    seeker.goto(f"/me/applications/{application.pk}")
    seeker.check(".slots label >> nth=1")
    seeker.click("button:has-text('选这个时间')")
    assert seeker.locator("a:has-text('加入日历')").count() == 1

    employer.goto(f"/employer/applications/{application.pk}")
    assert employer.locator("text=对方已选").count() == 1
    employer.click("a:has-text('发录用意向')")
    employer.fill("[name=pay]", "9000")
    employer.fill("[name=start_date]", city_date(now()).isoformat())
    employer.fill("[name=answer_by]", (city_date(now()) + timedelta(days=5)).isoformat())
    employer.click("main button:has-text('发出')")

    seeker.goto(f"/me/applications/{application.pk}")
    seeker.click("button:has-text('接受')")
    other.refresh_from_db()
    assert other.state == "obsolete"

    employer.goto(f"/employer/applications/{application.pk}")
    employer.click("a:has-text('登记入职')")
    employer.click("main button:has-text('登记')")
    assert figures(employer) == {"单位登记入职": "1", "社保确认入职": "0"}

    add_fact(
        acting_user=make_official(), at=now(), subject=person, property_name="insured_by", value=CODE,
        valid_from=Hire.objects.get().start_date, source=Source.DEPARTMENT,
    )  # fmt: skip
    deliver_all(at=now())
    assert figures(employer) == {"单位登记入职": "1", "社保确认入职": "1"}


def figures(page):
    page.goto("/employer/candidates/")
    tiles = {tile.split("\n")[0]: tile.split("\n")[1] for tile in page.locator(".tile").all_inner_texts()}
    return {name: tiles[name].rstrip("人") for name in ("单位登记入职", "社保确认入职")}


def test_several_people_get_a_letter_that_was_read_first(market, open_browser):
    openings, person, recruiter = market
    apply(open_browser(person.account, javascript=False), openings[0])
    page = open_browser(recruiter, javascript=False)

    page.goto("/employer/candidates/")
    page.check("label:has-text('林晓舟') >> nth=0")
    page.click("button:has-text('给勾选的人写不录用答复')")
    page.check("label:has-text('缺少必需的证书')")
    page.fill("[name=note]", "欢迎取得证书后再来。")
    page.click("button:has-text('预览答复信')")
    assert Application.objects.get().state == "submitted"
    assert page.locator("article:has-text('欢迎取得证书后再来。')").count() == 1
    page.click("button:has-text('发出')")

    assert Application.objects.get().state == "refused"
    reader = open_browser(person.account, javascript=False)
    reader.goto(f"/me/applications/{Application.objects.get().pk}")
    assert reader.locator("text=这个岗位必需的证书").count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_hiring_look_right(market, open_browser, looks_right, language):
    openings, person, recruiter = market
    apply(open_browser(person.account, javascript=False), openings[0])
    number = Application.objects.get().pk
    page = open_browser(recruiter, language=language)

    for path in (
        "/employer/candidates/",
        "/employer/candidates/?stage=new",
        f"/employer/openings/{openings[0].pk}/candidates/",
        f"/employer/openings/{openings[0].pk}/recommended/",
        f"/employer/applications/{number}",
        f"/employer/applications/{number}/interview/",
        f"/employer/applications/{number}/offer/",
        f"/employer/applications/{number}/refuse/",
    ):
        page.goto(path)
        looks_right(page)


def test_a_candidate_is_shortlisted_by_keyboard_alone(market, open_browser, keys):
    openings, person, recruiter = market
    apply(open_browser(person.account, javascript=False), openings[0])
    page = open_browser(recruiter)

    page.goto("/employer/candidates/")
    keys(page, "通过初筛")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已通过初筛，并告知本人。")

    assert Application.objects.get().state == "shortlisted"
