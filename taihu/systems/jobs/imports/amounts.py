"""Pay, head-count, experience and dates out of the words and numbers of a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from taihu.engines.text.fold import fold
from taihu.engines.text.pay import Basis, Pay, PayNotUnderstood, monthly_fen, parse_pay
from taihu.engines.text.phrases import BEIJING, PhraseNotUnderstood, parse_date
from taihu.systems.jobs.imports.fields import PAY_PERIODS, PAY_UNITS, TIME_UNITS

#: Below this a pay phrase was guessed at: somebody should look.
SURE_ENOUGH = 0.6
REPAIRS = frozenset({"unit_inherited", "bounds_swapped", "months_rounded", "hourly_read_as_monthly"})
HIGHEST_MONTHS = 24
_EXCEL_START = datetime(1899, 12, 30, tzinfo=BEIJING)
_EXCEL_DAYS = (20_000.0, 80_000.0)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_SOME = frozenset({"若干", "若干名", "若干人", "不限", "多名", "数名"})


class NotUnderstood(ValueError):
    """A cell that cannot be read; the text is what it says."""


@dataclass(frozen=True, slots=True)
class PayColumns:
    """Pay given as numbers: texts of the cells and what unit and period they are in."""

    low: str
    high: str
    unit: str
    per: str
    months: str


def pay_of_columns(given: PayColumns) -> Pay:
    """Pay from one or two numbers with a unit and a period; raises NotUnderstood."""
    low, high = number(given.low, given.unit), number(given.high, given.unit)
    if low is None and high is None:
        phrase = given.low or given.high
        if not phrase:
            return Pay(Basis.UNDISCLOSED, None, None)
        try:
            return parse_pay(phrase)
        except PayNotUnderstood as error:
            raise NotUnderstood(phrase) from error
    if not (low or high):
        return Pay(Basis.UNDISCLOSED, None, None)
    basis_word = PAY_PERIODS.get(fold(given.per).strip() or "month")
    if basis_word is None:
        raise NotUnderstood(given.per)
    basis, months = Basis(basis_word), months_of(given.months)
    notes: tuple[str, ...] = ()
    low, high = low or high, high or low
    assert low is not None
    assert high is not None
    if low > high:
        low, high, notes = high, low, ("bounds_swapped",)
    monthly = [monthly_fen(amount, basis, months) for amount in (low, high)]
    confidence = 0.7 if notes else 1.0
    if monthly[1] is not None and not 100_000 <= monthly[1] <= 100_000_000:
        notes, confidence = (*notes, "implausible"), 0.5
    return Pay(basis, monthly[0], monthly[1], months, low, high, confidence, notes)


def number(text: str, unit: str) -> int | None:
    """Fen of an amount written as a number, or None where it is none; raises NotUnderstood for an unknown unit."""
    plain = fold(text).replace(",", "").replace("￥", "").replace("¥", "").strip()
    factor = PAY_UNITS.get(fold(unit).strip())
    if factor is None:
        raise NotUnderstood(unit)
    try:
        amount = Decimal(plain) if plain else None
    except InvalidOperation:
        return None
    if amount is None or not amount.is_finite() or amount < 0 or amount > 10**12:
        return None
    return int(amount * (factor * 100 if factor else 1) + Decimal("0.5"))


def months_of(text: str) -> int:
    if not text:
        return 12
    match = _NUMBER.search(fold(text))
    months = round(float(match.group())) if match else 0
    if not 1 <= months <= HIGHEST_MONTHS:
        raise NotUnderstood(text)
    return months


def headcount(text: str) -> tuple[int, bool]:
    """(places, whether it was written so); 若干 counts as one."""
    plain = fold(text).strip()
    if plain in _SOME:
        return 1, False
    match = _NUMBER.search(plain.replace(",", ""))
    if match is None:
        raise NotUnderstood(text)
    places = int(float(match.group()))
    if places < 0 or places > 10_000:
        raise NotUnderstood(text)
    return places, places > 0


def months_from(text: str, unit: str) -> int:
    """Months of experience out of a number in years or months."""
    match = _NUMBER.search(fold(text))
    if match is None:
        raise NotUnderstood(text)
    months = round(float(match.group()) * TIME_UNITS.get(unit or "years", 12))
    if not 0 <= months <= 720:
        raise NotUnderstood(text)
    return months


def moment(text: str, formats: Sequence[str], *, at: datetime) -> tuple[datetime, bool]:
    """(moment, whether a time of day was given); raises NotUnderstood."""
    for shape in formats:
        found = _in_shape(text, shape)
        if found is not None:
            return found, "%H" in shape or shape.startswith("unix")
    has_time = ":" in text
    try:
        return _plain_moment(text) if "前" not in text else parse_date(text, at=at), has_time
    except PhraseNotUnderstood:
        pass
    serial = _serial(text)
    if serial is not None and _EXCEL_DAYS[0] < serial < _EXCEL_DAYS[1]:
        return _EXCEL_START + timedelta(days=serial), serial % 1 > 0
    try:
        return parse_date(text, at=at), has_time
    except PhraseNotUnderstood as error:
        raise NotUnderstood(text) from error


@lru_cache(maxsize=4096)
def _plain_moment(text: str) -> datetime:
    return parse_date(text)


def _serial(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _in_shape(text: str, shape: str) -> datetime | None:
    serial = _serial(text.strip())
    if shape == "excel":
        return _EXCEL_START + timedelta(days=serial) if serial is not None and serial < 1e6 else None
    if shape in ("unix", "unix_ms"):
        seconds = serial / (1000 if shape == "unix_ms" else 1) if serial is not None else -1.0
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e10 else None
    if shape == "iso":
        return None
    try:
        found = datetime.strptime(text.strip(), shape)  # noqa: DTZ007 - naive times are Beijing time
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)
