"""What changed between two policy texts: clause by clause, and line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from taihu.systems.policies.editing.operations import GROUPS
from taihu.systems.policies.editing.plain import Plain, write_part
from taihu.systems.policies.editing.rows import words_of


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class FieldChange:
    """One value: the key it stands under, before and after ("" where it is not)."""

    key: str
    old: str
    new: str


@dataclass(frozen=True)
class ItemChange:
    """One thing of a policy: a clause, a step, a definition, a case. `section` is the key it belongs to."""

    section: str
    name: str
    title: str
    kind: Change
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class LineChange:
    """A line of the text: sign " ", "+" or "-", and its numbers in the old and the new text (0 where it is not)."""

    sign: str
    old: int
    new: int
    text: str


def item_changes(old: dict[str, Plain], new: dict[str, Plain], language: str = "zh") -> list[ItemChange]:
    """Differences by item, in the order of the new text; what was removed follows its section."""
    before, after = dict(_items(old)), dict(_items(new))
    sections = list(dict.fromkeys([section for section, _ in (*after, *before)]))
    found = []
    for section in sections:
        keys = [key for key in after if key[0] == section] + [
            key for key in before if key[0] == section and key not in after
        ]
        found += [
            item for key in keys if (item := _compared(key, before.get(key), after.get(key), language)) is not None
        ]
    return found


def _compared(
    key: tuple[str, str], old: dict[str, str] | None, new: dict[str, str] | None, language: str
) -> ItemChange | None:
    if old == new:
        return None
    kind = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    left, right = old or {}, new or {}
    names = dict.fromkeys([*right, *left])
    fields = tuple(
        FieldChange(name, left.get(name, ""), right.get(name, ""))
        for name in names
        if left.get(name) != right.get(name)
    )
    words = (right.get("text") or left.get("text") or "").split(" / ")
    title = words[-1 if language == "en" else 0]
    return ItemChange(key[0], key[1], title or key[1], kind, fields)


def _items(document: dict[str, Plain]) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    """((section, name), values) of every item, clauses flattened."""
    head: dict[str, str] = {}
    for section, value in document.items():
        if section in ("conditions", "payment_conditions", "classes"):
            yield from _clauses(section, value, "")
        elif section in ("define", "tables", "facts", "records", "lists", "enums") and isinstance(value, dict):
            for name, item in value.items():
                yield (section, name), _values(item) if isinstance(item, dict) else {name: _shown(item)}
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield (section, _name(item, number)), _values(item)
        elif section in ("amount", "payers", "exclusion", "decision") and isinstance(value, dict):
            yield (section, section), _values(value)
        elif section == "amount":
            yield (section, section), {"base": _shown(value)}
        else:
            head[section] = _shown(value)
    yield ("policy", "policy"), head


def _clauses(section: str, value: Plain, above: str) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _clauses(section, item, f"{above}.{number}" if above else str(number))
        return
    if not isinstance(value, dict):
        return
    inner = [key for key in (*GROUPS, "grounds") if isinstance(value.get(key), list)]
    own = {key: item for key, item in value.items() if key not in inner}
    if inner and inner[0] in GROUPS:
        own["group"] = inner[0]
    name = str(value.get("id") or value.get("class") or above or section)
    yield (section, name), _values(own)
    for key in inner:
        yield from _clauses(section, value[key], above)


def _name(item: Plain, number: int) -> str:
    if isinstance(item, dict):
        return str(item.get("id") or item.get("name") or item.get("group") or number)
    return str(number)


def _values(value: Plain) -> dict[str, str]:
    if not isinstance(value, dict):
        return {"value": _shown(value)}
    found: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, dict) and not set(item) <= {"zh", "en"}:
            found.update({f"{key} · {name}": text for name, text in _values(item).items()})
        else:
            found[key] = _shown(item)
    return found


def _shown(value: Plain) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) <= {"zh", "en"}:
        words = words_of(value)
        return f"{words['zh']} / {words['en']}" if words["en"] else words["zh"]
    return write_part(value).strip()


def line_changes(old: str, new: str, *, around: int = 3) -> list[LineChange]:
    """The lines that changed with a few unchanged ones around each; a line of sign "…" stands for what is left out."""
    left, right = old.splitlines(), new.splitlines()
    found: list[LineChange] = []
    for group in SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(around):
        if found:
            found.append(LineChange("…", 0, 0, ""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [LineChange(" ", i + 1, j1 + i - i1 + 1, left[i]) for i in range(i1, i2)]
                continue
            found += [LineChange("-", i + 1, 0, left[i]) for i in range(i1, i2)]
            found += [LineChange("+", 0, j + 1, right[j]) for j in range(j1, j2)]
    return found


def counted(changes: list[ItemChange]) -> dict[str, Any]:
    return {kind.value: sum(item.kind is kind for item in changes) for kind in Change}
