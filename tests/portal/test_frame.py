"""The frame of every page: preferences, style guide, account pages, errors, forms."""

import json
import os
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.test import Client

from taihu.portal.guide import PARTS, SampleForm
from taihu.portal.management.commands.screenshots import CHROMIUM
from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import RoleGrant, Unit
from tests.factories import AT, make_account

PORTAL = Path(__file__).resolve().parents[2] / "taihu/portal"
TEMPLATES = sorted(path for path in (PORTAL.parent).rglob("templates/**/*.html"))
SHEETS = sorted((PORTAL / "static/portal").glob("*.css"))
ICONS = set(re.findall(r'<symbol id="([a-z-]+)"', (PORTAL / "static/portal/icons.svg").read_text(encoding="utf-8")))


@pytest.fixture
def officer_client(db) -> Client:
    unit = Unit.objects.create(code="320200", name="无锡市", kind=UnitKind.CITY, area_code="320200")
    account = make_account()
    RoleGrant.objects.create(account=account, unit=unit, role=Role.OFFICER, active_from=AT)
    client = Client()
    client.force_login(account)
    return client


@pytest.mark.parametrize("part", PARTS)
def test_an_officer_sees_every_part_of_the_style_guide(officer_client: Client, part: str) -> None:
    response = officer_client.get(f"/design/{part}/")

    assert response.status_code == 200
    assert "{{" not in response.content.decode()


def test_the_style_guide_is_not_found_for_visitors_and_members(db) -> None:
    client = Client()
    assert client.get("/design/").status_code == 404

    client.force_login(make_account())
    assert client.get("/design/").status_code == 404


def test_a_choice_of_theme_is_kept_and_shown(db) -> None:
    client = Client()

    response = client.post("/preferences/", {"theme": "dark", "next": "/account/login/"})

    assert (response.status_code, response["Location"]) == (302, "/account/login/")
    assert 'data-theme="dark"' in client.get("/account/login/").content.decode()


def test_following_the_system_forgets_the_theme(db) -> None:
    client = Client()
    client.post("/preferences/", {"theme": "dark"})

    client.post("/preferences/", {"theme": "auto"})

    assert "data-theme" not in client.get("/account/login/").content.decode()


def test_large_text_and_language_are_kept(db) -> None:
    client = Client()
    client.post("/preferences/", {"size": "large"})
    client.post("/preferences/", {"language": "en"})

    page = client.get("/account/login/").content.decode()

    assert 'data-size="large"' in page
    assert '<html lang="en"' in page


def test_unknown_preferences_change_nothing(db) -> None:
    response = Client().post("/preferences/", {"theme": "purple", "size": "9", "language": "xx"})

    assert dict(response.cookies) == {}


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_preferences_never_lead_to_another_site(db, target: str) -> None:
    assert Client().post("/preferences/", {"theme": "dark", "next": target})["Location"] == "/"


def test_preferences_are_only_posted(db) -> None:
    assert Client().get("/preferences/?theme=dark").status_code == 405


def test_a_missing_page_says_what_to_do_next(db) -> None:
    response = Client(headers={"accept-language": "zh-hans"}).get("/no-such-page/")

    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()


@pytest.mark.parametrize("name", ["login", "signup", "password/reset"])
def test_account_pages_carry_no_inline_style_or_script(db, name: str) -> None:
    page = Client().get(f"/account/{name}/").content.decode()

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", page) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_carry_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*(?:src=|ld\+json))", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_use_only_icons_that_are_drawn(path: Path) -> None:
    used = set(re.findall(r'{% icon "([a-z-]+)"', path.read_text(encoding="utf-8")))

    assert used - ICONS == set()


def test_a_refused_form_links_every_error_to_its_field() -> None:
    page = str(SampleForm({"title": "", "pay": "-1"}))

    assert page.count('<a href="#id_') == 6
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_title_helptext id_title_error"' in page


def test_a_fresh_form_marks_what_may_be_left_out() -> None:
    page = str(SampleForm())

    assert page.count('class="optional-mark"') == 3
    assert "error-summary" not in page


def test_the_page_of_a_broken_server_needs_no_request() -> None:
    assert "12333" in render_to_string("500.html")


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SHEETS)

    assert re.findall(r"https?://|@import|url\(['\"]?(?!waves\.svg)", text.replace('url("waves.svg")', "")) == []


def test_the_style_sheets_stay_small() -> None:
    assert sum(path.stat().st_size for path in SHEETS) < 80_000


def test_every_class_of_the_documentation_exists() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SHEETS)
    document = (PORTAL.parents[1] / "docs/design-system.md").read_text(encoding="utf-8")
    named = {name for group in re.findall(r'class="([a-z -]+)"', document) for name in group.split()}

    assert {name for name in named if f".{name}" not in text} == set()


def test_screenshots_of_an_unknown_page_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    with pytest.raises(CommandError):
        call_command("screenshots", out=tmp_path / "shots", only="no-such-screen")
    assert not (tmp_path / "shots").exists()


@pytest.mark.slow
@pytest.mark.browser
def test_a_page_is_photographed_without_a_fault(db, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not any(Path(path).exists() for path in CHROMIUM) and os.environ.get("TAIHU_REQUIRE_BROWSER") != "1":
        pytest.skip("Chromium is not installed")

    call_command("screenshots", out=tmp_path, only="accessibility", fail=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "accessibility-1440.png",
        "accessibility-390.png",
        "index.html",
    ]
    assert json.loads(capsys.readouterr().out)["with_notes"] == 0
