"""The tutorial runs as it is printed."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "tutorials" / "match-two-files.md"


@pytest.mark.filterwarnings("ignore:unclosed file")
def test_the_tutorial_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    tables = [text for kind, text in blocks if kind == "csv"]
    programs = [text for kind, text in blocks if kind == "python"]
    expected = next(text for kind, text in blocks if kind == "text")
    (tmp_path / "people.csv").write_text(tables[0], encoding="utf-8")
    (tmp_path / "openings.csv").write_text(tables[1], encoding="utf-8")
    names: dict[str, object] = {}

    printed = []
    for program in programs:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(program, names)
        printed.append(out.getvalue())

    assert printed[0] == expected
    assert printed[1].splitlines()[0] == "The workplace is outside the accepted areas."
    assert "protected attribute" in printed[2]
