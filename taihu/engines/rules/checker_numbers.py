"""Ranges: what an operation can come to, to find overflow, division by zero and dead comparisons when loading."""

from __future__ import annotations

from dataclasses import replace

from .errors import Place, PolicyError, problem
from .kinds import DECIMAL_ONE, Kind, Type
from .tree import Arith, Compare, Expr, Literal, Logic, Member, Not

_SUM = {Kind.INT, Kind.DECIMAL, Kind.MONEY}
#: (left, right) -> result of a product; None = not allowed.
_PRODUCT = {
    (Kind.INT, Kind.INT): Kind.INT,
    (Kind.INT, Kind.MONEY): Kind.MONEY,
    (Kind.MONEY, Kind.INT): Kind.MONEY,
    (Kind.INT, Kind.DECIMAL): Kind.DECIMAL,
    (Kind.DECIMAL, Kind.INT): Kind.DECIMAL,
    (Kind.DECIMAL, Kind.DECIMAL): Kind.DECIMAL,
    (Kind.MONEY, Kind.DECIMAL): Kind.MONEY,
    (Kind.DECIMAL, Kind.MONEY): Kind.MONEY,
}
_QUOTIENT = {
    (Kind.MONEY, Kind.INT): Kind.MONEY,
    (Kind.MONEY, Kind.DECIMAL): Kind.MONEY,
    (Kind.MONEY, Kind.MONEY): Kind.DECIMAL,
    (Kind.INT, Kind.INT): Kind.DECIMAL,
    (Kind.DECIMAL, Kind.INT): Kind.DECIMAL,
    (Kind.DECIMAL, Kind.DECIMAL): Kind.DECIMAL,
}


def quotient_scale(left: Kind, right: Kind) -> int:
    """What the numerator is multiplied by before dividing stored integers."""
    both_same = left is right or right is Kind.DECIMAL
    return DECIMAL_ONE if both_same else 1


def product_scale(left: Kind, right: Kind) -> int:
    """What a product of stored integers is divided by."""
    both = (left, right)
    return (
        DECIMAL_ONE
        if both in ((Kind.DECIMAL, Kind.DECIMAL), (Kind.MONEY, Kind.DECIMAL), (Kind.DECIMAL, Kind.MONEY))
        else 1
    )


