"""An allowance from its return for correction to its payment, and a refusal from its letter to the answer to its appeal."""

from datetime import timedelta

import pytest
from records.cases.office import drive, open_run
from systems.policies.town import WAN, apply_for, make_doctor, make_town, track

from taihu.records.base.clock import city_date, now
from taihu.records.base.events import deliver_all
from taihu.records.cases import actions
from taihu.records.cases.models import Objection
from taihu.records.identity.models import Organisation
from taihu.records.ledger.models import Instalment
from taihu.records.ledger.verification import verify_ledger


@pytest.fixture
def story():
    at = now()
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴", at=at, years=2)
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    drive(town.hall, application.case, at, until="district")
    return town, person, application


def open_case(page, case):
    page.goto("/office/cases/")
    page.click(f"main a:has-text('{case.number}'):visible")


def correct(open_browser, looks_right, town, person, case):
    """The district sends it back with a reason; the person hands it in again."""
    page = open_browser(town.hall.district_officer)
    open_case(page, case)
    page.get_by_label("理由或意见").fill("产权证不清楚，请重新上传。")
    page.click("button:has-text('退回补正')")
    page.wait_for_selector("text=等待申请人")
    mine = open_browser(person.account)
    mine.goto("/me/policy-applications/")
    mine.click("main a:has-text('购房补贴'):visible")
    mine.wait_for_selector("text=产权证不清楚，请重新上传。")
    looks_right(mine)
    actions.submit_case(acting_user=person.account, case=case, at=now())
    drive(town.hall, case, now(), until="checks")


def check_by_list(page, tmp_path, case):
    """One department answers by a file with a stranger's row, the other is written down by hand."""
    page.goto("/office/checks/")
    with page.expect_download() as sent:
        page.click("button:has-text('生成名单'):visible")
    rows = sent.value.path().read_text("utf-8-sig").splitlines()
    answer = tmp_path / "answer.csv"
    code = case.organisation.credit_code
    back = [rows[0], f"赵博士,320211199001011234,{code},2023-01-01,", "某某,320211199001019999,X,2023-01-01,"]
    answer.write_text("\r\n".join(back), "utf-8")
    page.goto("/office/checks/")
    page.click("main a:has-text('#'):visible")
    page.set_input_files("input[type=file]", str(answer))
    page.click("button:has-text('导入')")
    page.wait_for_selector("text=没有这个证件号码的人")
    open_case(page, case)
    page.click("summary:has-text('记录答复')")
    page.get_by_label("属实", exact=True).check()
    page.click("button:has-text('记录'):visible")
    page.locator("button:has-text('通过'):visible").first.click()


def decide(page, looks_right):
    page.get_by_label("会议名称").fill("2026 年第 3 次办公会议")
    page.get_by_label("会议日期").fill(city_date(now()).isoformat())
    page.get_by_label("纪要编号").fill("纪要 3 号")
    page.get_by_label("到会人员").fill("甲、乙、丙")
    page.get_by_label("回避人员").fill("丁：同乡近亲属")
    page.get_by_label("理由和依据").fill("符合办法规定。")
    page.get_by_label("支持金额").fill("30万")
    looks_right(page)
    page.click("button:has-text('记录决定')")


def announce(page):
    page.click("main a:has-text('去公示')")
    page.get_by_label("公示标题").fill("拟发放购房补贴名单公示")
    page.get_by_label("受理异议的联系方式").fill("0510-00000000")
    page.locator("main input[type=checkbox]:visible").check()
    page.click("button:has-text('发布')")


@pytest.mark.parametrize("width", [1440])
def test_an_allowance_from_correction_over_objection_to_payment(story, open_browser, looks_right, tmp_path):
    town, person, application = story
    case = application.case
    correct(open_browser, looks_right, town, person, case)
    page = open_browser(town.hall.officer)
    check_by_list(page, tmp_path, case)
    decide(page, looks_right)
    announce(page)

    visitor = open_browser(javascript=False)
    visitor.goto("/notices/")
    visitor.click("main a:has-text('拟发放购房补贴名单公示'):visible")
    looks = visitor.inner_text("main")
    visitor.click("main a:has-text('提出异议'):visible")
    visitor.get_by_label("真实姓名").fill("张三")
    visitor.get_by_label("联系方式").fill("13800000000")
    visitor.get_by_label("异议理由").fill("此人名下另有住房。")
    visitor.click("button:has-text('提交异议')")
    visitor.wait_for_selector("text=异议办理进度")
    page.goto("/office/cases/")
    page.click(f"main a[href*='/office/objections/{Objection.objects.get().pk}/']:visible")
    page.get_by_label("不属实", exact=True).check()
    page.get_by_label("答复").fill("经核查，名下只有所购住房。")
    page.click("button:has-text('办结')")
    page.wait_for_selector("button:has-text('办结')", state="detached")
    visitor.reload()
    visitor.wait_for_selector("text=经核查，名下只有所购住房。")

    run = open_run(case, "notice")
    ends_at = run.notice_entry.notice.ends_at
    actions.look_at_terms(at=ends_at)
    deliver_all(at=ends_at + timedelta(days=1))
    paid = town.pay(ends_at + timedelta(days=1))
    mine = open_browser(person.account)
    mine.goto(f"/me/policy-applications/{application.pk}/letter/")
    looks_right(mine)

    assert ("赵*士" in looks, "赵博士" in looks) == (True, False)
    assert paid == Instalment.objects.get(number=1).amount == 12 * WAN
    assert "符合办法规定。" in mine.inner_text("main")
    assert verify_ledger().is_sound


@pytest.mark.parametrize("width", [390])
def test_a_refusal_is_appealed_and_somebody_else_answers(story, open_browser, looks_right):
    town, person, application = story
    case = application.case
    drive(town.hall, case, now(), until="checks")
    page = open_browser(town.hall.officer)
    open_case(page, case)
    page.locator("textarea[name=reason]:visible").first.fill("住房不在适用区域。")
    page.locator("button:has-text('不通过'):visible").first.click()
    page.wait_for_selector("main a:has-text('决定书')")

    mine = open_browser(person.account)
    mine.goto(f"/me/policy-applications/{application.pk}/letter/")
    looks_right(mine)
    letter = mine.inner_text("main")
    mine.goto(f"/me/policy-applications/{application.pk}/")
    mine.get_by_label("复核理由").fill("产权证载明的地址在市区。")
    mine.click("button:has-text('提交复核申请')")
    page.goto(f"/office/cases/{case.pk}/")
    page.wait_for_selector("text=作出原决定的人员应当回避")
    other = open_browser(town.hall.decider)
    other.goto("/office/cases/")
    other.click(f"main a:has-text('{case.number}'):visible")
    looks_right(other)
    other.get_by_label("予以支持").check()
    other.get_by_label("答复").fill("原决定依据不足，重新核验。")
    other.click("button:has-text('办结复核')")
    other.wait_for_selector("main p:has-text('原决定依据不足，重新核验。')")
    mine.reload()

    assert letter.index("住房不在适用区域。") < letter.index("不改变上面的决定和理由")
    assert "原决定依据不足，重新核验。" in mine.inner_text("main")
    assert open_run(case).stage == "checks"
