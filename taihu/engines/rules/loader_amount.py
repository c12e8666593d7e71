"""Tables, layers, steps, payers and instalments of a policy file."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from .checker import Checker, Scope
from .documents import Mapping, Node, Text
from .errors import Place, PolicyError
from .fields import Fields
from .kinds import CODE, DECIMAL_ONE, SAFE_MAX, Kind, Type
from .syntax import parse
from .tree import Decision, Expr, Layer, Literal, Part, PayerRule, Schedule, SharedCap, Shift, Step, Table, Words
from .values import expected, stored_value

STEP_KINDS = {
    "cap": Kind.MONEY,
    "floor": Kind.MONEY,
    "add": Kind.MONEY,
    "deduct": Kind.MONEY,
    "limit": Kind.MONEY,
    "round_down": Kind.MONEY,
    "round_up": Kind.MONEY,
    "round_half_up": Kind.MONEY,
    "uplift": Kind.DECIMAL,
    "share": Kind.DECIMAL,
    "times": Kind.INT,
}
LIMIT_SCOPES = ("lifetime", "year", "person", "household", "project")
_STEP = (*STEP_KINDS, "when", "used", "per", "text", "article")
_LAYER = ("id", "when", "base", "steps", "payers", "text", "article")
MAX_ROWS = 2_000
MAX_PARTS = 120


class AmountReader:
    def __init__(self, fields: Fields, scope: Scope, checker: Checker) -> None:
        self.fields = fields
        self.scope = scope
        self.checker = checker

    # --- tables

    def tables(self, top: Mapping) -> None:
        node = self.fields.mapping(top, "tables")
        found: dict[str, Table] = {}
        for key, value in node.entries if node else ():
            if isinstance(value, Mapping):
                table = self._table(key, value)
                if table is not None:
                    found[key.text] = table
            else:
                self.fields.add("want_mapping", value.place, key=key.text)
        self.scope.tables = found

    def _table(self, name: Text, node: Mapping) -> Table | None:
        fields = self.fields
        fields.only(node, ("keys", "of", "rows", "else"))
        keys = self._key_types(node)
        kind = fields.text(node, "of", "money")
        if kind not in ("money", "int", "decimal", "bool"):
            fields.add("unknown_choice", node.key_place("of"), value=kind, choices="money, int, decimal, bool")
            return None
        type_ = Type.of(Kind(kind))
        if Kind(kind) in (Kind.MONEY, Kind.INT):
            type_ = Type.of(Kind(kind), 0, 10**15)
        rows = fields.mapping(node, "rows")
        if keys is None or rows is None:
            fields.add("missing_key", node.place, key="rows") if rows is None else None
            return None
        filled: dict[tuple[int | str, ...], int] = {}
        for first, cell in rows.entries:
            self._row(filled, keys, first, cell, type_)
        other = None
        if node.get("else") is not None:
            value = self._stored(node.get("else"), type_, "else")
            other = value if isinstance(value, int) else None
        if other is None:
            self._exhaustive(name, keys, filled)
        if len(filled) > MAX_ROWS:
            fields.add("table_too_long", name.place, name=name.text, limit=MAX_ROWS)
        values = [*filled.values(), *([] if other is None else [other])] or [0]
        return Table(name.text, keys, tuple(filled.items()), other, Type.of(type_.kind, min(values), max(values)))

    def _key_types(self, node: Mapping) -> tuple[Type, ...] | None:
        """A key is the name of a fact, record.field or definition: the values it can have are the keys of the table."""
        found: list[Type] = []
        for item in self.fields.items(node, "keys"):
            word = item.text if isinstance(item, Text) else ""
            type_ = self._key_type(word, item.place)
            if type_ is None:
                return None
            found.append(type_)
        if len(found) not in (1, 2):
            self.fields.add("key_count", node.key_place("keys"), found=len(found))
            return None
        return tuple(found)

    def _key_type(self, word: str, place: Place) -> Type | None:
        catalogue = self.scope.catalogue
        record, _, name = word.partition(".")
        if name and record in catalogue.records and name in catalogue.records[record].fields:
            type_ = catalogue.records[record].fields[name].type
        elif word in catalogue.facts:
            type_ = catalogue.facts[word].type
        elif word in self.scope.definitions:
            try:
                type_ = self.checker.definition(word).type
            except PolicyError as error:
                self.fields.problems.extend(error.problems)
                return None
        else:
            self.fields.add("unknown_key_type", place, name=word)
            return None
        if type_.kind not in (Kind.ENUM, Kind.CODE, Kind.BOOL, Kind.INT):
            self.fields.add("want_kind", place, wanted="enum | code | bool | int", kind=type_.kind)
            return None
        return CODE if type_.kind is Kind.CODE else type_

    def _row(
        self, filled: dict[tuple[int | str, ...], int], keys: tuple[Type, ...], first: Text, cell: Node, type_: Type
    ) -> None:
        start = self._stored(first, keys[0], "key")
        if start is None:
            return
        if len(keys) == 1:
            value = self._stored(cell, type_, first.text)
            if isinstance(value, int):
                filled[(start,)] = value
            return
        if not isinstance(cell, Mapping):
            self.fields.add("want_mapping", cell.place, key=first.text)
            return
        for second, inner in cell.entries:
            key, value = self._stored(second, keys[1], "key"), self._stored(inner, type_, second.text)
            if key is not None and isinstance(value, int):
                filled[start, key] = value

    def _stored(self, node: Node | None, type_: Type, name: str) -> int | str | None:
        if not isinstance(node, Text):
            self.fields.add("want_text", node.place if node else Place("-", 0, 0), key=name)
            return None
        try:
            return stored_value(type_, node.text, name)
        except ValueError:
            self.fields.add("bad_cell", node.place, text=node.text, wanted=expected(type_))
            return None

    def _exhaustive(self, name: Text, keys: tuple[Type, ...], filled: dict[tuple[int | str, ...], int]) -> None:
        """Every key needs a row, or the table an `else`: an amount is never silently nothing."""
        if any(key.kind in (Kind.CODE, Kind.INT) for key in keys):
            self.fields.add("table_else", name.place, name=name.text)
            return
        labels = [key.values or ("false", "true") for key in keys]
        absent = [cell for cell in product(*(range(len(item)) for item in labels)) if cell not in filled]
        if absent:
            shown = ["/".join(labels[i][part] for i, part in enumerate(cell)) for cell in absent[:6]]
            self.fields.add(
                "table_gaps", name.place, name=name.text, missing=", ".join(shown) + (" …" if len(absent) > 6 else "")
            )

    # --- layers

    def read(self, top: Mapping) -> tuple[tuple[Layer, ...], tuple[Step, ...], tuple[Schedule, ...]]:
        fields = self.fields
        payers = self._payers(top)
        layers: list[Layer] = []
        amount = top.get("amount")
        if isinstance(amount, Mapping):
            layers.append(self._layer(amount, "base", payers))
        elif amount is not None:
            base = fields.value(amount, "amount", Kind.MONEY)
            if base is not None:
                layers.append(Layer("base", None, base, (), payers, None, ""))
        if amount is not None and top.get("layers") is not None:
            fields.add("amount_and_layers", top.key_place("layers"))
        for node in fields.maps(top, "layers"):
            layer = self._layer(node, fields.required(node, "id"), payers)
            if layer.id in self.scope.layers:
                fields.add("duplicate_id", node.key_place("id"), id=layer.id, other=node.place.line)
            self.scope.layers.append(layer.id)
            layers.append(layer)
        self.scope.has_amount = True
        total = tuple(step for node in fields.maps(top, "total") if (step := self._step(node)) is not None)
        schedules = tuple(self._schedule(node) for node in fields.maps(top, "instalments"))
        if schedules and any(item.when is None for item in schedules[:-1]):
            fields.add("schedule_order", top.key_place("instalments"))
        self.scope.has_amount = False
        return tuple(layers), total, schedules

    def decided(self, top: Mapping, policy: str, decision: Decision) -> Layer:
        """The one layer of a policy without formula: what the latest recorded decision approved."""
        place = top.key_place("decision")
        where = f"decision.kind == 'special' and decision.policy == '{policy}'"
        raw = parse(f"latest(decision.amount by decision.decided_on where {where})", place)
        cap = Literal(Type.of(Kind.MONEY, decision.at_most, decision.at_most), place, decision.at_most)
        step = Step("cap", cap, None, None, "", Words("不超过规定上限", "not above the ceiling"), "")
        return Layer("decision", None, self.checker.check(raw), (step,), self._payers(top), decision.body, "")

    def _layer(self, node: Mapping, identifier: str, payers: tuple[PayerRule, ...]) -> Layer:
        fields = self.fields
        fields.only(node, _LAYER)
        when = fields.condition(node, "when")
        base = fields.expression(node, "base", Kind.MONEY)
        if node.get("base") is None:
            fields.add("missing_key", node.place, key="base")
        self.scope.has_amount = True
        steps = tuple(step for item in fields.maps(node, "steps") if (step := self._step(item)) is not None)
        self.scope.has_amount = False
        if base is not None:
            self._layer_range(base, steps)
        own = self._payers(node) if node.get("payers") is not None else payers
        zero = Literal(Type.of(Kind.MONEY, 0, 0), node.place, 0)
        return Layer(
            identifier, when, base or zero, steps, own, fields.words(node, "text"), fields.text(node, "article")
        )

    def _step(self, node: Mapping) -> Step | None:
        fields = self.fields
        fields.only(node, _STEP)
        ops = [key.text for key, _ in node.entries if key.text in STEP_KINDS]
        if len(ops) != 1:
            fields.add("step_body", node.place, choices=", ".join(STEP_KINDS))
            return None
        op = ops[0]
        value = fields.expression(node, op, STEP_KINDS[op])
        if value is None:
            return None
        self._step_range(op, value)
        used = fields.expression(node, "used", Kind.MONEY)
        per = fields.text(node, "per", "person" if op == "limit" else "")
        if op == "limit" and (used is None or per not in LIMIT_SCOPES):
            fields.add("limit_shape", node.place, choices=", ".join(LIMIT_SCOPES))
        return Step(
            op,
            value,
            fields.condition(node, "when"),
            used,
            per,
            fields.words(node, "text"),
            fields.text(node, "article"),
        )

    def _layer_range(self, base: Expr, steps: tuple[Step, ...]) -> None:
        """The running amount must stay within 64 bits after every step, whatever the facts are."""
        high = max(base.type.high, 0)
        for step in steps:
            value = max(step.value.type.high, 0)
            product = high * value
            if step.op in ("times", "share", "uplift") and product > SAFE_MAX // 2:
                self.fields.add("overflow", step.value.place, low=0, high=product)
                return
            after = {
                "cap": min(high, value),
                "limit": min(high, value),
                "floor": max(high, value),
                "add": high + value,
                "times": product,
                "share": product // DECIMAL_ONE + 1,
                "uplift": high + product // DECIMAL_ONE + 1,
            }.get(step.op, high + value if step.op.startswith("round_") else high)
            high = max(high, after) if step.when is not None else after

    def _step_range(self, op: str, value: Expr) -> None:
        low = value.type.low
        if op.startswith("round_") and not (isinstance(value, Literal) and low > 0):
            self.fields.add("round_unit", value.place)
        elif op in ("share", "uplift", "times") and low < 0:
            self.fields.add("negative_step", value.place, op=op)

    # --- payers

    def _payers(self, node: Mapping) -> tuple[PayerRule, ...]:
        value = node.get("payers")
        if value is None:
            return ()
        if isinstance(value, Mapping):
            return (self._payer_rule(None, value),)
        rules = []
        for item in self.fields.maps(node, "payers"):
            self.fields.only(item, ("when", "split"))
            split = self.fields.mapping(item, "split")
            if split is None:
                self.fields.add("missing_key", item.place, key="split")
                continue
            rules.append(self._payer_rule(self.fields.condition(item, "when"), split))
        if not rules or rules[-1].when is not None or any(rule.when is None for rule in rules[:-1]):
            self.fields.add("payer_order", value.place)
        return tuple(rules)

    def _payer_rule(self, when: Expr | None, split: Mapping) -> PayerRule:
        shares = [(key.text, share) for key, item in split.entries if (share := self.fields.share(item)) is not None]
        total = sum(share for _, share in shares)
        if total != DECIMAL_ONE:
            self.fields.add("payer_sum", split.place, total=f"{total / 100:g}%")
        return PayerRule(when, tuple(shares))

    # --- ceilings shared with other policies

    def shared_caps(self, top: Mapping) -> tuple[SharedCap, ...]:
        found: dict[str, SharedCap] = {}
        for node in self.fields.maps(top, "shared_caps"):
            self.fields.only(node, ("group", "limit", "used", "per", "order", "text", "article"))
            cap = self._shared_cap(node)
            if cap is None:
                continue
            if cap.group in found:
                other = found[cap.group].place.line
                self.fields.add("duplicate_id", node.key_place("group"), id=cap.group, other=other)
            found[cap.group] = cap
        return tuple(found.values())

    def _shared_cap(self, node: Mapping) -> SharedCap | None:
        fields = self.fields
        group, per = fields.required(node, "group"), fields.text(node, "per", "person")
        if per not in LIMIT_SCOPES:
            fields.add("unknown_choice", node.key_place("per"), value=per, choices=", ".join(LIMIT_SCOPES))
        if node.get("limit") is None:
            fields.add("missing_key", node.place, key="limit")
        limit, used = fields.expression(node, "limit", Kind.MONEY), fields.expression(node, "used", Kind.MONEY)
        if limit is None:
            return None
        order = fields.number(node, "order", 0)
        return SharedCap(
            group, limit, used, per, order, fields.words(node, "text"), fields.text(node, "article"), node.place
        )

    # --- instalments

    def _schedule(self, node: Mapping) -> Schedule:
        fields = self.fields
        fields.only(node, ("when", "parts"))
        parts = tuple(part for item in fields.maps(node, "parts") for part in self._repeated(item))
        if len(parts) > MAX_PARTS:
            fields.add("too_many_parts", node.key_place("parts"), limit=MAX_PARTS)
            parts = parts[:MAX_PARTS]
        if not parts:
            fields.add("empty_group", node.place, key="parts")
        shares = [part.share for part in parts]
        if all(share is not None for share in shares) and sum(share or 0 for share in shares) != DECIMAL_ONE:
            fields.add("share_sum", node.place, total=f"{sum(share or 0 for share in shares) / 100:g}%")
        elif any(share is not None for share in shares) and None in shares:
            fields.add("share_mixed", node.place)
        return Schedule(fields.condition(node, "when"), parts)

    def _repeated(self, node: Mapping) -> list[Part]:
        """A part, or several alike at equal distances: ``{share: 20%, due: applied, repeat: 5, every: 1 year}``."""
        fields = self.fields
        first = self._part(node)
        count = fields.number(node, "repeat", 1)
        every = fields.raw(node.get("every"), "every")
        if (node.get("repeat") is None) != (node.get("every") is None) or (every and every.kind != "span"):
            fields.add("repeat_every", node.place)
        if not 1 <= count <= MAX_PARTS:
            fields.add("too_many_parts", node.key_place("repeat"), limit=MAX_PARTS)
            return [first]
        months, days = every.value if every and isinstance(every.value, tuple) else (0, 0)
        return [
            first
            if n == 0
            else replace(first, due=Shift(first.due.type, first.due.place, first.due, n * months, n * days))
            for n in range(count)
        ]

    def _part(self, node: Mapping) -> Part:
        fields = self.fields
        fields.only(node, ("share", "amount", "due", "recheck", "text", "repeat", "every"))
        share_node = node.get("share")
        share = fields.share(share_node) if share_node is not None else None
        amount = fields.expression(node, "amount", Kind.MONEY)
        if (share_node is None) == (node.get("amount") is None):
            fields.add("part_body", node.place)
        due = fields.expression(node, "due", Kind.DATE)
        if node.get("due") is None:
            fields.add("missing_key", node.place, key="due")
        fallback = Literal(Type.of(Kind.DATE, 0, 0), node.place, 0)
        return Part(share, amount, due or fallback, fields.names(node, "recheck"), fields.words(node, "text"))
