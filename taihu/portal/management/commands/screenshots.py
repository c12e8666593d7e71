"""Photograph every page as its reader sees it, and note what a look at the picture would miss."""

import json
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from string import Formatter
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer
from django.utils.html import format_html, format_html_join

from taihu.portal.screens import PLACES, SCREENS, Screen
from taihu.records.base.clock import now
from taihu.records.identity.models import Account

WIDTHS = (390, 1440)
ACCESSIBILITY = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
INSPECT = """() => {
  const notes = [];
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) notes.push(`scrolls sideways by ${wide} px`);
  const shown = (e) => e.getClientRects().length > 0;
  const words = (e) => (e.getAttribute('aria-label') || e.getAttribute('title') || e.textContent || e.value || '').trim()
    || e.querySelector('[aria-label],title');
  for (const e of document.querySelectorAll('input:not([type=hidden],[type=submit],[type=button]),select,textarea'))
    if (shown(e) && !e.labels?.length && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))
      notes.push(`control without a label: ${e.name || e.id || e.outerHTML.slice(0, 80)}`);
  for (const e of document.querySelectorAll('a[href],button,summary'))
    if (shown(e) && !words(e)) notes.push(`nothing to read on: ${e.outerHTML.slice(0, 80)}`);
  if (document.querySelectorAll('h1').length !== 1) notes.push(`${document.querySelectorAll('h1').length} h1`);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) notes.push(`id used twice: ${id}`);
  return notes;
}"""


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return


class Command(BaseCommand):
    help = "Photograph the pages listed in taihu/portal/screens.py with Chromium."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder for the pictures and index.html")
        parser.add_argument("--only", default="*", help="pattern of names, such as 'account-*'")
        parser.add_argument("--theme", choices=["light", "dark"], default="light")
        parser.add_argument("--size", choices=["normal", "large"], default="normal")
        parser.add_argument("--language", choices=[code for code, _ in settings.LANGUAGES], default="zh-hans")
        parser.add_argument("--fail", action="store_true", help="exit with 1 when anything was noted")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from axe_playwright_python.sync_playwright import Axe
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise CommandError("playwright is not installed: pip install -r requirements/dev.txt") from None
        program = next((path for path in CHROMIUM if Path(path).exists()), None)
        if program is None:
            raise CommandError("Chromium is not installed: apt-get install chromium fonts-noto-cjk")
        screens = [screen for screen in SCREENS if fnmatch(screen.name, options["only"])]
        if not screens:
            raise CommandError(f"no screen is called {options['only']!r}: see taihu/portal/screens.py")
        options["out"].mkdir(parents=True, exist_ok=True)
        # The pictures show the demo city, whose officials need no second factor.
        settings.DEMO, settings.REQUIRE_MFA_FOR_OFFICIALS = True, False
        call_command("collectstatic", interactive=False, verbosity=0)
        # Cookies and sessions are prepared before the browser starts: its event loop refuses database calls.
        cookies = _reader_cookies(screens, options)
        jobs = [(screen, path) for screen in screens if (path := _fill(screen.path)) is not None]
        with _serve() as address, sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            found = [
                (screen, width, _photograph(browser, Axe(), address, screen, path, width, cookies, options["out"]))
                for screen, path in jobs
                for width in WIDTHS
            ]
            browser.close()
        for sign in cookies.values():
            if "sessionid" in sign:
                SessionStore(sign["sessionid"]).delete()
        self._report(found, len(screens) - len(jobs), options)

    def _report(self, found: list[tuple[Screen, int, list[str]]], left_out: int, options: dict[str, Any]) -> None:
        (options["out"] / "index.html").write_text(_index(found), encoding="utf-8")
        for screen, width, notes in found:
            for note in notes:
                self.stdout.write(f"{screen.name} {width}: {note}")
        troubled = sum(bool(notes) for _, _, notes in found)
        summary = {"pictures": len(found), "with_notes": troubled, "left_out": left_out, "out": str(options["out"])}
        self.stdout.write(json.dumps(summary))
        if options["fail"] and troubled:
            raise CommandError(f"{troubled} pictures have notes")


@contextmanager
def _serve() -> Iterator[str]:
    from taihu.portal.wsgi import application

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _reader_cookies(screens: list[Screen], options: dict[str, Any]) -> dict[str, dict[str, str]]:
    base = {"theme": options["theme"], "size": options["size"], "language": options["language"]}
    cookies = {"": base}
    for role in sorted({screen.role for screen in screens if screen.role}):
        account = Account.objects.filter(email=f"{role}@demo.example").first()
        if account is None:
            raise CommandError(f"the demo account of {role!r} is missing: run `taihu demo --no-serve` first")
        cookies[role] = base | {"sessionid": _open_session(account)}
    return cookies


def _open_session(account: Account) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": now().timestamp()}]
    session.save()
    return str(session.session_key)


def _fill(path: str) -> str | None:
    names = [name for _, name, _, _ in Formatter().parse(path) if name]
    values = {name: PLACES[name]() for name in names}
    return None if None in values.values() else path.format(**values)


def _photograph(
    browser: Any,
    axe: Any,
    address: str,
    screen: Screen,
    path: str,
    width: int,
    cookies: dict[str, dict[str, str]],
    out: Path,
) -> list[str]:
    notes: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in cookies[screen.role].items()]
    )
    page = context.new_page()
    page.on("console", lambda line: notes.append(f"console: {line.text[:200]}") if _matters(line, screen) else None)
    page.on("pageerror", lambda error: notes.append(f"script: {error}"))
    answer = page.goto(address + path, wait_until="load")
    if answer.status != screen.status:
        notes.append(f"answered {answer.status}")
    notes += page.evaluate(INSPECT)
    for found in axe.run(page, options={"runOnly": ACCESSIBILITY}).response["violations"]:
        where = ", ".join(" ".join(node["target"]) for node in found["nodes"][:3])
        notes.append(f"{found['id']}: {found['help']} ({where})")
    page.screenshot(path=out / f"{screen.name}-{width}.png", full_page=True)
    context.close()
    return notes


def _matters(line: Any, screen: Screen) -> bool:
    expected = screen.status >= 400 and "Failed to load resource" in line.text
    return line.type in {"error", "warning"} and not expected


def _index(found: list[tuple[Screen, int, list[str]]]) -> str:
    rows = format_html_join(
        "\n",
        '<figure><figcaption>{} · {} · {} px{}</figcaption><a href="{}"><img loading="lazy" width="{}" src="{}"></a></figure>',
        (
            (
                screen.name, screen.role or "visitor", width,
                format_html_join("", "<br><b>{}</b>", ((note,) for note in notes)),
                f"{screen.name}-{width}.png", width // 3, f"{screen.name}-{width}.png",
            )
            for screen, width, notes in found
        ),
    )  # fmt: skip
    return format_html('<!doctype html><meta charset="utf-8"><title>Screenshots</title>\n{}\n', rows)
