"""From the cells of a row to the text of each field: joined, split, replaced, translated, as the mapping says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from taihu.engines.tables.reader import column_key
from taihu.engines.text.fold import fold
from taihu.engines.text.repair import repair
from taihu.systems.jobs.imports.fields import FIELDS, LIST, TEXT
from taihu.systems.jobs.imports.mapping import JobMapping, Source

LONGEST_EMPTY_WORD = 8
HELD, REJECTED = "hold", "reject"
_SPACES = re.compile(r"[ \t\u3000\xa0]+")
_BLANK_LINES = re.compile(r"\n\s*\n+")


@dataclass
class Found:
    """The texts of one row, and what the mapping's own words said about it: (code, field, detail)."""

    texts: dict[str, str] = field(default_factory=dict)
    repaired: list[tuple[str, str, str]] = field(default_factory=list)
    held: list[tuple[str, str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)


Step = Callable[[Sequence[str], Found], str]


class RowReader:
    """Reads the rows of one table by one mapping."""

    def __init__(self, mapping: JobMapping, columns: Sequence[str]) -> None:
        places = {column_key(name): place for place, name in enumerate(columns)}
        self._places = {name: places.get(column_key(name), -1) for name in mapping.columns}
        self._empty = mapping.empty
        self._steps = [(source, self._step(source)) for source in mapping.fields.values()]
        self._rules = [(rule, self._places[rule.column], re.compile(rule.pattern)) for rule in mapping.rules]

    def read(self, cells: Sequence[str]) -> Found:
        found = Found()
        for source, step in self._steps:
            text = step(cells, found)
            if text:
                found.texts[source.name] = text
            elif source.required:
                found.rejected.append(("field_missing", source.name, ""))
        for rule, place, pattern in self._rules:
            cell = cells[place].strip() if place >= 0 else ""
            applies = pattern.search(cell) is not None if rule.pattern else fold(cell).strip() in rule.words
            if applies:
                target = found.held if rule.then == HELD else found.rejected
                target.append(("mapping_rule", rule.column, rule.reason or cell[:60]))
        return found

    def _step(self, source: Source) -> Step:
        take = self._taker(source)
        pattern = re.compile(source.match) if source.match else None
        values = dict(source.values)

        def read(cells: Sequence[str], found: Found) -> str:
            text = self._clean(take(cells), source, found)
            if text and source.split:
                text = _part(text, source.split, source.take)
            if text and pattern is not None:
                match = pattern.search(text)
                text = (match.group(1) if pattern.groups else match.group()) if match else ""
            for before, after in source.replace:
                text = text.replace(before, after)
            if text and values:
                text = self._translated(text, values, source, found)
            return text.strip() or source.default

        return read

    def _taker(self, source: Source) -> Callable[[Sequence[str]], str]:
        if source.constant is not None:
            constant = source.constant
            return lambda cells: constant
        places = [self._places[name] for name in source.columns]
        if source.template:
            by_name = dict(zip(source.columns, places, strict=True))
            return lambda cells: _filled(source.template, by_name, cells, self._is_empty)
        places = [place for place in places if place >= 0]
        if len(places) == 1:
            place = places[0]
            return lambda cells: "" if self._is_empty(cells[place]) else cells[place]

        def several(cells: Sequence[str]) -> str:
            parts = [cells[place].strip() for place in places if not self._is_empty(cells[place])]
            return parts[0] if source.first and parts else source.join.join(dict.fromkeys(parts))

        return several

    def _is_empty(self, cell: str) -> bool:
        return not cell or (len(cell) <= LONGEST_EMPTY_WORD and fold(cell).strip() in self._empty)

    def _clean(self, text: str, source: Source, found: Found) -> str:
        if not text:
            return ""
        done = repair(text)
        for kind in done.repairs:
            where = (source.name, kind.kind)
            if kind.kind == "unrecoverable":
                found.held.append(("text_lost", *where))
            elif kind.kind != "control" or kind.before.strip("\r\n"):
                found.repaired.append(("text_repaired", *where))
        text = done.text
        if FIELDS[source.name].kind in (TEXT, LIST):
            text = _BLANK_LINES.sub("\n", _SPACES.sub(" ", text))
        return text.strip()

    def _translated(self, text: str, values: dict[str, str], source: Source, found: Found) -> str:
        known = values.get(fold(text).strip())
        if known is not None:
            return known
        if source.otherwise == HELD:
            found.held.append(("value_unknown", source.name, text[:60]))
        elif source.otherwise == REJECTED:
            found.rejected.append(("value_unknown", source.name, text[:60]))
        return text if source.otherwise == "keep" else ""


def _part(text: str, mark: str, take: int) -> str:
    parts = [part.strip() for part in text.split(mark)]
    return parts[take] if -len(parts) <= take < len(parts) else ""


def _filled(template: str, places: dict[str, int], cells: Sequence[str], is_empty: Callable[[str], bool]) -> str:
    """The template with its columns filled in; nothing when all of them are empty."""
    any_filled = False

    def fill(match: re.Match[str]) -> str:
        nonlocal any_filled
        place = places.get(match.group(1), -1)
        cell = cells[place].strip() if place >= 0 else ""
        if is_empty(cell):
            return ""
        any_filled = True
        return cell

    text = re.sub(r"\{([^{}]+)\}", fill, template)
    return text if any_filled or not places else ""


def listed(text: str, separators: str) -> list[str]:
    """The parts of a list cell, each once, in order."""
    if not text:
        return []
    parts = re.split("[" + re.escape(separators) + "]", text) if separators else [text]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
