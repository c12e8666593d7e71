"""Take typed fields out of a YAML mapping, collecting every mistake with its place instead of stopping at the first."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches

from .checker import Checker
from .civil import to_days
from .documents import Items, Mapping, Node, Text
from .errors import Place, PolicyError, Problem, problem
from .kinds import DATE_MIN, DECIMAL_ONE, Kind
from .syntax import Raw, parse
from .tree import Expr, Words
from .values import decimal_of, money_of


class Fields:
    """Access to one policy's nodes. `problems` fills up; after a mistake methods answer None or a harmless default."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.problems: list[Problem] = []

    def add(self, code: str, place: Place, **params: object) -> None:
        self.problems.append(problem(code, place, **params))

    def only(self, node: Mapping, allowed: tuple[str, ...]) -> None:
        for key, value in node.entries:
            if key.text in allowed:
                continue
            if isinstance(value, Text) and value.is_null and not key.is_quoted:
                # What a comma cuts off an unquoted text inside { } looks like a key without a value.
                self.add("comma_in_text", key.place, key=key.text, choices=", ".join(allowed))
            else:
                near = get_close_matches(key.text, allowed, 3, 0.7) or allowed
                self.add("unknown_key", key.place, key=key.text, choices=", ".join(near))

    def text(self, node: Mapping, key: str, default: str = "") -> str:
        value = node.get(key)
        if value is None:
            return default
        if not isinstance(value, Text):
            self.add("want_text", value.place, key=key)
            return default
        return "" if value.is_null else value.text

    def required(self, node: Mapping, key: str) -> str:
        found = self.text(node, key)
        if not found and not any(item.place == node.place for item in self.problems):
            self.add("missing_key", node.place, key=key)
        return found

    def short(self, node: Mapping, key: str, limit: int, *, is_required: bool = False) -> str:
        """A text that must fit where it is stored."""
        found = self.required(node, key) if is_required else self.text(node, key)
        if len(found) > limit:
            self.add("too_long", node.key_place(key), key=key, limit=limit)
        return found

    def flag(self, node: Mapping, key: str) -> bool:
        value = self.text(node, key, "false")
        if value not in ("true", "false"):
            self.add("want_flag", node.key_place(key), key=key)
        return value == "true"

    def words(self, node: Mapping, key: str) -> Words | None:
        value = node.get(key)
        if value is None:
            return None
        if isinstance(value, Text):
            return Words(value.text, value.text)
        if isinstance(value, Mapping):
            self.only(value, ("zh", "en"))
            return Words(self.text(value, "zh"), self.text(value, "en"))
        self.add("want_words", value.place, key=key)
        return None

    def mapping(self, node: Mapping, key: str) -> Mapping | None:
        value = node.get(key)
        if value is None or isinstance(value, Mapping):
            return value
        self.add("want_mapping", value.place, key=key)
        return None

    def items(self, node: Mapping, key: str) -> tuple[Node, ...]:
        value = node.get(key)
        if value is None:
            return ()
        if isinstance(value, Items):
            return value.items
        self.add("want_list", value.place, key=key)
        return ()

    def maps(self, node: Mapping, key: str) -> list[Mapping]:
        found = []
        for item in self.items(node, key):
            if isinstance(item, Mapping):
                found.append(item)
            else:
                self.add("want_mapping", item.place, key=key)
        return found

    def names(self, node: Mapping, key: str) -> tuple[str, ...]:
        found = []
        for item in self.items(node, key):
            if isinstance(item, Text):
                found.append(item.text)
            else:
                self.add("want_text", item.place, key=key)
        return tuple(found)

    def day(self, node: Mapping, key: str, default: int) -> int:
        value = node.get(key)
        if value is None or (isinstance(value, Text) and value.is_null):
            return default
        try:
            found = to_days(dt.date.fromisoformat(value.text if isinstance(value, Text) else ""))
        except ValueError:
            self.add("bad_date", value.place, text=getattr(value, "text", "?"))
            return default
        if found < DATE_MIN:
            self.add("date_range", value.place, text=getattr(value, "text", "?"))
        return max(found, DATE_MIN)

    def number(self, node: Mapping, key: str, default: int) -> int:
        value = node.get(key)
        if value is None:
            return default
        if isinstance(value, Text) and value.text.isdigit() and len(value.text) < 10:
            return int(value.text)
        self.add("want_kind", value.place, wanted="int", kind=getattr(value, "text", "?"))
        return default

    def money(self, node: Mapping, key: str) -> int | None:
        value = node.get(key)
        found = money_of(value.text) if isinstance(value, Text) else None
        if value is not None and found is None:
            self.add("bad_money", value.place, text=getattr(value, "text", "?"))
        return found

    def share(self, node: Node) -> int | None:
        found = decimal_of(node.text) if isinstance(node, Text) else None
        if found is None or not 0 <= found <= DECIMAL_ONE:
            self.add("bad_share", node.place, text=getattr(node, "text", "?"))
            return None
        return found

    def raw(self, node: Node | None, key: str) -> Raw | None:
        """The parsed text of an expression."""
        if node is None:
            return None
        if not isinstance(node, Text) or not node.text.strip():
            self.add("want_expression", node.place, key=key)
            return None
        try:
            return parse(node.text, node.place.moved(1) if node.is_quoted else node.place, node.written)
        except PolicyError as error:
            self.problems.extend(error.problems)
            return None

    def condition(self, node: Mapping, key: str) -> Expr | None:
        raw = self.raw(node.get(key), key)
        if raw is None:
            return None
        try:
            return self.checker.refuse_size(self.checker.condition(raw))
        except PolicyError as error:
            self.problems.extend(error.problems)
            return None

    def expression(self, node: Mapping, key: str, kind: Kind | None = None) -> Expr | None:
        return self.value(node.get(key), key, kind)

    def value(self, node: Node | None, key: str, kind: Kind | None = None) -> Expr | None:
        raw = self.raw(node, key)
        if raw is None:
            return None
        try:
            return self.checker.refuse_size(
                self.checker.check(raw) if kind is None else self.checker.of_kind(raw, kind)
            )
        except PolicyError as error:
            self.problems.extend(error.problems)
            return None
