"""Pay phrases of job advertisements: ``1.5-2.5万·14薪`` to monthly fen times months.

Amounts are int64 fen. A daily figure becomes a monthly one with 21.75 paid days a month and an hourly one with 8 hours
a day (Ministry of Human Resources notice 人社部发〔2025〕2号, which keeps the 21.75 days of 劳社部发〔2008〕3号);
a weekly figure uses 21.75 / 5 weeks. A yearly figure is divided by its months.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from taihu.engines.text.fold import fold
from taihu.engines.text.numerals import replace_chinese_numerals

__all__ = ["Basis", "Pay", "PayNotUnderstood", "format_pay", "monthly_fen", "parse_pay"]

HIGHEST_YUAN = 1_000_000_000
PLAUSIBLE_MONTH_YUAN = (1_000, 1_000_000)
HIGHEST_PLAUSIBLE_HOUR_YUAN = 2_000
LOWEST_DAY_YUAN, HIGHEST_GUESSED_DAY_YUAN = 20, 500


class Basis(StrEnum):
    """The period for which an amount is quoted."""

    MONTHLY = "monthly"
    YEARLY = "yearly"
    WEEKLY = "weekly"
    DAILY = "daily"
    HOURLY = "hourly"
    TASK = "task"
    UNDISCLOSED = "undisclosed"


_MONTHS_PER: dict[Basis, Fraction] = {
    Basis.MONTHLY: Fraction(1),
    Basis.WEEKLY: Fraction(2175, 500),
    Basis.DAILY: Fraction(2175, 100),
    Basis.HOURLY: Fraction(2175 * 8, 100),
}
_BASIS_WORDS = {
    "年": Basis.YEARLY,
    "year": Basis.YEARLY,
    "yr": Basis.YEARLY,
    "annum": Basis.YEARLY,
    "月": Basis.MONTHLY,
    "month": Basis.MONTHLY,
    "mo": Basis.MONTHLY,
    "周": Basis.WEEKLY,
    "星期": Basis.WEEKLY,
    "week": Basis.WEEKLY,
    "天": Basis.DAILY,
    "日": Basis.DAILY,
    "day": Basis.DAILY,
    "小时": Basis.HOURLY,
    "时": Basis.HOURLY,
    "钟点": Basis.HOURLY,
    "hour": Basis.HOURLY,
    "hr": Basis.HOURLY,
    "h": Basis.HOURLY,
    "次": Basis.TASK,
    "单": Basis.TASK,
    "件": Basis.TASK,
    "场": Basis.TASK,
    "篇": Basis.TASK,
    "课时": Basis.TASK,
    "节": Basis.TASK,
    "个": Basis.TASK,
}
_UNIT_YUAN = {
    "": Fraction(1),
    "元": Fraction(1),
    "块": Fraction(1),
    "百": Fraction(100),
    "千": Fraction(1_000),
    "k": Fraction(1_000),
    "万": Fraction(10_000),
    "w": Fraction(10_000),
    "百万": Fraction(1_000_000),
}
_UNDISCLOSED = re.compile(
    r"^(?:(?:薪资|薪酬|薪水|工资|待遇|月薪|年薪|薪金|pay|salary)?[:\s]*(?:面议|面谈|详谈|可谈|另议|不限|保密|暂无|电议|negotiable|undisclosed|tbd))$"
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,6})?"
_UNIT = r"(?P<UNIT>百万|万|千|百|k|w)?\s*(?:元|块钱?|rmb|cny|人民币)?"
_LOW_UNIT, _HIGH_UNIT = _UNIT.replace("UNIT", "low_unit"), _UNIT.replace("UNIT", "high_unit")
_PER = "|".join(sorted(_BASIS_WORDS, key=len, reverse=True))
_PHRASE = re.compile(
    rf"^(?P<head>(?:(?:薪资|薪酬|工资|底薪|综合薪资|综合|税前|税后|待遇|约|大约|salary|pay)[:\s]*)*)"
    rf"(?P<period>年薪|月薪|周薪|日薪|时薪)?[:\s]*(?:约|大约)?[¥￥]?\s*"
    rf"(?P<open>不低于|不少于|至少|高于|>=?|≥|低于|不超过|不高于|最高|<=?|≤)?\s*[¥￥]?\s*(?P<low>{_NUMBER})\s*{_LOW_UNIT}"
    rf"(?:\s*(?:/\s*(?:{_PER}))?\s*(?:-|~|至|到)\s*[¥￥]?\s*(?P<high>{_NUMBER})\s*{_HIGH_UNIT})?"
    rf"\s*(?P<end>以上|以下|以内|起|\+|左右|上下)?"
    rf"\s*(?:(?:/|每|一|per\s)\s*(?:个)?(?P<per>{_PER}))?"
    rf"\s*(?P<end2>以上|以下|以内|起|\+|左右|上下|\(?税前\)?|\(?税后\)?)?"
    rf"(?P<extra>\s*(?:\+|加)\s*(?:高?额?(?:提成|奖金|绩效|补贴|补助|分红|奖励|全勤|五险一金)[+/,、]?)+)?"
    rf"(?:\s*[·•.*x×,+/]?\s*(?P<months>\d{{1,2}}(?:\.\d)?)(?P<more>-\d{{1,2}})?\s*(?:薪|个月|months?))?$"
)
_DASHES = re.compile(r"\s*[-‐‑‒–—―−~〜～]+\s*")
_AT_LEAST = frozenset({"不低于", "不少于", "至少", "高于", ">", ">=", "≥", "以上", "起", "+"})
_AT_MOST = frozenset({"低于", "不超过", "不高于", "最高", "<", "<=", "≤", "以下", "以内"})
_ABOUT = frozenset({"左右", "上下"})


class PayNotUnderstood(ValueError):
    """A pay phrase that is not read, with the phrase in it and what to write instead."""

    def __init__(self, phrase: str, reason: str) -> None:
        self.phrase, self.reason = phrase, reason
        super().__init__(
            f"pay phrase {phrase[:60]!r} is not understood: {reason}; "
            "write for example 8000-12000元, 1.5-2.5万·14薪, 200元/天 or 面议"
        )


@dataclass(frozen=True, slots=True)
class Pay:
    """One pay phrase, understood.

    Attributes
    ----------
    basis : Basis
        The period for which the advertisement quotes the amount.
    minimum, maximum : int or None
        Monthly amount in fen; None where the phrase sets no such bound, or where it cannot be monthly (`Basis.TASK`).
    months : int
        Monthly salaries a year, 12 unless the phrase says otherwise.
    quoted_minimum, quoted_maximum : int or None
        Amount in fen for one `basis` period.
    confidence : float
        1 when every part was written out, less when something was supplied.
    notes : tuple of str
        Codes of what was supplied or repaired: ``unit_inherited``, ``bounds_swapped``, ``single_figure``, ``about``,
        ``basis_guessed``, ``hourly_read_as_monthly``, ``below_minimum_wage``, ``unusually_high``, ``not_monthly``,
        ``months_rounded``, ``plus_commission``.
    """

    basis: Basis
    minimum: int | None
    maximum: int | None
    months: int = 12
    quoted_minimum: int | None = None
    quoted_maximum: int | None = None
    confidence: float = 1.0
    notes: tuple[str, ...] = ()


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def monthly_fen(quoted: int, basis: Basis, months: int = 12) -> int | None:
    """Return the monthly amount of `quoted` fen per `basis`, rounded half up to one fen, or None if it has none.

    Examples
    --------
    >>> monthly_fen(200_00, Basis.DAILY)
    435000
    >>> monthly_fen(25_00, Basis.HOURLY), monthly_fen(1_200_000, Basis.YEARLY, 12), monthly_fen(5_00, Basis.TASK)
    (435000, 100000, None)
    """
    if basis is Basis.YEARLY:
        return _half_up(Fraction(quoted, months))
    factor = _MONTHS_PER.get(basis)
    return None if factor is None else _half_up(quoted * factor)


@dataclass(frozen=True, slots=True)
class _Quote:
    low: Fraction | None
    high: Fraction | None
    notes: tuple[str, ...]


def parse_pay(phrase: str) -> Pay:
    """Return what a pay phrase says. Width, case, script and spaces do not matter.

    Raises
    ------
    PayNotUnderstood
        If the phrase is empty or says something else, naming the phrase and what to write.

    Examples
    --------
    >>> parse_pay("4-6.5万·14薪")
    Pay(basis=<Basis.MONTHLY: 'monthly'>, minimum=4000000, maximum=6500000, months=14, quoted_minimum=4000000, \
quoted_maximum=6500000, confidence=1.0, notes=())
    >>> pay = parse_pay("8千-1.1万"); pay.minimum, pay.maximum
    (800000, 1100000)
    >>> parse_pay("200元/天").minimum, parse_pay("年薪20-30万").maximum, parse_pay("面议").basis.value
    (435000, 2500000, 'undisclosed')
    >>> parse_pay("薪酬优厚")
    Traceback (most recent call last):
    ...
    taihu.engines.text.pay.PayNotUnderstood: pay phrase '薪酬优厚' is not understood: it holds no amount; \
