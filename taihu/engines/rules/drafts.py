"""What one policy comes to for a stretch of people: clauses, status, amounts; collected while chunks of rows pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .caps import rooms_of
from .frames import Frame, Pair, both, fold_pairs, invert, is_single
from .pay import amounts_of, payers_of, reads_payers, reads_schedule, schedule_of, spread
from .program import Program, asked_when_paying
from .results import Lost, PolicyResult, Status
from .table import FactsTable
from .tree import Clause, Policy

Array = npt.NDArray[Any]
# Long enough that calls of numpy cost little beside their work, short enough that the columns of a stretch stay in the cache.
CHUNK = 131_072
#: The clauses of a policy for the people of a frame, and their status before amounts.
Conditions = tuple[dict[int, Pair], Array]
#: Results of other policies by id and kind of question.
Others = dict[str, dict[str, Pair]]


@dataclass(slots=True)
class Draft:
    """What is collected for one policy while chunks pass. Without reasons, no bits are kept per clause."""

    policy: Policy
    with_reasons: bool
    status: Array
    holds: Array
    unknown: Array
    has_unknown: bool = False
    rows: list[Array] = field(default_factory=list)
    amounts: list[Array] = field(default_factory=list)
    grounds: list[Array] = field(default_factory=list)
    layers: list[dict[str, Array]] = field(default_factory=list)
    rooms: dict[str, list[Array]] = field(default_factory=dict)
    #: Results of other policies that the payments read, for the same people as `rows`.
    others: list[Others] = field(default_factory=list)


def draft_of(policy: Policy, n: int, *, with_reasons: bool = True) -> Draft:
    planes = (len(policy.clauses) + 7) // 8 if with_reasons else 0
    return Draft(
        policy, with_reasons, np.zeros(n, np.uint8), np.zeros((planes, n), np.uint8), np.zeros((planes, n), np.uint8)
    )


def chunks_of(n: int, rows: Array | None) -> list[tuple[Any, int]]:
    if rows is None:
        return [(slice(low, min(low + CHUNK, n)), min(CHUNK, n - low)) for low in range(0, n, CHUNK)]
    return [(part, len(part)) for part in (rows[low : low + CHUNK] for low in range(0, len(rows), CHUNK))]


def evaluate_chunk(draft: Draft, frame: Frame, program: Program, conditions: Conditions | None = None) -> Conditions:
    """Evaluate one policy for the people of a frame; `conditions` when they were read before for the same rules."""
    policy = draft.policy
    frame.tables = {item.name: item for item in policy.tables}
    frame.layers = {}
    conditions = conditions or _conditions(draft, frame)
    pairs, status = conditions[0], conditions[1].copy()
    local = np.flatnonzero(status == Status.YES)
    total, known = _amounts(draft, frame, local, pairs, program)
    if known is not None and not known.all():
        by_decision = policy.decision is not None and policy.decision.mode == "amount"
        status[local[~known]] = Status.NEEDS_DECISION if by_decision else Status.UNKNOWN
    draft.status[frame.rows] = status
    kept = local if known is None else local[known]
    if policy.id not in program.read:
        return conditions
    _publish(policy, frame, status, kept, total)
    if policy.classes:
        _publish_class(policy, frame, kept, draft.grounds[-1])
    return conditions


def _conditions(draft: Draft, frame: Frame) -> Conditions:
    policy = draft.policy
    pairs: dict[int, Pair] = {}
    true, false = _clause(policy.root, frame, draft, pairs)
    for clause in policy.payment_conditions if draft.with_reasons else ():
        _clause(clause, frame, draft, pairs)
    return pairs, _status(true, false, *_selected(policy, frame), frame.n)


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


def _amounts(draft: Draft, frame: Frame, local: Array, pairs: dict[int, Pair], program: Program) -> tuple[Array, Any]:
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
    rooms, rooms_known = rooms_of(policy, sub)
    known = both(known, rooms_known)
    if known is not None:
        known = np.broadcast_to(known, len(local))
        absolute, total = absolute[known], total[known]
        layers = {name: item[known] for name, item in layers.items()}
        rooms = {name: item[known] for name, item in rooms.items()}
    kept = local if known is None else local[known]
    asked = asked_when_paying(policy)
    if asked:
        draft.others.append(_others_of({name: frame.others[name] for name in asked}, kept))
    draft.rows.append(absolute)
    draft.amounts.append(total)
    draft.layers.append(layers)
    for group, room in rooms.items():
        draft.rooms.setdefault(group, []).append(room)
    draft.grounds.append(_grounds(policy, pairs, frame.n, kept))
    return total, known


def _sub_frame(program: Program, frame: Frame, absolute: Array, local: Array) -> Frame:
    at = 0 if is_single(frame.at) else None
    sub = Frame(
        program.plan, frame.table, absolute, at if at is not None else np.zeros(frame.table.n), frame.lists, len(local)
    )
    sub.at = frame.at if is_single(frame.at) else frame.at[local]
    sub.others = _others_of(frame.others, local)
    return sub


def _others_of(others: Others, local: Array) -> Others:
    return {
        policy: {name: (_part(first, local), _part(second, local)) for name, (first, second) in found.items()}
        for policy, found in others.items()
    }


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


def _clause(clause: Clause, frame: Frame, draft: Draft, pairs: dict[int, Pair]) -> Pair:
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
    if draft.with_reasons:
        _record(clause.index, pair, frame, draft)
    return pair


def _at_least(pairs: list[Pair], wanted: int) -> Pair:
    sure = sum(np.asarray(true).astype(np.int16) for true, _ in pairs)
    possible = sum(np.asarray(true if false is None else ~false).astype(np.int16) for true, false in pairs)
    return np.asarray(sure >= wanted), np.asarray(possible < wanted)


def _record(index: int, pair: Pair, frame: Frame, draft: Draft) -> None:
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
    none = len(policy.class_names) - 1
    class_, sure = old["class_of"] if old else (np.full(frame.n, none, np.int64), np.ones(frame.n, np.bool_))
    class_of = (class_, sure & ~(open_ & (class_ == none)))
    frame.others[policy.id] = {"holds": (yes, false), "amount_of": (amount, known), "class_of": class_of}


def _publish_class(policy: Policy, frame: Frame, local: Array, grounds: Array) -> None:
    named = dict(policy.classes)
    position = {item.index: policy.class_names.index(named[item.id]) for item in policy.clauses if item.id in named}
    values, known = (item.copy() for item in frame.others[policy.id]["class_of"])
    for index, number in position.items():
        hit = local[grounds == index]
        values[hit], known[hit] = number, True
    frame.others[policy.id]["class_of"] = (values, known)


def collect(draft: Draft) -> PolicyResult:
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


def rooms_drawn(draft: Draft) -> dict[str, Array]:
    return {group: np.concatenate(parts) for group, parts in draft.rooms.items()}


def with_payments(result: PolicyResult, draft: Draft, program: Program, table: FactsTable, day: Any) -> PolicyResult:
    rows = result.rows.astype(np.int64)
    if not len(rows) or not result.policy.layers:
        return result
    frame = Frame(program.plan, table, rows, day, program.policies.catalogue.lists, len(rows))
    frame.tables = {item.name: item for item in result.policy.tables}
    kept = result.payable > 0
    all_kept = bool(kept.all())
    names = [layer.id for layer in result.policy.layers]
    layers = {name: np.concatenate([part[name] for part in draft.layers]) for name in names}
    if result.policy.shared_caps:
        spread(layers, result.payable - result.amount)
    elif not all_kept:
        layers = {name: np.where(kept, item, 0) for name, item in layers.items()}
    frame.layers = {name: (item, None) for name, item in layers.items()}
    frame.running = (result.amount, None)
    frame.others = _joined_others(draft.others)
    payers, _ = payers_of(result.policy, layers, frame)
    due, parts, _ = schedule_of(result.policy, result.payable, frame)
    if not all_kept:
        due[~kept], parts[~kept] = 0, 0
    return replace(result, payers=payers, due=due, parts=parts)


def _joined_others(chunks: list[Others]) -> Others:
    """Results of other policies for the people of all chunks."""
    return {
        policy: {
            question: (
                np.concatenate([chunk[policy][question][0] for chunk in chunks]),
                np.concatenate([chunk[policy][question][1] for chunk in chunks]),
            )
            for question in found
        }
        for policy, found in (chunks[0] if chunks else {}).items()
    }
