"""The shipped code lists, read once per process and then only looked up.

Codes are facts of a release, not of a database: a label needs no SQL, a test needs no fixture, and two processes of
the same release cannot disagree. A code that a standard withdraws stays in its file, so that old records keep their
label.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from taihu.records.taxonomy.enums import Kind

DATA = Path(__file__).parent / "data"
COLUMNS = ("code", "name", "name_en", "parent", "level", "aliases")
MANY = "|"


@dataclass(frozen=True, slots=True)
class Term:
    """One code of one list; `line` is where its file says so."""

    kind: Kind
    code: str
    name: str
    name_en: str
    parent: str
    level: int
    aliases: tuple[str, ...]
    extra: Mapping[str, str]
    line: int

    def linked(self, column: str) -> tuple[str, ...]:
        """The codes in a further column of the file, `occupations` of a skill for example."""
        return split_many(self.extra.get(column, ""))


@dataclass(frozen=True)
class ListInfo:
    """What the manifest says about one list."""

    kind: Kind
    file: str
    name: str
    name_en: str
    standard: str
    effective_from: date
    source: str
    patterns: tuple[str, ...]
    counts: tuple[int, ...]
    links: Mapping[str, str]
    nested: bool

    @property
    def path(self) -> Path:
        return DATA / self.file

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


class CodeTree:
    """One list in memory: terms in file order, by code, and as a tree."""

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.terms = terms
        self.by_code = {term.code: term for term in terms}
        children: dict[str, list[Term]] = {}
        for term in terms:
            children.setdefault(term.parent, []).append(term)
        self._children = {code: tuple(below) for code, below in children.items()}

    def children(self, code: str = "") -> tuple[Term, ...]:
        """The terms right below a code, in file order; the roots for the empty code."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[Term, ...]:
        """From the root down to the parent; empty for a root and for an unknown code."""
        found: list[Term] = []
        term = self.by_code.get(code)
        while term is not None and term.parent:
            term = self.by_code.get(term.parent)
            if term is not None:
                found.append(term)
        return tuple(reversed(found))

    def descendants(self, code: str) -> Iterator[Term]:
        """Everything below a code, depth first; the code itself is not among them."""
        for term in self.children(code):
            yield term
            yield from self.descendants(term.code)


def split_many(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(MANY) if part)


@cache
def manifest() -> Mapping[Kind, ListInfo]:
    with (DATA / "manifest.toml").open("rb") as file:
        content = tomllib.load(file)
    return MappingProxyType({Kind(kind): _list_info(Kind(kind), entry) for kind, entry in content.items()})


def _list_info(kind: Kind, entry: dict[str, Any]) -> ListInfo:
    return ListInfo(
        kind=kind,
        file=entry["file"],
        name=entry["name"],
        name_en=entry["name_en"],
        standard=entry["standard"],
        effective_from=entry["effective_from"],
        source=entry["source"],
        patterns=tuple(entry["patterns"]),
        counts=tuple(entry["counts"]),
        links=MappingProxyType(entry.get("links", {})),
        nested=entry.get("nested", True),
    )


@cache
def code_tree(kind: str) -> CodeTree:
    """The list of that kind; reading the largest takes some 10 ms, later calls nothing."""
    info = manifest()[Kind(kind)]
    return CodeTree(tuple(read_terms(info.kind, info.path)))


def read_terms(kind: Kind, path: Path) -> Iterator[Term]:
    """Read one file; raises ValueError with file and line for a row that is no row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if tuple(header[: len(COLUMNS)]) != COLUMNS:
            raise ValueError(f"{path.name}:1: the header must begin with {','.join(COLUMNS)}, it is {','.join(header)}")
        further = header[len(COLUMNS) :]
        for line, row in enumerate(rows, start=2):
            if len(row) != len(header):
                raise ValueError(f"{path.name}:{line}: {len(row)} columns where the header has {len(header)}")
            code, name, name_en, parent, level, aliases = row[: len(COLUMNS)]
            if not level.isdecimal():
                raise ValueError(f"{path.name}:{line}: the level must be a number, it is {level!r}")
            yield Term(
                kind=kind,
                code=code,
                name=name,
                name_en=name_en,
                parent=parent,
                level=int(level),
                aliases=split_many(aliases),
                extra=MappingProxyType(dict(zip(further, row[len(COLUMNS) :], strict=True))),
                line=line,
            )
