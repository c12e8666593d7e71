"""An officer writes a whole policy from an empty page, without seeing YAML once; at a desk with scripts, on a phone without."""

from contextlib import contextmanager

from django.urls import reverse

from taihu.systems.policies.editing.plain import read_plain
from taihu.systems.policies.models import PolicyVersion
from taihu.systems.policies.rulebook import example_texts
from tests.factories import make_official
from tests.systems.policies.form_writer import write_policy

OPEN = "e => { for (let at = e.closest('details'); at; at = at.parentElement.closest('details')) at.open = true; }"


class BrowserPen:
    """Types into the form in a browser, opening what is folded away."""

    def __init__(self, page, *, scripts: bool) -> None:
        self.page, self.scripts = page, scripts

    def fill(self, name, text):
        field = self.page.locator(f'#editor-form [name="{name}"]').last
        field.evaluate(OPEN)
        kind = field.evaluate("e => e.type")
        if kind == "checkbox":
            field.set_checked(text == "true", force=True)
        elif kind == "select-one":
            with self._new_form(self.scripts and field.get_attribute("hx-post") is not None):
                field.select_option(text, force=True)
        else:
            field.fill(text, force=True)

    def press(self, command):
        button = self.page.locator(f'#editor-form button[value="{command}"]').last
        button.evaluate(OPEN)
        with self._new_form(True):
            button.click()

    @contextmanager
    def _new_form(self, is_asked):
        """Wait until the form that comes back stands in the place of this one."""
        if is_asked:
            self.page.evaluate("document.getElementById('editor').dataset.old = 'yes'")
        yield
        if is_asked:
            self.page.wait_for_selector("#editor:not([data-old])", state="attached")
            self.page.wait_for_load_state()


def test_an_officer_writes_a_policy_with_the_form_alone(open_browser, looks_right, width):
    scripts = width > 1000
    twin = read_plain(example_texts()["wuxi-young-purchase-2024.yaml" if scripts else "hangzhou-living-a.yaml"])
    page = open_browser(make_official(), javascript=scripts)
    page.goto(reverse("policies:editor_new"))
    for label, text in (
        ("编号", twin["policy"]),
        ("版本", "0"),
        ("名称", "新"),
        ("文号", "无"),
        ("生效日期", "2020-01-01"),
    ):
        page.get_by_label(label).fill(text)
    page.click("button:has-text('开始编写')")

    # The panel beside the form would ask while the form does: more at once than the tests' database bears.
    page.route("**/check/", lambda route: route.fulfill(status=204))
    write_policy(BrowserPen(page, scripts=scripts), twin)
    page.wait_for_selector("text=草稿已保存")

    assert read_plain(PolicyVersion.objects.get().text) == twin
    if scripts:
        looks_right(page)
