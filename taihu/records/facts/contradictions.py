"""Facts that cannot all be true, found for everybody at once. A contradiction decides nothing: it goes to a human.

The same findings as `taihu.engines.rules.consistency.check_person`, column by column.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.rules.catalogue import Catalogue, RecordType
from taihu.engines.rules.civil import to_days
from taihu.engines.rules.evaluate import Program, compile_policies, evaluate
from taihu.engines.rules.kinds import OPEN_DATE, Kind
from taihu.engines.rules.sets import load_policies
from taihu.engines.rules.table import Column, FactsTable, RecordColumns
from taihu.engines.rules.tree import Aggregate
from taihu.engines.rules.walking import clause_expressions, walk

Array = npt.NDArray[Any]
CHECK_FAILED = "check_failed"


@dataclass(frozen=True)
class Contradiction:
    """People (rows of a table) whose facts contradict each other in one way.

    `name` is the fact or kind of record that is withheld, or for CHECK_FAILED the check of the catalogue.
    """

    code: str
    name: str
    rows: Array


def find_contradictions(catalogue: Catalogue, table: FactsTable, day: date) -> list[Contradiction]:
    """Dates after `day`, spans that end before they begin or overlap, two values at once, checks of the catalogue."""
    today = to_days(day)
    found: list[Contradiction] = []
    for name, column in table.columns.items():
        fact = catalogue.facts[name]
        if fact.is_past and fact.type.kind is Kind.DATE:
            late = column.values > today
            found += _some("future_date", name, np.flatnonzero(late if column.known is None else late & column.known))
    for name, history in table.histories.items():
        found += _some("fact_conflict", name, _disagreeing(history))
    for name, records in table.records.items():
        found += _in_records(catalogue.records[name], records, today)
    found.extend(_failed_checks(catalogue, table, day))
    return found


def withhold(table: FactsTable, found: Iterable[Contradiction]) -> FactsTable:
    """The table in which nothing that contradicts itself is known. Histories are left: two values at once read as unknown."""
    columns, records = dict(table.columns), dict(table.records)
    for item in found:
        for name in _withheld(item):
            if name in columns:
                columns[name] = _unknown_for(columns[name], item.rows)
            elif name in records:
                answered = records[name].known
                known = np.ones(table.n, np.bool_) if answered is None else answered.copy()
                known[item.rows] = False
                records[name] = replace(records[name], known=known)
    return replace(table, columns=columns, records=records)


def _withheld(item: Contradiction) -> Sequence[str]:
    return item.name.split("+")[1:] if item.code == CHECK_FAILED else (item.name,)


def _unknown_for(column: Column, rows: Array) -> Column:
    known = np.ones(len(column.values), np.bool_) if column.known is None else column.known.copy()
    values = column.values.copy()
    known[rows], values[rows] = False, 0
    return Column(values, known)


def _some(code: str, name: str, rows: Array) -> list[Contradiction]:
    return [Contradiction(code, name, np.unique(rows).astype(np.int64))] if len(rows) else []


def owners_of(records: RecordColumns) -> Array:
    return np.repeat(np.arange(len(records.offsets) - 1), np.diff(records.offsets))


def _disagreeing(history: RecordColumns) -> Array:
    """Rows with two different values at one time; values stand by person and start."""
    owners = owners_of(history)
    starts, ends = history.fields["from"].values.astype(np.int64), history.fields["to"].values.astype(np.int64)
    values = history.fields["value"].values
    met = _meets_before(owners, starts, ends, is_end_included=False)
    changed = np.ones(len(owners), np.bool_)
    changed[1:] = (values[1:] != values[:-1]) | (owners[1:] != owners[:-1])
    return owners[met & changed]


def _meets_before(groups: Array, starts: Array, ends: Array, *, is_end_included: bool) -> Array:
    """For spans sorted by group and start: does one begin before an earlier one of its group is over?"""
    if not len(groups):
        return np.zeros(0, np.bool_)
    wide = np.int64(OPEN_DATE + 100_000)
    lifted = ends + groups * wide
    latest = np.maximum.accumulate(lifted)
    before = np.empty_like(latest)
    before[0], before[1:] = -1, latest[:-1]
    same = np.zeros(len(groups), np.bool_)
    same[1:] = groups[1:] == groups[:-1]
    limit = starts + groups * wide
    found: Array = same & ((limit <= before) if is_end_included else (limit < before))
    return found


def _in_records(kind: RecordType, records: RecordColumns, today: int) -> Iterator[Contradiction]:
    owners = owners_of(records)
    for key, column in records.fields.items():
        field = kind.fields[key]
        if field.is_past and field.type.kind is Kind.DATE:
            late = column.values > today
            yield from _some("future_date", kind.name, owners[late if column.known is None else late & column.known])
    if not kind.span:
        return
    start, end = (records.fields[name] for name in kind.span)
    dated = _known(start) & _known(end)
    reversed_ = dated & (start.values > end.values)
    yield from _some("span_reversed", kind.name, owners[reversed_])
    if kind.no_overlap:
        usable = np.flatnonzero(dated & ~reversed_)
        groups = _groups(owners, [records.fields[name] for name in kind.no_overlap])[usable]
        order = np.lexsort((start.values[usable], groups))
        place = usable[order]
        lows, highs = start.values[place].astype(np.int64), end.values[place].astype(np.int64)
        meets = _meets_before(groups[order], lows, highs, is_end_included=True)
        yield from _some("record_overlap", kind.name, owners[place[meets]])


def _known(column: Column) -> Array:
    return np.ones(len(column.values), np.bool_) if column.known is None else column.known


def _groups(owners: Array, columns: Sequence[Column]) -> Array:
    """A number for each combination of person and values, in the order of people."""
    keys = owners.astype(np.int64)
    for column in columns:
        values = np.where(_known(column), column.values.astype(np.int64), -1)
        size = int(values.max(initial=0)) + 2
        keys = np.unique(keys * size + values + 1, return_inverse=True)[1].astype(np.int64)
    return keys


def _failed_checks(catalogue: Catalogue, table: FactsTable, day: date) -> Iterator[Contradiction]:
    if not catalogue.checks or not table.n:
        return
    result = evaluate(_as_policy(_CatalogueKey(catalogue)), table, day).results[0]
    for clause in result.policy.clauses:
        if clause.op == "test":
            read = {
                expr.record for top in clause_expressions(clause) for expr in walk(top) if isinstance(expr, Aggregate)
            }
            name = "+".join([clause.id.replace("-", "_"), *sorted(read)])
            yield from _some(CHECK_FAILED, name, np.flatnonzero(result.clause_fails(clause.index)))


class _CatalogueKey:
    """A catalogue by identity, so that its checks are compiled once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CatalogueKey) and other.catalogue is self.catalogue


@lru_cache(maxsize=8)
def _as_policy(key: _CatalogueKey) -> Program:
    """The checks of a catalogue as the clauses of one policy: each clause that fails is a contradiction."""
    lines = ["policy: fact-checks", 'version: "1"', "title: checks", "document: none", "effective: {from: 1950-01-01}"]
    lines += ["amount: 0元", "conditions:", "  all:"]
    for check in key.catalogue.checks:
        name = json.dumps(check.id.replace("_", "-"))
        text = json.dumps(check.label.zh, ensure_ascii=False)
        lines.append(f"    - {{id: {name}, text: {text}, test: {json.dumps(check.test)}}}")
    return compile_policies(load_policies({"checks": "\n".join(lines) + "\n"}, key.catalogue))
