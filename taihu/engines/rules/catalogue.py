"""The catalogue of facts a policy may read: name, type, subject, label, source; record types; dated lists.

Written in YAML (`data/facts.yaml` is the one shipped); a policy file may add facts of its own under ``facts:``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

from .documents import Items, Node, Text, read_document
from .documents import Mapping as Map
from .errors import NOWHERE, Place, PolicyError, Problem, problem
from .kinds import DATE_MAX, DATE_MIN, OPEN_DATE, Kind, Type
from .syntax import is_name
from .tree import Words
from .values import show, stored_value

SUBJECTS = ("person", "household", "employer", "project")


@dataclass(frozen=True, slots=True)
class FactType:
    """A fact with one value at a time. `has_history`: several dated values, read as of a date.

    `codes` names the code list whose names its values have.
    """

    name: str
    type: Type
    subject: str
    label: Words
    source: str
    has_history: bool
    is_past: bool
    value_labels: tuple[Words, ...] = ()
    question: Words | None = None
    codes: str = ""
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordType:
    """A fact of which a person has any number: degrees, months of insurance, homes, payments received.

    `span` names the two date fields of a duration (both ends included, an absent end is "still going on").
    `no_overlap`: two records with equal values in these fields must not overlap.
    """

    name: str
    subject: str
    label: Words
    source: str
    fields: Mapping[str, FactType]
    span: tuple[str, str] | tuple[()]
    no_overlap: tuple[str, ...]
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    @property
    def span_end(self) -> str:
        """The field in which a span ends, "" without a span."""
        return self.span[1] if self.span else ""


@dataclass(frozen=True, slots=True)
class Edition:
    """Members of a list from `start` to `end` (excluded)."""

    start: int
    end: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class DatedList:
    name: str
    label: Words
    editions: tuple[Edition, ...]

    def edition_on(self, day: int) -> int:
        """Index of the edition in force on a day, -1 when there is none."""
        for index, edition in enumerate(self.editions):
            if edition.start <= day < edition.end:
                return index
        return -1


@dataclass(frozen=True, slots=True)
class FactCheck:
    """A statement that must hold of any person's facts, else they contradict each other."""

    id: str
    test: str
    label: Words
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Catalogue:
    facts: Mapping[str, FactType]
    records: Mapping[str, RecordType]
    lists: Mapping[str, DatedList]
    checks: tuple[FactCheck, ...] = ()
    enums: Mapping[str, tuple[Type, tuple[Words, ...]]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, Words]] = field(default_factory=dict, compare=False, repr=False)

    def said(self, fact: FactType, value: int | str, language: str) -> str:
        """A stored value for reading: enums by their labels, codes by their names, everything else as written."""
        if fact.value_labels and isinstance(value, int) and 0 <= value < len(fact.value_labels):
            return fact.value_labels[value].say(language)
        return self.named(fact.codes, value, language) if isinstance(value, str) else show(fact.type, value, language)

    def named(self, codes: str, code: str, language: str) -> str:
        """The name of a code in a code list, the code itself where it has none."""
        name = self.codes.get(codes, {}).get(code)
        return name.say(language) if name else code

    def merged(self, other: Catalogue) -> Catalogue:
        """Both together.

        Raises
        ------
        PolicyError
            A name is defined in both with a different meaning.
        """
        clashes: list[Problem] = []
        for mine, theirs in ((self.facts, other.facts), (self.records, other.records)):
            for name, item in theirs.items():
                if name in mine and mine[name] != item:
                    clashes.append(problem("fact_clash", item.place, name=name))
        if clashes:
            raise PolicyError(clashes)
        return Catalogue(
            {**self.facts, **other.facts},
            {**self.records, **other.records},
            {**self.lists, **other.lists},
            self.checks + tuple(item for item in other.checks if item not in self.checks),
            {**self.enums, **other.enums},
            _with_codes(self.codes, other.codes),
        )

    def with_codes(self, codes: Mapping[str, Mapping[str, Words]]) -> Catalogue:
        """A copy in which these code lists have these names beside those that they have."""
        return replace(self, codes=_with_codes(codes, self.codes))

    def with_lists(self, lists: Iterable[DatedList]) -> Catalogue:
        """A copy with these lists added or replaced (official lists live in a database, for instance)."""
        return replace(self, lists={**self.lists, **{item.name: item for item in lists}})


