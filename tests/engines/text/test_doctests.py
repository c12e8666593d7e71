import doctest
import importlib

import pytest

MODULES = [
    "dedupe", "fold", "json_resume", "lawful", "numerals", "pay", "phrases", "pinyin", "repair", "resume", "segment", "similar", "synonyms",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(f"taihu.engines.text.{name}")

    result = doctest.testmod(module)

    assert result.failed == 0
    assert result.attempted > 0
