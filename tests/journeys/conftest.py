"""Stories that a person could tell, walked through in a real browser at both widths that the pages are designed for."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from taihu.portal.management.commands.screenshots import ACCESSIBILITY
from taihu.records.base.clock import now
from taihu.records.identity.models import Account

# Playwright keeps an event loop in this thread, which makes Django suspect asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
PHONE, DESK = 390, 1440


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    if program is None:
        if os.environ.get("TAIHU_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(params=[PHONE, DESK])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def open_browser(chromium: Any, live_server: Any, width: int) -> Iterator[Callable[..., Any]]:
    """`open_browser(account=None, javascript=True)` gives a page of a browser of its own, signed in as the account.

    At the end of the story no page may have reported an error.
    """
    troubles: list[str] = []
    with ExitStack() as opened:

        def open_page(account: Account | None = None, *, javascript: bool = True, language: str = "zh-hans") -> Any:
            context = chromium.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": 900},
                java_script_enabled=javascript,
                reduced_motion="reduce",
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
            )
            opened.callback(context.close)
            context.set_default_timeout(15_000)
            cookies = {"language": language} | ({"sessionid": sign_in(account)} if account else {})
            context.add_cookies(
                [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
            )
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
            page.on(
                "console",
                lambda line: (
                    troubles.append(f"{page.url}: {line.text}")
                    if line.type == "error" and "Failed to load resource" not in line.text
                    else None
                ),
            )
            page.on(
                "response",
                lambda answer: troubles.append(f"{answer.url}: {answer.status}") if answer.status >= 500 else None,
            )
            return page

        yield open_page
    assert troubles == []


def sign_in(account: Account) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": now().timestamp()}]
    session.save()
    return str(session.session_key)


@pytest.fixture
def looks_right() -> Callable[[Any], None]:
    """Nothing scrolls sideways, one first heading, and axe finds nothing against WCAG 2.2 AA."""

    def check(page: Any) -> None:
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, (
            f"{page.url} scrolls sideways"
        )
        assert page.locator("h1").count() == 1, f"{page.url} needs one first heading"
        found = Axe().run(page, options={"runOnly": ACCESSIBILITY})
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return check


@pytest.fixture
def keys() -> Callable[..., None]:
    """`keys(page, "投递")` reaches a link, button or field with the tab key alone and says where it got stuck."""

    def reach(page: Any, name: str, *, limit: int = 80) -> None:
        seen = []
        for _ in range(limit):
            page.keyboard.press("Tab")
            here = page.evaluate(
                "(e => (e.labels?.[0]?.innerText || e.getAttribute('aria-label') || e.innerText || e.value || '').trim())"
                "(document.activeElement)"
            )
            seen.append(here[:30])
            if name in here:
                return
        raise AssertionError(f"the tab key never reaches {name!r} on {page.url}: {seen}")

    return reach
