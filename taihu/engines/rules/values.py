"""Between written values ("1.5万元", "20%", "2024-06-29", "doctor") and stored ones (see `kinds`)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from .civil import from_days
from .errors import NOWHERE, FactsError, problem
from .kinds import DECIMAL_ONE, OPEN_DATE, Kind, Type

#: Units of money in fen, longest first so that 亿元 wins over 亿.
MONEY_UNITS = {"亿元": 10**10, "万元": 10**6, "亿": 10**10, "万": 10**6, "元": 100, "yuan": 100, "分": 1, "fen": 1}
_MONEY = re.compile(r"^(-?)([0-9][0-9,_]*(?:\.[0-9]+)?)\s*(亿元|万元|亿|万|元|yuan|分|fen)$")
_NUMBER = re.compile(r"^-?[0-9][0-9,_]*(?:\.[0-9]+)?%?$")


def money_of(text: str) -> int | None:
    """Fen of a written amount, None when it is not one or has parts of a fen.

    >>> money_of("1.5万"), money_of("800元"), money_of("80%")
    (1500000, 80000, None)
    """
    match = _MONEY.match(text.strip())
    if not match:
        return None
    amount = Decimal(match[2].replace(",", "").replace("_", "")) * MONEY_UNITS[match[3]]
    return None if amount % 1 else int(amount) * (-1 if match[1] else 1)


def decimal_of(text: str) -> int | None:
    """Ten-thousandths of a written number or percentage, None when finer than that.

    >>> decimal_of("20%"), decimal_of("0.25")
    (2000, 2500)
    """
    if not _NUMBER.match(text.strip()):
        return None
    clean = text.strip().replace(",", "").replace("_", "")
    scale = DECIMAL_ONE // 100 if clean.endswith("%") else DECIMAL_ONE
    scaled = Decimal(clean.rstrip("%")) * scale
    return None if scaled % 1 else int(scaled)


def stored_value(type_: Type, raw: Any, name: str) -> int | str:
    """The stored form of a natural value; raises FactsError naming the fact and what was expected."""
    try:
        value: int | str | None = _READERS[type_.kind](type_, raw)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        value = None
    if value is None:
        raise FactsError([problem("bad_value", NOWHERE, name=name, value=raw, expected=expected(type_))])
    if isinstance(value, int) and not type_.low <= value <= type_.high and value != OPEN_DATE:
        low, high = show(type_, type_.low, "en"), show(type_, type_.high, "en")
        raise FactsError([problem("value_range", NOWHERE, name=name, value=raw, low=low, high=high)])
    return value


def expected(type_: Type) -> str:
    """How a value of this type is written, for error messages."""
    if type_.kind is Kind.ENUM:
        return " | ".join(type_.values)
    return _SHAPES[type_.kind]


def _read_bool(_: Type, raw: Any) -> int | None:
    return {"true": 1, "yes": 1, "false": 0, "no": 0}.get(str(raw).lower())


def _read_int(_: Type, raw: Any) -> int | None:
    return None if isinstance(raw, bool | float) else int(str(raw).replace("_", ""))


def _read_decimal(_: Type, raw: Any) -> int | None:
    return None if isinstance(raw, bool) else decimal_of(str(raw))


def _read_money(_: Type, raw: Any) -> int | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    return money_of(raw) if isinstance(raw, str) else None


def _read_date(_: Type, raw: Any) -> int | None:
    if isinstance(raw, dt.datetime):
        raw = raw.date()
    if isinstance(raw, str):
        raw = dt.date.fromisoformat(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    return int(raw.toordinal()) - 719_163 if isinstance(raw, dt.date) else None


def _read_enum(type_: Type, raw: Any) -> int | None:
    return type_.values.index(str(raw)) if str(raw) in type_.values else None


def _read_code(_: Type, raw: Any) -> str | None:
    return str(raw) if isinstance(raw, str | int) and str(raw) else None


_READERS: dict[Kind, Any] = {
    Kind.BOOL: _read_bool,
    Kind.INT: _read_int,
    Kind.DECIMAL: _read_decimal,
    Kind.MONEY: _read_money,
    Kind.DATE: _read_date,
    Kind.ENUM: _read_enum,
    Kind.CODE: _read_code,
}
_SHAPES = {
    Kind.BOOL: "true | false",
    Kind.INT: "12",
    Kind.DECIMAL: "0.25 | 20%",
    Kind.MONEY: "800元 | 1.5万",
    Kind.DATE: "2024-06-29",
    Kind.CODE: "'320200'",
    Kind.DURATION: "2 years | 6 months | 30 days",
}


def show_money(fen: int, language: str) -> str:
    """An amount for reading.

    >>> show_money(72000000, "zh"), show_money(72000000, "en")
    ('720,000元', 'CNY 720,000')
    """
    sign, fen = ("-" if fen < 0 else ""), abs(fen)
    text = f"{sign}{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")
    return f"CNY {text}" if language == "en" else f"{text}元"


def show_decimal(scaled: int) -> str:
    text = format(Decimal(scaled) / DECIMAL_ONE, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(type_: Type, value: int | str, language: str) -> str:
    """A stored value for reading; enums show their code, `words` puts labels on them."""
    if isinstance(value, str):
        return value
    if type_.kind is Kind.MONEY:
        return show_money(value, language)
    if type_.kind is Kind.DECIMAL:
        return show_decimal(value)
    if type_.kind is Kind.DATE:
        if value >= OPEN_DATE:
            return "open" if language == "en" else "至今"
        return from_days(value).isoformat()
    if type_.kind is Kind.BOOL:
        zh, en = ("是", "yes") if value else ("否", "no")
        return en if language == "en" else zh
    if type_.kind is Kind.ENUM and 0 <= value < len(type_.values):
        return type_.values[value]
    return str(value)
