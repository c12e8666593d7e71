"""Terms count the city's working days, holidays and worked weekends included."""

from datetime import date

import pytest

from taihu.records.cases.masking import mask_name
from taihu.records.cases.procedures.terms import parse_term


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("5 working days", date(2026, 9, 24), date(2026, 10, 9)),
        ("1 working day", date(2026, 3, 13), date(2026, 3, 16)),
        ("15 days", date(2026, 3, 10), date(2026, 3, 25)),
        ("7 days", date(2026, 9, 25), date(2026, 10, 8)),
        ("1 month", date(2026, 1, 31), date(2026, 2, 28)),
        ("month end", date(2026, 2, 10), date(2026, 2, 28)),
        ("last month of the quarter", date(2026, 4, 2), date(2026, 6, 30)),
        ("first working day", date(2026, 9, 24), date(2026, 10, 8)),
        ("first working day + 25 working days", date(2026, 3, 10), date(2026, 5, 11)),
    ],
)
def test_the_last_day_in_time(text, start, last):
    assert parse_term(text).last_day(start) == last


@pytest.mark.parametrize("text", ["5", "five days", "5 workdays", "-1 days", "first working day + 5", "1000 days", ""])
def test_a_term_without_unit_is_none(text):
    assert parse_term(text) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王*明"),
        ("李四", "李*"),
        ("欧阳娜娜", "欧**娜"),
        ("John Smith", "J*** S****"),
        ("甲", "甲"),
        ("", ""),
    ],
)
def test_names_are_masked(name, shown):
    assert mask_name(name) == shown
