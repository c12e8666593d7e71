"""Tables, layers, steps, payers and instalments of a policy file."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from .checker import Checker, Scope
from .checker_numbers import stepped
from .documents import Mapping, Node, Text
from .errors import Place, PolicyError
from .fields import Fields
from .kinds import CODE, DECIMAL_ONE, SAFE_MAX, Kind, Type
from .syntax import is_name, parse
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
#: A step sees one person: members of a household draw on one ceiling only under `shared_caps`.
STEP_SCOPES = tuple(item for item in LIMIT_SCOPES if item != "household")
_STEP = (*STEP_KINDS, "when", "used", "per", "text", "article")
_LAYER = ("id", "when", "base", "steps", "payers", "text", "article")
MAX_ROWS = 2_000
MAX_PARTS = 120
#: A whole number with no more values than this can be listed row by row.
FEW = 100


def _labels(key: Type) -> dict[int, str]:
    """Every value a key can have and how it is written; nothing when they cannot be listed."""
    if key.kind is Kind.INT:
        return {value: str(value) for value in range(key.low, key.high + 1)} if key.high - key.low < FEW else {}
    return {} if key.kind is Kind.CODE else dict(enumerate(key.values or ("false", "true")))


class AmountReader:
    def __init__(self, fields: Fields, scope: Scope, checker: Checker) -> None:
        self.fields = fields
        self.scope = scope
        self.checker = checker
        #: The highest amount the policy can come to, fen.
        self.most = 0

    # --- tables

    def tables(self, top: Mapping) -> None:
        node = self.fields.mapping(top, "tables")
        # In the scope from the start: a definition that is a key may read the tables above.
        found: dict[str, Table] = {}
        self.scope.tables = found
        for key, value in node.entries if node else ():
            if not is_name(key.text):
                self.fields.add("bad_name", key.place, name=key.text)
            elif isinstance(value, Mapping):
                table = self._table(key, value)
                if table is not None:
                    found[key.text] = table
            else:
                self.fields.add("want_mapping", value.place, key=key.text)

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
        labels = [_labels(key) for key in keys]
        if not all(labels):
            self.fields.add("table_else", name.place, name=name.text)
            return
        absent = [cell for cell in product(*labels) if cell not in filled]
        if absent:
            shown = ["/".join(item[part] for item, part in zip(labels, cell, strict=True)) for cell in absent[:6]]
            self.fields.add(
                "table_gaps", name.place, name=name.text, missing=", ".join(shown) + (" …" if len(absent) > 6 else "")
            )

    # --- layers

    def read(
        self, top: Mapping, policy: str, decision: Decision | None
    ) -> tuple[tuple[Layer, ...], tuple[Step, ...], tuple[Schedule, ...]]:
        """Layers, steps on their sum, instalments. A recorded decision on the amount is a layer in place of a formula."""
        layers = self._layers(top)
        if decision and decision.mode == "amount":
            if layers:
                self.fields.add("decision_and_amount", top.key_place("decision"))
            layers = (self._decided(top, policy, decision),)
        total, after = self._steps(top, "total", Type.of(Kind.MONEY, 0, self.most))
        self.most = after.high
        return layers, total, self._schedules(top, after)

    def _layers(self, top: Mapping) -> tuple[Layer, ...]:
        fields = self.fields
        payers = self._payers(top)
        layers: list[Layer] = []
        lines: dict[str, int] = {}
        amount = top.get("amount")
        if isinstance(amount, Mapping):
            layers.append(self._layer(amount, "base", payers))
        elif amount is not None:
            base = fields.value(amount, "amount", Kind.MONEY)
            if base is not None:
                layers.append(Layer("base", None, base, (), payers, None, ""))
                self.most = max(base.type.high, 0)
            self._positive(base)
        if amount is not None and top.get("layers") is not None:
            fields.add("amount_and_layers", top.key_place("layers"))
        for node in fields.maps(top, "layers"):
            layer = self._layer(node, fields.required(node, "id"), payers)
            if layer.id in lines:
                fields.add("duplicate_id", node.key_place("id"), id=layer.id, other=lines[layer.id])
            lines[layer.id] = node.place.line
            layers.append(layer)
        return tuple(layers)

    def _schedules(self, top: Mapping, amount: Type) -> tuple[Schedule, ...]:
        nodes = self.fields.maps(top, "instalments")
        loose = [node for node in nodes if node.get("parts") is None and node.get("due") is not None]
        if loose:
            self.fields.add("parts_missing", loose[0].place)
            return ()
        self.scope.running = amount
        schedules = tuple(self._schedule(node) for node in nodes)
        self.scope.running = None
        if any(node.get("when") is None for node in nodes[:-1]):
            self.fields.add("schedule_order", top.key_place("instalments"))
        return schedules

    def _decided(self, top: Mapping, policy: str, decision: Decision) -> Layer:
        """The one layer of a policy without formula: what the latest recorded decision approved."""
        place = top.key_place("decision")
        self.most = decision.at_most
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
        steps, after = self._steps(node, "steps", base.type if base else Type.of(Kind.MONEY, 0, 0))
        self._positive(base)
        self.scope.layers[identifier] = Type.of(Kind.MONEY, 0, max(after.high, 0))
        self.most += max(after.high, 0)
        if self.most > SAFE_MAX:
            fields.add("overflow", node.place, low=0, high=self.most)
            self.most = SAFE_MAX
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
        if op == "limit" and per == "household":
            fields.add("limit_household", node.key_place("per"))
        elif op == "limit" and (node.get("used") is None or per not in STEP_SCOPES):
            fields.add("limit_shape", node.place, choices=", ".join(STEP_SCOPES))
        return Step(
            op,
            value,
            fields.condition(node, "when"),
            used,
            per,
            fields.words(node, "text"),
            fields.text(node, "article"),
        )

    def _positive(self, base: Expr | None) -> None:
        if base is not None and base.type.high < 0:
            self.fields.add("negative_amount", base.place)

    def _steps(self, node: Mapping, key: str, amount: Type) -> tuple[tuple[Step, ...], Type]:
        """Steps in order, each knowing what the amount can be by then: it must stay within 64 bits whatever the facts are."""
        steps = []
        for item in self.fields.maps(node, key):
            self.scope.running = amount
            step = self._step(item)
            if step is None:
                continue
            after = stepped(step.op, amount, step.value.type, is_sure=step.when is None)
            if max(abs(after.low), abs(after.high)) > SAFE_MAX:
                self.fields.add("overflow", step.value.place, low=after.low, high=after.high)
            else:
                amount = after
            steps.append(step)
        self.scope.running = None
        return tuple(steps), amount

    def _step_range(self, op: str, value: Expr) -> None:
        low = value.type.low
        if op.startswith("round_") and not (isinstance(value, Literal) and low > 0):
            self.fields.add("round_unit", value.place)
        elif value.type.high < 0 or (op in ("share", "uplift", "times") and low < 0):
            self.fields.add("negative_step", value.place, op=op)

    # --- payers

    def _payers(self, node: Mapping) -> tuple[PayerRule, ...]:
        value = node.get("payers")
        if value is None:
            return ()
        if isinstance(value, Mapping):
            return (self._payer_rule(None, value),)
        rules = []
        items = self.fields.maps(node, "payers")
        for item in items:
            self.fields.only(item, ("when", "split"))
            split = self.fields.mapping(item, "split")
            if split is None:
                self.fields.add("missing_key", item.place, key="split")
                continue
            rules.append(self._payer_rule(self.fields.condition(item, "when"), split))
        if [item.get("when") is None for item in items] != [*[False] * (len(items) - 1), True]:
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
