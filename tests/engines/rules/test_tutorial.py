"""The tutorial runs: its policy loads, and what it prints is what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.sets import load_policies

PAGE = (Path(__file__).parents[3] / "docs" / "tutorials" / "write-a-policy.md").read_text("utf-8")
POLICY = re.findall(r"```yaml policy\n(.*?)```", PAGE, re.DOTALL)[0]
STEPS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


def test_the_steps_print_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "graduate-rent.yaml").write_text(POLICY, "utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}

    for code, shown in STEPS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == shown

    assert len(STEPS) == 3


def test_the_slip_is_answered_as_shown() -> None:
    shown = re.findall(r"```text slip\n(.*?)```", PAGE, re.DOTALL)[0].strip()

    with pytest.raises(PolicyError) as caught:
        load_policies({"graduate-rent.yaml": POLICY.replace("paid >= 6", "paid > = 6")})

    assert caught.value.problems[0].text("en") == shown
