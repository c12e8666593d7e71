"""Two policy sets over the same people in one pass: what they share is worked out once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from .caps import apply_shared_caps
from .drafts import Conditions, Draft, chunks_of, collect, draft_of, evaluate_chunk, rooms_drawn, with_payments
from .frames import Frame, Plan
from .groups import apply_exclusions, apply_households
from .program import Program
from .results import Evaluation, PolicyResult
from .sets import PolicySet, references
from .table import FactsTable
from .tree import Listed, Other, Policy, Words
from .walking import clause_expressions, expressions, walk

Array = npt.NDArray[Any]
_NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class Shared:
    """What two sets have in common, by position in the new set -> position in the old one.

    same : policies whose rules and everything they refer to are equal.
    settled : those of `same` that meet no changed policy in an exclusion group or a shared cap.
    conditions : changed policies whose conditions are equal (only amounts or payments differ).
    """

    same: dict[int, int]
    settled: dict[int, int]
    conditions: dict[int, int]


def evaluate_both(old: PolicySet, new: PolicySet, table: FactsTable, day: Any) -> tuple[Evaluation, Evaluation, Shared]:
    """Evaluate two sets without reasons (no bits per clause).

    Notes
    -----
    One pass of O(people x clauses of the old set) plus the clauses of the new set that are not in the old one.
    """
    shared = shared_rules(old, new)
    programs = _programs(old, new)
    before = [draft_of(policy, table.n, with_reasons=False) for policy in old.policies]
    after = [
        before[shared.same[index]] if index in shared.same else draft_of(policy, table.n, with_reasons=False)
        for index, policy in enumerate(new.policies)
    ]
    asked = frozenset(
        chain.from_iterable(references(new.policies[i]) for i in range(len(after)) if i not in shared.same)
    )
    for rows, n in chunks_of(table.n, None):
        frame = Frame(programs[0].plan, table, rows, day, old.catalogue.lists, n)
        _chunk(before, after, shared, programs, frame, asked)
    first = _finished(before, programs[0], table, day)
    second = _second(first, after, shared, programs[1], table, day)
    return Evaluation(day, tuple(first)), Evaluation(day, tuple(second)), shared


def touched(old: PolicySet, new: PolicySet) -> tuple[PolicySet, PolicySet, frozenset[str]]:
    """What has to be evaluated to find every difference, and the ids of the policies that can differ.

    Left out are policies that say the same in both and meet no changed one in a group, unless a changed one reads them.
    """
    shared = shared_rules(old, new)
    settled_old = set(shared.settled.values())
    before = [policy for index, policy in enumerate(old.policies) if index not in settled_old]
    after = [policy for index, policy in enumerate(new.policies) if index not in shared.settled]
    ids = frozenset(policy.id for policy in (*before, *after))
    return old.only(ids), new.only(ids), ids


def _programs(old: PolicySet, new: PolicySet) -> tuple[Program, Program]:
    """Both with one plan, so that an expression of both is shared."""
    policies = (*old.policies, *new.policies)
    plan = Plan(chain.from_iterable(expressions(policy) for policy in policies))
    read = frozenset(chain.from_iterable(map(references, policies)))
    return Program(old, plan, read), Program(new, plan, read)


def _chunk(
    before: list[Draft],
    after: list[Draft],
    shared: Shared,
    programs: tuple[Program, Program],
    frame: Frame,
    asked: frozenset[str],
) -> None:
    """One stretch of people; `asked` are the policies whose results changed policies read."""
    known = [evaluate_chunk(draft, frame, programs[0]) for draft in before]
    old_others, frame.others = frame.others, {}
    lists = programs[1].policies.catalogue.lists
    if lists != frame.lists:
        frame.lists, frame.cache = lists, {}
    for index, draft in enumerate(after):
        if index not in shared.same:
            conditions: Conditions | None = known[shared.conditions[index]] if index in shared.conditions else None
            evaluate_chunk(draft, frame, programs[1], conditions)
        elif draft.policy.id in asked:
            frame.others[draft.policy.id] = old_others[draft.policy.id]


def _finished(drafts: list[Draft], program: Program, table: FactsTable, day: Any) -> list[PolicyResult]:
    results = apply_households([collect(draft) for draft in drafts], table)
    results = apply_exclusions(results, table)
    results = apply_shared_caps(results, [rooms_drawn(draft) for draft in drafts], table)
    return [with_payments(item, draft, program, table, day) for item, draft in zip(results, drafts, strict=True)]


def _second(
    first: list[PolicyResult], after: list[Draft], shared: Shared, program: Program, table: FactsTable, day: Any
) -> list[PolicyResult]:
    """The results of the new set; those of settled policies are the old ones, renumbered."""
    open_ = [index for index in range(len(after)) if index not in shared.settled]
    found = _finished([after[index] for index in open_], program, table, day)
    fresh = dict(zip(open_, (_renumbered(item, dict(enumerate(open_))) for item in found), strict=True))
    numbers = {old: new for new, old in shared.settled.items()}
    return [
        fresh[index] if index in fresh else _renumbered(first[shared.settled[index]], numbers)
        for index in range(len(after))
    ]


def _renumbered(item: PolicyResult, numbers: dict[int, int]) -> PolicyResult:
    if all(old == new for old, new in numbers.items()) or not (item.lost_to >= 0).any():
        return item
    table = np.arange(max(numbers) + 1)
    table[list(numbers)] = list(numbers.values())
    lost = np.where(item.lost_to >= 0, table[np.maximum(item.lost_to, 0)], item.lost_to)
    return replace(item, lost_to=lost.astype(np.int16))


# --- what is equal


def shared_rules(old: PolicySet, new: PolicySet) -> Shared:
    """Which policies of two sets say the same."""
    lists = {name for name, item in new.catalogue.lists.items() if old.catalogue.lists.get(name) != item}
    bare = {_bare(policy): index for index, policy in enumerate(old.policies)}
    same = {
        index: bare[_bare(policy)]
        for index, policy in enumerate(new.policies)
        if _bare(policy) in bare and not _reads_lists(policy, lists)
    }
    same = _closed(same, old, new)
    left = [index for index in range(len(new.policies)) if index not in same]
    gone = set(range(len(old.policies))) - set(same.values())
    touched = _groups([new.policies[index] for index in left]) | _groups([old.policies[index] for index in gone])
    settled = _settled(same, new, touched)
    changed = {index: _twin(new.policies[index], old, gone, lists) for index in left}
    return Shared(same, settled, {index: twin for index, twin in changed.items() if twin is not None})


def _bare(policy: Policy) -> Policy:
    """The rules of a policy without its titles, dates of publication and cases."""
    return replace(
        policy, version="", title=_NOTHING, document="", issuer="", notice=None, is_example=False, cases=(), file="",
        effective_from=0, effective_to=0,
    )  # fmt: skip


def _closed(same: dict[int, int], old: PolicySet, new: PolicySet) -> dict[int, int]:
    """Leave out what refers to a policy of which some version is not the same, and versions read beside changed ones."""
    while True:
        kept, kept_old = set(same), set(same.values())
        left = [item for index, item in enumerate(new.policies) if index not in kept]
        changed = {item.id for item in left}
        changed |= {item.id for index, item in enumerate(old.policies) if index not in kept_old}
        mixed = changed & set(chain.from_iterable(map(references, left)))
        next_ = {
            index: twin
            for index, twin in same.items()
            if not references(new.policies[index]) & changed and new.policies[index].id not in mixed
        }
        if len(next_) == len(same):
            return same
        same = next_


def _groups(policies: list[Policy]) -> set[tuple[str, str]]:
    found = {("exclusion", item.exclusion.group) for item in policies if item.exclusion}
    return found | {("cap", cap.group) for item in policies for cap in item.shared_caps}


def _settled(same: dict[int, int], new: PolicySet, touched: set[tuple[str, str]]) -> dict[int, int]:
    settled = dict(same)
    while True:
        hit = [index for index in settled if _groups([new.policies[index]]) & touched]
        if not hit:
            return settled
        for index in hit:
            del settled[index]
            touched = touched | _groups([new.policies[index]])


def _twin(policy: Policy, old: PolicySet, gone: set[int], lists: set[str]) -> int | None:
    """A changed policy of the old set with the same conditions, read from nothing that changed."""
    if _reads_lists(policy, lists) or _asks_others(policy):
        return None
    for index in gone:
        other = old.policies[index]
        if (other.root, other.selectors, other.tables) == (policy.root, policy.selectors, policy.tables):
            return index
    return None


def _asks_others(policy: Policy) -> bool:
    tops = chain.from_iterable(clause_expressions(clause) for clause in policy.clauses)
    dates = (item.date for item in policy.selectors)
    return any(isinstance(expr, Other) for top in chain(tops, dates) for expr in walk(top))


def _reads_lists(policy: Policy, lists: set[str]) -> bool:
    if not lists:
        return False
    return any(isinstance(expr, Listed) and expr.name in lists for top in expressions(policy) for expr in walk(top))
