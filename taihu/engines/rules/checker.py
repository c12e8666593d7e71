"""Raw trees to typed ones: names, types, units, ranges. One expression at a time; the first mistake is raised."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .catalogue import Catalogue, RecordType
from .checker_numbers import arithmetic, as_decimal, compare_outcome, negated, refined
from .civil import to_days
from .errors import Place, PolicyError, problem
from .functions import AGGREGATES, FUNCTIONS, MAX_LITERALS
from .kinds import BOOL, CODE, DATE_MAX, OTHER_MAX, RECORDS_MAX, SAFE_MAX, Kind, Type
from .syntax import MAX_DEPTH, Raw
from .tree import (
    Aggregate,
    Applied,
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
from .values import expected
from .walking import children

#: Definitions that lead to one another, and parts of an expression with all of them written out.
MAX_CHAIN = 40
MAX_SIZE = 5_000
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
#: What other languages and authors call it.
_SAID_ELSEWHERE = {"today": "applied", "now": "applied", "age": "years(birth_date, applied)"}
#: Applications are dated from 1990 to 2100.
APPLIED = Type.of(Kind.DATE, 7_305, DATE_MAX)


@dataclass(slots=True)
class Scope:
    """What names mean in one policy."""

    catalogue: Catalogue
    definitions: Mapping[str, Raw] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Names of the policy's own dated lists and what the catalogue calls them.
    own_lists: Mapping[str, str] = field(default_factory=dict)
    as_of: Expr | None = None
    #: What earlier layers can come to, and the amount so far where `amount` may be read.
    layers: dict[str, Type] = field(default_factory=dict)
    running: Type | None = None


class Checker:
    """Checks expressions of one policy; definitions are checked when first used, so a cycle is found on the way."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.defined: dict[str, Expr] = {}
        self.open: list[str] = []
        self.sizes: dict[str, tuple[int, int]] = {}
        self.record: RecordType | None = None
        self.ranges: list[tuple[Expr, Type]] = []
        self.others_used: set[str] = set()

    # --- entry points

    def condition(self, raw: Raw) -> Expr:
        expr = self.check(raw)
        if expr.type.kind is not Kind.BOOL:
            raise _fail("want_condition", raw.place, kind=expr.type.kind)
        return expr

    def of_kind(self, raw: Raw, kind: Kind) -> Expr:
        expr = self.check(raw)
        if kind is Kind.DECIMAL and expr.type.kind is Kind.INT and isinstance(expr, Literal):
            return as_decimal(expr)
        if kind is Kind.MONEY and expr.type.kind is Kind.INT and isinstance(expr, Literal):
            raise _fail("money_unit", raw.place, value=expr.value)
        if expr.type.kind is not kind:
            raise _fail("want_kind", raw.place, wanted=kind, kind=expr.type.kind)
        return expr

    def definition(self, name: str) -> Expr:
        if name in self.defined:
            return self.defined[name]
        raw = self.scope.definitions[name]
        if name in self.open:
            chain = " → ".join([*self.open[self.open.index(name) :], name])
            raise _fail("cycle", raw.place, chain=chain)
        if len(self.open) >= MAX_CHAIN:
            raise _fail("too_nested", raw.place, limit=MAX_CHAIN)
        self.open.append(name)
        record, self.record = self.record, None
        try:
            item = self.check(raw)
        finally:
            self.record = record
            self.open.pop()
        self.defined[name] = item
        self.sizes[name] = self._size(item)
        return self.refuse_size(item)

    def refuse_size(self, expr: Expr) -> Expr:
        """Definitions within definitions grow like the layers of a bomb: what is written out in full must stay small."""
        depth, size = self._size(expr)
        if depth > MAX_DEPTH:
            raise _fail("too_nested", expr.place, limit=MAX_DEPTH)
        if size > MAX_SIZE:
            raise _fail("too_large_expression", expr.place, limit=MAX_SIZE)
        return expr

    def _size(self, expr: Expr) -> tuple[int, int]:
        """Depth and number of parts with every definition written out, without writing it out."""
        if isinstance(expr, Defined) and expr.name in self.sizes:
            depth, size = self.sizes[expr.name]
            return depth + 1, size + 1
        below = [self._size(child) for child in children(expr)]
        return 1 + max((depth for depth, _ in below), default=0), 1 + sum(size for _, size in below)

    # --- one node

    def check(self, raw: Raw) -> Expr:
        expr = _HANDLERS[raw.kind](self, raw)
        if expr.type.is_number and not (expr.type.low >= -SAFE_MAX and expr.type.high <= SAFE_MAX):
            raise _fail("overflow", raw.place, low=expr.type.low, high=expr.type.high)
        for known, narrower in self.ranges:
            if known == expr and narrower.kind is expr.type.kind:
                return _with_type(expr, narrower)
        return expr

    def _literal(self, raw: Raw) -> Expr:
        if raw.kind == "text":
            return Literal(CODE, raw.place, str(raw.value))
        if raw.kind == "date":
            try:
                import datetime as dt

                value = to_days(dt.date.fromisoformat(str(raw.value)))
            except ValueError:
                raise _fail("bad_date", raw.place, text=raw.value) from None
        else:
            assert isinstance(raw.value, int)
            value = raw.value
        return Literal(Type.of(Kind(raw.kind), value, value), raw.place, value)

    def _span(self, raw: Raw) -> Expr:
        raise _fail("lonely_span", raw.place)

    def _list(self, raw: Raw) -> Expr:
        raise _fail("lonely_list", raw.place)

    def _name(self, raw: Raw) -> Expr:
        name = str(raw.value)
        if name == "applied":
            return Applied(APPLIED, raw.place)
        if name == "amount" and self.scope.running is not None:
            return Running(self.scope.running, raw.place)
        if name in self.scope.definitions:
            item = self.definition(name)
            return Defined(item.type, raw.place, name, item)
        fact = self.scope.catalogue.facts.get(name)
        if fact is None:
            if name in self.scope.tables:
                raise _fail("table_without_key", raw.place, name=name)
            code = "record_as_value" if name in self.scope.catalogue.records else "unknown_fact"
            raise _fail(code, raw.place, name=name, near=self._near(name))
        if fact.has_history:
            return FactAt(fact.type, raw.place, name, self.scope.as_of or Applied(APPLIED, raw.place))
        return Fact(fact.type, raw.place, name)

    def _near(self, name: str) -> str:
        from difflib import get_close_matches

        if name in _SAID_ELSEWHERE:
            return _SAID_ELSEWHERE[name]
        known = [*self.scope.catalogue.facts, *self.scope.definitions, *self.scope.catalogue.records, "applied"]
        return ", ".join(get_close_matches(name, known, 3, 0.5)) or "applied"

    def _field(self, raw: Raw) -> Expr:
        owner = raw.items[0]
        if owner.kind != "name" or owner.value not in self.scope.catalogue.records:
            raise _fail("unknown_record", raw.place, name=owner.value, choices=", ".join(self.scope.catalogue.records))
        record = self.scope.catalogue.records[str(owner.value)]
        name = str(raw.value)
        if name not in record.fields:
            raise _fail("unknown_field", raw.place, record=record.name, field=name, choices=", ".join(record.fields))
        if self.record is not record:
            raise _fail("field_outside", raw.place, record=record.name, field=name)
        return Field(record.fields[name].type, raw.place, record.name, name)

    def _index(self, raw: Raw) -> Expr:
        owner, *keys = raw.items
        table = self.scope.tables.get(str(owner.value)) if owner.kind == "name" else None
        if table is None and owner.kind == "index":
            raise _fail("keys_apart", raw.place)
        if table is None:
            raise _fail("unknown_table", raw.place, name=owner.value, choices=", ".join(self.scope.tables) or "-")
        if len(keys) != len(table.keys):
            raise _fail("table_keys", raw.place, name=table.name, wanted=len(table.keys), found=len(keys))
        checked = []
        for key, type_ in zip(keys, table.keys, strict=True):
            expr = self._coerced(self.check(key), type_)
            if expr.type.kind is not type_.kind or expr.type.values != type_.values:
                raise _fail("want_kind", key.place, wanted=expected(type_), kind=expr.type.kind)
            checked.append(expr)
        return Lookup(table.type, raw.place, table.name, tuple(checked))

    def _if(self, raw: Raw) -> Expr:
        test = self.condition(raw.items[0])
        mark = len(self.ranges)
        self.ranges.extend(refined(test))
        then = self.check(raw.items[1])
        del self.ranges[mark:]
        self.ranges.extend(refined(test, is_true=False))
        other = self.check(raw.items[2])
        del self.ranges[mark:]
        then, other = self._same(then, other, raw.place)
        type_ = _joined([then.type, other.type])
        return If(type_, raw.place, test, then, other)

    def _logic(self, raw: Raw) -> Expr:
        return Logic(BOOL, raw.place, raw.kind, tuple(self.condition(item) for item in raw.items))

    def _not(self, raw: Raw) -> Expr:
        return Not(BOOL, raw.place, self.condition(raw.items[0]))

    def _compare(self, raw: Raw) -> Expr:
        first, second = raw.items
        left = self.check(first)
        left, right = self._same(left, self._check_value(second, left.type), raw.place)
        op = str(raw.value)
        if op not in ("eq", "ne") and not left.type.is_ordered:
            raise _fail("not_ordered", raw.place, kind=left.type.kind)
        outcome = compare_outcome(op, left.type, right.type)
        if outcome is not None:
            answer = ("恒真", "always true") if outcome else ("恒假", "always false")
            raise _fail("dead_clause", raw.place, zh=answer[0], en=answer[1])
        return Compare(BOOL, raw.place, op, left, right)

    def _check_value(self, raw: Raw, type_: Type) -> Expr:
        """What stands beside a choice or code; a value whose quotes were forgotten is told so."""
        is_word = raw.kind == "name" and type_.kind in (Kind.ENUM, Kind.CODE)
        if is_word and raw.value in type_.values and not self._is_defined(str(raw.value)):
            raise _fail("unquoted_value", raw.place, value=raw.value)
        return self.check(raw)

    def _is_defined(self, name: str) -> bool:
        return name in self.scope.definitions or name in self.scope.catalogue.facts

    def _in(self, raw: Raw) -> Expr:
        item = self.check(raw.items[0])
        options = raw.items[1]
        if options.kind != "list" or not options.items:
            raise _fail("want_list_literal", options.place)
        if len(options.items) > MAX_LITERALS:
            raise _fail("list_too_long", options.place, limit=MAX_LITERALS)
        values: list[int | str] = []
        for option in options.items:
            literal = self._coerced(self._check_value(option, item.type), item.type)
            if not isinstance(literal, Literal) or literal.type.kind is not item.type.kind:
                raise _fail("want_kind", option.place, wanted=expected(item.type), kind=literal.type.kind)
            if literal.value in values:
                raise _fail("duplicate_value", option.place, value=option.value)
            values.append(literal.value)
        return Member(BOOL, raw.place, item, tuple(values))

    def _arith(self, raw: Raw) -> Expr:
        first, second = raw.items
        if second.kind == "span" and raw.kind in ("add", "sub"):
            item = self.of_kind(first, Kind.DATE)
            assert isinstance(second.value, tuple)
            sign = 1 if raw.kind == "add" else -1
            months, days = sign * second.value[0], sign * second.value[1]
            reach = months * 31 + days
            type_ = Type.of(Kind.DATE, item.type.low + min(reach, 0), item.type.high + max(reach, 0))
            return Shift(type_, raw.place, item, months, days)
        return arithmetic(raw.kind, self.check(first), self.check(second), raw.place)

    def _neg(self, raw: Raw) -> Expr:
        return negated(self.check(raw.items[0]), raw.place)

    # --- calls

    def _call(self, raw: Raw) -> Expr:
        name = str(raw.value)
        if name in AGGREGATES and (name not in ("min", "max") or self._is_record_call(raw)):
            return self._aggregate(raw)
        if raw.where or raw.by:
            raise _fail("where_outside", raw.place, name=name)
        special = _SPECIAL.get(name)
        if special:
            return special(self, raw)
        signature = FUNCTIONS.get(name)
        if signature is None and name in self.scope.tables:
            raise _fail("table_without_key", raw.place, name=name)
        if signature is None:
            raise _fail(
                "unknown_function",
                raw.place,
                name=name,
                choices=", ".join(sorted({*FUNCTIONS, *AGGREGATES, *_SPECIAL})),
            )
        args = [self.check(item) for item in raw.items]
        return self._plain_call(raw, name, args, signature)

    def _plain_call(self, raw: Raw, name: str, args: list[Expr], signature: tuple[str, Kind | None]) -> Expr:
        shape, result = signature
        if shape == "same":
            if len(args) < 2:
                raise _fail("argument_count", raw.place, name=name, wanted="2+", found=len(args))
            for index in range(1, len(args)):
                args[0], args[index] = self._same(args[0], args[index], raw.items[index].place)
            if not args[0].type.is_ordered:
                raise _fail("not_ordered", raw.place, kind=args[0].type.kind)
            args = [self._same(args[0], item, raw.place)[1] for item in args]
            return Call(_extreme(name, [item.type for item in args]), raw.place, name, tuple(args))
        kinds = [Kind(word) for word in shape.split()]
        if len(args) != len(kinds):
            raise _fail("argument_count", raw.place, name=name, wanted=len(kinds), found=len(args))
        for item, kind, source in zip(args, kinds, raw.items, strict=True):
            if item.type.kind is not kind:
                raise _fail("want_kind", source.place, wanted=kind, kind=item.type.kind)
        if name.startswith("round_"):
            unit = args[1]
            if not isinstance(unit, Literal) or int(unit.value) <= 0:
                raise _fail("round_unit", raw.items[1].place)
            type_ = Type.of(Kind.MONEY, args[0].type.low - int(unit.value), args[0].type.high + int(unit.value))
            return Call(type_, raw.place, name, tuple(args))
        ranges = {Kind.INT: (-20_000, 4_000_000), Kind.DATE: (-800_000, 3_000_000)}
        assert result is not None
        low, high = (1, 9999) if name in ("year", "month") else ranges[result]
        return Call(Type.of(result, low, high), raw.place, name, tuple(args))

    def _is_record_call(self, raw: Raw) -> bool:
        first = raw.items[0] if raw.items else None
        return bool(first and len(raw.items) == 1 and _field_owner(first))

    def _aggregate(self, raw: Raw) -> Expr:
        name = str(raw.value)
        rule = AGGREGATES[name]
        if not raw.items:
            raise _fail("argument_count", raw.place, name=name, wanted="1+", found=0)
        first, *rest = raw.items
        wants_field = rule.folds_field
        owner = (_field_owner(first) or first) if wants_field else first
        if owner.kind != "name":
            raise _fail("fold_shape", first.place, name=name)
        if owner.value not in self.scope.catalogue.records:
            code = "want_record_field" if wants_field else "unknown_record"
            raise _fail(code, first.place, name=owner.value, choices=", ".join(self.scope.catalogue.records))
        if wants_field and owner is first:
            raise _fail("want_record_field", first.place, name=owner.value, choices="")
        record = self.scope.catalogue.records[str(owner.value)]
        if rule.needs_span and not record.span:
            raise _fail("no_span", first.place, record=record.name)
        outer, self.record = self.record, record
        try:
            value = self.check(first) if wants_field else None
            by = self.check(raw.by) if raw.by else None
            where = self.condition(raw.where) if raw.where else None
        finally:
            self.record = outer
        if (by is not None) != rule.needs_by:
            raise _fail("want_by", raw.place, name=name)
        if by is not None and by.type.kind not in (Kind.DATE, Kind.INT, Kind.MONEY, Kind.DECIMAL, Kind.ENUM):
            raise _fail("not_ordered", raw.place, kind=by.type.kind)
        if not rule.bounds_min <= len(rest) <= rule.bounds_max:
            wanted = "–".join(dict.fromkeys((str(rule.bounds_min), str(rule.bounds_max))))
            sample = "12" if rule.bounds_kind is Kind.INT else "applied"
            raise _fail("fold_bounds", raw.place, name=name, wanted=wanted, found=len(rest), sample=sample)
        outer, self.record = self.record, None
        try:
            bounds = tuple(self.of_kind(item, rule.bounds_kind) for item in rest)
        finally:
            self.record = outer
        return Aggregate(_folded(name, value, raw.place), raw.place, name, record.name, where, value, by, bounds)

    def _known(self, raw: Raw) -> Expr:
        self._count(raw, 1, 1)
        return Known(BOOL, raw.place, self.check(raw.items[0]))

    def _listed(self, raw: Raw) -> Expr:
        self._count(raw, 2, 3)
        item = self.of_kind(raw.items[0], Kind.CODE)
        name = self._text(raw.items[1])
        key = self.scope.own_lists.get(name, name)
        if key not in self.scope.catalogue.lists:
            known = [*self.scope.own_lists, *(item for item in self.scope.catalogue.lists if "/" not in item)]
            raise _fail("unknown_list", raw.items[1].place, name=name, choices=", ".join(known) or "-")
        when = self.of_kind(raw.items[2], Kind.DATE) if len(raw.items) > 2 else Applied(APPLIED, raw.place)
        return Listed(BOOL, raw.place, item, key, when)

    def _fact_at(self, raw: Raw) -> Expr:
        self._count(raw, 2, 2)
        fact = self.scope.catalogue.facts.get(str(raw.items[0].value))
        if fact is None:
            raise _fail("unknown_fact", raw.place, name=raw.items[0].value, near=self._near(str(raw.items[0].value)))
        if not fact.has_history:
            raise _fail("no_history", raw.place, name=fact.name)
        return FactAt(fact.type, raw.place, fact.name, self.of_kind(raw.items[1], Kind.DATE))

    def _layer(self, raw: Raw) -> Expr:
        self._count(raw, 1, 1)
        name = self._text(raw.items[0])
        if name not in self.scope.layers:
            raise _fail("unknown_layer", raw.place, name=name, choices=", ".join(self.scope.layers) or "-")
        return LayerAmount(self.scope.layers[name], raw.place, name)

    def _other(self, raw: Raw) -> Expr:
        self._count(raw, 1, 1)
        policy = self._text(raw.items[0])
        if policy not in self.scope.others:
            raise _fail("unknown_policy", raw.items[0].place, name=policy, choices=", ".join(self.scope.others) or "-")
        self.others_used.add(policy)
        name = str(raw.value)
        if name == "holds":
            return Other(BOOL, raw.place, name, policy)
        if name == "amount_of":
            return Other(Type.of(Kind.MONEY, 0, OTHER_MAX), raw.place, name, policy)
        classes = self.scope.others[policy]
        if not classes:
            raise _fail("no_classes", raw.place, name=policy)
        return Other(Type.enum(classes, ordered=False), raw.place, name, policy)

    def _count(self, raw: Raw, low: int, high: int) -> None:
        if not low <= len(raw.items) <= high:
            wanted = str(low) if low == high else f"{low}–{high}"
            raise _fail("argument_count", raw.place, name=raw.value, wanted=wanted, found=len(raw.items))

    def _text(self, raw: Raw) -> str:
        if raw.kind != "text":
            raise _fail("want_quoted", raw.place)
        return str(raw.value)

    # --- agreement of types

    def _coerced(self, expr: Expr, type_: Type) -> Expr:
        """A literal read as the type of its neighbour."""
        if expr.type.kind is Kind.INT and type_.kind is Kind.DECIMAL:
            return as_decimal(expr)
        if not isinstance(expr, Literal):
            return expr
        if expr.type.kind is Kind.CODE and type_.kind is Kind.DATE and _ISO_DATE.match(str(expr.value)):
            return self._literal(Raw("date", expr.place, str(expr.value)))
        if expr.type.kind is Kind.CODE and type_.kind is Kind.ENUM:
            if expr.value not in type_.values:
                raise _fail("not_a_value", expr.place, value=expr.value, choices=", ".join(type_.values))
            index = type_.values.index(str(expr.value))
            return Literal(Type(Kind.ENUM, index, index, type_.values, type_.ordered), expr.place, index)
        if expr.type.kind is Kind.INT and type_.kind is Kind.MONEY:
            if expr.value == 0:
                return Literal(Type.of(Kind.MONEY, 0, 0), expr.place, 0)
            raise _fail("money_unit", expr.place, value=expr.value)
        return expr

    def _same(self, left: Expr, right: Expr, place: Place) -> tuple[Expr, Expr]:
        left, right = self._coerced(left, right.type), self._coerced(right, left.type)
        if left.type.kind is not right.type.kind or left.type.values != right.type.values:
            raise _fail("type_mismatch", place, left=left.type.kind, right=right.type.kind)
        return left, right


