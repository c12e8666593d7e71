"""Do the facts of one person contradict each other? Findings go to the department the fact comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from .catalogue import Catalogue, FactType, RecordType
from .checker import Checker, Scope
from .civil import from_days, to_days
from .errors import NOWHERE, Problem, advice, problem
from .kinds import OPEN_DATE, Kind
from .people import FactValue, Person, Record
from .reader import Reader
from .syntax import parse


def check_person(catalogue: Catalogue, person: Person, at: dt.date) -> tuple[Problem, ...]:
    """All contradictions: two values at once, overlapping records, reversed spans, dates after `at`, failed checks.

    A person without any household fact gets advice rather than an error.

    Examples
    --------
    >>> from taihu.engines.rules.catalogue import shipped_catalogue
    >>> catalogue = shipped_catalogue()
    >>> person = Person.of(catalogue, "1", {"birth_date": "2030-01-01", "homes_in_city": 0})
    >>> [item.code for item in check_person(catalogue, person, dt.date(2024, 1, 1))]
    ['future_date']
    """
    return tuple(_problems(catalogue, person, to_days(at)))


def _problems(catalogue: Catalogue, person: Person, day: int) -> Iterator[Problem]:
    for name, values in person.facts.items():
        yield from _value_problems(catalogue.facts[name], values, person, day)
    for name, records in person.records.items():
        yield from _record_problems(catalogue.records[name], records, person, day)
    reader = Reader(catalogue, person, day)
    checker = Checker(Scope(catalogue))
    for check in catalogue.checks:
        if reader.truth(checker.condition(parse(check.test, check.place))) is False:
            yield problem("check_failed", NOWHERE, person=person.id, text=check.label.zh)
    household = [name for name, fact in catalogue.facts.items() if fact.subject == "household"]
    if not any(name in person.facts for name in household) and not person.household:
        yield advice("no_household", NOWHERE, person=person.id)


def _value_problems(fact: FactType, values: tuple[FactValue, ...], person: Person, day: int) -> Iterator[Problem]:
    for number, first in enumerate(values):
        if _is_future(fact, first.value, day):
            yield _future(person, fact.name, int(first.value or 0), day)
        for second in values[number + 1 :]:
            differ = None not in (first.value, second.value) and first.value != second.value
            if differ and (not fact.has_history or _meet(first, second)):
                shown = f"{first.value}, {second.value}"
                yield problem("fact_conflict", NOWHERE, person=person.id, name=fact.name, values=shown)


def _meet(first: FactValue, second: FactValue) -> bool:
    starts = max(first.valid_from or -(10**9), second.valid_from or -(10**9))
    ends = min(OPEN_DATE if item.valid_to is None else item.valid_to for item in (first, second))
    return starts < ends


def _record_problems(kind: RecordType, records: tuple[Record, ...], person: Person, day: int) -> Iterator[Problem]:
    for record in records:
        for name, value in record.values.items():
            if _is_future(kind.fields[name], value, day):
                yield _future(person, f"{kind.name}.{name}", int(value), day)
    if not kind.span:
        return
    start, end = kind.span
    seen: dict[tuple[object, ...], tuple[int, int]] = {}
    for record in records:
        low, high = record.values.get(start), record.values.get(end, OPEN_DATE)
        if not isinstance(low, int) or not isinstance(high, int):
            continue
        shown = (from_days(low).isoformat(), from_days(min(high, OPEN_DATE)).isoformat())
        if low > high:
            yield problem("span_reversed", NOWHERE, person=person.id, record=kind.name, first=shown[0], second=shown[1])
            continue
        key = tuple(record.values.get(name) for name in kind.no_overlap)
        before = seen.get(key)
        if kind.no_overlap and before is not None and low <= before[1]:
            first = from_days(before[0]).isoformat()
            yield problem("record_overlap", NOWHERE, person=person.id, record=kind.name, first=first, second=shown[0])
        seen[key] = (low, high) if before is None or high > before[1] else before


def _is_future(fact: FactType, value: object, day: int) -> bool:
    return fact.is_past and fact.type.kind is Kind.DATE and isinstance(value, int) and day < value


def _future(person: Person, name: str, value: int, day: int) -> Problem:
    shown = from_days(value).isoformat()
    return problem("future_date", NOWHERE, person=person.id, name=name, value=shown, at=from_days(day).isoformat())
