import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.pay import Basis, PayNotUnderstood, format_pay, parse_pay

CASES = [
    ("4-6.5万·14薪", Basis.MONTHLY, 4_000_000, 6_500_000, 14),
    ("8千-1.1万", Basis.MONTHLY, 800_000, 1_100_000, 12),
    ("200元/天", Basis.DAILY, 435_000, 435_000, 12),
    ("15-25K·14薪", Basis.MONTHLY, 1_500_000, 2_500_000, 14),
    ("１５－２５ｋ", Basis.MONTHLY, 1_500_000, 2_500_000, 12),
    ("1.5-2.5万/月", Basis.MONTHLY, 1_500_000, 2_500_000, 12),
    ("年薪20-30万", Basis.YEARLY, 1_666_667, 2_500_000, 12),
    ("年薪二十万以上", Basis.YEARLY, 1_666_667, None, 12),
    ("150元/时", Basis.HOURLY, 2_610_000, 2_610_000, 12),
    ("8000-12000元", Basis.MONTHLY, 800_000, 1_200_000, 12),
    ("￥8,000～￥12,000／月", Basis.MONTHLY, 800_000, 1_200_000, 12),
    ("2萬以上", Basis.MONTHLY, 2_000_000, None, 12),
    ("1000元以下", Basis.MONTHLY, None, 100_000, 12),
    ("3000-5000元/周", Basis.WEEKLY, 1_305_000, 2_175_000, 12),
    ("五千到八千", Basis.MONTHLY, 500_000, 800_000, 12),
    ("底薪4000+提成", Basis.MONTHLY, 400_000, None, 12),
    ("1-2元/次", Basis.TASK, None, None, 12),
    ("薪资面议", Basis.UNDISCLOSED, None, None, 12),
]


@pytest.mark.parametrize(("phrase", "basis", "minimum", "maximum", "months"), CASES)
def test_phrase_becomes_monthly_fen(phrase: str, basis: Basis, minimum: int, maximum: int, months: int) -> None:
    pay = parse_pay(phrase)

    assert (pay.basis, pay.minimum, pay.maximum, pay.months) == (basis, minimum, maximum, months)


@pytest.mark.parametrize(
    ("phrase", "note"),
    [
        ("1.2万-8000", "bounds_swapped"),
        ("4500-8000元/时", "hourly_read_as_monthly"),
        ("150元", "basis_guessed"),
        ("500-800元/月", "below_minimum_wage"),
        ("300-400万", "unusually_high"),
        ("1-2万·13.5薪", "months_rounded"),
        ("8000左右", "about"),
    ],
)
def test_whatever_was_supplied_is_noted_and_lowers_the_confidence(phrase: str, note: str) -> None:
    pay = parse_pay(phrase)

    assert note in pay.notes
    assert pay.confidence < 1


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "it is empty"),
        ("待遇优厚", "it holds no amount"),
        ("$5000", "the currency $ is not yuan"),
        ("1-1.5", "the unit is missing"),
        ("0元", "the amount is nothing"),
        ("5000元·99薪", "99 monthly salaries a year"),
        ("=cmd|8000", "words around the amount are unknown"),
        ("9" * 10_000_000, "words around the amount are unknown"),
    ],
)
def test_anything_else_is_refused_with_a_reason(phrase: str, reason: str) -> None:
    with pytest.raises(PayNotUnderstood) as refused:
        parse_pay(phrase)

    assert refused.value.reason == reason
    assert len(str(refused.value)) < 300


@given(
    low=st.integers(20, 900_000),
    more=st.integers(0, 90_000),
    months=st.integers(12, 24),
    ending=st.sampled_from(["", "/年", "/天"]),
)
def test_the_shown_text_is_read_back_as_the_same_pay(low: int, more: int, months: int, ending: str) -> None:
    pay = parse_pay(f"{low}-{low + more}元{ending}·{months}薪")

    again = parse_pay(format_pay(pay))

    assert (again.basis, again.minimum, again.maximum, again.months) == (
        pay.basis,
        pay.minimum,
        pay.maximum,
        pay.months,
    )


@given(st.text(alphabet="0123456789.-万千元K/天月年薪·以上面议~ ", max_size=16))
def test_every_phrase_is_understood_or_refused_and_bounds_are_ordered(phrase: str) -> None:
    try:
        pay = parse_pay(phrase)
    except PayNotUnderstood:
        return

    assert pay.minimum is None or pay.maximum is None or 0 <= pay.minimum <= pay.maximum
    assert 0 < pay.confidence <= 1


def test_english_text_names_the_period() -> None:
    assert format_pay(parse_pay("200元/天"), "en") == "¥200 a day"
    assert format_pay(parse_pay("100-150元/时"), "en") == "¥100–150 an hour"
    assert format_pay(parse_pay("2万以上"), "en") == "from ¥20,000 a month"
    with pytest.raises(ValueError, match="use 'zh' or 'en'"):
        format_pay(parse_pay("面议"), "fr")
