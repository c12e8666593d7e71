"""From facts in the database to the columns that the rule engine reads: the same mapping for a city and for one person."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
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
from taihu.records.facts.reading import Belief, Decoder, RawFacts, Scope, from_json, read_facts, read_people
from taihu.records.facts.rule_facts import FROM_SELF

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


class _Builder:
    def __init__(self, catalogue: Catalogue, scope: Scope, belief: Belief, employers: Employers | None) -> None:
        self.catalogue, self.scope, self.belief, self.employers = catalogue, scope, belief, employers
        self.day = belief.day.toordinal() - 719_163
        self.words = Words()
        self.decoders: dict[Type, Decoder] = {}
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

    def _decoder(self, fact: FactType, *, is_json: bool) -> Decoder:
        """One per type, so that a date or a code is decoded once for the whole scope."""

        def decode(natural: Any) -> int:
            stored = stored_value(fact.type, natural, fact.name)
            return self.words.number(stored) if isinstance(stored, str) else stored

        if is_json:
            return Decoder(from_json(decode))
        return self.decoders.setdefault(fact.type, Decoder(decode))

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
            values = self._decoder(fact, is_json=True).column(raw.values)
            places, here = self._places(raw.owners)
            self._scalar(fact, places[here], values[here])

    def _scalar(self, fact: FactType, places: Array, values: Array) -> None:
        """One value per person; what cannot be read or differs between two answers is unknown and reported."""
        good = values != Decoder.BAD
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
        if raw is None:
            raw = RawFacts(np.zeros(0, np.int64), np.zeros(0, np.int64), [])
        values = self._decoder(fact, is_json=True).column(raw.values)
        starts, ends = (Decoder(_day).column(items) for items in (raw.starts, raw.ends))
        places, here = self._places(raw.owners)
        keep = here & (values != Decoder.BAD)
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
        if raw is None or not len(raw.owners):
            return _Lists([], np.zeros(0, np.int64), np.zeros(0, np.int64))
        places, here = self._places(raw.owners)
        lists = _parsed(raw.values)
        if not here.all():
            lists, places = [item for item, stays in zip(lists, here, strict=True) if stays], places[here]
        good = np.ones(len(lists), np.bool_)
        if not _are_lists_of_records(lists):
            good = np.fromiter(map(_is_list_of_records, lists), np.bool_, count=len(lists))
            self._report("bad_value", kind.name, places[~good])
            lists = [item if is_good else [] for item, is_good in zip(lists, good, strict=True)]
        counts = np.fromiter(map(len, lists), np.int64, count=len(lists))
        return _Lists(list(chain.from_iterable(lists)), np.repeat(places, counts), places[good])

    def _field(self, kind: RecordType, key: str, lists: "_Lists") -> Column:
        fact = kind.fields[key]
        decoder = self._decoder(fact, is_json=False)
        is_end = key == kind.span_end
        raws = [record.get(key) for record in lists.records]
        decoder[None] = _ABSENT
        values = decoder.column(raws)
        known = values > Decoder.BAD + 1
        self._report("bad_value", kind.name, lists.places[values == Decoder.BAD])
        if is_end:
            values[values == _ABSENT] = OPEN_DATE
            known = values > Decoder.BAD + 1
        values[~known] = 0
        return Column(values.astype(DTYPES[fact.type.kind]), None if known.all() else known)

    def _born(self, born: list[str]) -> None:
        """The date of birth of the person's record, where no register answered another way."""
        fact = self.catalogue.facts.get("birth_date")
        if fact is None:
            return
        column = self.columns.get(fact.name)
        values = Decoder(_day).column(born)
        is_given = np.array([bool(item) for item in born], np.bool_) & (values >= fact.type.low)
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
        codes = [str(code) if is_here else "" for code, is_here in zip(_parsed(raw.values), here.tolist(), strict=True)]
        if self.employers is None:
            self.employers = Employers.read(self.belief, facts, codes=set(codes))
        rows = np.fromiter(map(self.employers.row, codes), np.int64, count=len(codes))
        at = np.full(self.n, -1, np.int64)
        places, rows = places[here], rows[here]
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
        decoder = self._decoder(fact, is_json=False)
        used = np.unique(at[at >= 0])
        known, column = np.zeros(self.n, np.bool_), np.zeros(self.n, DTYPES[fact.type.kind])
        stored = np.full(self.employers.count, Decoder.BAD, np.int64)
        for row in used.tolist():
            if row in values:
                stored[row] = decoder[values[row]]
        has = at >= 0
        known[has] = stored[at[has]] != Decoder.BAD
        column[known] = stored[at[known]]
        self.columns[fact.name] = Column(column, known)

    def _households(self, raw: RawFacts | None) -> Array | None:
        """A number for each set of a person and the members named; -1 where no register named any.

        People are one household when their registers name the same set, so a one-sided answer joins nobody.
        """
        if raw is None:
            return None
        places, here = self._places(raw.owners)
        sets = (
            _number_of({owner, *members})
            for owner, members in zip(raw.owners.tolist(), _parsed(raw.values), strict=True)
        )
        numbers = np.fromiter(sets, np.int64, count=len(raw.values))
        home = np.full(self.n, -1, np.int64)
        home[places[here]] = numbers[here]
        return home


_ABSENT = Decoder.BAD + 1


@dataclass(frozen=True)
class _Lists:
    """Records one after another with the rows of their people, and the rows whose register answered."""

    records: list[dict[str, Any]]
    places: Array
    answered: Array


def _number_of(members: set[int]) -> int:
    """A number that equal sets share and others practically never do; -1 for somebody alone."""
    if len(members) < 2:
        return -1
    number = 0
    for member in sorted(members):
        number = (number * 1_000_003 + member + 1) % (2**61 - 1)
    return number


def _parsed(values: list[str]) -> list[Any]:
    """Many JSON texts at once."""
    found: list[Any] = json.loads("[" + ",".join(values) + "]")
    return found


def _are_lists_of_records(lists: list[Any]) -> bool:
    """Whether all of them are, without looking at each in turn."""
    if set(map(type, lists)) != {list}:
        return False
    return set(map(type, chain.from_iterable(lists))) <= {dict}


def _is_list_of_records(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(record, dict) for record in item)


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
