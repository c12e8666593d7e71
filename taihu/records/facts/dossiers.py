"""The facts of one person as the rule engine explains them: the same mapping as for the city, with source and date per value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from taihu.engines.rules.catalogue import Catalogue, RecordType
from taihu.engines.rules.consistency import check_person
from taihu.engines.rules.errors import FactsError, Problem
from taihu.engines.rules.kinds import OPEN_DATE
from taihu.engines.rules.people import FactValue, Record
from taihu.engines.rules.people import Person as RulePerson
from taihu.records.base.clock import city_date
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.properties import HOUSEHOLD, INSURED_BY
from taihu.records.facts.queries import known_at, valid_on
from taihu.records.facts.reading import Belief, Scope
from taihu.records.facts.tables import LoadedFacts, load_facts_of, relevant_names
from taihu.records.identity.models import Person

EMPLOYER_FACTS = "employer"


@dataclass(frozen=True)
class Dossier:
    """One person's facts for the engine, and what contradicts itself among them (withheld from `person`).

    `advice` are findings that withhold nothing, such as a household that no register answered for.
    """

    person: RulePerson
    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]
    rows: tuple[Fact, ...]


def dossier_of(catalogue: Catalogue, person: Person, belief: Belief) -> Dossier:
    """What held of a person on a day as known at a moment; a fixed number of statements."""
    return dossiers_of(catalogue, [person], belief)[person.pk]


def dossiers_of(catalogue: Catalogue, people: Iterable[Person], belief: Belief) -> dict[int, Dossier]:
    """Dossiers of several people by record number, in as many statements as for one."""
    wanted = {person.pk: person for person in people}
    rows = rows_of(catalogue, wanted.values(), belief)
    named = [number for own in rows.values() for row in own if row.property == HOUSEHOLD.name for number in row.value]
    loaded = load_facts_of(catalogue, Scope(people=tuple(sorted({*wanted, *named}))), belief)
    place = {int(pk): row for row, pk in enumerate(loaded.ids)}
    homes = _homes(loaded)
    found = {}
    for pk, person in wanted.items():
        members = [_person(catalogue, loaded, row) for row in homes.get(place[pk], ()) if row != place[pk]]
        sourced = with_sources(catalogue, _person(catalogue, loaded, place[pk]), rows[pk], person)
        findings = _findings(catalogue, rows[pk], sourced, members, belief.day)
        found[pk] = Dossier(
            replace(sourced, household=tuple(members)),
            tuple(item for item in findings if item.is_error),
            tuple(item for item in findings if not item.is_error),
            tuple(rows[pk]),
        )
    return found


def _homes(loaded: LoadedFacts) -> dict[int, list[int]]:
    """Row → the rows of its household, itself among them."""
    if loaded.table.household is None:
        return {}
    members: dict[int, list[int]] = {}
    for row, home in enumerate(loaded.table.household.tolist()):
        if home >= 0:
            members.setdefault(home, []).append(row)
    return {row: rows for rows in members.values() for row in rows}


def rows_of(catalogue: Catalogue, people: Iterable[Person], belief: Belief) -> dict[int, list[Fact]]:
    """The rows behind dossiers, in the order in which they were written, those of the employer included."""
    current, dated, stated = relevant_names(catalogue)
    found: dict[int, list[Fact]] = {person.pk: [] for person in people}
    own = Fact.objects.filter(known_at(belief.known_at), person__in=list(found), property__in=[*current, *dated])
    for row in own.select_related("evidence").order_by("pk"):
        if _counts(row, belief.day, dated, stated):
            assert row.person_id is not None
            found[row.person_id].append(row)
    codes = {pk: {row.value for row in rows if row.property == INSURED_BY.name} for pk, rows in found.items()}
    employers = _employer_rows(
        catalogue, belief, {code for group in codes.values() if len(group) == 1 for code in group}
    )
    for pk, group in codes.items():
        if len(group) == 1:
            found[pk] += employers.get(next(iter(group)), [])
    return found


def _employer_rows(catalogue: Catalogue, belief: Belief, codes: set[str]) -> dict[str, list[Fact]]:
    names = [item.name for item in catalogue.facts.values() if item.subject == EMPLOYER_FACTS]
    found: dict[str, list[Fact]] = {}
    if codes:
        rows = Fact.objects.filter(known_at(belief.known_at), valid_on(belief.day), property__in=names)
        rows = rows.filter(organisation__credit_code__in=sorted(codes)).select_related("evidence", "organisation")
        for row in rows.order_by("pk"):
            assert row.organisation is not None
            found.setdefault(str(row.organisation.credit_code), []).append(row)
    return found


def _counts(row: Fact, day: date, dated: Iterable[str], stated: Iterable[str]) -> bool:
    if row.source == Source.SELF and row.property not in stated:
        return False
    return row.property in dated or (row.valid_from <= day and (row.valid_to is None or day < row.valid_to))


def _person(catalogue: Catalogue, loaded: LoadedFacts, row: int) -> RulePerson:
    plain = loaded.table.person(catalogue, row)
    return replace(plain, id=str(int(loaded.ids[row])))


def with_sources(catalogue: Catalogue, plain: RulePerson, rows: Iterable[Fact], person: Person) -> RulePerson:
    """The same values, each with where it comes from and since when it is known."""
    by_name: dict[str, list[Fact]] = {}
    for row in rows:
        by_name.setdefault(row.property, []).append(row)
    facts = {
        name: tuple(_sourced(name, catalogue, value, by_name.get(name, []), person) for value in values)
        for name, values in plain.facts.items()
    }
    records = {
        name: tuple(_sourced_records(catalogue.records[name], records, by_name.get(name, [])))
        for name, records in plain.records.items()
    }
    return replace(plain, facts=facts, records=records)


def _sourced(name: str, catalogue: Catalogue, value: FactValue, rows: list[Fact], person: Person) -> FactValue:
    if catalogue.facts[name].has_history:
        rows = [row for row in rows if _day(row.valid_from) == value.valid_from] or rows
    if not rows:
        if name == "birth_date" and person.birth_date is not None:
            return replace(value, fetched_at=_day(city_date(person.created_at)))
        return value
    row = rows[-1]
    start = value.valid_from if catalogue.facts[name].has_history else _day(row.valid_from)
    return replace(value, source=source_of(row, value.source), valid_from=start, fetched_at=fetched(row))


def source_of(row: Fact, otherwise: str) -> str:
    return row.source_name or otherwise


def fetched(row: Fact) -> int:
    return _day(city_date(row.known_from))


def _sourced_records(kind: RecordType, records: tuple[Record, ...], rows: list[Fact]) -> Iterable[Record]:
    """Records stand by their start, then as written: so do the rows that they come from."""
    origins = [(_start(kind, item), row) for row in rows for item in row.value]
    if kind.span:
        origins.sort(key=lambda pair: pair[0])
    for record, (_, row) in zip(records, origins, strict=True):
        yield replace(record, source=source_of(row, record.source), fetched_at=fetched(row))


def _start(kind: RecordType, item: Mapping[str, Any]) -> int:
    text = item.get(kind.span[0]) if kind.span else None
    return OPEN_DATE if text is None else _day(date.fromisoformat(text))


def _findings(
    catalogue: Catalogue, rows: Iterable[Fact], sourced: RulePerson, members: list[RulePerson], day: date
) -> tuple[Problem, ...]:
    """What the engine's own check says of everything that was answered, nothing withheld."""
    given: dict[str, Any] = {}
    for row in rows:
        if row.property in catalogue.records:
            given[row.property] = [*given.get(row.property, []), *row.value]
        elif row.property in catalogue.facts:
            given.setdefault(row.property, []).append(_as_given(catalogue, row))
    try:
        whole = RulePerson.of(catalogue, sourced.id, given, household=members)
    except FactsError as error:
        return error.problems
    if "birth_date" in sourced.facts and "birth_date" not in whole.facts:
        whole = replace(whole, facts={**whole.facts, "birth_date": sourced.facts["birth_date"]})
    return check_person(catalogue, whole, day)


def _as_given(catalogue: Catalogue, row: Fact) -> dict[str, Any]:
    if not catalogue.facts[row.property].has_history:
        return {"value": row.value}
    return {"value": row.value, "from": row.valid_from, "to": row.valid_to}


def _day(day: date) -> int:
    return day.toordinal() - 719_163


def belief_at(at: datetime, day: date | None = None) -> Belief:
    """What is known at a moment about a day, today of the city by default."""
    return Belief(day or city_date(at), at)
