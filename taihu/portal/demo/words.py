"""The words that made-up names are drawn from."""

from pathlib import Path

import yaml

_WORDS = yaml.safe_load(Path(__file__).with_name("data").joinpath("words.yaml").read_text(encoding="utf-8"))

SURNAMES: str = _WORDS["surnames"].replace(" ", "")
GIVEN: str = _WORDS["given"].replace(" ", "")
PLACES: list[str] = _WORDS["places"].split()
BRANDS: list[str] = _WORDS["brands"].split()
STREETS: list[str] = _WORDS["streets"].split()
BENEFITS: list[str] = _WORDS["benefits"].split()
SCHOOLS: list[str] = _WORDS["schools"].split()
SUFFIX: dict[str, list[str]] = {code: words.split() for code, words in _WORDS["suffix"].items()}
MAJORS: dict[str, list[str]] = {code: words.split() for code, words in _WORDS["majors"].items()}