def _fail(code: str, place: Place, **params: object) -> PolicyError:
    return PolicyError([problem(code, place, **params)])


def _field_owner(raw: Raw) -> Raw | None:
    """The name of the record whose field is read first, outside folds within; None where no field is read."""
    if raw.kind == "field":
        return raw.items[0]
    if raw.kind == "call" and (raw.where or raw.by or (raw.value in AGGREGATES and len(raw.items) == 1)):
        return None
    return next((owner for item in raw.items if (owner := _field_owner(item))), None)


def _with_type(expr: Expr, type_: Type) -> Expr:
    from dataclasses import replace

    return replace(expr, type=type_)


def _joined(types: Sequence[Type]) -> Type:
    first = types[0]
    low, high = min(item.low for item in types), max(item.high for item in types)
    return Type(first.kind, low, high, first.values, first.ordered)


def _extreme(name: str, types: Sequence[Type]) -> Type:
    pick = min if name == "min" else max
    first = types[0]
    return Type(
        first.kind, pick(item.low for item in types), pick(item.high for item in types), first.values, first.ordered
    )


def _folded(name: str, value: Expr | None, place: Place) -> Type:
    rule = AGGREGATES[name]
    if value is None:
        return Type.of(rule.result, 0, 40_000) if rule.result is Kind.INT else Type.of(rule.result)
    if name == "sum":
        if not value.type.is_number:
            raise _fail("not_number", place, kind=value.type.kind)
        return Type.of(value.type.kind, min(value.type.low, 0) * RECORDS_MAX, max(value.type.high, 0) * RECORDS_MAX)
    if name in ("min", "max") and not value.type.is_ordered:
        raise _fail("not_ordered", place, kind=value.type.kind)
    return value.type


_SPECIAL = {
    "known": Checker._known,
    "listed": Checker._listed,
    "at": Checker._fact_at,
    "layer": Checker._layer,
    "holds": Checker._other,
    "amount_of": Checker._other,
    "class_of": Checker._other,
}
_HANDLERS = {
    **dict.fromkeys(("int", "decimal", "money", "date", "bool", "text"), Checker._literal),
    **dict.fromkeys(("add", "sub", "mul", "div"), Checker._arith),
    **dict.fromkeys(("and", "or"), Checker._logic),
    "span": Checker._span,
    "list": Checker._list,
    "name": Checker._name,
    "field": Checker._field,
    "index": Checker._index,
    "if": Checker._if,
    "not": Checker._not,
    "compare": Checker._compare,
    "in": Checker._in,
    "neg": Checker._neg,
    "call": Checker._call,
}
