"""Read an expression for many people at once.

A value is a pair. For conditions ``(true, false)`` with `false` None when nothing is unknown; for everything else
``(values, known)`` with `known` None when all are known. Either part may be a scalar where it is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from . import civil
from .checker_numbers import product_scale, quotient_scale
from .kinds import DATE_MIN, DECIMAL_ONE, OPEN_DATE, Kind
from .reader import CALLS, divide_half_up
from .table import Column, FactsTable, RecordColumns
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
    Running,
    Shift,
    Table,
)
from .walking import children, walk

Array = npt.NDArray[Any]
Pair = tuple[Any, Any]
UNKNOWN: Pair = (np.bool_(False), np.bool_(False))


def both(first: Any, second: Any) -> Any:
    """Known where both are known (None = everywhere)."""
    if first is None:
        return second
    return first if second is None else first & second


def is_single(item: Any) -> bool:
    """Is it one value for everybody?"""
    return np.ndim(item) == 0


class Plan:
    """What is worked out once per policy set: shared parts, thresholds, tables."""

    def __init__(self, tops: Iterator[Expr]) -> None:
        counts: dict[Expr, int] = {}
        numbers: dict[Expr, int] = {}
        self.keep: list[Expr] = []
        self.shared: dict[int, int] = {}
        self.in_record: set[int] = set()
        self.monotone: dict[int, tuple[Expr, Callable[[int, int], int], bool, Expr, str]] = {}
        self.thresholds: dict[tuple[int, int], tuple[str, int]] = {}
        #: Codes of words that stand in the policies and that nobody in a table has: below -1, each its own.
        self.foreign: dict[str, int] = {}
        every = [expr for top in tops for expr in walk(top)]
        for expr in every:
            counts[expr] = counts.get(expr, 0) + 1
        for expr in every:
            self.keep.append(expr)
            if reads_field(expr):
                self.in_record.add(id(expr))
            elif counts[expr] > 1 and _is_shareable(expr):
                self.shared[id(expr)] = numbers.setdefault(expr, len(numbers))
            if isinstance(expr, Compare):
                plan = _monotone_plan(expr)
                if plan:
                    self.monotone[id(expr)] = plan


def _is_shareable(expr: Expr) -> bool:
    """Means the same in every policy and at every step."""
    cheap = isinstance(expr, Literal | Applied | Fact)
    return not cheap and not any(isinstance(item, Running | LayerAmount | Lookup | Other) for item in walk(expr))


def reads_field(expr: Expr) -> bool:
    """Does it read the record at hand (not only records folded inside it)?"""
    if isinstance(expr, Field):
        return True
    return not isinstance(expr, Aggregate) and any(reads_field(child) for child in children(expr))


_RISING = ("year", "start_of_year", "end_of_last_year", "start_of_month", "start_of_next_month")


def _constant(expr: Expr) -> bool:
    return all(isinstance(item, Literal | Applied | Shift | Call | Defined | Arith) for item in walk(expr))


def _constant_value(expr: Expr, at: int) -> int:
    from .catalogue import Catalogue
    from .people import Person
    from .reader import Reader

    return int(Reader(Catalogue({}, {}, {}), Person(""), at).value(expr))


def _chain(expr: Expr) -> tuple[Expr, Callable[[int, int], int], bool] | None:
    """(leaf, function of leaf and application date, is rising) when the expression is monotone in one date."""
    if isinstance(expr, Defined):
        return _chain(expr.item)
    if isinstance(expr, Shift):
        below = _chain(expr.item)
        if below is None:
            return None
        leaf, inner, rising = below
        months, days = expr.months, expr.days
        return leaf, (lambda x, at: civil.shift(inner(x, at), months, days)), rising
    if isinstance(expr, Call) and expr.name in _RISING:
        below = _chain(expr.args[0])
        if below is None:
            return None
        leaf, inner, rising = below
        function = CALLS[expr.name]
        return leaf, (lambda x, at: function(inner(x, at))), rising
    if isinstance(expr, Call) and expr.name in ("years", "months", "days"):
        function = CALLS[expr.name]
        start, end = expr.args
        if _constant(end) and not _constant(start) and (below := _chain(start)):
            leaf, inner, rising = below
            return leaf, (lambda x, at: function(inner(x, at), _constant_value(end, at))), not rising
        return None
    if expr.type.kind is Kind.DATE and isinstance(expr, Fact | Field | Aggregate):
        return expr, (lambda x, at: x), True
    return None


def _monotone_plan(expr: Compare) -> tuple[Expr, Callable[[int, int], int], bool, Expr, str] | None:
    left, right, op = expr.left, expr.right, expr.op
    if _constant(left):
        left, right = right, left
        op = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(op, op)
    if op in ("eq", "ne") or not _constant(right):
        return None
    found = _chain(left)
    if found is None or isinstance(left, Fact | Field | Aggregate):
        return None
    return (*found, right, op)


def _threshold(plan: tuple[Expr, Callable[[int, int], int], bool, Expr, str], at: int) -> tuple[str, int]:
    """``g(x) op constant`` as a comparison of x itself, by bisection over all dates."""
    _, function, rising, constant, op = plan
    limit = _constant_value(constant, at)
    wants_high = op in ("ge", "gt")
    strict = op in ("gt", "le")

    def reached(day: int) -> bool:
        value = function(day, at)
        above = value > limit if strict else value >= limit
        return above if rising else not above

    low, high = DATE_MIN, OPEN_DATE + 1
    while low < high:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle + 1
    return ("ge" if wants_high == rising else "lt"), low


class Frame:
    """A stretch of people (rows as a slice or an index array) while expressions are read."""

    def __init__(self, plan: Plan, table: FactsTable, rows: Any, at: Any, lists: Any, n: int) -> None:
        self.plan = plan
        self.table = table
        self.rows = rows
        self.at = at if is_single(at) else at[rows]
        self.lists = lists
        self.n = n
        self.cache: dict[int, Pair] = {}
        self.tables: dict[str, Table] = {}
        self.running: Pair = (0, None)
        self.layers: dict[str, Pair] = {}
        self.others: dict[str, dict[str, Pair]] = {}
        self.spans: dict[str, tuple[Any, Array]] = {}

    def run(self, expr: Expr) -> Pair:
        key = self.plan.shared.get(id(expr))
        if key is None:
            return _RUN[type(expr)](self, expr)
        found = self.cache.get(key)
        if found is None:
            found = self.cache[key] = _RUN[type(expr)](self, expr)
        return found

    def code(self, word: str) -> int:
        found = self.table.codes.get(word)
        return self.plan.foreign.setdefault(word, -2 - len(self.plan.foreign)) if found is None else found

    def column(self, column: Column) -> Pair:
        return column.values[self.rows], None if column.known is None else column.known[self.rows]

    def records_of(self, name: str, columns: RecordColumns) -> tuple[Any, Array]:
        """Record indexes of these people and, for each, the position of its person."""
        found = self.spans.get(name)
        if found is None:
            offsets = columns.offsets
            if isinstance(self.rows, slice):
                bounds = offsets[self.rows.start : self.rows.start + self.n + 1]
                index: Any = slice(int(bounds[0]), int(bounds[-1]))
                owner = np.repeat(np.arange(self.n), np.diff(bounds))
            else:
                starts, counts = offsets[self.rows], offsets[self.rows + 1] - offsets[self.rows]
                owner = np.repeat(np.arange(self.n), counts)
                first = np.cumsum(counts) - counts
                index = starts[owner] + np.arange(len(owner)) - first[owner]
            found = self.spans[name] = (index, owner)
        return found

    def _bool(self, pair: Pair) -> Pair:
        values, known = pair
        return (values, None) if known is None else (values & known, ~values & known)

    def _typed(self, expr: Expr, pair: Pair) -> Pair:
        return self._bool(pair) if expr.type.kind is Kind.BOOL else pair

    def _literal(self, expr: Literal) -> Pair:
        if isinstance(expr.value, str):
            return self.code(expr.value), None
        return (np.bool_(expr.value) if expr.type.kind is Kind.BOOL else expr.value), None

    def _fact(self, expr: Fact) -> Pair:
        column = self.table.columns.get(expr.name)
        if column is None:
            return UNKNOWN if expr.type.kind is Kind.BOOL else (0, np.bool_(False))
        return self._typed(expr, self.column(column))

    def fact_at(self, expr: FactAt) -> Pair:
        if expr.name in self.table.columns:
            return self._fact(Fact(expr.type, expr.place, expr.name))
        history = self.table.histories.get(expr.name)
        when, when_known = self.run(expr.when)
        if history is None or not len(history.fields["value"].values):
            return UNKNOWN if expr.type.kind is Kind.BOOL else (0, np.bool_(False))
        index, owner = self.records_of("@" + expr.name, history)
        day = when if is_single(when) else when[owner]
        start, end = history.fields["from"].values[index], history.fields["to"].values[index]
        # A history without an end also covers the open end of a record.
        covers = ((start <= day) | (start == DATE_MIN)) & ((day < end) | (end == OPEN_DATE))
        column = history.fields["value"]
        values = column.values[index][covers].astype(np.int64)
        owners = owner[covers]
        low, high = np.full(self.n, 2**62), np.full(self.n, -(2**62))
        np.minimum.at(low, owners, values)
        np.maximum.at(high, owners, values)
        known = low == high
        if column.known is not None:
            known[owners[~column.known[index][covers]]] = False
        found = np.where(known, low, 0)
        return self._typed(expr, (found != 0 if expr.type.kind is Kind.BOOL else found, both(known, when_known)))

    def _arith(self, expr: Arith) -> Pair:
        (left, k1), (right, k2) = self.run(expr.left), self.run(expr.right)
        left, right = _wide(left), _wide(right)
        kinds = (expr.left.type.kind, expr.right.type.kind)
        known = both(k1, k2)
        if expr.op == "add":
            return left + right, known
        if expr.op == "sub":
            return left - right, known
        if expr.op == "mul":
            return (left * right if product_scale(*kinds) == 1 else scaled(left, right, kinds)), known
        right = right if is_single(right) and right else np.where(right == 0, 1, right)
        return _half_up(left * quotient_scale(*kinds), right), known

    def _shift(self, expr: Shift) -> Pair:
        item: Any
        item, known = self.run(expr.item)
        if is_single(item):
            return civil.shift(int(item), expr.months, expr.days), known
        return civil.shift_array(item, expr.months, expr.days), known

    def _compare(self, expr: Compare) -> Pair:
        plan = self.plan.monotone.get(id(expr))
        if plan is not None and is_single(self.at):
            key = (id(expr), int(self.at))
            found = self.plan.thresholds.get(key)
            if found is None:
                found = self.plan.thresholds[key] = _threshold(plan, int(self.at))
            leaf, known = self.run(plan[0])
            true = leaf >= found[1] if found[0] == "ge" else leaf < found[1]
            return self._bool((np.asarray(true), known))
        (left, k1), (right, k2) = self.run(expr.left), self.run(expr.right)
        if expr.left.type.kind is Kind.BOOL:
            same_true, same_false = self._equal_bools((left, k1), (right, k2))
            return (same_true, same_false) if expr.op == "eq" else (same_false, same_true)
        return self._bool((np.asarray(_COMPARE[expr.op](left, right)), both(k1, k2)))

    def _equal_bools(self, first: Pair, second: Pair) -> Pair:
        t1, f1 = first[0], ~first[0] if first[1] is None else first[1]
        t2, f2 = second[0], ~second[0] if second[1] is None else second[1]
        return (t1 & t2) | (f1 & f2), (t1 & f2) | (f1 & t2)

    def _member(self, expr: Member) -> Pair:
        item, known = self.run(expr.item)
        wanted = [self.code(value) if isinstance(value, str) else value for value in expr.values]
        if len(wanted) <= 4 or is_single(item):
            true = np.asarray(item == wanted[0])
            for value in wanted[1:]:
                true = true | (item == value)
        else:
            true = np.isin(item, wanted)
        return self._bool((true, known))

    def _listed(self, expr: Listed) -> Pair:
        (item, k1), (when, k2) = self.run(expr.item), self.run(expr.when)
        true: Any = np.bool_(False)
        covered: Any = np.bool_(False)
        item = np.asarray(item)
        for edition in self.lists[expr.name].editions:
            here = (when >= edition.start) & (when < edition.end)
            if is_single(when) and not here:
                continue
            # Foreign codes are below zero and so count from the end.
            members = np.zeros(len(self.table.vocabulary) + len(self.plan.foreign) + 1, np.bool_)
            codes = (self.table.codes.get(word, self.plan.foreign.get(word)) for word in edition.members)
            members[[code for code in codes if code is not None]] = True
            true = true | (members[item] & here)
            covered = covered | here
        known = both(both(k1, k2), None if is_single(covered) and bool(covered) else np.asarray(covered))
        return self._bool((true, known))

    def _logic(self, expr: Logic) -> Pair:
        return fold_pairs([self.run(item) for item in expr.items], expr.op)

    def _not(self, expr: Not) -> Pair:
        return invert(self.run(expr.item))

    def _known(self, expr: Known) -> Pair:
        first, second = self.run(expr.item)
        if second is None:
            return np.bool_(True), None
        return (first | second if expr.item.type.kind is Kind.BOOL else np.asarray(second)), None

    def _if(self, expr: If) -> Pair:
        true, false = self.run(expr.test)
        (a, k1), (b, k2) = self.run(expr.then), self.run(expr.other)
        open_ = None if false is None else true | false
        if expr.type.kind is Kind.BOOL:
            f1, f2 = ~a if k1 is None else k1, ~b if k2 is None else k2
            no = ~true if false is None else false
            return (true & a) | (no & b), (true & f1) | (no & f2)
        known = None
        if k1 is not None or k2 is not None:
            known = np.where(true, True if k1 is None else k1, True if k2 is None else k2)
        return np.where(true, a, b), both(known, open_)

    def _call(self, expr: Call) -> Pair:
        pairs = [self.run(item) for item in expr.args]
        values = [item for item, _ in pairs]
        known = None
        for _, mask in pairs:
            known = both(known, mask)
        if all(is_single(item) for item in values):
            return CALLS[expr.name](*(int(item) for item in values)), known
        return _ARRAY_CALLS[expr.name](*(_wide(item) for item in values)), known

    def _lookup(self, expr: Lookup) -> Pair:
        table = self.tables[expr.table]
        pairs = [self.run(item) for item in expr.keys]
        parts = [pair[0] for pair in pairs]
        known = None
        for key, pair in zip(expr.keys, pairs, strict=True):
            mask = pair[1]
            if key.type.kind is Kind.BOOL and mask is not None:
                mask = pair[0] | mask
            known = both(known, mask)
        found = np.full(
            np.broadcast(*parts).shape if len(parts) > 1 else np.shape(parts[0]), table.other or 0, np.int64
        )
        for keys, value in table.rows:
            hit: Any = np.bool_(True)
            for part, wanted in zip(parts, keys, strict=True):
                hit = hit & (part == (self.code(wanted) if isinstance(wanted, str) else wanted))
            found = np.where(hit, value, found)
        if table.type.kind is Kind.BOOL:
            return self._bool((found != 0, known))
        return found, known

    def _other(self, expr: Other) -> Pair:
        return self.others[expr.policy][expr.name]

    def _aggregate(self, expr: Aggregate) -> Pair:
        from .folds import fold

        return fold(self, expr)


class RecordFrame(Frame):
    """The records of one kind of some people; what does not read the record is read once per person."""

    def __init__(self, outer: Frame, record: RecordColumns, index: Any, owner: Array) -> None:
        super().__init__(outer.plan, outer.table, slice(None), outer.at, outer.lists, len(owner))
        self.at = outer.at
        self.outer = outer
        self.record = record
        self.index = index
        self.owner = owner
        self.tables = outer.tables

    def run(self, expr: Expr) -> Pair:
        if id(expr) in self.plan.in_record:
            return _RUN[type(expr)](self, expr)
        first, second = self.outer.run(expr)
        return self._spread(first), self._spread(second)

    def fact_at(self, expr: FactAt) -> Pair:
        """A fact of the person on a date of the record."""
        people = self.outer.rows
        self.rows = self.owner + people.start if isinstance(people, slice) else people[self.owner]
        return super().fact_at(expr)

    def _spread(self, part: Any) -> Any:
        return part if part is None or np.ndim(part) == 0 else part[self.owner]

    def field(self, expr: Field) -> Pair:
        column = self.record.fields.get(expr.name)
        if column is None:
            return UNKNOWN if expr.type.kind is Kind.BOOL else (0, np.bool_(False))
        known = None if column.known is None else column.known[self.index]
        return self._typed(expr, (column.values[self.index], known))


def scaled(left: Any, right: Any, kinds: tuple[Kind, Kind]) -> Any:
    """A product with a share, half up, without the detour over a number ten thousand times as large."""
    if kinds[1] is not Kind.DECIMAL:
        left, right = right, left
    return left // DECIMAL_ONE * right + _half_up(left % DECIMAL_ONE * right, DECIMAL_ONE)


def portion(amount: Any, share: int) -> Any:
    """A share of an amount, rounded down, likewise."""
    return amount // DECIMAL_ONE * share + amount % DECIMAL_ONE * share // DECIMAL_ONE


def _half_up(number: Any, divisor: Any) -> Any:
    return divide_half_up(number, divisor) if is_single(divisor) else (2 * number + divisor) // (2 * divisor)


def _wide(item: Any) -> Any:
    return item.astype(np.int64) if isinstance(item, np.ndarray) and item.dtype != np.int64 else item


def fold_pairs(pairs: list[Pair], op: str) -> Pair:
    """Three-valued and / or of conditions."""
    true, false = pairs[0]
    for t, f in pairs[1:]:
        if false is None and f is None:
            true = true & t if op == "and" else true | t
            continue
        left, right = ~true if false is None else false, ~t if f is None else f
        true, false = (true & t, left | right) if op == "and" else (true | t, left & right)
    return true, false


def invert(pair: Pair) -> Pair:
    true, false = pair
    return (~true, None) if false is None else (false, true)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip


def _day(values: Any) -> Any:
    return np.asarray(values, np.int64)


def _year_starts(days: Any) -> Array:
    months = civil.months_of(_day(days))
    return civil.starts_of(months // 12 * 12)


def _add_months(start: Any, count_of: Any) -> Array:
    days, months = np.broadcast_arrays(_day(start), _day(count_of))
    result: Array = days.copy()
    for count in np.unique(months):
        chosen = months == count
        result[chosen] = civil.shift_array(days[chosen], int(count))
    return result


_ARRAY_CALLS: dict[str, Callable[..., Any]] = {
    "years": lambda a, b: civil.months_between_arrays(a, b) // 12,
    "months": civil.months_between_arrays,
    "days": lambda a, b: b - a,
    "year": lambda a: civil.months_of(_day(a)) // 12,
    "month": lambda a: civil.months_of(_day(a)) % 12 + 1,
    "start_of_year": _year_starts,
    "end_of_last_year": lambda a: _year_starts(a) - 1,
    "start_of_month": lambda a: civil.starts_of(civil.months_of(_day(a))),
    "start_of_next_month": lambda a: civil.starts_of(civil.months_of(_day(a)) + 1),
    "add_months": _add_months,
    "min": lambda *items: np.minimum.reduce(np.broadcast_arrays(*items)),
    "max": lambda *items: np.maximum.reduce(np.broadcast_arrays(*items)),
    "round_down": lambda a, unit: a // unit * unit,
    "round_up": lambda a, unit: -(-a // unit) * unit,
    "round_half_up": lambda a, unit: divide_half_up(a, unit) * unit,
}

_RUN: dict[type[Expr], Callable[[Any, Any], Pair]] = {
    Literal: Frame._literal,
    Applied: lambda frame, _: (frame.at if is_single(frame.at) else _day(frame.at), None),
    Fact: Frame._fact,
    FactAt: lambda frame, expr: frame.fact_at(expr),
    Field: lambda frame, expr: frame.field(expr),
    Arith: Frame._arith,
    Shift: Frame._shift,
    Compare: Frame._compare,
    Member: Frame._member,
    Listed: Frame._listed,
    Logic: Frame._logic,
    Not: Frame._not,
    Known: Frame._known,
    If: Frame._if,
    Call: Frame._call,
    Lookup: Frame._lookup,
    Aggregate: Frame._aggregate,
    Defined: lambda frame, expr: frame.run(expr.item),
    Running: lambda frame, _: frame.running,
    LayerAmount: lambda frame, expr: frame.layers.get(expr.layer, (0, None)),
    Other: Frame._other,
}
