"""The facts of many people as columns, with lists of records as offsets into columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .catalogue import Catalogue
from .errors import NOWHERE, FactsError, problem
from .kinds import DATE_MIN, OPEN_DATE, Kind, Type
from .people import FactValue, Person, Record
from .single import id_order

Array = npt.NDArray[Any]
_DTYPES = {
    Kind.BOOL: np.bool_,
    Kind.INT: np.int64,
    Kind.DECIMAL: np.int64,
    Kind.MONEY: np.int64,
    Kind.DATE: np.int32,
    Kind.ENUM: np.int16,
    Kind.CODE: np.int32,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Stored values; `known` is None when every value is known."""

    values: Array
    known: Array | None = None

    def take(self, rows: Array) -> Column:
        return Column(self.values[rows], None if self.known is None else self.known[rows])


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Records of one kind: those of person i stand at ``offsets[i]:offsets[i + 1]``, in the order of their span."""

    offsets: Array
    fields: Mapping[str, Column]
    known: Array | None = None
    span: tuple[str, str] = ("from", "to")


@dataclass(frozen=True)
class FactsTable:
    """Facts of n people.

    Codes are positions in `vocabulary`. `household` numbers households (-1 = none). `ids` are the people's names; they
    decide ties inside a household, shorter first, then by text (row order without ids).
    """

    n: int
    columns: Mapping[str, Column]
    records: Mapping[str, RecordColumns]
    histories: Mapping[str, RecordColumns]
    vocabulary: tuple[str, ...]
    ids: tuple[str, ...] = ()
    household: Array | None = None
    codes: Mapping[str, int] = field(default_factory=dict, repr=False)

    @classmethod
    def from_arrays(
        cls,
        catalogue: Catalogue,
        n: int,
        *,
        columns: Mapping[str, Array],
        known: Mapping[str, Array] | None = None,
        records: Mapping[str, tuple[Array, Mapping[str, Array]]] | None = None,
        vocabulary: Sequence[str] = (),
        household: Array | None = None,
        ids: Sequence[str] = (),
    ) -> FactsTable:
        """Wrap arrays without copying where the dtype allows it.

        Parameters
        ----------
        columns
            Stored values, shape (n,), integer or bool; dates as day numbers. A fact that is absent is unknown to all.
        known
            Bool masks of the same names, for facts (``name``) and record fields (``record.field``).
        records
            ``(offsets int (n + 1,), {field: values})``; a span must be sorted by its start within a person.

        Raises
        ------
        FactsError
            Unknown names, wrong lengths, dtypes or ranges.
        """
        masks = known or {}
        made = {}
        for name, values in columns.items():
            if name not in catalogue.facts:
                raise FactsError([problem("unknown_fact_given", NOWHERE, name=name, person="table")])
            made[name] = _column(name, values, masks.get(name), n, catalogue.facts[name].type)
        lists = {}
        for name, (offsets, fields) in (records or {}).items():
            if name not in catalogue.records:
                raise FactsError([problem("unknown_fact_given", NOWHERE, name=name, person="table")])
            kind = catalogue.records[name]
            if len(offsets) != n + 1 or offsets[0] != 0 or (np.diff(offsets) < 0).any():
                raise FactsError([problem("column_offsets", NOWHERE, name=name)])
            total = int(offsets[-1])
            lists[name] = RecordColumns(
                np.asarray(offsets, np.int64),
                {
                    key: _column(f"{name}.{key}", values, masks.get(f"{name}.{key}"), total, kind.fields[key].type)
                    for key, values in fields.items()
                },
                masks.get(name),
                (kind.span[0], kind.span[1]) if kind.span else ("", ""),
            )
        words = tuple(vocabulary)
        codes = {word: index for index, word in enumerate(words)}
        return cls(n, made, lists, {}, words, tuple(ids), household, codes)

    @classmethod
    def from_people(cls, catalogue: Catalogue, people: Sequence[Person]) -> FactsTable:
        """Columns of a few people; members of a household must carry each other in `Person.household`."""
        codes: dict[str, int] = {}
        columns = {}
        histories = {}
        for name, fact in catalogue.facts.items():
            if fact.has_history:
                histories[name] = _history(fact.type, [person.facts.get(name, ()) for person in people], codes)
            elif any(name in person.facts for person in people):
                columns[name] = _filled(fact.type, [_single(person.facts.get(name, ())) for person in people], codes)
        records = {}
        for name, kind in catalogue.records.items():
            lists = [person.records.get(name) for person in people]
            types = {key: item.type for key, item in kind.fields.items()}
            span = (kind.span[0], kind.span[1]) if kind.span else ("", "")
            records[name] = _record_columns(types, lists, codes, span)
        return cls(
            len(people),
            columns,
            records,
            histories,
            tuple(codes),
            tuple(person.id for person in people),
            _households(people),
            codes,
        )

    def code(self, word: str) -> int:
        """Position of a word in the vocabulary, -1 when nobody has it."""
        return self.codes.get(word, -1)

    def take(self, rows: Array) -> FactsTable:
        """A table of some rows, in the order given."""
        records: dict[str, RecordColumns] = {}
        histories: dict[str, RecordColumns] = {}
        for source, target in ((self.records, records), (self.histories, histories)):
            for name, item in source.items():
                starts, counts = item.offsets[rows], item.offsets[rows + 1] - item.offsets[rows]
                owner = np.repeat(np.arange(len(rows)), counts)
                first = np.cumsum(counts) - counts
                index = starts[owner] + np.arange(len(owner)) - first[owner]
                target[name] = replace(
                    item,
                    offsets=np.concatenate([[0], np.cumsum(counts)]),
                    fields={key: column.take(index) for key, column in item.fields.items()},
                    known=None if item.known is None else item.known[rows],
                )
        return replace(
            self,
            n=len(rows),
            columns={name: column.take(rows) for name, column in self.columns.items()},
            records=records,
            histories=histories,
            ids=tuple(self.ids[row] for row in rows) if self.ids else (),
            household=None if self.household is None else self.household[rows],
        )

    def person(self, catalogue: Catalogue, row: int) -> Person:
        """The facts of one row as a `Person` (without sources)."""
        facts: dict[str, tuple[FactValue, ...]] = {}
        for name, column in self.columns.items():
            value = self._plain(catalogue.facts[name].type, column, row)
            if value is not None:
                facts[name] = (FactValue(value, catalogue.facts[name].source),)
        for name, history in self.histories.items():
            facts[name] = tuple(
                FactValue(
                    self._plain(catalogue.facts[name].type, history.fields["value"], i),
                    catalogue.facts[name].source,
                    int(history.fields["from"].values[i]),
                    int(history.fields["to"].values[i]),
                )
                for i in range(int(history.offsets[row]), int(history.offsets[row + 1]))
            )
        records = {}
        for name, table in self.records.items():
            if table.known is None or table.known[row]:
                span = range(int(table.offsets[row]), int(table.offsets[row + 1]))
                records[name] = tuple(self._record(catalogue, name, table, index) for index in span)
        return Person(self.ids[row] if self.ids else str(row), facts, records)

    def _record(self, catalogue: Catalogue, name: str, table: RecordColumns, index: int) -> Record:
        kind = catalogue.records[name]
        values = {}
        for key, column in table.fields.items():
            value = self._plain(kind.fields[key].type, column, index)
            if value is not None:
                values[key] = value
        return Record(values, kind.source)

    def _plain(self, type_: Type, column: Column, row: int) -> int | str | None:
        if column.known is not None and not column.known[row]:
            return None
        value = int(column.values[row])
        return self.vocabulary[value] if type_.kind is Kind.CODE else value


def _column(name: str, values: Array, known: Array | None, n: int, type_: Type) -> Column:
    values = np.asarray(values)
    if len(values) != n or (known is not None and len(known) != n):
        raise FactsError([problem("column_length", NOWHERE, name=name, found=len(values), wanted=n)])
    if values.dtype.kind not in "biu" or (type_.kind is Kind.BOOL) != (values.dtype.kind == "b"):
        raise FactsError([problem("column_type", NOWHERE, name=name, found=values.dtype, wanted=type_.kind)])
    if n and type_.kind is not Kind.BOOL:
        seen = values if known is None else values[known]
        low, high = (int(seen.min()), int(seen.max())) if len(seen) else (type_.low, type_.high)
        if low < type_.low or high > type_.high:
            raise FactsError(
                [problem("value_range", NOWHERE, name=name, value=f"{low}..{high}", low=type_.low, high=type_.high)]
            )
    return Column(values, known)


def _single(values: tuple[FactValue, ...]) -> int | str | None:
    found = {item.value for item in values if item.value is not None}
    return found.pop() if len(found) == 1 else None


def _filled(type_: Type, values: Sequence[int | str | None], codes: dict[str, int]) -> Column:
    known = np.array([value is not None for value in values], np.bool_)
    stored = [
        0 if value is None else codes.setdefault(value, len(codes)) if isinstance(value, str) else value
        for value in values
    ]
    return Column(np.array(stored, _DTYPES[type_.kind]), None if known.all() else known)


def _offsets(counts: Sequence[int]) -> Array:
    return np.concatenate([[0], np.cumsum(np.array(counts, np.int64))]).astype(np.int64)


def _history(type_: Type, lists: Sequence[tuple[FactValue, ...]], codes: dict[str, int]) -> RecordColumns:
    items = [item for values in lists for item in values]
    starts = [DATE_MIN if item.valid_from is None else item.valid_from for item in items]
    ends = [OPEN_DATE if item.valid_to is None else item.valid_to for item in items]
    fields = {
        "value": _filled(type_, [item.value for item in items], codes),
        "from": Column(np.array(starts, np.int32)),
        "to": Column(np.array(ends, np.int32)),
    }
    return RecordColumns(_offsets([len(values) for values in lists]), fields)


def _record_columns(
    types: Mapping[str, Type], lists: Sequence[tuple[Record, ...] | None], codes: dict[str, int], span: tuple[str, str]
) -> RecordColumns:
    known = np.array([records is not None for records in lists], np.bool_)
    items = [record for records in lists for record in records or ()]
    fields = {key: _filled(type_, [item.values.get(key) for item in items], codes) for key, type_ in types.items()}
    offsets = _offsets([len(records or ()) for records in lists])
    return RecordColumns(offsets, fields, None if known.all() else known, span)


def _households(people: Sequence[Person]) -> Array | None:
    if not any(person.household for person in people):
        return None
    first: dict[str, int] = {}
    found = np.full(len(people), -1, np.int32)
    for row, person in enumerate(people):
        if person.household:
            key = min((person.id, *(member.id for member in person.household)), key=id_order)
            found[row] = first.setdefault(key, len(first))
    return found
