"""A doctor applies for the purchase subsidy with papers from a telephone; the employer confirms; every page fits its screen."""

import pytest
from factories import make_member
from records.cases.office import open_run
from systems.policies.town import CODE, PDF, make_doctor, make_town

from taihu.records.base.clock import now
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Organisation
from taihu.systems.policies.models import Application

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"


@pytest.fixture
def doctor():
    at = now()
    make_town(at=at)
    return make_doctor(at)


def paper(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_a_person_applies_and_the_employer_confirms(doctor, open_browser, looks_right):
    page = open_browser(doctor.account)
    page.goto("/me/entitlements/")
    looks_right(page)
    page.get_by_role("link", name="去申报").first.click()
    looks_right(page)
    page.goto("/calls/wuxi-allowances/purchase/apply/")
    page.get_by_role("button", name="开始填写").click()

    page.get_by_label("不动产权证书号").fill("苏 1 号")
    page.get_by_label("所购住房地址").fill("示例路 1 号")
    page.locator("#file-deed").set_input_files(paper("房产证.heic", HEIC))
    page.locator("#file-promise").set_input_files(paper("承诺书.pdf", PDF))
    page.locator("#file-invoice").set_input_files(paper("发票.pdf", PDF + b"2"))
    page.get_by_label("我承诺").check()
    page.get_by_role("button", name="提交申报").click()
    assert "HEIC" in page.locator("main").inner_text() + page.locator("body").inner_text()
    assert page.get_by_label("所购住房地址").input_value() == "示例路 1 号"
    looks_right(page)
    page.locator("#file-deed").set_input_files(paper("房产证.jpg", b"\xff\xd8\xff photo"))
    page.get_by_label("我承诺").check()
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/me/policy-applications/*/")
    looks_right(page)
    for address in ("/me/policy-applications/", "/me/facts/", "/me/payments/"):
        page.goto(address)
        looks_right(page)

    employer = open_browser(make_member(Organisation.objects.get(credit_code=CODE), MemberRole.OWNER))
    employer.goto("/employer/policy-applications/")
    looks_right(employer)
    employer.get_by_label("赵博士").first.check()
    employer.get_by_role("button", name="一并确认").click()
    employer.get_by_text("已确认：赵博士").wait_for()
    assert open_run(Application.objects.get().case).stage == "district"
