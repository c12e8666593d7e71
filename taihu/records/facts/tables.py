"""From facts in the database to the columns that the rule engine reads: the same mapping for a city and for one person."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.rules.catalogue import Catalogue, FactType, RecordType
from taihu.engines.rules.kinds import OPEN_DATE, Kind, Type
from taihu.engines.rules.table import Column, FactsTable, RecordColumns
from taihu.engines.rules.values import stored_value
from taihu.records.facts.contradictions import Contradiction, find_contradictions, withhold
from taihu.records.facts.employers import Employers
from taihu.records.facts.properties import HOUSEHOLD, INSURED_BY
from taihu.records.facts.reading import Belief, RawFacts, Scope, read_facts, read_people
from taihu.records.facts.rule_facts import FROM_SELF
from taihu.records.facts.texts import Coded, code_lines, code_records, number_lists

Array = npt.NDArray[Any]
DTYPES: dict[Kind, Any] = {
    Kind.BOOL: np.bool_,
    Kind.INT: np.int64,
    Kind.DECIMAL: np.int64,
    Kind.MONEY: np.int64,
    Kind.DATE: np.int32,
    Kind.ENUM: np.int16,
    Kind.CODE: np.int32,
}


@dataclass(frozen=True)
class LoadedFacts:
    """People and their facts, what contradicts itself among them, and a digest of all of it.

    `ids` are record numbers, ascending, one per row of the table. A value or list that contradicts itself is unknown in
    the table, so that it sends its person to a human and decides nothing.
    """

    ids: Array
    table: FactsTable
    contradictions: tuple[Contradiction, ...]
    digest: str


def load_facts_of(
    catalogue: Catalogue, scope: Scope, belief: Belief, *, employers: Employers | None = None
) -> LoadedFacts:
    """Everything the catalogue names, of everybody in scope: five or six statements whatever their number.

    `employers` saves reading the organisations again for every part of a city.
    """
    return _Builder(catalogue, scope, belief, employers).build()


def relevant_names(catalogue: Catalogue) -> tuple[list[str], list[str], list[str]]:
    """Property names: read as of the day, read with all periods, stated by people themselves."""
    own = [item for item in catalogue.facts.values() if item.subject != "employer"]
    current = [item.name for item in own if not item.has_history]
    dated = [item.name for item in own if item.has_history]
    stated = [item.name for item in own if item.source == FROM_SELF]
    stated += [item.name for item in catalogue.records.values() if item.source == FROM_SELF]
    return [*current, *catalogue.records, HOUSEHOLD.name, INSURED_BY.name], dated, stated


class Words(dict[str, int]):
    """Codes in the order in which they turned up."""

    def number(self, word: str) -> int:
        return self.setdefault(word, len(self))


# Numbers that no fact has: of a value that cannot be read, and of one that is not there.
BAD = -(2**62)
ABSENT = BAD + 1
MOST_TEXTS = 200_000


class _Stored(dict[str, int | str | None]):
    """JSON text → stored value of one type, None where it does not fit; each text is decoded once."""

    def __init__(self, type_: Type) -> None:
        super().__init__()
        self.type = type_

    def __missing__(self, text: str) -> int | str | None:
        value: int | str | None
        try:
            value = stored_value(self.type, json.loads(text), "")
        except (ValueError, TypeError, KeyError):
            value = None
        if len(self) >= MOST_TEXTS:
            self.clear()
        self[text] = value
        return value


# Kept from block to block: the same dates, levels and codes come again and again.
_stored = lru_cache(maxsize=256)(_Stored)


@lru_cache(maxsize=MOST_TEXTS)
def _plain(text: str) -> str:
    return str(json.loads(text))


class _Builder:
    def __init__(self, catalogue: Catalogue, scope: Scope, belief: Belief, employers: Employers | None) -> None:
        self.catalogue, self.scope, self.belief, self.employers = catalogue, scope, belief, employers
        self.day = belief.day.toordinal() - 719_163
        self.words = Words()
        self.columns: dict[str, Column] = {}
        self.records: dict[str, RecordColumns] = {}
        self.histories: dict[str, RecordColumns] = {}
        self.found: list[Contradiction] = []

    def build(self) -> LoadedFacts:
        self.ids, born = read_people(self.scope)
        self.n = len(self.ids)
        current, dated, stated = relevant_names(self.catalogue)
        raw = read_facts(self.scope, self.belief, current=current, dated=dated, self_stated=stated)
        for fact in self.catalogue.facts.values():
            if fact.subject != "employer":
                self._read(fact, raw.get(fact.name))
        for kind in self.catalogue.records.values():
            self.records[kind.name] = self._record_columns(kind, raw.get(kind.name))
        self._born(born)
        self._employer(raw.get(INSURED_BY.name))
        table = FactsTable(
            self.n,
            self.columns,
            self.records,
            self.histories,
            tuple(self.words),
            household=self._households(raw.get(HOUSEHOLD.name)),
            codes=dict(self.words),
        )
        self.found += find_contradictions(self.catalogue, table, self.belief.day)
        table = in_word_order(self.catalogue, withhold(table, self.found))
        found = tuple(sorted(self.found, key=lambda item: (item.code, item.name)))
        return LoadedFacts(self.ids, table, found, digest_of(self.ids, table, found))

    def _numbers(self, type_: Type, coded: Coded) -> Array:
        """The stored number of each text, BAD where it does not fit the type, ABSENT where there is none."""
        stored = map(_stored(type_).__getitem__, coded.texts)
        found = [BAD if v is None else self.words.number(v) if isinstance(v, str) else v for v in stored]
        return np.array([*found, ABSENT], np.int64)[coded.codes]

    def _report(self, code: str, name: str, rows: Array) -> None:
        if len(rows):
            self.found.append(Contradiction(code, name, np.unique(rows).astype(np.int64)))

    def _places(self, owners: Array) -> tuple[Array, Array]:
        """Rows of these people, and which of them are in scope at all."""
        if not self.n:
            return np.zeros(len(owners), np.int64), np.zeros(len(owners), np.bool_)
        places = np.minimum(np.searchsorted(self.ids, owners), self.n - 1)
        return places, self.ids[places] == owners

    def _read(self, fact: FactType, raw: RawFacts | None) -> None:
        if fact.has_history:
            self.histories[fact.name] = self._history(fact, raw)
        elif raw is not None:
            owners = raw.owners if raw.order is None else raw.owners[raw.order]
            values = self._numbers(fact.type, code_lines(raw.lines).take(raw.order))
            places, here = self._places(owners)
            self._scalar(fact, places[here], values[here])

    def _scalar(self, fact: FactType, places: Array, values: Array) -> None:
        """One value per person; what cannot be read or differs between two answers is unknown and reported."""
        good = values != BAD
        self._report("bad_value", fact.name, places[~good])
        values, places = values[good], places[good]
        column, known = np.zeros(self.n, DTYPES[fact.type.kind]), np.zeros(self.n, np.bool_)
        column[places] = values
        known[places] = True
        differs = column[places] != values
        if differs.any():
            self._report("fact_conflict", fact.name, places[differs])
            known[places[differs]] = False
        column[~known] = 0
        self.columns[fact.name] = Column(column, known)

    def _history(self, fact: FactType, raw: RawFacts | None) -> RecordColumns:
        if raw is None or raw.starts is None or raw.ends is None:
            nothing = Coded(np.zeros(0, np.int64), [])
            return self._spans(fact, np.zeros(0, np.int64), nothing, nothing, nothing)
        owners = raw.owners if raw.order is None else raw.owners[raw.order]
        values = code_lines(raw.lines).take(raw.order)
        return self._spans(fact, owners, values, raw.starts.take(raw.order), raw.ends.take(raw.order))

    def _spans(self, fact: FactType, owners: Array, said: Coded, first: Coded, last: Coded) -> RecordColumns:
        values, starts, ends = self._numbers(fact.type, said), _days(first), _days(last)
        places, here = self._places(owners)
        keep = here & (values != BAD)
        self._report("bad_value", fact.name, places[here & ~keep])
        places, values, starts, ends = places[keep], values[keep], starts[keep], ends[keep]
        order = np.lexsort((starts, places))
        fields = {
            "value": Column(values[order].astype(DTYPES[fact.type.kind])),
            "from": Column(starts[order].astype(np.int32)),
            "to": Column(ends[order].astype(np.int32)),
        }
        return RecordColumns(self._offsets(places), fields)

    def _offsets(self, places: Array) -> Array:
        return np.concatenate([[0], np.cumsum(np.bincount(places, minlength=self.n))]).astype(np.int64)

    def _record_columns(self, kind: RecordType, raw: RawFacts | None) -> RecordColumns:
        lists = self._lists(kind, raw)
        places, answered = lists.places, np.zeros(self.n, np.bool_)
        answered[lists.answered] = True
        start = kind.span[0] if kind.span else ""
        order = np.argsort(places, kind="stable")
        fields = {key: self._field(kind, key, lists) for key in kind.fields}
        if start:
            column = fields[start]
            first = np.where(column.known, column.values, OPEN_DATE) if column.known is not None else column.values
            order = np.lexsort((first, places))
        span = (kind.span[0], kind.span[1]) if kind.span else ("", "")
        fields = {key: column.take(order) for key, column in fields.items()}
        return RecordColumns(self._offsets(places), fields, answered, span)

    def _lists(self, kind: RecordType, raw: RawFacts | None) -> "_Lists":
        if raw is None:
            nothing = Coded(np.zeros(0, np.int64), [])
            return _Lists(dict.fromkeys(kind.fields, nothing), np.zeros(0, np.int64), np.zeros(0, np.int64))
        places, here = self._places(raw.owners)
        coded = code_records(raw.lines, list(kind.fields))
        good = coded.counts >= 0
        self._report("bad_value", kind.name, places[here & ~good])
        lines = np.arange(len(places)) if raw.order is None else raw.order
        lines = lines[here[lines] & good[lines]]
        is_whole = raw.order is None and len(lines) == len(places)
        kept = None if is_whole else _stretches(coded.counts, lines)
        fields = {key: item.take(kept) for key, item in coded.fields.items()}
        return _Lists(fields, np.repeat(places[lines], coded.counts[lines]), places[lines])

    def _field(self, kind: RecordType, key: str, lists: "_Lists") -> Column:
        fact, coded = kind.fields[key], lists.fields[key]
        values = self._numbers(fact.type, coded)
        if "null" in coded.texts:
            values[coded.codes == coded.texts.index("null")] = ABSENT
        self._report("bad_value", kind.name, lists.places[values == BAD])
        if key == kind.span_end:
            values[values == ABSENT] = OPEN_DATE
        known = values > ABSENT
        values[~known] = 0
        return Column(values.astype(DTYPES[fact.type.kind]), None if known.all() else known)

    def _born(self, born: Coded) -> None:
        """The date of birth of the person's record, where no register answered another way."""
        fact = self.catalogue.facts.get("birth_date")
        if fact is None:
            return
        column = self.columns.get(fact.name)
        values = _days(born)
        is_given = (values != OPEN_DATE) & (values >= fact.type.low)
        if column is None or column.known is None:
            self.columns[fact.name] = Column(np.where(is_given, values, 0).astype(np.int32), is_given)
            return
        said = np.zeros(self.n, np.bool_)
        for item in self.found:
            if item.name == fact.name:
                said[item.rows] = True
        fills = is_given & ~column.known & ~said
        self.columns[fact.name] = Column(np.where(fills, values, column.values).astype(np.int32), column.known | fills)

    def _employer(self, raw: RawFacts | None) -> None:
        """Facts of the employer with which a person is insured, under the person's own row."""
        facts = [item for item in self.catalogue.facts.values() if item.subject == "employer"]
        if raw is None or not facts:
            return
        places, here = self._places(raw.owners)
        said = code_lines(raw.lines)
        codes = {number: _plain(said.texts[number]) for number in np.unique(said.codes[here]).tolist()}
        if self.employers is None:
            self.employers = Employers.read(self.belief, facts, codes=set(codes.values()))
        row_of = np.full(len(said.texts), -1, np.int64)
        for number, code in codes.items():
            row_of[number] = self.employers.row(code)
        at = np.full(self.n, -1, np.int64)
        places, rows = places[here], row_of[said.codes[here]]
        at[places] = rows
        self._report("fact_conflict", INSURED_BY.name, places[at[places] != rows])
        at[places[at[places] != rows]] = -1
        for fact in facts:
            self._of_employer(fact, at)

    def _of_employer(self, fact: FactType, at: Array) -> None:
        assert self.employers is not None
        values = self.employers.values[fact.name]
        if not values:
            return
        stored = np.full(self.employers.count, BAD, np.int64)
        rows = [row for row in np.unique(at[at >= 0]).tolist() if row in values]
        stored[rows] = self._numbers(fact.type, Coded(np.arange(len(rows)), [values[row] for row in rows]))
        known, column = np.zeros(self.n, np.bool_), np.zeros(self.n, DTYPES[fact.type.kind])
        has = at >= 0
        known[has] = stored[at[has]] != BAD
        column[known] = stored[at[known]]
        self.columns[fact.name] = Column(column, known)

    def _households(self, raw: RawFacts | None) -> Array | None:
        """A number for each set of a person and the members named; -1 where no register named any.

        People are one household when their registers name the same set, so a one-sided answer joins nobody.
        """
        if raw is None:
            return None
        places, here = self._places(raw.owners)
        counts, members = number_lists(raw.lines)
        numbers = _household_numbers(raw.owners, counts, members)
        if raw.order is not None:
            places, here, numbers = places[raw.order], here[raw.order], numbers[raw.order]
        home = np.full(self.n, -1, np.int64)
        home[places[here]] = numbers[here]
        return home