def arithmetic(op: str, left: Expr, right: Expr, place: Place) -> Expr:
    """The typed node of an arithmetic operation with the range of its result."""
    left, right = _aligned(op, left, right)
    kinds = (left.type.kind, right.type.kind)
    if op in ("add", "sub"):
        if kinds[0] is not kinds[1] or kinds[0] not in _SUM:
            raise _fail("bad_sum", place, left=kinds[0], right=kinds[1])
        a, b = left.type, right.type
        low, high = (a.low + b.low, a.high + b.high) if op == "add" else (a.low - b.high, a.high - b.low)
        return Arith(Type.of(kinds[0], low, high), place, op, left, right)
    result = (_PRODUCT if op == "mul" else _QUOTIENT).get(kinds)
    if result is None:
        raise _fail("bad_product", place, left=kinds[0], right=kinds[1])
    if op == "div":
        if right.type.low <= 0 <= right.type.high:
            raise _fail("division_by_zero", place)
        if right.type.high < 0:
            raise _fail("division_by_negative", place)
        return Arith(_quotient(result, left.type, right.type, place), place, op, left, right)
    scale = product_scale(*kinds)
    corners = _corners(left.type, right.type)
    # A share multiplies the rest below ten thousand on its own (`frames.scaled`), so only what comes out must fit.
    share = right.type if right.type.kind is Kind.DECIMAL else left.type
    widest = max(map(abs, corners)) if scale == 1 else max(abs(share.low), abs(share.high)) * scale
    if widest >= 2**61:
        raise _fail("overflow", place, low=min(corners) // scale, high=max(corners) // scale)
    return Arith(Type.of(result, min(corners) // scale, -(-max(corners) // scale)), place, op, left, right)


def _corners(left: Type, right: Type) -> list[int]:
    return [x * y for x in (left.low, left.high) for y in (right.low, right.high)]


def stepped(op: str, amount: Type, value: Type, *, is_sure: bool) -> Type:
    """What an amount can be after a step of it; a step that is not sure may also be left out."""
    low, high = amount.low, amount.high
    match op:
        case "cap":
            low, high = min(low, value.low), min(high, value.high)
        case "floor":
            low, high = max(low, value.low), max(high, value.high)
        case "add":
            low, high = low + value.low, high + value.high
        case "deduct":
            low, high = 0, max(0, high - value.low)
        case "limit":
            low, high = min(low, 0), min(high, max(0, value.high))
        case "times":
            low, high = min(_corners(amount, value)), max(_corners(amount, value))
        case "share" | "uplift":
            part = _corners(amount, value)
            low, high = min(part) // DECIMAL_ONE, -(-max(part) // DECIMAL_ONE)
            if op == "uplift":
                low, high = low + amount.low, high + amount.high
        case _:
            low, high = low - value.high, high + value.high
    return (
        Type.of(Kind.MONEY, low, high) if is_sure else Type.of(Kind.MONEY, min(low, amount.low), max(high, amount.high))
    )


def _quotient(result: Kind, left: Type, right: Type, place: Place) -> Type:
    scale = quotient_scale(left.kind, right.kind)
    corners = [x * scale // y for x in (left.low, left.high) for y in (right.low, right.high)]
    if max(abs(left.low), abs(left.high)) * scale >= 2**61:
        raise _fail("overflow", place, low=left.low * scale, high=left.high * scale)
    return Type.of(result, min(corners), max(corners) + 1)


def _aligned(op: str, left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Whole numbers beside decimals become decimals; a plain 0 beside money becomes 0元."""
    if op in ("add", "sub"):
        left, right = _as_kind(left, right.type.kind), _as_kind(right, left.type.kind)
    if op == "div" and left.type.kind is Kind.INT and right.type.kind is Kind.DECIMAL:
        left = _as_kind(left, Kind.DECIMAL)
    return left, right


def _as_kind(expr: Expr, kind: Kind) -> Expr:
    if expr.type.kind is not Kind.INT:
        return expr
    if kind is Kind.DECIMAL:
        return as_decimal(expr)
    if kind is Kind.MONEY and isinstance(expr, Literal) and expr.value == 0:
        return Literal(Type.of(kind, 0, 0), expr.place, 0)
    return expr


def as_decimal(expr: Expr) -> Expr:
    """A whole number as a decimal: a literal at once, anything else as its product with one."""
    low, high = expr.type.low * DECIMAL_ONE, expr.type.high * DECIMAL_ONE
    if isinstance(expr, Literal):
        return Literal(Type.of(Kind.DECIMAL, low, high), expr.place, int(expr.value) * DECIMAL_ONE)
    one = Literal(Type.of(Kind.DECIMAL, DECIMAL_ONE, DECIMAL_ONE), expr.place, DECIMAL_ONE)
    return Arith(Type.of(Kind.DECIMAL, low, high), expr.place, "mul", expr, one)


def widened(expr: Expr) -> Expr | None:
    """The whole number that `as_decimal` made a decimal of."""
    if not isinstance(expr, Arith) or expr.op != "mul" or expr.left.type.kind is not Kind.INT:
        return None
    is_one = (
        isinstance(expr.right, Literal) and expr.right.type.kind is Kind.DECIMAL and expr.right.value == DECIMAL_ONE
    )
    return expr.left if is_one else None


def negated(expr: Expr, place: Place) -> Expr:
    if not expr.type.is_number:
        raise _fail("not_number", place, kind=expr.type.kind)
    type_ = Type.of(expr.type.kind, -expr.type.high, -expr.type.low)
    if isinstance(expr, Literal):
        return Literal(type_, place, -int(expr.value))
    return Arith(type_, place, "sub", Literal(Type.of(expr.type.kind, 0, 0), place, 0), expr)


def compare_outcome(op: str, left: Type, right: Type) -> bool | None:
    """True or False when the ranges decide the comparison, None when it is open."""
    if left.kind is Kind.CODE or left.kind is Kind.BOOL:
        return None
    below, above = left.high < right.low, left.low > right.high
    if op in ("eq", "ne"):
        return None if not (below or above) else op == "ne"
    never = {"lt": left.low >= right.high, "le": above, "gt": left.high <= right.low, "ge": below}[op]
    always = {"lt": below, "le": left.high <= right.low, "gt": above, "ge": left.low >= right.high}[op]
    return True if always else False if never else None


def bounds_of(test: Expr) -> tuple[Expr, int, int] | None:
    """(expression, low, high) when the test limits one ordered expression by a literal."""
    if isinstance(test, Member) and all(isinstance(value, int) for value in test.values):
        numbers = [int(value) for value in test.values]
        return test.item, min(numbers), max(numbers)
    if not isinstance(test, Compare):
        return None
    left, right, op = test.left, test.right, test.op
    if isinstance(left, Literal):
        left, right = right, left
        op = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(op, op)
    if not isinstance(right, Literal) or not isinstance(right.value, int) or op == "ne":
        return None
    value = right.value
    low, high = left.type.low, left.type.high
    limits = {
        "lt": (low, value - 1),
        "le": (low, value),
        "gt": (value + 1, high),
        "ge": (value, high),
        "eq": (value, value),
    }
    return left, *limits[op]


def refined(test: Expr, *, is_true: bool = True) -> list[tuple[Expr, Type]]:
    """What a test being true (or false) says about ranges, for the branches of if."""
    if isinstance(test, Not):
        return refined(test.item, is_true=not is_true)
    if isinstance(test, Logic):
        if (test.op == "and") is is_true:
            return [pair for item in test.items for pair in refined(item, is_true=is_true)]
        return []
    if not is_true:
        opposite = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}
        if not isinstance(test, Compare):
            return []
        test = replace(test, op=opposite[test.op])
    if isinstance(test, Compare) and test.op == "ne":
        zero = isinstance(test.right, Literal) and test.right.value == 0
        if zero and test.left.type.is_number and test.left.type.low == 0:
            return [(test.left, replace(test.left.type, low=1))]
        return []
    found = bounds_of(test)
    if found is None:
        return []
    item, low, high = found
    low, high = max(low, item.type.low), min(high, item.type.high)
    return [(item, replace(item.type, low=low, high=high))] if low <= high else []


def _fail(code: str, place: Place, **params: object) -> PolicyError:
    return PolicyError([problem(code, place, **params)])
