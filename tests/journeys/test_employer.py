"""An employer comes to recruit: registers, is verified, writes something unlawful, rewrites it and is found."""

import re

import pytest
from factories import make_account, make_official

from taihu.records.base.clock import now
from taihu.records.base.events import deliver_all
from taihu.records.identity.models import Organisation
from taihu.systems.jobs.models import ImportBatch, Opening
from taihu.systems.jobs.search import indexing

CODE = "91110000600037341L"
PAPER = {"mimeType": "application/pdf", "buffer": b"%PDF-1.7 example"}


@pytest.fixture(autouse=True)
def empty_index(live_server):
    indexing.rebuild()


def register(page):
    page.goto("/employer/")
    page.click("main a:has-text('登记单位')")
    page.fill("[name=credit_code]", CODE[:-1] + "A")
    page.wait_for_selector("text=校验码不符")
    page.fill("[name=credit_code]", CODE)
    page.wait_for_selector("text=代码正确")
    page.fill("[name=name]", "无锡示例精工有限公司")
    page.click("main button:has-text('登记')")


def show_papers(page):
    for kind in ("licence", "agent_id"):
        page.select_option("[name=kind]", kind)
        page.set_input_files("[name=file]", {"name": f"{kind}.pdf", **PAPER})
        page.click("main button:has-text('上传')")
    page.click("main button:has-text('提交核验')")


def verify(page):
    page.goto("/office/verifications/")
    page.click("text=无锡示例精工有限公司")
    page.check("[name=decision][value=approve]")
    page.fill("[name=reason]", "证照齐全")
    page.click("main button:has-text('记录决定')")


def write_by_keyboard(page, keys, requirements):
    """Every field is reached and filled with the keyboard alone."""
    page.goto("/employer/openings/new/")
    for label, text in (
        ("岗位名称", "数控车工"),
        ("职业类别", "车工"),
        ("工作内容", "按图纸操作数控车床。"),
        ("招聘条件", requirements),
        ("最低（元）", "7000"),
        ("最高（元）", "9000"),
    ):
        keys(page, label)
        page.keyboard.type(text)
    keys(page, "工作所在区")
    page.keyboard.type("新吴")
    keys(page, "详细地址")
    page.keyboard.type("示例路 1 号")


def test_from_registration_to_being_found(open_browser, looks_right, keys):
    page = open_browser(make_account())
    register(page)
    looks_right(page)
    show_papers(page)
    assert page.locator("main >> text=正在核验").count() > 0
    verify(open_browser(make_official()))
    page.goto("/employer/")
    looks_right(page)
    assert page.locator("text=核验已通过").count() == 1

    write_by_keyboard(page, keys, "限男性，会看图纸。")
    page.wait_for_selector("#findings mark:has-text('限男性')")
    assert page.locator("#findings >> text=《人力资源市场暂行条例》第二十四条").count() > 0
    looks_right(page)
    keys(page, "保存并去发布")
    page.keyboard.press("Enter")
    page.wait_for_url("**/publish/")
    looks_right(page)
    assert page.locator("main form[method=post] button").count() == 0, "nothing unlawful can be published"

    page.click("main a:has-text('去修改')")
    page.fill("[name=requirements]", "会看图纸。")
    page.wait_for_selector("#findings >> text=没有发现违法限制条件")
    page.click("main button:has-text('保存并去发布')")
    page.click("main form button:has-text('发布')")
    page.wait_for_url(re.compile(r"/employer/openings/\d+/$"))
    looks_right(page)
    assert Opening.objects.get().is_listed

    deliver_all(at=now())
    visitor = open_browser()
    visitor.goto("/openings/?q=数控")
    assert visitor.locator(".opening-title").all_inner_texts() == ["数控车工"]
    visitor.click("text=数控车工")
    assert visitor.locator("text=已核验").count() > 0


def test_the_same_without_scripts(open_browser):
    page = open_browser(make_account(), javascript=False)
    page.goto("/employer/register/")
    page.fill("[name=credit_code]", CODE[:-1] + "A")
    page.fill("[name=name]", "无锡示例精工有限公司")
    page.click("main button:has-text('登记')")
    assert page.locator(".error-summary >> text=校验码不符").count() == 1
    assert page.input_value("[name=name]") == "无锡示例精工有限公司"
    page.fill("[name=credit_code]", CODE)
    page.click("main button:has-text('登记')")
    show_papers(page)
    verify(open_browser(make_official(), javascript=False))

    page.goto("/employer/openings/new/")
    page.fill("[name=title]", "数控车工")
    page.fill("[name=occupation_code]", "车")
    page.fill("[name=description]", "按图纸操作数控车床。")
    page.fill("[name=requirements]", "限男性")
    page.select_option("[name=area_code]", "320214")
    page.click("main button:has-text('检查文字')")
    assert page.locator("#findings mark").inner_text() == "限男性"
    page.fill("[name=requirements]", "会看图纸。")
    page.fill("[name=occupation_code]", "车工")
    page.fill("[name=pay_min]", "7000")
    page.fill("[name=pay_max]", "9000")
    page.fill("[name=address]", "示例路 1 号")
    page.click("main button:has-text('保存并去发布')")
    page.click("main form button:has-text('发布')")

    opening = Opening.objects.get()
    assert (opening.is_listed, opening.organisation) == (True, Organisation.objects.get())


def test_a_table_of_openings_is_looked_at_and_imported(open_browser, looks_right, live_server):
    page = open_browser(make_account())
    register(page)
    page.goto("/employer/imports/")
    with page.expect_download() as download:
        page.click("main a:has-text('CSV 模板')")
    template = download.value.path().read_bytes()
    page.set_input_files("[name=file]", {"name": "岗位.csv", "mimeType": "text/csv", "buffer": template})
    page.click("main button:has-text('上传并预览')")
    looks_right(page)
    assert page.locator("text=数控车工").count() > 0
    assert not Opening.objects.exists()

    page.click("main button:has-text('导入'):not(:has-text('丢弃'))")
    page.wait_for_selector("text=正在导入")
    deliver_all(at=now())
    page.wait_for_selector("text=导入完成")
    looks_right(page)

    batch = ImportBatch.objects.get()
    assert (batch.rows, batch.accepted + batch.repaired, Opening.objects.count()) == (1, 1, 1)
