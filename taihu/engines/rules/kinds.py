"""Kinds of values the clause language knows, and how each is stored.

======== ===================================== =============================
kind     stored as                             written in a policy
======== ===================================== =============================
bool     0 / 1                                 ``true`` ``false``
int      integer                               ``12``
decimal  integer, ten-thousandths              ``0.25`` ``20%``
money    integer, fen                          ``1.5万`` ``800元``
date     integer, days since 1970-01-01        ``2021-10-15``
enum     position in the list of values        ``'master'``
code     text (tables keep a vocabulary index) ``'320200'``
duration months and days, only in expressions  ``2 years`` ``6 months``
======== ===================================== =============================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DECIMAL_ONE = 10_000
INT64_MAX = 2**63 - 1
#: Products are doubled when they are rounded half up, so half of int64 is the limit for any intermediate amount.
SAFE_MAX = INT64_MAX // 2
#: Money a fact may carry unless the catalogue says otherwise: a thousand 亿元.
MONEY_MAX = 10**13
#: What a policy may come to whose amount another policy reads.
OTHER_MAX = 10**17
DATE_MIN, DATE_MAX = -25_567, 47_846  # 1900-01-01 .. 2100-12-31
#: "Still going on": the end of an open span.
OPEN_DATE = 2_932_896  # 9999-12-31
#: A person may have this many records of one kind; more is refused when the table is built.
RECORDS_MAX = 10_000


class Kind(StrEnum):
    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    ENUM = "enum"
    CODE = "code"
    DURATION = "duration"


_DEFAULT_RANGE = {
    Kind.BOOL: (0, 1),
    Kind.INT: (0, 10**9),
    Kind.DECIMAL: (-(10**10), 10**10),
    Kind.MONEY: (0, MONEY_MAX),
    Kind.DATE: (DATE_MIN, OPEN_DATE),
    Kind.ENUM: (0, 10**6),
    Kind.CODE: (0, 2**31 - 1),
    Kind.DURATION: (-(10**6), 10**6),
}


@dataclass(frozen=True, slots=True)
class Type:
    """A kind with the values it can take: the names of an enum, or the range low..high (both included)."""

    kind: Kind
    low: int
    high: int
    values: tuple[str, ...] = ()
    ordered: bool = False

    @classmethod
    def of(cls, kind: Kind, low: int | None = None, high: int | None = None) -> Type:
        default_low, default_high = _DEFAULT_RANGE[kind]
        return cls(kind, default_low if low is None else low, default_high if high is None else high)

    @classmethod
    def enum(cls, values: tuple[str, ...], *, ordered: bool) -> Type:
        return cls(Kind.ENUM, 0, max(len(values) - 1, 0), values, ordered)

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INT, Kind.DECIMAL, Kind.MONEY)

    @property
    def is_ordered(self) -> bool:
        return self.is_number or self.kind is Kind.DATE or self.ordered


BOOL = Type.of(Kind.BOOL)
DATE = Type.of(Kind.DATE)
CODE = Type.of(Kind.CODE)