@dataclass(frozen=True)
class _Lists:
    """The fields of records one after another with the rows of their people, and the rows whose register answered."""

    fields: Mapping[str, Coded]
    places: Array
    answered: Array


def _stretches(counts: Array, lines: Array) -> Array:
    """Places of the records of these lines in a row of the records of all lines; a line of -1 has none."""
    sizes = np.maximum(counts, 0)
    starts, kept = np.cumsum(sizes) - sizes, sizes[lines]
    ends = np.cumsum(kept)
    found: Array = np.repeat(starts[lines] - (ends - kept), kept) + np.arange(int(kept.sum()))
    return found


HOME_PRIME, HOME_FACTOR = 2**61 - 1, 1_000_003


def _household_numbers(owners: Array, counts: Array, members: Array) -> Array:
    """A number for each set of a person and members, which equal sets share and others practically never do; -1 for one alone."""
    lines = np.concatenate([np.arange(len(owners)), np.repeat(np.arange(len(owners)), counts)])
    people = np.concatenate([owners, members])
    order = np.lexsort((people, lines))
    lines, people = lines[order], people[order]
    new = np.ones(len(lines), np.bool_)
    new[1:] = (lines[1:] != lines[:-1]) | (people[1:] != people[:-1])
    lines, people = lines[new], people[new]
    sizes = np.bincount(lines, minlength=len(owners))
    starts, found = np.cumsum(sizes) - sizes, np.zeros(len(owners), np.int64)
    for turn in range(int(sizes.max(initial=0))):
        more = np.flatnonzero(sizes > turn)
        found[more] = (_scaled(found[more]) + people[starts[more] + turn] + 1) % HOME_PRIME
    return np.where(sizes < 2, -1, found)


