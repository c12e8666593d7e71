"""The readers on real postings, where the folder of real data is at hand."""

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from taihu.engines.text.lawful import Level, scan
from taihu.engines.text.pay import parse_pay
from taihu.engines.text.phrases import parse_date, parse_degree, parse_experience, parse_size

ROOT = Path(os.environ.get("TAIHU_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
FILE = ROOT / "zhaopin_9cities_2026" / "postings.csv.gz"
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the folder of real data is absent"),
]


@pytest.fixture(scope="module")
def postings() -> list[dict[str, str]]:
    def rows() -> Iterator[dict[str, str]]:
        with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    return list(rows())


@pytest.mark.parametrize(
    ("column", "parse"),
    [
        ("薪资", parse_pay),
        ("学历", parse_degree),
        ("经验", parse_experience),
        ("公司规模", parse_size),
        ("发布时间", parse_date),
    ],
)
def test_every_distinct_phrase_is_understood(postings: list[dict[str, str]], column: str, parse) -> None:
    for phrase in {row[column] for row in postings} - {""}:
        parse(phrase)


def test_hardly_any_real_posting_is_blocked(postings: list[dict[str, str]]) -> None:
    blocked = [
        row for row in postings if any(f.level is Level.BLOCK for f in scan(f"{row['职位']}\n{row['工作描述']}"))
    ]

    assert len(blocked) < len(postings) / 1_000
