"""The facts of one person as the engine reads them: dated values with their source, and lists of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .catalogue import Catalogue, FactType, RecordType
from .errors import NOWHERE, FactsError, Problem, problem
from .kinds import DATE, OPEN_DATE, RECORDS_MAX
from .values import stored_value

Stored = int | str


@dataclass(frozen=True, slots=True)
class FactValue:
    """A value in stored form (see `kinds`); None = known to be unknown. Dates are day numbers; valid_to is excluded."""

    value: Stored | None
    source: str = ""
    valid_from: int | None = None
    valid_to: int | None = None
    fetched_at: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record: field name to stored value; a field that is absent is unknown."""

    values: Mapping[str, Stored]
    source: str = ""
    fetched_at: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Facts of one person.

    A fact without an entry is unknown; so is a record type without an entry, while an empty tuple says "none".
    Household and employer facts stand here under their own names, as the person sees them. `household` are the other
    members that may hold the same entitlements.
    """

    id: str
    facts: Mapping[str, tuple[FactValue, ...]] = field(default_factory=dict)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    household: tuple[Person, ...] = ()

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        identifier: str,
        given: Mapping[str, Any],
        *,
        household: Sequence[Person] = (),
    ) -> Person:
        """Build from natural values.

        Dates as date or ISO text, money as text with a unit or int fen, decimals as text, Decimal or percent text,
        enums and codes as text. A value may be a mapping ``{value, source, from, to, fetched_at}`` or, for a history,
        a list of such. Records are lists of mappings of fields, with optional ``source`` and ``fetched_at``.

        Raises
        ------
        FactsError
            Unknown names or values that do not fit, all at once.
        """
        problems: list[Problem] = []
        facts: dict[str, tuple[FactValue, ...]] = {}
        records: dict[str, tuple[Record, ...]] = {}
        for name, value in given.items():
            try:
                if name in catalogue.records:
                    if value is not None:
                        records[name] = _records(catalogue.records[name], value)
                elif name in catalogue.facts:
                    facts[name] = _fact_values(catalogue.facts[name], value)
                else:
                    problems.append(problem("unknown_fact_given", NOWHERE, name=name, person=identifier))
            except FactsError as error:
                problems.extend(error.problems)
        if problems:
            raise FactsError(problems)
        return cls(identifier, facts, records, tuple(household))

    def value_at(self, name: str, day: int) -> FactValue | None:
        """The value whose validity covers the day; None when there is none or two of them disagree."""
        found: FactValue | None = None
        for item in self.facts.get(name, ()):
            if (item.valid_from is None or item.valid_from <= day) and (item.valid_to is None or day < item.valid_to):
                if found is not None and found.value != item.value:
                    return None
                found = item
        return found


def _day(value: Any, name: str) -> int | None:
    return None if value is None else int(stored_value(DATE, value, name))


def _fact_values(fact: FactType, value: Any) -> tuple[FactValue, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    found = []
    for item in items:
        if isinstance(item, FactValue):
            found.append(item)
            continue
        detail = item if isinstance(item, Mapping) else {"value": item}
        raw = detail.get("value")
        stored = None if raw is None else stored_value(fact.type, raw, fact.name)
        found.append(
            FactValue(
                stored,
                str(detail.get("source", fact.source)),
                _day(detail.get("from"), f"{fact.name}.from"),
                _day(detail.get("to"), f"{fact.name}.to"),
                _day(detail.get("fetched_at"), f"{fact.name}.fetched_at"),
            )
        )
    return tuple(found)


def _records(kind: RecordType, value: Any) -> tuple[Record, ...]:
    if not isinstance(value, list | tuple):
        raise FactsError([problem("records_not_list", NOWHERE, name=kind.name)])
    if len(value) > RECORDS_MAX:
        raise FactsError([problem("too_many_records", NOWHERE, name=kind.name, limit=RECORDS_MAX)])
    found = [_record(kind, item) for item in value]
    if kind.span:
        # The order of the table, so that both readers see records in the same order.
        first = kind.span[0]
        found.sort(key=lambda item: int(item.values.get(first, OPEN_DATE)))
    return tuple(found)


def _record(kind: RecordType, item: Any) -> Record:
    if isinstance(item, Record):
        return item
    if not isinstance(item, Mapping):
        raise FactsError([problem("records_not_list", NOWHERE, name=kind.name)])
    values: dict[str, Stored] = {}
    for name, raw in item.items():
        if name in ("source", "fetched_at") and name not in kind.fields:
            continue
        if name not in kind.fields:
            raise FactsError([problem("unknown_field_given", NOWHERE, record=kind.name, field=name)])
        is_end = name == kind.span_end
        if raw is None:
            if is_end:
                values[name] = OPEN_DATE
            continue
        values[name] = stored_value(kind.fields[name].type, raw, f"{kind.name}.{name}")
    if kind.span_end:
        values.setdefault(kind.span_end, OPEN_DATE)
    return Record(values, str(item.get("source", kind.source)), _day(item.get("fetched_at"), f"{kind.name}.fetched_at"))