def _scaled(numbers: Array) -> Array:
    """Numbers below the prime times the factor, up to a multiple of the prime, within 63 bits."""
    upper = (numbers >> 30) * HOME_FACTOR
    found: Array = (upper >> 31) + ((upper & (2**31 - 1)) << 30) + (numbers & (2**30 - 1)) * HOME_FACTOR
    return found


def _days(dates: Coded) -> Array:
    """Day numbers of dates as texts, OPEN_DATE for an empty one."""
    return np.array([*map(_day, dates.texts)], np.int64)[dates.codes]


def _day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal() - 719_163 if text else OPEN_DATE


def in_word_order(catalogue: Catalogue, table: FactsTable) -> FactsTable:
    """The same table with its vocabulary sorted, so that equal facts give equal bytes."""
    words = sorted(table.vocabulary)
    if words == list(table.vocabulary):
        return table
    place = {word: number for number, word in enumerate(words)}
    new = np.array([place[word] for word in table.vocabulary], np.int32)
    return renumbered(catalogue, table, new, tuple(words))


def renumbered(catalogue: Catalogue, table: FactsTable, new: Array, words: tuple[str, ...]) -> FactsTable:
    """The table with code i written as ``new[i]`` of the vocabulary `words`."""

    def moved(type_: Type, column: Column) -> Column:
        return Column(new[column.values], column.known) if type_.kind is Kind.CODE and len(new) else column

    records = {
        name: replace(
            item, fields={k: moved(catalogue.records[name].fields[k].type, c) for k, c in item.fields.items()}
        )
        for name, item in table.records.items()
    }
    histories = {
        name: replace(item, fields={**item.fields, "value": moved(catalogue.facts[name].type, item.fields["value"])})
        for name, item in table.histories.items()
    }
    return replace(
        table,
        columns={name: moved(catalogue.facts[name].type, column) for name, column in table.columns.items()},
        records=records,
        histories=histories,
        vocabulary=words,
        codes={word: number for number, word in enumerate(words)},
    )


