"""What is known of employers, as their staff's policies read it."""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from taihu.engines.rules.catalogue import FactType
from taihu.records.facts.reading import Belief, read_codes, read_organisations
from taihu.records.facts.texts import LINE


@dataclass(frozen=True)
class Employers:
    """Organisations by credit code; `values[fact][row]` is its JSON text, absent where unknown or contradictory."""

    rows: Mapping[str, int]
    values: Mapping[str, Mapping[int, str]]

    @classmethod
    def read(cls, belief: Belief, facts: Iterable[FactType], *, codes: Set[str] | None = None) -> "Employers":
        """All organisations, or those with these credit codes. Two statements."""
        known = read_codes(codes)
        rows = {code: row for row, code in enumerate(sorted(known))}
        row_of = {known[code][0]: row for code, row in rows.items()}
        raw = read_organisations(belief, [fact.name for fact in facts], None if codes is None else list(row_of))
        values: dict[str, dict[int, str]] = {fact.name: {} for fact in facts}
        for name, item in raw.items():
            values[name] = _agreed(item.owners.tolist(), item.lines.split(LINE), row_of)
        if "employer_area" in values:
            for code, row in rows.items():
                if known[code][1]:
                    values["employer_area"].setdefault(row, json.dumps(known[code][1]))
        return cls(rows, values)

    @property
    def count(self) -> int:
        return len(self.rows)

    def row(self, code: str) -> int:
        return self.rows.get(code, -1)


def _agreed(owners: list[int], values: list[str], row_of: Mapping[int, int]) -> dict[int, str]:
    found: dict[int, set[str]] = {}
    for owner, text in zip(owners, values, strict=True):
        if owner in row_of:
            found.setdefault(row_of[owner], set()).add(text)
    return {row: texts.pop() for row, texts in found.items() if len(texts) == 1}
