"""Read YAML without surprises: plain mappings, lists and texts, each with its place in the file.

Refused with a clear error: anchors and aliases (so a "billion laughs" bomb cannot be written), tags, more than one
document, repeated keys, files above `MAX_BYTES`, nesting above `MAX_DEPTH`, more than `MAX_NODES` values. Scalars stay
text; the reader of each field decides what they mean, so `no` is never a truth value and `010` never eight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from .errors import Place, PolicyError, problem

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_NODES = 50_000

#: Half characters, control characters and the sign for what could not be read: a slip in copying, another encoding.
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Node:
    place: Place


@dataclass(frozen=True, slots=True)
class Text(Node):
    text: str
    is_quoted: bool
    #: As written, quotes and line breaks included, when it spans lines.
    written: str = field(default="", compare=False, repr=False)

    @property
    def is_null(self) -> bool:
        return not self.is_quoted and self.text in ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Items(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    entries: tuple[tuple[Text, Node], ...]

    def get(self, key: str) -> Node | None:
        for name, value in self.entries:
            if name.text == key:
                return value
        return None

    def key_place(self, key: str) -> Place:
        for name, _ in self.entries:
            if name.text == key:
                return name.place
        return self.place


def read_document(text: str, file: str) -> Mapping:
    """Parse one YAML document whose top is a mapping.

    Raises
    ------
    PolicyError
        With the line and what to change.

    Examples
    --------
    >>> read_document("a: {b: 1}", "x.yaml").get("a").entries[0][1].text
    '1'
    >>> read_document("a: &x 1", "x.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    taihu.engines.rules.errors.PolicyError: x.yaml:1:4: anchors and aliases are not allowed...
    """
    start = Place(file, 1, 1)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PolicyError([problem("too_large", start, limit=MAX_BYTES // 1024)])
    bad = UNREADABLE.search(text)
    if bad:
        before = text[: bad.start()]
        place = Place(file, before.count("\n") + 1, bad.start() - before.rfind("\n"))
        raise PolicyError([problem("unreadable", place, character=f"U+{ord(bad[0]):04X}")])
    try:
        builder = _Builder(file, text, yaml.parse(text, Loader=_PARSER))
        top = builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else start
        if mark and text.split("\n")[mark.line : mark.line + 1] and _is_tab(text, mark.line, mark.column):
            raise PolicyError([problem("tab", place)]) from None
        raise PolicyError([problem("not_yaml", place, detail=error.problem or error.context or "?")]) from None
    except yaml.YAMLError as error:
        raise PolicyError([problem("not_yaml", start, detail=" ".join(str(error).split()))]) from None
    if not isinstance(top, Mapping):
        raise PolicyError([problem("not_mapping", start)])
    return top


def _is_tab(text: str, line: int, column: int) -> bool:
    written = text.split("\n")[line]
    return written[column : column + 1] == "\t" or written[:column].strip(" ") == "\t"


class _Builder:
    """Builds nodes from parser events, counting as it goes, so limits hold before memory is spent."""

    def __init__(self, file: str, source: str, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.source = source
        self.events = events
        self.count = 0

    def document(self) -> Node | None:
        top: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if top is not None:
                    raise self._refuse("two_documents", event)
                continue
            top = self._node(event, 1)
        return top

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file, 1, 1)

    def _refuse(self, code: str, event: yaml.Event, **params: object) -> PolicyError:
        return PolicyError([problem(code, self._place(event), **params)])

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            raise self._refuse("too_many_nodes", event, limit=MAX_NODES)
        if depth > MAX_DEPTH:
            raise self._refuse("too_deep", event, limit=MAX_DEPTH)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refuse("anchor", event)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise self._refuse("tag", event, tag=tag)
        if isinstance(event, yaml.ScalarEvent):
            if bad := UNREADABLE.search(event.value):  # written as an escape such as "\0"
                raise self._refuse("unreadable", event, character=f"U+{ord(bad[0]):04X}")
            return Text(self._place(event), event.value, bool(event.style), self._written(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _written(self, event: yaml.Event) -> str:
        start, end = event.start_mark, event.end_mark
        return self.source[start.index : end.index] if start and end and start.line != end.line else ""

    def _sequence(self, start: yaml.Event, depth: int) -> Items:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Items(self._place(start), tuple(items))

    def _mapping(self, start: yaml.Event, depth: int) -> Mapping:
        entries: list[tuple[Text, Node]] = []
        seen: set[str] = set()
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Text):
                raise self._refuse("key_not_text", event)
            if key.text in seen:
                raise self._refuse("duplicate_key", event, key=key.text)
            seen.add(key.text)
            entries.append((key, self._node(next(self.events), depth + 1)))
        return Mapping(self._place(start), tuple(entries))