def arrays_of(table: FactsTable) -> dict[str, Array]:
    """Every array of a table under a name, in a fixed order: for a digest and for a file."""
    found: dict[str, Array] = {}
    groups: tuple[tuple[str, Mapping[str, RecordColumns]], ...] = (("r", table.records), ("h", table.histories))
    for name, column in sorted(table.columns.items()):
        _put(found, f"c/{name}", column)
    for letter, group in groups:
        for name, item in sorted(group.items()):
            found[f"{letter}/{name}"] = item.offsets
            if item.known is not None:
                found[f"{letter}/{name}?"] = item.known
            for key, column in sorted(item.fields.items()):
                _put(found, f"{letter}/{name}/{key}", column)
    if table.household is not None:
        found["household"] = table.household
    return found


def _put(found: dict[str, Array], name: str, column: Column) -> None:
    found[name] = column.values
    if column.known is not None:
        found[name + "?"] = column.known


def digest_of(ids: Array, table: FactsTable, contradictions: tuple[Contradiction, ...]) -> str:
    found = hashlib.sha256(_bytes(ids))
    found.update(json.dumps(table.vocabulary, ensure_ascii=False).encode())
    for name, array in arrays_of(table).items():
        found.update(f"{name}{array.dtype.str}".encode())
        found.update(_bytes(array))
    for item in contradictions:
        found.update(f"{item.code}{item.name}".encode())
        found.update(_bytes(item.rows))
    return found.hexdigest()


def _bytes(array: Array) -> memoryview:
    return memoryview(np.ascontiguousarray(array).tobytes())
