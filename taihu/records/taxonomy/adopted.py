"""The dated lists that ship with the software, read from `data/lists`."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from taihu.records.taxonomy.catalogue import DATA, code_tree
from taihu.records.taxonomy.check import Problem, check_lists

LISTS = DATA / "lists"


@dataclass(frozen=True)
class Entry:
    """One line of a dated list: the name as printed, its code where there is one, and the further columns."""

    name: str
    code: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ListText:
    """A dated list as it is written down, before it is adopted."""

    kind: str
    version: str
    name: str
    active_from: date
    entries: tuple[Entry, ...]
    active_to: date | None = None
    name_en: str = ""
    issuer: str = ""
    document_number: str = ""
    source: str = ""
    code_kind: str = ""
    is_example: bool = False


def shipped_lists() -> Iterator[ListText]:
    with (LISTS / "manifest.toml").open("rb") as file:
        for entry in tomllib.load(file)["list"]:
            yield _list_text(dict(entry))


def _list_text(entry: dict[str, Any]) -> ListText:
    with (LISTS / entry.pop("file")).open(encoding="utf-8", newline="") as file:
        entries = tuple(
            Entry(name=row.pop("name"), code=row.pop("code"), extra={k: v for k, v in row.items() if v})
            for row in csv.DictReader(file)
        )
    return ListText(entries=entries, **entry)


def check_shipped() -> list[Problem]:
    """Every problem of the code lists and of the dated lists that point into them."""
    problems = check_lists()
    if problems:
        return problems
    for text in shipped_lists():
        file = f"lists/{text.kind}-{text.version}"
        problems += [Problem(file, line, message) for line, message in entry_problems(text)]
    return problems


def entry_problems(text: ListText) -> Iterator[tuple[int, str]]:
    """What is wrong with a list's entries, with the line in a file that has one header line."""
    seen: set[tuple[str, str]] = set()
    for line, entry in enumerate(text.entries, start=2):
        if not entry.name:
            yield line, "the entry has no name"
        if entry.code and text.code_kind and entry.code not in code_tree(text.code_kind).by_code:
            yield line, f"{entry.code} ({entry.name}) is no {text.code_kind} code"
        if (entry.code, entry.name) in seen:
            yield line, f"{entry.name} is listed twice"
        seen.add((entry.code, entry.name))
