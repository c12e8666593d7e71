"""The example policies: every case written in them comes out as written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import taihu.systems.policies
from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.results import CaseResult
from taihu.engines.rules.sets import PolicySet, load_files

FOLDER = Path(taihu.systems.policies.__file__).parent / "data" / "policies"


@cache
def examples() -> PolicySet:
    return load_files(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("case", run_cases(examples()), ids=lambda item: f"{item.policy}: {item.case}")
def test_a_worked_case_comes_out_as_written(case: CaseResult) -> None:
    assert case.differences == ()


def test_every_example_says_that_it_is_one_and_has_cases() -> None:
    for policy in examples().policies:
        assert policy.is_example
        assert policy.notice is not None
        assert policy.cases