write for example 8000-12000元, 1.5-2.5万·14薪, 200元/天 or 面议
    """
    return _parse(phrase if len(phrase) <= 200 else phrase[:200])


@lru_cache(maxsize=16384)
def _parse(phrase: str) -> Pay:
    text = _DASHES.sub("-", replace_chinese_numerals(fold(phrase).strip()))
    if not text:
        raise PayNotUnderstood(phrase, "it is empty")
    if _UNDISCLOSED.match(text):
        return Pay(Basis.UNDISCLOSED, None, None)
    match = _PHRASE.match(text)
    if match is None:
        raise PayNotUnderstood(phrase, _why(text))
    quote = _bounds(phrase, match)
    months, notes = _months(phrase, match)
    basis, guesses = _basis(phrase, match, quote)
    return _pay(basis, quote, months, quote.notes + notes + guesses)


def _why(text: str) -> str:
    if foreign := re.search(r"usd|us\$|\$|美元|港币|港元|hk\$|欧元|eur|€|日元|jpy|英镑|£", text):
        return f"the currency {foreign.group()} is not yuan"
    return "it holds no amount" if not re.search(r"\d", text) else "words around the amount are unknown"


def _yuan(digits: str, unit: str | None) -> Fraction:
    return Fraction(digits.replace(",", "")) * _UNIT_YUAN[unit or ""]


def _bounds(phrase: str, match: re.Match[str]) -> _Quote:
    first, first_unit, second, second_unit = match.group("low", "low_unit", "high", "high_unit")
    notes: list[str] = []
    if match.group("extra"):
        notes.append("plus_commission")
    if second is None:
        single = _yuan(first, first_unit)
        words = {match.group(name) for name in ("open", "end", "end2")}
        if words & _AT_LEAST or match.group("extra"):
            return _checked(phrase, single, None, notes)
        if words & _AT_MOST:
            return _checked(phrase, None, single, notes)
        notes.append("about" if words & _ABOUT else "single_figure")
        return _checked(phrase, single, single, notes)
    if first_unit is None and second_unit and Fraction(first.replace(",", "")) < 1_000:
        first_unit = second_unit
    low, high = _yuan(first, first_unit), _yuan(second, second_unit)
    if (
        second_unit is None
        and first_unit
        and high < low
        and _yuan(second, "") < 1_000
        and _yuan(second, first_unit) >= low
    ):
        high = _yuan(second, first_unit)
        notes.append("unit_inherited")
    if low > high:
        low, high = high, low
        notes.append("bounds_swapped")
    return _checked(phrase, low, high, notes)


def _checked(phrase: str, low: Fraction | None, high: Fraction | None, notes: list[str]) -> _Quote:
    if max(low or 0, high or 0) > HIGHEST_YUAN:
        raise PayNotUnderstood(phrase, f"an amount above {HIGHEST_YUAN} yuan")
    if not max(low or 0, high or 0):
        raise PayNotUnderstood(phrase, "the amount is nothing")
    return _Quote(low, high, tuple(notes))


def _months(phrase: str, match: re.Match[str]) -> tuple[int, tuple[str, ...]]:
    written = match.group("months")
    if written is None:
        return 12, ()
    months = Fraction(written)
    if not 6 <= months <= 36:
        raise PayNotUnderstood(phrase, f"{written} monthly salaries a year")
    exact = months.denominator == 1 and not match.group("more")
    return _half_up(months), () if exact else ("months_rounded",)


def _basis(phrase: str, match: re.Match[str], quote: _Quote) -> tuple[Basis, tuple[str, ...]]:
    top = quote.high or quote.low or Fraction(0)
    if match.group("period"):
        return _BASIS_WORDS["小时" if match.group("period") == "时薪" else match.group("period")[0]], ()
    per = match.group("per")
    if per is None:
        if top < LOWEST_DAY_YUAN:
            raise PayNotUnderstood(phrase, "the unit is missing")
        if top < HIGHEST_GUESSED_DAY_YUAN and match.group("months") is None:
            return Basis.DAILY, ("basis_guessed",)
        return Basis.MONTHLY, ()
    basis = _BASIS_WORDS[per]
    if basis is Basis.HOURLY and (quote.low or top) > HIGHEST_PLAUSIBLE_HOUR_YUAN:
        return Basis.MONTHLY, ("hourly_read_as_monthly",)
    return basis, ()


_DOUBTS = {
    "single_figure": 0.95,
    "about": 0.9,
    "unit_inherited": 0.9,
    "bounds_swapped": 0.7,
    "basis_guessed": 0.3,
    "hourly_read_as_monthly": 0.4,
    "below_minimum_wage": 0.5,
    "unusually_high": 0.5,
    "not_monthly": 0.8,
    "months_rounded": 0.9,
    "plus_commission": 0.9,
}


def _pay(basis: Basis, quote: _Quote, months: int, notes: tuple[str, ...]) -> Pay:
    quoted_low, quoted_high = (None if bound is None else _half_up(bound * 100) for bound in (quote.low, quote.high))
    low, high = (None if bound is None else monthly_fen(bound, basis, months) for bound in (quoted_low, quoted_high))
    top = next((bound for bound in (high, low) if bound is not None), None)
    if basis is Basis.TASK:
        notes += ("not_monthly",)
    elif top is not None and top < PLAUSIBLE_MONTH_YUAN[0] * 100:
        notes += ("below_minimum_wage",)
    elif top is not None and top > PLAUSIBLE_MONTH_YUAN[1] * 100:
        notes += ("unusually_high",)
    confidence = min((_DOUBTS[note] for note in notes), default=1.0)
    return Pay(basis, low, high, months, quoted_low, quoted_high, confidence, notes)


_PERIOD_ZH = {
    Basis.MONTHLY: "",
    Basis.YEARLY: "/年",
    Basis.WEEKLY: "/周",
    Basis.DAILY: "/天",
    Basis.HOURLY: "/时",
    Basis.TASK: "/次",
}
_PERIOD_EN = {
    Basis.MONTHLY: "month",
    Basis.YEARLY: "year",
    Basis.WEEKLY: "week",
    Basis.DAILY: "day",
    Basis.HOURLY: "hour",
    Basis.TASK: "task",
}


def format_pay(pay: Pay, language: str = "zh") -> str:
    """Return the text to show, with the amounts as quoted.

    Parameters
    ----------
    language : str
        ``zh`` or ``en``. The Chinese text is again a pay phrase that `parse_pay` reads as the same amounts.

    Examples
    --------
    >>> [format_pay(parse_pay(p)) for p in ("4-6.5万·14薪", "8千-1.1万", "200元/天", "面议", "2万以上", "1000元以下")]
    ['4-6.5万·14薪', '8000-11000元', '200元/天', '面议', '2万以上', '1000元以下']
    >>> format_pay(parse_pay("4-6.5万·14薪"), "en"), format_pay(parse_pay("面议"), "en")
    ('¥40,000–65,000 a month × 14', 'Pay not disclosed')
    """
    if language not in ("zh", "en"):
        raise ValueError(f"language is {language!r}; use 'zh' or 'en'")
    if pay.basis is Basis.UNDISCLOSED:
        return "面议" if language == "zh" else "Pay not disclosed"
    return (_format_zh if language == "zh" else _format_en)(pay)


def _plain(fen: int, per_unit: int = 100) -> str:
    whole, part = divmod(fen, per_unit)
    digits = f"{part:0{len(str(per_unit)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _format_zh(pay: Pay) -> str:
    bounds = [bound for bound in (pay.quoted_minimum, pay.quoted_maximum) if bound is not None]
    # Ten-thousands only where they stay short: 1.5万, but 8000-11000元.
    ten_thousands = all(bound >= 1_000_000 and bound % 10_000 == 0 for bound in bounds)
    shown = [_plain(bound, 1_000_000 if ten_thousands else 100) for bound in dict.fromkeys(bounds)]
    unit = "万" if ten_thousands else "元"
    end = "以上" if pay.quoted_maximum is None else "以下" if pay.quoted_minimum is None else ""
    months = f"·{pay.months}薪" if pay.months != 12 else ""
    period = _PERIOD_ZH[pay.basis]
    if pay.basis is Basis.MONTHLY and max(bounds) < HIGHEST_GUESSED_DAY_YUAN * 100:
        period = "/月"  # without it so small a figure reads as a daily one
    return f"{'-'.join(shown)}{unit}{period}{end}{months}"


def _format_en(pay: Pay) -> str:
    bounds = [bound for bound in (pay.quoted_minimum, pay.quoted_maximum) if bound is not None]
    shown = "–".join(_thousands(bound) for bound in dict.fromkeys(bounds))
    lead = "from " if pay.quoted_maximum is None else "up to " if pay.quoted_minimum is None else ""
    months = f" × {pay.months}" if pay.months != 12 else ""
    return f"{lead}¥{shown} a{'n' if pay.basis is Basis.HOURLY else ''} {_PERIOD_EN[pay.basis]}{months}"


def _thousands(fen: int) -> str:
    whole, _, part = _plain(fen).partition(".")
    return f"{int(whole):,}.{part}" if part else f"{int(whole):,}"
