"""An officer makes a call with two tracks from nothing, publishes it, and a person applies under it; on a phone without scripts."""

from datetime import timedelta

from django.urls import reverse
from factories import make_person
from records.cases.office import make_hall
from systems.policies.call_writer import write_call

from taihu.records.base.clock import city_date, now
from taihu.records.cases.actions import load_shipped
from taihu.systems.policies.call_files import read_call
from taihu.systems.policies.models import Application, Call
from tests.journeys.test_policy_form import BrowserPen


def two_tracks(opens, closes):
    return {
        "call": "two-tracks",
        "title": {"zh": "两个类别的申报", "en": "Two tracks"},
        "programme": "太湖人才计划",
        "document": "示例〔2026〕1号",
        "window": {"shape": "fixed", "from": f"{opens}", "to": f"{closes}"},
        "fields": [{"name": "project", "zh": "项目名称", "en": "Project", "limit": "60"}],
        "attachments": [{"kind": "plan", "zh": "计划书", "en": "Plan", "required": "false"}],
        "tracks": [
            {
                "code": "start-up",
                "name": {"zh": "创业", "en": "Start-up"},
                "unit": "t-science",
                "procedure": "taihu-plan",
                "preset": {"track": "leading_talent"},
                "panel": {"size": "5", "criteria": [{"zh": "创新性", "en": "Novelty", "weight": "100"}]},
                "split": {"city": "100%"},
            },
            {"code": "manager", "name": "企业管理人才", "procedure": "taihu-plan", "preset": {"track": "manager"}},
        ],
    }


def test_an_officer_makes_a_call_and_a_person_applies(open_browser, looks_right, width):
    hall = make_hall()
    load_shipped(at=now() - timedelta(days=1), only=("taihu-plan",))
    today = city_date(now())
    twin = two_tracks(today - timedelta(days=1), today + timedelta(days=30))
    scripts = width > 1000
    page = open_browser(hall.officer, javascript=scripts)
    page.goto(reverse("policies:office_call_new"))
    for label, text in (
        ("标题", "新"),
        ("计划名称", "无"),
        ("编号", "begun"),
        ("从", "2026-01-01"),
        ("到（", "2026-02-01"),
    ):
        page.get_by_label(label).first.fill(text)
    page.click("button:has-text('开始编写')")

    write_call(BrowserPen(page, scripts=scripts), twin)
    page.wait_for_selector("text=草稿已保存")
    if scripts:
        looks_right(page)
    page.get_by_role("link", name="预览并发布").click()
    page.get_by_role("button", name="发布", exact=True).click()
    page.wait_for_selector("text=申报已发布")

    call = Call.objects.get()
    assert (call.state, [row.code for row in call.tracks.all()]) == ("published", ["start-up", "manager"])
    assert read_call(call.source)["tracks"][0]["panel"]["criteria"][0]["weight"] == 100

    person = make_person(name="王申请")
    mine = open_browser(person.account, javascript=scripts)
    mine.goto(reverse("policies:call", args=["two-tracks"]))
    mine.get_by_role("link", name="创业").first.click()
    looks_right(mine) if scripts else None
    mine.get_by_role("link", name="开始申报").click()
    mine.get_by_role("button", name="开始填写").click()
    mine.get_by_label("项目名称").fill("示例项目")
    mine.get_by_role("button", name="保存").first.click()
    mine.wait_for_load_state()
    assert Application.objects.get(track__code="start-up", person=person).case.data["project"] == "示例项目"
