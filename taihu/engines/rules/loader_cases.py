"""The worked cases of a policy file: facts given and what must come out, kept as plain values."""

from __future__ import annotations

from .documents import Items, Mapping, Node, Text
from .fields import Fields
from .tree import GivenCase, Words

EXPECT = (
    "status",
    "amount",
    "payable",
    "instalments",
    "payers",
    "fails",
    "unknown",
    "class",
    "ground",
    "lost_to",
    "due",
)
_CASE = ("name", "title", "at", "like", "given", "household", "expect")


def read_cases(fields: Fields, top: Mapping) -> tuple[GivenCase, ...]:
    """All cases; ``like: <earlier case>`` starts from that case's facts."""
    found: dict[str, GivenCase] = {}
    for node in fields.maps(top, "cases"):
        fields.only(node, _CASE)
        name = fields.required(node, "name")
        if name in found:
            fields.add("duplicate_id", node.key_place("name"), id=name, other=found[name].place.line)
        given = _plain_mapping(fields, node, "given")
        household = [_plain(item) for item in fields.items(node, "household")]
        like = fields.text(node, "like")
        at = fields.day(node, "at", -1)
        if like:
            if like in found:
                given = {**dict(found[like].given), **given}
                at = found[like].at if at == -1 else at
            else:
                fields.add("unknown_case", node.key_place("like"), name=like)
        if at == -1:
            fields.add("missing_key", node.place, key="at")
        expect = fields.mapping(node, "expect")
        if expect is None:
            fields.add("missing_key", node.place, key="expect")
        else:
            fields.only(expect, EXPECT)
        wanted = _plain_mapping(fields, node, "expect")
        members = tuple(tuple(item.items()) for item in household if isinstance(item, dict))
        title = fields.words(node, "title") or Words(name, name)
        found[name] = GivenCase(name, title, at, tuple(given.items()), tuple(wanted.items()), members, node.place)
    return tuple(found.values())


def _plain_mapping(fields: Fields, node: Mapping, key: str) -> dict[str, object]:
    value = fields.mapping(node, key)
    plain = _plain(value) if value is not None else {}
    return plain if isinstance(plain, dict) else {}


def _plain(node: Node) -> object:
    if isinstance(node, Text):
        return None if node.is_null else node.text
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key.text: _plain(value) for key, value in node.entries}
