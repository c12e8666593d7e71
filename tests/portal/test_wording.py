"""Figures in words, in Chinese and in English."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from taihu.portal.wording import age_text, money_text, pay_text

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0"),
        (123456, "¥1,234.56"),
        (100, "¥1"),
        (-5, "-¥0.05"),
        (9_223_372_036_854_775_807, "¥92,233,720,368,547,758.07"),
    ],
)
def test_money_is_written_to_the_fen(fen: int, text: str) -> None:
    assert money_text(fen) == text


@pytest.mark.parametrize(
    ("low", "high", "months", "unit", "text"),
    [
        (800_000, 1_200_000, 13, "month", "8000元–1.2万·13薪"),
        (1_500_000, 2_500_000, 14, "month", "1.5–2.5万·14薪"),
        (500_000, 500_000, 12, "month", "5000元"),
        (500_000, None, 12, "month", "5000元"),
        (None, 2_000_000, 12, "month", "2万"),
        (None, None, 12, "month", "面议"),
        (20_000, 20_000, 12, "day", "¥200/天"),
    ],
)
def test_pay_is_written_the_way_people_say_it(low, high, months, unit, text) -> None:
    with translation.override("zh-hans"):
        assert pay_text(low, high, months=months, unit=unit) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (10, "刚刚"),
        (180, "3 分钟前"),
        (7200, "2 小时前"),
        (86400 * 3, "3 天前"),
        (86400 * 90, "3 个月前"),
        (-7200, "2 小时后"),
        (-60, "一小时内"),
    ],
)
def test_ages_are_written_in_words(before: int, text: str) -> None:
    with translation.override("zh-hans"):
        assert age_text(AT - timedelta(seconds=before), AT) == text