def _with_codes(
    below: Mapping[str, Mapping[str, Words]], above: Mapping[str, Mapping[str, Words]]
) -> dict[str, Mapping[str, Words]]:
    """Names of both; where both name a code, those above count."""
    return {name: {**below.get(name, {}), **above.get(name, {})} for name in {**below, **above}}


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue in `data/facts.yaml`.

    >>> shipped_catalogue().facts["birth_date"].label.zh
    '出生日期'
    """
    folder = resources.files("taihu.engines.rules") / "data"
    return load_catalogue((folder / "facts.yaml").read_text("utf-8"), "facts.yaml")


def load_catalogue(text: str, file: str) -> Catalogue:
    """Read a catalogue file.

    Raises
    ------
    PolicyError
        Every mistake found, each with its line.
    """
    return read_catalogue(read_document(text, file))


def read_catalogue(top: Map, base: Catalogue | None = None) -> Catalogue:
    """A catalogue from a mapping with the keys enums, codes, facts, records, lists, checks (each optional).

    `base` lends its enums, so that a policy can declare a fact of a type the city already uses.
    """
    reader = _Reader(top, base)
    result = reader.read()
    if reader.problems:
        raise PolicyError(dict.fromkeys(reader.problems))
    return result


class _Reader:
    def __init__(self, top: Map, base: Catalogue | None) -> None:
        self.top = top
        self.problems: list[Problem] = []
        self.enums: dict[str, tuple[Type, tuple[Words, ...]]] = dict(base.enums) if base else {}

    def read(self) -> Catalogue:
        for name, node in self._section("enums"):
            self.enums[name.text] = self._enum(node)
        facts = {name.text: self._fact(name, node) for name, node in self._section("facts")}
        records = {name.text: self._record(name, node) for name, node in self._section("records")}
        lists = {name.text: self._list(name, node) for name, node in self._section("lists")}
        codes = {name.text: self._codes(node) for name, node in self._section("codes")}
        checks = tuple(self._check(name, node) for name, node in self._section("checks"))
        for key in (key for section in ("facts", "records") for key, _ in self._section(section)):
            if not is_name(key.text):
                self._add("bad_name", key.place, name=key.text)
        for shared in set(facts) & set(records):
            self._add("fact_clash", records[shared].place, name=shared)
        return Catalogue(facts, records, lists, checks, self.enums, codes)

    def _add(self, code: str, place: Place, **params: object) -> None:
        self.problems.append(problem(code, place, **params))

    def _section(self, name: str) -> list[tuple[Text, Map]]:
        node = self.top.get(name)
        if node is None:
            return []
        if not isinstance(node, Map):
            self._add("want_mapping", node.place, key=name)
            return []
        found = []
        for key, value in node.entries:
            if isinstance(value, Map):
                found.append((key, value))
            else:
                self._add("want_mapping", value.place, key=key.text)
        return found

    def _text(self, node: Map, key: str, default: str = "") -> str:
        value = node.get(key)
        if value is None:
            return default
        if not isinstance(value, Text):
            self._add("want_text", value.place, key=key)
            return default
        return value.text

    def _flag(self, node: Map, key: str) -> bool:
        value = self._text(node, key, "false")
        if value not in ("true", "false"):
            self._add("want_flag", node.key_place(key), key=key)
        return value == "true"

    def _words(self, node: Map) -> Words:
        zh = self._text(node, "zh")
        if not zh:
            self._add("missing_key", node.place, key="zh")
        return Words(zh, self._text(node, "en"))

    def _enum(self, node: Map) -> tuple[Type, tuple[Words, ...]]:
        values = node.get("values")
        if not isinstance(values, Map):
            self._add("want_mapping", node.place, key="values")
            return Type.enum((), ordered=False), ()
        labels = self._codes(values)
        return Type.enum(tuple(labels), ordered=self._flag(node, "ordered")), tuple(labels.values())

    def _codes(self, node: Map) -> dict[str, Words]:
        """`{code: [Chinese, English]}`; a code without names stands for itself."""
        found: dict[str, Words] = {}
        for key, label in node.entries:
            items = label.items if isinstance(label, Items) else (label,)
            pair = [item.text for item in items if isinstance(item, Text)]
            found[key.text] = Words(pair[0] if pair else key.text, pair[1] if len(pair) > 1 else key.text)
        return found

    def _type(self, name: Text, node: Map) -> tuple[Type, tuple[Words, ...]]:
        word = self._text(node, "type")
        if word in self.enums:
            return self.enums[word]
        if word == "enum":
            return self._enum(node)
        kinds = {kind.value: kind for kind in Kind if kind not in (Kind.DURATION, Kind.ENUM)}
        if word not in kinds:
            choices = ", ".join([*kinds, *self.enums])
            self._add("unknown_type", name.place, name=name.text, type=word, choices=choices)
            return Type.of(Kind.BOOL), ()
        kind = kinds[word]
        base = Type.of(kind)
        low, high = self._bound(node, "min", base), self._bound(node, "max", base)
        if kind is Kind.DATE:
            low, high = (DATE_MIN if low is None else low), (DATE_MAX if high is None else high)
        return Type.of(kind, low, high), ()

    def _bound(self, node: Map, key: str, base: Type) -> int | None:
        value = node.get(key)
        if value is None:
            return None
        wide = Type(base.kind, -(2**62), 2**62)
        try:
            return int(stored_value(wide, value.text if isinstance(value, Text) else "", key))
        except ValueError:
            self._add("bad_bound", value.place, key=key)
            return None

    def _fact(self, name: Text, node: Map, *, subject: str = "person") -> FactType:
        self._only(node, _FACT_KEYS)
        type_, labels = self._type(name, node)
        subject = self._text(node, "subject", subject)
        if subject not in SUBJECTS:
            self._add("unknown_subject", name.place, subject=subject, choices=", ".join(SUBJECTS))
        question = node.get("question")
        return FactType(
            name.text,
            type_,
            subject,
            self._words(node),
            self._text(node, "source"),
            self._flag(node, "history"),
            self._flag(node, "past"),
            labels,
            self._words(question) if isinstance(question, Map) else None,
            self._text(node, "codes"),
            name.place,
        )

    def _record(self, name: Text, node: Map) -> RecordType:
        self._only(node, _RECORD_KEYS)
        fields_node = node.get("fields")
        fields: dict[str, FactType] = {}
        if isinstance(fields_node, Map):
            for key, value in fields_node.entries:
                if isinstance(value, Map):
                    fields[key.text] = self._fact(key, value)
                else:
                    self._add("want_mapping", value.place, key=key.text)
        else:
            self._add("want_mapping", node.place, key="fields")
        span = self._names(node, "span")
        if span and (
            len(span) != 2 or any(item not in fields or fields[item].type.kind is not Kind.DATE for item in span)
        ):
            self._add("bad_span", node.key_place("span"), name=name.text)
            span = ()
        if span:
            end = fields[span[1]]
            fields[span[1]] = replace(end, type=Type.of(Kind.DATE, end.type.low, OPEN_DATE))
        overlap = self._names(node, "no_overlap")
        for item in overlap:
            if item not in fields:
                self._add(
                    "unknown_field",
                    node.key_place("no_overlap"),
                    record=name.text,
                    field=item,
                    choices=", ".join(fields),
                )
        pair: tuple[str, str] | tuple[()] = (span[0], span[1]) if span else ()
        return RecordType(
            name.text,
            self._text(node, "subject", "person"),
            self._words(node),
            self._text(node, "source"),
            fields,
            pair,
            overlap,
            name.place,
        )

    def _names(self, node: Map, key: str) -> tuple[str, ...]:
        value = node.get(key)
        if value is None:
            return ()
        if not isinstance(value, Items):
            self._add("want_list", value.place, key=key)
            return ()
        return tuple(item.text for item in value.items if isinstance(item, Text))

    def _list(self, name: Text, node: Map) -> DatedList:
        self._only(node, ("zh", "en", "editions"))
        editions_node = node.get("editions")
        editions: list[Edition] = []
        for item in editions_node.items if isinstance(editions_node, Items) else ():
            if not isinstance(item, Map):
                self._add("want_mapping", item.place, key="editions")
                continue
            self._only(item, ("from", "to", "members"))
            start = self._bound(item, "from", Type.of(Kind.DATE))
            end = self._bound(item, "to", Type.of(Kind.DATE)) if item.get("to") is not None else OPEN_DATE
            members = frozenset(self._names(item, "members"))
            edition = Edition(DATE_MIN if start is None else start, OPEN_DATE if end is None else end, members)
            if edition.start >= edition.end:
                self._add("empty_period", item.place)
            if any(edition.start < other.end and other.start < edition.end for other in editions):
                self._add("edition_overlap", item.place, name=name.text)
            editions.append(edition)
        if not editions:
            self._add("list_empty", name.place, name=name.text)
        return DatedList(name.text, self._words(node), tuple(editions))

    def _check(self, name: Text, node: Map) -> FactCheck:
        test = node.get("test")
        place = test.place if isinstance(test, Node) else node.place
        return FactCheck(name.text, self._text(node, "test"), self._words(node), place)

    def _only(self, node: Map, allowed: tuple[str, ...]) -> None:
        for key, _ in node.entries:
            if key.text not in allowed:
                self._add("unknown_key", key.place, key=key.text, choices=", ".join(allowed))


_FACT_KEYS = (
    "type", "subject", "zh", "en", "source", "history", "past", "min", "max", "values", "ordered", "question", "codes",
)  # fmt: skip
_RECORD_KEYS = ("subject", "zh", "en", "source", "span", "no_overlap", "fields")
