"""A policy text as nested dicts, lists and texts, and back: what the form changes instead of lines.

A path is the keys from the top, joined by "/"; places in a list are numbers.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from taihu.engines.rules.documents import Items, Mapping, Node, Text, read_document
from taihu.engines.rules.errors import Place

Plain = Any
WIDTH = 110
FLAT = 90
#: The order in which a policy is written; what is not named here keeps its place at the end.
ORDER = (
    "policy", "version", "title", "document", "issuer", "level", "area", "example", "notice", "effective", "selects", "as_of",
    "enums", "facts", "records", "lists", "define", "tables", "conditions", "classes", "amount", "layers", "total", "payers",
    "instalments", "payment_conditions", "household", "exclusion", "shared_caps", "decision", "cases",
)  # fmt: skip


def read_plain(text: str, file: str = "policy.yaml") -> dict[str, Plain]:
    """The values of a text, every scalar as text and null as None. Raises PolicyError."""
    found = plain_of(read_document(text, file))
    assert isinstance(found, dict)
    return found


def plain_of(node: Node) -> Plain:
    if isinstance(node, Text):
        return None if node.is_null else node.text
    if isinstance(node, Items):
        return [plain_of(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key.text: plain_of(value) for key, value in node.entries}


class _Writer(yaml.SafeDumper):
    """Everything is text: nothing is quoted only because YAML would read a number or a date."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def represent_text(self, value: str) -> yaml.ScalarNode:
        needs_quotes = value in ("", "~", "null") or value != value.strip()
        return self.represent_scalar("tag:yaml.org,2002:str", value, style='"' if needs_quotes else None)

    def represent_nothing(self, _: None) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", "null")

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """On one line what is short and flat, else one key a line."""
        node = super().represent_mapping(tag, mapping, flow_style)
        size = sum(len(item.value) + 4 for pair in node.value for item in pair if isinstance(item, yaml.ScalarNode))
        node.flow_style = bool(node.flow_style) and size < FLAT
        return node

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Writer.add_representer(str, _Writer.represent_text)
_Writer.add_representer(type(None), _Writer.represent_nothing)


def write_text(document: dict[str, Plain], order: Sequence[str] = ORDER) -> str:
    """The values as a text in the usual order (that of a policy); reading it gives the values again.

    >>> print(write_text({"version": "1", "policy": "tiny"}), end="")
    policy: tiny
    version: 1
    """
    known = [key for key in order if key in document]
    ordered = {key: document[key] for key in (*known, *(key for key in document if key not in order))}
    return write_part(ordered)


def write_part(value: Plain) -> str:
    """A part of a policy as text."""
    if value in ({}, [], None, ""):
        return ""
    text: str = yaml.dump(
        value, Dumper=_Writer, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
    )
    return text


def read_part(text: str) -> Plain:
    """A part typed by hand: a mapping or a list. Raises PolicyError with the line inside the part."""
    if not text.strip():
        return None
    indented = "\n".join("  " + line for line in text.replace("\r\n", "\n").split("\n"))
    return read_plain(f"part:\n{indented}\n", "part")["part"]


# --- paths


def keys_of(path: str) -> list[str]:
    return path.split("/") if path else []


def value_at(document: Plain, path: str) -> Plain:
    """The value at a path, None where there is none."""
    for key in keys_of(path):
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def put(document: dict[str, Plain], path: str, value: Plain) -> None:
    """Set the value at a path; mappings on the way are made.

    An empty value takes the key away, and the mapping that it leaves empty; a line of a list stays until it is removed.
    """
    *above, last = keys_of(path)
    holder: Plain = document
    is_empty = value in ("", None, {}, [])
    if is_empty and not isinstance(value_at(document, "/".join(above)), dict | list):
        return
    for key in above:
        below = value_at(holder, key)
        if not isinstance(below, dict | list):
            below = {}
            _set(holder, key, below)
        holder = below
    if is_empty and isinstance(holder, dict):
        holder.pop(last, None)
        if not holder and isinstance(value_at(document, "/".join(above[:-1])), dict) and above:
            put(document, "/".join(above), None)
    else:
        _set(holder, last, value)


def _set(holder: Plain, key: str, value: Plain) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    elif isinstance(holder, list) and key.isdigit() and int(key) < len(holder):
        holder[int(key)] = value


def split(path: str) -> tuple[str, str]:
    """(path of the holder, last key)."""
    above, _, last = path.rpartition("/")
    return above, last


# --- places


def paths_of(text: str, file: str = "policy.yaml") -> list[tuple[Place, str]]:
    """Where every value of a text starts, in reading order, with its path. Raises PolicyError."""
    return sorted(_places(read_document(text, file), ""), key=lambda item: (item[0].line, item[0].column))


def _places(node: Node, path: str) -> Iterator[tuple[Place, str]]:
    if isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield item.place, _below(path, str(number))
            yield from _places(item, _below(path, str(number)))
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield key.place, _below(path, key.text)
            yield value.place, _below(path, key.text)
            yield from _places(value, _below(path, key.text))


def _below(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def path_at(places: list[tuple[Place, str]], line: int, column: int) -> str:
    """The path of the value in which a place lies."""
    found = ""
    for place, path in places:
        if (place.line, place.column) > (line, column):
            break
        found = path
    return found
