"""All people by all policies: chunks of rows through every clause, three-valued, then amounts for those who qualify."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .civil import to_days
from .frames import Frame, Pair, Plan, both, fold_pairs, invert, is_single
from .groups import apply_exclusions, apply_households
from .pay import amounts_of, payers_of, reads_payers, reads_schedule, schedule_of
from .results import Evaluation, Lost, PolicyResult, Status
from .sets import PolicySet, references
from .table import FactsTable, RecordColumns
from .tree import Clause, Policy
from .walking import expressions

Array = npt.NDArray[Any]
CHUNK = 16_384


@dataclass(frozen=True)
class Program:
    """A policy set prepared for repeated evaluation."""

    policies: PolicySet
    plan: Plan
    read: frozenset[str]


def compile_policies(policies: PolicySet) -> Program:
    """Find shared expressions and monotone comparisons once; evaluation then reuses them."""
    read = frozenset(name for policy in policies.policies for name in references(policy))
    return Program(policies, Plan(expr for policy in policies.policies for expr in expressions(policy)), read)


@dataclass(slots=True)
class _Draft:
    """What is collected for one policy while chunks pass."""

    policy: Policy
    status: Array
    holds: Array
    unknown: Array
    has_unknown: bool = False
    rows: list[Array] = field(default_factory=list)
    amounts: list[Array] = field(default_factory=list)
    grounds: list[Array] = field(default_factory=list)
    layers: list[dict[str, Array]] = field(default_factory=list)


def evaluate(
    policies: PolicySet | Program, table: FactsTable, at: dt.date | Array, *, rows: Array | None = None
) -> Evaluation:
    """Evaluate every policy for every person (or only for `rows`, an ascending index array).

    Parameters
    ----------
    at
        The application date, or day numbers int64 (n,), one per person.

    Returns
    -------
    Evaluation
        Results for all rows of the table; people outside `rows` have status NOT_APPLICABLE and no entitlement.
        Household rules and exclusion groups look at the evaluated rows.

    Notes
    -----
    O(people x clauses) time; two bits per person and clause, and amounts only for people who qualify.

    Examples
    --------
    >>> import datetime as dt
    >>> from taihu.engines.rules.people import Person
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: {zh: 小例, en: Tiny}
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}
    ... amount: 100元
    ... '''
    >>> policies = load_policies({"tiny.yaml": text})
    >>> people = [Person.of(policies.catalogue, "1", {"birth_date": "2000-01-01"}), Person("2")]
    >>> table = FactsTable.from_people(policies.catalogue, people)
    >>> evaluate(policies, table, dt.date(2024, 6, 1))["tiny"].status.tolist()
    [3, 2]
    """
    program = policies if isinstance(policies, Program) else compile_policies(policies)
    day: Any = to_days(at) if isinstance(at, dt.date) else np.asarray(at, np.int64)
    members = program.policies.policies
    drafts = [_draft(policy, table.n) for policy in members]
    for chunk, n in _chunks(table.n, rows):
        frame = Frame(program.plan, table, chunk, day, program.policies.catalogue.lists, n)
        for draft in drafts:
            _evaluate_chunk(draft, frame, program)
    results = [_collect(draft) for draft in drafts]
    results = apply_households(results, table)
    results = apply_exclusions(results, table)
    paid = [_with_payments(result, draft, program, table, day) for result, draft in zip(results, drafts, strict=True)]
    return Evaluation(day, tuple(paid))


def update(
    evaluation: Evaluation, policies: PolicySet | Program, table: FactsTable, rows: Sequence[int] | Array
) -> tuple[Array, Evaluation]:
    """Evaluate changed people only.

    Returns
    -------
    rows, evaluation
        The rows evaluated (those given and the other members of their households) and an evaluation of a table of just
        these rows, in that order. Storing them over the old results gives what a full evaluation would give.
    """
    wanted = np.unique(np.asarray(rows, np.int64))
    if table.household is not None:
        homes = np.unique(table.household[wanted])
        wanted = np.union1d(wanted, np.flatnonzero(np.isin(table.household, homes[homes >= 0])))
    at = evaluation.at
    small = take_rows(table, wanted)
    day: Any = at[wanted] if isinstance(at, np.ndarray) else np.full(len(wanted), at)
    if not isinstance(at, np.ndarray):
        program = policies if isinstance(policies, Program) else compile_policies(policies)
        return wanted, evaluate(program, small, dt.date.fromordinal(int(at) + 719_163))
    return wanted, evaluate(policies, small, day)


def take_rows(table: FactsTable, rows: Array) -> FactsTable:
    """A table of some rows, in the order given."""
    records: dict[str, RecordColumns] = {}
    histories: dict[str, RecordColumns] = {}
    for source, target in ((table.records, records), (table.histories, histories)):
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
        table,
        n=len(rows),
        columns={name: column.take(rows) for name, column in table.columns.items()},
        records=records,
        histories=histories,
        ids=tuple(table.ids[row] for row in rows) if table.ids else (),
        household=None if table.household is None else table.household[rows],
    )


def _draft(policy: Policy, n: int) -> _Draft:
    planes = (len(policy.clauses) + 7) // 8
    return _Draft(policy, np.zeros(n, np.uint8), np.zeros((planes, n), np.uint8), np.zeros((planes, n), np.uint8))


def _chunks(n: int, rows: Array | None) -> list[tuple[Any, int]]:
    if rows is None:
        return [(slice(low, min(low + CHUNK, n)), min(CHUNK, n - low)) for low in range(0, n, CHUNK)]
    return [(part, len(part)) for part in (rows[low : low + CHUNK] for low in range(0, len(rows), CHUNK))]


def _evaluate_chunk(draft: _Draft, frame: Frame, program: Program) -> None:
    policy = draft.policy
    frame.tables = {item.name: item for item in policy.tables}
    frame.layers = {}
    pairs: dict[int, Pair] = {}
    true, false = _clause(policy.root, frame, draft, pairs)
    status = _status(true, false, *_selected(policy, frame), frame.n)
    local = np.flatnonzero(status == Status.YES)
    total, known = _amounts(draft, frame, local, pairs, program)
    if known is not None and not known.all():
        by_decision = policy.decision is not None and policy.decision.mode == "amount"
        status[local[~known]] = Status.NEEDS_DECISION if by_decision else Status.UNKNOWN
    draft.status[frame.rows] = status
    kept = local if known is None else local[known]
    if policy.id not in program.read:
        return
    _publish(policy, frame, status, kept, total)
    if policy.classes:
        _publish_class(policy, frame, kept, draft.grounds[-1])


def _status(true: Any, false: Any, chosen: Any, excluded: Any, n: int) -> Array:
    """Status of n people from the root clause and the selection of the version."""
    if np.ndim(true) and false is None and excluded is None and np.all(chosen):
        quick: Array = true.view(np.uint8) * np.uint8(Status.YES - Status.NO) + np.uint8(Status.NO)
        return quick
    true = np.broadcast_to(true, n)
    false = ~true if false is None else np.broadcast_to(false, n)
    open_ = np.where(true & chosen, np.uint8(Status.YES), np.uint8(Status.UNKNOWN))
    status = np.where(false, np.uint8(Status.NO), open_)
    if excluded is not None:
        status[np.broadcast_to(excluded, n)] = Status.NOT_APPLICABLE
    return status


def _amounts(draft: _Draft, frame: Frame, local: Array, pairs: dict[int, Pair], program: Program) -> tuple[Array, Any]:
    policy = draft.policy
    base = frame.rows.start if isinstance(frame.rows, slice) else None
    absolute = local + base if base is not None else frame.rows[local]
    sub = _sub_frame(program, frame, absolute, local)
    sub.tables = frame.tables
    total, layers, known = amounts_of(policy, sub)
    if len(local) and reads_payers(policy):
        known = both(known, payers_of(policy, layers, sub)[1])
    if len(local) and reads_schedule(policy):
        known = both(known, schedule_of(policy, total, sub)[2])
    if known is not None:
        known = np.broadcast_to(known, len(local))
        absolute, total = absolute[known], total[known]
        layers = {name: item[known] for name, item in layers.items()}
    kept = local if known is None else local[known]
    draft.rows.append(absolute)
    draft.amounts.append(total)
    draft.layers.append(layers)
    draft.grounds.append(_grounds(policy, pairs, frame.n, kept))
    return total, known


def _sub_frame(program: Program, frame: Frame, absolute: Array, local: Array) -> Frame:
    at = 0 if is_single(frame.at) else None
    sub = Frame(
        program.plan, frame.table, absolute, at if at is not None else np.zeros(frame.table.n), frame.lists, len(local)
    )
    sub.at = frame.at if is_single(frame.at) else frame.at[local]
    sub.others = {
        policy: {name: (_part(first, local), _part(second, local)) for name, (first, second) in found.items()}
        for policy, found in frame.others.items()
    }
    return sub


def _part(item: Any, local: Array) -> Any:
    return item if item is None or np.ndim(item) == 0 else item[local]


def _selected(policy: Policy, frame: Frame) -> tuple[Any, Any]:
    """(surely selected, surely not selected or None when nobody is)."""
    pairs = []
    for item in policy.selectors:
        day, known = frame.run(item.date)
        inside = np.asarray((day >= item.start) & (day < item.end))
        pairs.append((inside, None) if known is None else (inside & known, ~inside & known))
    true, false = fold_pairs(pairs, "and")
    false = ~true if false is None else false
    return true, false if np.any(false) else None


def _clause(clause: Clause, frame: Frame, draft: _Draft, pairs: dict[int, Pair]) -> Pair:
    below = [_clause(item, frame, draft, pairs) for item in clause.items]
    if clause.op == "test":
        assert clause.test is not None
        pair = frame.run(clause.test)
    elif clause.op == "all":
        pair = fold_pairs(below, "and")
    elif clause.op == "at_least":
        pair = _at_least(below, clause.at_least)
    else:
        pair = fold_pairs(below, "or")
        pair = invert(pair) if clause.op == "none" else pair
    for item in clause.exemptions:
        pair = fold_pairs([pair, frame.run(item.test)], "or")
    pairs[clause.index] = pair
    _record(clause.index, pair, frame, draft)
    return pair


def _at_least(pairs: list[Pair], wanted: int) -> Pair:
    sure = sum(np.asarray(true).astype(np.int16) for true, _ in pairs)
    possible = sum(np.asarray(true if false is None else ~false).astype(np.int16) for true, false in pairs)
    return np.asarray(sure >= wanted), np.asarray(possible < wanted)


def _record(index: int, pair: Pair, frame: Frame, draft: _Draft) -> None:
    """Set the clause's bits for the people of the frame."""
    plane, bit = index // 8, np.uint8(1 << index % 8)
    true, false = pair
    _set(draft.holds[plane], frame.rows, true, bit)
    if false is not None:
        unknown = ~(true | false)
        if np.any(unknown):
            draft.has_unknown = True
            _set(draft.unknown[plane], frame.rows, unknown, bit)


def _set(plane: Array, rows: Any, true: Any, bit: Any) -> None:
    if isinstance(rows, slice) and np.ndim(true):
        target = plane[rows]
        np.bitwise_or(target, np.multiply(true.view(np.uint8), bit), out=target)
    else:
        plane[rows] |= np.where(true, bit, np.uint8(0))


def _grounds(policy: Policy, pairs: dict[int, Pair], n: int, kept: Array) -> Array:
    found = np.full(len(kept), -1, np.int16)
    if policy.classes:
        by_id = {clause.id: clause.index for clause in policy.clauses}
        for identifier, _ in reversed(policy.classes):
            found[np.broadcast_to(pairs[by_id[identifier]][0], n)[kept]] = by_id[identifier]
    return found


def _publish(policy: Policy, frame: Frame, status: Array, local: Array, total: Array) -> None:
    """Make results readable for later policies of the same chunk; versions are added up."""
    yes = status == Status.YES
    open_ = (status == Status.UNKNOWN) | (status == Status.NEEDS_DECISION)
    amount = np.zeros(frame.n, np.int64)
    amount[local] = total
    old = frame.others.get(policy.id)
    if old:
        yes, false = fold_pairs([(yes, ~yes & ~open_), old["holds"]], "or")
        amount = amount + old["amount_of"][0]
        known = old["amount_of"][1] & ~open_
    else:
        false, known = ~yes & ~open_, ~open_
    class_ = old["class_of"] if old else (np.zeros(frame.n, np.int64), np.zeros(frame.n, np.bool_))
    frame.others[policy.id] = {"holds": (yes, false), "amount_of": (amount, known), "class_of": class_}


def _publish_class(policy: Policy, frame: Frame, local: Array, grounds: Array) -> None:
    names = list(dict.fromkeys(name for _, name in policy.classes))
    named = dict(policy.classes)
    position = {item.index: names.index(named[item.id]) for item in policy.clauses if item.id in named}
    values, known = (item.copy() for item in frame.others[policy.id]["class_of"])
    for index, number in position.items():
        hit = local[grounds == index]
        values[hit], known[hit] = number, True
    frame.others[policy.id]["class_of"] = (values, known)


def _collect(draft: _Draft) -> PolicyResult:
    rows = np.concatenate([np.zeros(0, np.int64), *draft.rows]).astype(np.int32)
    amount = np.concatenate([np.zeros(0, np.int64), *draft.amounts])
    return PolicyResult(
        policy=draft.policy,
        status=draft.status,
        holds=draft.holds,
        unknown=draft.unknown if draft.has_unknown else None,
        rows=rows,
        amount=amount,
        payable=amount,
        lost_to=np.full(len(rows), Lost.NOTHING, np.int16),
        ground=np.concatenate([np.zeros(0, np.int16), *draft.grounds]),
        payers={},
        due=np.zeros((len(rows), 1), np.int32),
        parts=np.zeros((len(rows), 1), np.int64),
    )


def _with_payments(result: PolicyResult, draft: _Draft, program: Program, table: FactsTable, day: Any) -> PolicyResult:
    rows = result.rows.astype(np.int64)
    if not len(rows) or not result.policy.layers:
        return result
    frame = Frame(program.plan, table, rows, day, program.policies.catalogue.lists, len(rows))
    frame.tables = {item.name: item for item in result.policy.tables}
    kept = result.payable > 0
    all_kept = bool(kept.all())
    names = [layer.id for layer in result.policy.layers]
    layers = {name: np.concatenate([part[name] for part in draft.layers]) for name in names}
    if not all_kept:
        layers = {name: np.where(kept, item, 0) for name, item in layers.items()}
    frame.layers = {name: (item, None) for name, item in layers.items()}
    frame.running = (result.amount, None)
    payers, _ = payers_of(result.policy, layers, frame)
    due, parts, _ = schedule_of(result.policy, result.payable, frame)
    if not all_kept:
        due[~kept], parts[~kept] = 0, 0
    return replace(result, payers=payers, due=due, parts=parts)
