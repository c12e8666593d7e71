"""The worked cases of a policy file: facts given and what must come out, kept as plain values."""

from __future__ import annotations

from collections.abc import Collection

from .catalogue import Catalogue
from .documents import Items, Mapping, Node, Text
from .errors import FactsError
from .fields import Fields
from .people import Person
from .results import Status
from .tree import GivenCase, Words
from .values import money_of

STATUSES = tuple(item.name.lower() for item in Status)
_MONEY = ("amount", "payable", "instalments", "payers")
EXPECT = ("status", *_MONEY, "fails", "unknown", "class", "ground", "lost_to", "due")
_LIST = (Items, "want_list")
_SHAPES = {"payers": (Mapping, "want_mapping"), **dict.fromkeys(("instalments", "due", "fails", "unknown"), _LIST)}
_CASE = ("name", "title", "at", "like", "given", "household", "expect")


class CaseReader:
    """Reads cases; `clauses` and `classes` are the names that the policy's own may have."""

    def __init__(
        self, fields: Fields, catalogue: Catalogue, clauses: Collection[str], classes: Collection[str]
    ) -> None:
        self.fields = fields
        self.catalogue = catalogue
        self.clauses = clauses
        self.classes = classes
        self.found: dict[str, GivenCase] = {}

    def read(self, top: Mapping) -> tuple[GivenCase, ...]:
        """All cases; ``like: <earlier case>`` starts from that case's facts."""
        for node in self.fields.maps(top, "cases"):
            self._case(node)
        return tuple(self.found.values())

    def _case(self, node: Mapping) -> None:
        fields = self.fields
        fields.only(node, _CASE)
        name = fields.required(node, "name")
        if name in self.found:
            fields.add("duplicate_id", node.key_place("name"), id=name, other=self.found[name].place.line)
        given = self._given(fields.mapping(node, "given"))
        household = [self._given(item) for item in fields.maps(node, "household")]
        like = fields.text(node, "like")
        at = fields.day(node, "at", -1)
        if like in self.found:
            given = {**dict(self.found[like].given), **given}
            at = self.found[like].at if at == -1 else at
        elif like:
            fields.add("unknown_case", node.key_place("like"), name=like)
        if at == -1:
            fields.add("missing_key", node.place, key="at")
        wanted = self._expected(node)
        title = fields.words(node, "title") or Words(name, name)
        places = tuple((key, value.place) for key, value in wanted.entries) if wanted else ()
        self.found[name] = GivenCase(
            name, title, at, tuple(given.items()), tuple(_plain_mapping(wanted).items()),
            tuple(tuple(item.items()) for item in household), node.place,
            {key.text: place for key, place in places},
        )  # fmt: skip

    def _given(self, node: Mapping | None) -> dict[str, object]:
        """Facts as written, each tried on its own so that a mistake has its line."""
        for key, value in node.entries if node else ():
            try:
                Person.of(self.catalogue, "case", {key.text: _plain(value)})
            except FactsError as error:
                for item in error.problems:
                    self.fields.problems.append(item.at(value.place))
        return _plain_mapping(node)

    def _expected(self, node: Mapping) -> Mapping | None:
        fields = self.fields
        expect = fields.mapping(node, "expect")
        if expect is None:
            fields.add("missing_key", node.place, key="expect")
            return None
        fields.only(expect, EXPECT)
        for key, value in expect.entries:
            kind, code = _SHAPES.get(key.text, (Text, "want_text"))
            if not isinstance(value, kind):
                fields.add(code, value.place, key=key.text)
            for item in _texts(value):
                self._check(key.text, item)
        return expect

    def _check(self, key: str, item: Text) -> None:
        choices: Collection[str] | None = {
            "status": STATUSES, "fails": self.clauses, "unknown": self.clauses, "ground": self.clauses, "class": self.classes,
        }.get(key)  # fmt: skip
        if key in _MONEY and money_of(item.text) is None:
            self.fields.add("bad_money", item.place, text=item.text)
        elif key == "due" and not _is_day(item.text):
            self.fields.add("bad_date", item.place, text=item.text)
        elif choices is not None and item.text not in choices:
            self.fields.add("unknown_choice", item.place, value=item.text, choices=", ".join(choices) or "-")


def _is_day(text: str) -> bool:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _texts(node: Node) -> list[Text]:
    if isinstance(node, Mapping):
        return [item for _, value in node.entries for item in _texts(value)]
    if isinstance(node, Items):
        return [item for value in node.items for item in _texts(value)]
    return [node] if isinstance(node, Text) else []


def _plain_mapping(node: Mapping | None) -> dict[str, object]:
    return {key.text: _plain(value) for key, value in node.entries} if node else {}


def _plain(node: Node) -> object:
    if isinstance(node, Text):
        return None if node.is_null else node.text
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Mapping)
    return _plain_mapping(node)
