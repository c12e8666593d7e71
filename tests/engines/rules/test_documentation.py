"""What the reference shows can be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.functions import AGGREGATES, FUNCTIONS
from taihu.engines.rules.loader import _CLAUSE, _TOP
from taihu.engines.rules.sets import load_policies

PAGE = (Path(__file__).parents[3] / "docs" / "engines" / "rules.md").read_text("utf-8")
SAMPLE = re.findall(r"```yaml policy\n(.*?)```", PAGE, re.DOTALL)[0]
PIECES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
HEAD = """policy: piece
version: "1"
title: piece
document: none
effective: {from: 2020-01-01}
"""


def test_the_sample_policy_loads_and_its_case_passes() -> None:
    policies = load_policies({"sample.yaml": SAMPLE})

    assert [case.differences for case in run_cases(policies)] == [()]


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_of_the_reference_loads(piece: str) -> None:
    rest = (
        ""
        if re.search("^conditions:", piece, re.MULTILINE)
        else 'conditions: {id: adult, text: a, test: "years(birth_date, applied) >= 18"}\n'
    )
    rest += "define: {graduated: max(degree.diploma_on)}\n" if "graduated" in piece else ""

    assert load_policies({"piece.yaml": HEAD + rest + piece}).policies


@pytest.mark.parametrize("name", sorted({*_TOP, *_CLAUSE, *FUNCTIONS, *AGGREGATES} - {"grounds", "class"}))
def test_every_word_of_the_language_is_in_the_reference(name: str) -> None:
    assert re.search(rf"(?<![a-z_]){name}(?![a-z_])", PAGE)
