"""Read an expression for one person: the slow, plain twin of the arrays. None is unknown, in every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .catalogue import Catalogue
from .checker_numbers import product_scale, quotient_scale
from .civil import (
    FAR_DATE,
    from_days,
    month_number,
    month_start,
    months_between,
    shift,
    start_of_month,
    start_of_year,
    years_between,
)
from .kinds import OPEN_DATE
from .people import Person, Record
from .tree import (
    Aggregate,
    Applied,
    Arith,
    Call,
    Compare,
    Defined,
    Expr,
    Fact,
    FactAt,
    Field,
    If,
    Known,
    LayerAmount,
    Listed,
    Literal,
    Logic,
    Lookup,
    Member,
    Not,
    Other,
    Policy,
    Running,
    Shift,
    Table,
)

Value = int | str | None


@dataclass(slots=True)
class OtherResult:
    """What other policies may ask of a policy: does it hold, its amount, its class (position)."""

    holds: bool | None = False
    amount: int | None = 0
    #: Position among the class names, -1 for no class, None where that is not known.
    class_: int | None = -1


@dataclass(slots=True)
class Reader:
    """Values of expressions for one person on one application date."""

    catalogue: Catalogue
    person: Person
    at: int
    others: dict[str, OtherResult] = field(default_factory=dict)
    running: int | None = None
    layers: dict[str, int] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    record: Record | None = None
    #: What records came to by aggregate and day, kept while nothing but the day changes; None to keep nothing.
    memo: dict[tuple[int, int], Value] | None = None

    def use(self, policy: Policy) -> None:
        """Turn to a policy: its tables, no amounts yet."""
        self.memo = None
        self.tables = {table.name: table for table in policy.tables}
        self.layers = {}
        self.running = None

    def value(self, expr: Expr) -> Any:
        """The stored value of an expression, None when unknown."""
        return _READ[type(expr)](self, expr)

    def truth(self, expr: Expr) -> bool | None:
        found = self.value(expr)
        return None if found is None else bool(found)

    def single(self, name: str) -> Value:
        """A fact without history; values that disagree count as unknown."""
        found: Value = None
        for item in self.person.facts.get(name, ()):
            if found is not None and item.value is not None and item.value != found:
                return None
            found = item.value if item.value is not None else found
        return found

    # --- plain nodes

    def _fact_at(self, expr: FactAt) -> Value:
        when = self.value(expr.when)
        item = None if when is None else self.person.value_at(expr.name, when)
        return None if item is None else item.value

    def _field(self, expr: Field) -> Value:
        return self.record.values.get(expr.name) if self.record else None

    def _arith(self, expr: Arith) -> Value:
        left, right = self.value(expr.left), self.value(expr.right)
        if left is None or right is None:
            return None
        kinds = (expr.left.type.kind, expr.right.type.kind)
        if expr.op == "add":
            return int(left + right)
        if expr.op == "sub":
            return int(left - right)
        if expr.op == "mul":
            return divide_half_up(left * right, product_scale(*kinds))
        return divide_half_up(left * quotient_scale(*kinds), right)

    def _shift(self, expr: Shift) -> Value:
        item = self.value(expr.item)
        return None if item is None else shift(item, expr.months, expr.days)

    def _compare(self, expr: Compare) -> bool | None:
        left, right = self.value(expr.left), self.value(expr.right)
        if left is None or right is None:
            return None
        return _COMPARE[expr.op](left, right)

    def _member(self, expr: Member) -> bool | None:
        item = self.value(expr.item)
        return None if item is None else item in expr.values

    def _listed(self, expr: Listed) -> bool | None:
        item, when = self.value(expr.item), self.value(expr.when)
        if item is None or when is None:
            return None
        dated = self.catalogue.lists[expr.name]
        edition = dated.edition_on(when)
        return None if edition < 0 else item in dated.editions[edition].members

    def _logic(self, expr: Logic) -> bool | None:
        return (
            fold_and(self.truth(item) for item in expr.items)
            if expr.op == "and"
            else fold_or(self.truth(item) for item in expr.items)
        )

    def _not(self, expr: Not) -> bool | None:
        return negate(self.truth(expr.item))

    def _if(self, expr: If) -> Value:
        test = self.truth(expr.test)
        return None if test is None else self.value(expr.then if test else expr.other)

    def _call(self, expr: Call) -> Value:
        args = [self.value(item) for item in expr.args]
        return None if any(item is None for item in args) else CALLS[expr.name](*args)

    def _lookup(self, expr: Lookup) -> Value:
        keys = tuple(self.value(item) for item in expr.keys)
        if None in keys:
            return None
        table = self.tables[expr.table]
        return dict(table.rows).get(keys, table.other)

    def _other(self, expr: Other) -> Value:
        result = self.others.get(expr.policy, OtherResult())
        if expr.name == "holds":
            return result.holds
        if expr.name == "amount_of":
            return result.amount
        return expr.type.high if result.class_ == -1 else result.class_

    # --- records

    def _aggregate(self, expr: Aggregate) -> Value:
        if self.memo is None or self.record is not None:
            return self._folded(expr)
        key = (id(expr), self.at)
        if key not in self.memo:
            self.memo[key] = self._folded(expr)
        return self.memo[key]

    def _folded(self, expr: Aggregate) -> Value:
        records = self.person.records.get(expr.record)
        if records is None:
            return None
        outer = self.record
        try:
            if expr.name == "any":
                return fold_or(self._passes(expr, item) for item in records)
            chosen = [(item, self._passes(expr, item)) for item in records]
            if any(passed is None for _, passed in chosen):
                return None
            return _FOLDS[expr.name](self, expr, [item for item, passed in chosen if passed])
        finally:
            self.record = outer

    def _passes(self, expr: Aggregate, record: Record) -> bool | None:
        if expr.where is None:
            return True
        self.record = record
        return self.truth(expr.where)

    def _values(self, expr: Expr | None, records: list[Record]) -> list[Any]:
        assert expr is not None
        found = []
        for record in records:
            self.record = record
            found.append(self.value(expr))
        return found

    def _bounds(self, expr: Aggregate) -> list[Any]:
        self.record = None
        return [self.value(item) for item in expr.bounds]

    def _fold_plain(self, expr: Aggregate, records: list[Record]) -> Value:
        values = self._values(expr.value, records)
        if any(item is None for item in values):
            return None
        if expr.name == "sum":
            return int(sum(values))
        best: Value = _EXTREMES[expr.name](values) if values else None
        return best

    def _fold_ordered(self, expr: Aggregate, records: list[Record]) -> Value:
        order = self._values(expr.by, records)
        if not records or any(item is None for item in order):
            return None
        indexes = range(len(records))
        if expr.name == "latest":
            best = max(indexes, key=lambda index: (order[index], index))
        else:
            best = min(indexes, key=lambda index: (order[index], index))
        value: Value = self._values(expr.value, [records[best]])[0]
        return value

    def _fold_months(self, expr: Aggregate, records: list[Record]) -> Value:
        bounds = self._bounds(expr)
        start, end = self.catalogue.records[expr.record].span or ("", "")
        spans = [(item.values.get(start), item.values.get(end)) for item in records]
        if any(None in pair for pair in spans) or None in bounds:
            return None
        if expr.name == "month_reached":
            return _month_reached(_blocks(spans, None, None, month_number), bounds[0])
        unit = _same_day if expr.name == "days_covered" else month_number
        high = unit(bounds[-1])
        low = unit(bounds[0]) if len(bounds) == 2 else None
        blocks = _blocks(spans, low, high, unit)
        if expr.name in ("months_covered", "days_covered"):
            return sum(last - first + 1 for first, last in blocks)
        if expr.name == "longest_run":
            return max((last - first + 1 for first, last in blocks), default=0)
        reaches = bool(blocks) and blocks[-1][1] >= high - 1
        if expr.name == "run_start":
            return month_start(blocks[-1][0]) if reaches else None
        return blocks[-1][1] - blocks[-1][0] + 1 if reaches else 0


def _same_day(day: int) -> int:
    return day


def _blocks(
    spans: list[tuple[Any, Any]], low: int | None, high: int | None, unit: Callable[[int], int]
) -> list[tuple[int, int]]:
    """Unbroken blocks of months (or days), clipped to low..high, in order."""
    clipped = []
    for start, end in spans:
        if start > end or start >= OPEN_DATE:
            continue
        first = unit(start)
        last = unit(min(end, FAR_DATE))
        first = first if low is None else max(first, low)
        last = last if high is None else min(last, high)
        if first <= last:
            clipped.append((first, last))
    blocks: list[tuple[int, int]] = []
    for first, last in sorted(clipped):
        if blocks and first <= blocks[-1][1] + 1:
            blocks[-1] = (blocks[-1][0], max(last, blocks[-1][1]))
        else:
            blocks.append((first, last))
    return blocks


def _month_reached(blocks: list[tuple[int, int]], count: int) -> int | None:
    if count < 1:
        return None
    for first, last in blocks:
        if last - first + 1 >= count:
            return month_start(first + count - 1)
        count -= last - first + 1
    return None


def divide_half_up(number: int, divisor: int) -> int:
    """number / divisor, halves rounded up.

    >>> divide_half_up(25, 10), divide_half_up(-25, 10)
    (3, -2)
    """
    return number if divisor == 1 else (2 * number + divisor) // (2 * divisor)


def fold_and(items: Iterator[bool | None]) -> bool | None:
    """Three-valued and: false if any is false, else unknown if any is unknown."""
    unknown = False
    for item in items:
        if item is False:
            return False
        unknown = unknown or item is None
    return None if unknown else True


def fold_or(items: Iterator[bool | None]) -> bool | None:
    """Three-valued or: true if any is true, else unknown if any is unknown."""
    unknown = False
    for item in items:
        if item:
            return True
        unknown = unknown or item is None
    return None if unknown else False


def negate(item: bool | None) -> bool | None:
    return None if item is None else not item


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
}
_EXTREMES: dict[str, Callable[[list[Any]], Any]] = {"max": max, "min": min}

#: The plain functions on stored values.
CALLS: dict[str, Callable[..., Any]] = {
    "years": years_between,
    "months": months_between,
    "days": lambda start, end: end - start,
    "year": lambda day: from_days(day).year,
    "month": lambda day: from_days(day).month,
    "start_of_year": start_of_year,
    "end_of_last_year": lambda day: start_of_year(day) - 1,
    "start_of_month": start_of_month,
    "start_of_next_month": lambda day: month_start(month_number(day) + 1),
    "add_months": shift,
    "min": min,
    "max": max,
    "round_down": lambda fen, unit: fen // unit * unit,
    "round_up": lambda fen, unit: -(-fen // unit) * unit,
    "round_half_up": lambda fen, unit: divide_half_up(fen, unit) * unit,
}

_FOLDS: dict[str, Callable[[Reader, Any, list[Record]], Value]] = {
    "count": lambda _, __, records: len(records),
    **dict.fromkeys(("sum", "max", "min"), Reader._fold_plain),
    **dict.fromkeys(("latest", "earliest"), Reader._fold_ordered),
    **dict.fromkeys(
        ("months_covered", "days_covered", "months_run", "longest_run", "run_start", "month_reached"),
        Reader._fold_months,
    ),
}

_READ: dict[type[Expr], Callable[[Reader, Any], Any]] = {
    Literal: lambda _, expr: expr.value,
    Applied: lambda reader, _: reader.at,
    Fact: lambda reader, expr: reader.single(expr.name),
    FactAt: Reader._fact_at,
    Field: Reader._field,
    Arith: Reader._arith,
    Shift: Reader._shift,
    Compare: Reader._compare,
    Member: Reader._member,
    Listed: Reader._listed,
    Logic: Reader._logic,
    Not: Reader._not,
    Known: lambda reader, expr: reader.value(expr.item) is not None,
    If: Reader._if,
    Call: Reader._call,
    Lookup: Reader._lookup,
    Aggregate: Reader._aggregate,
    Defined: lambda reader, expr: reader.value(expr.item),
    Running: lambda reader, _: reader.running,
    LayerAmount: lambda reader, expr: reader.layers.get(expr.layer, 0),
    Other: Reader._other,
}
