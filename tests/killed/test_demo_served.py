"""`taihu demo` as somebody new runs it: a city is built and served, and an official gets in without a second factor."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.once]
SIZES = ["--people", "300", "--employers", "40", "--openings", "120"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def city(tmp_path):
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TAIHU_", "DJANGO_"))}
    command = [sys.executable, "-m", "taihu", "demo", *SIZES, "--port", str(port)]
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        command, env=environment | {"TAIHU_DATA": str(tmp_path / "var")}, stdout=log, stderr=log, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health", process, tmp_path / "log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def wait_for(address, process, log) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])


def test_the_demo_is_served_as_a_demo_and_its_officer_reaches_the_desk(city):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    assert "演示城市" in browser.open(f"{city}/").read().decode()
    form = browser.open(f"{city}/account/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    fields = {"csrfmiddlewaretoken": token, "login": "officer@demo.example", "password": "taihu-demo-2026"}
    browser.open(f"{city}/account/login/", urllib.parse.urlencode(fields).encode()).close()

    desk = browser.open(f"{city}/office/")

    assert desk.geturl() == f"{city}/office/"
    assert "最近一次匹配" in desk.read().decode()
