"""All policies for one person, one clause after the other: the reference for the arrays and the base of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .amounts import Line, Unknown, amount_for, schedule_for, split_payers
from .people import Person
from .reader import OtherResult, Reader, fold_and, fold_or, negate
from .results import Lost, Status
from .sets import PolicySet
from .tree import Clause, Part, Policy


@dataclass(slots=True)
class OneResult:
    """One policy for one person. `states` and `is_exempt` run along clause indexes."""

    policy: Policy
    status: Status = Status.NO
    states: list[bool | None] = field(default_factory=list)
    exempt: set[int] = field(default_factory=set)
    amount: int = 0
    payable: int = 0
    lost_to: int = Lost.NOTHING
    ground: int = -1
    lines: tuple[Line, ...] = ()
    layers: dict[str, int] = field(default_factory=dict)
    payers: dict[str, int] = field(default_factory=dict)
    parts: tuple[tuple[Part | None, int, int], ...] = ()


def evaluate_one(policies: PolicySet, person: Person, at: int, reader: Reader | None = None) -> list[OneResult]:
    """Every policy of the set for one person; `at` is a day number. A reader given is left knowing all results."""
    reader = reader or Reader(policies.catalogue, person, at)
    results = [_one(policy, reader) for policy in policies.policies]
    _apply_household(policies, results, person, at)
    _apply_exclusion(policies.policies, results, reader)
    for result in results:
        if result.status is Status.YES:
            _pay(result, reader)
    return results


def _one(policy: Policy, reader: Reader) -> OneResult:
    reader.use(policy)
    result = OneResult(policy, states=[None] * len(policy.clauses))
    truth = _clause(policy.root, reader, result)
    selected = fold_and(_selected(item, reader) for item in policy.selectors)
    if selected is False:
        result.status = Status.NOT_APPLICABLE
    elif truth is False:
        result.status = Status.NO
    elif truth is None or selected is None:
        result.status = Status.UNKNOWN
    else:
        _grant(result, reader)
    _remember(result, reader)
    return result


def _selected(selector: object, reader: Reader) -> bool | None:
    day = reader.value(selector.date)  # type: ignore[attr-defined]
    return None if day is None else bool(selector.start <= day < selector.end)  # type: ignore[attr-defined]


def _clause(clause: Clause, reader: Reader, result: OneResult) -> bool | None:
    below = [_clause(item, reader, result) for item in clause.items]
    if clause.op == "test":
        assert clause.test is not None
        truth = reader.truth(clause.test)
    elif clause.op == "all":
        truth = fold_and(iter(below))
    elif clause.op == "any":
        truth = fold_or(iter(below))
    elif clause.op == "none":
        truth = negate(fold_or(iter(below)))
    else:
        truth = _at_least(below, clause.at_least)
    if clause.exemptions and truth is not True:
        exempt = fold_or(reader.truth(item.test) for item in clause.exemptions)
        if exempt:
            result.exempt.add(clause.index)
        truth = fold_or(iter((truth, exempt)))
    result.states[clause.index] = truth
    return truth


def _at_least(items: Sequence[bool | None], wanted: int) -> bool | None:
    sure = sum(item is True for item in items)
    if sure >= wanted:
        return True
    return None if sure + sum(item is None for item in items) >= wanted else False


def _grant(result: OneResult, reader: Reader) -> None:
    policy = result.policy
    try:
        found = amount_for(policy, reader)
        split_payers(policy, found.layers, found.total, reader)
        schedule_for(policy, reader, found.total)
    except Unknown:
        by_decision = policy.decision is not None and policy.decision.mode == "amount"
        result.status = Status.NEEDS_DECISION if by_decision else Status.UNKNOWN
        return
    result.status = Status.YES
    result.amount = result.payable = found.total
    result.lines, result.layers = found.lines, found.layers
    by_id = {clause.id: clause.index for clause in policy.clauses}
    for identifier, _ in policy.classes:
        if result.states[by_id[identifier]]:
            result.ground = by_id[identifier]
            break


def _remember(result: OneResult, reader: Reader) -> None:
    """Make the result readable for later policies; versions of one policy are added up."""
    other = reader.others.setdefault(result.policy.id, OtherResult())
    holds = {Status.YES: True, Status.UNKNOWN: None, Status.NEEDS_DECISION: None}.get(result.status, False)
    other.holds = fold_or(iter((other.holds, holds)))
    open_ = result.status in (Status.UNKNOWN, Status.NEEDS_DECISION)
    other.amount = None if open_ or other.amount is None else other.amount + result.amount
    if result.ground >= 0:
        names = list(dict.fromkeys(name for _, name in result.policy.classes))
        other.class_ = names.index(class_of(result))


def class_of(result: OneResult) -> str:
    """The class of the ground used, "" when there is none."""
    if result.ground < 0:
        return ""
    return dict(result.policy.classes)[result.policy.clauses[result.ground].id]


def id_order(identifier: str) -> tuple[int, str]:
    """The order of people that decides ties: shorter ids first, so that numbers count as numbers."""
    return len(identifier), identifier


def _apply_household(policies: PolicySet, results: list[OneResult], person: Person, at: int) -> None:
    if not person.household or all(item.policy.household_rule == "each" for item in results):
        return
    others = []
    for member in person.household:
        reader = Reader(policies.catalogue, member, at)
        others.append((id_order(member.id), [_one(policy, reader) for policy in policies.policies]))
    mine = id_order(person.id)
    for index, result in enumerate(results):
        rule = result.policy.household_rule
        if rule == "each" or result.status is not Status.YES:
            continue
        rivals = [(order, found[index].amount) for order, found in others if found[index].status is Status.YES]
        best = rule == "higher"
        if any((-amount if best else 0, order) < (-result.amount if best else 0, mine) for order, amount in rivals):
            result.lost_to, result.payable = Lost.HOUSEHOLD, 0


def _apply_exclusion(policies: tuple[Policy, ...], results: list[OneResult], reader: Reader) -> None:
    groups: dict[str, list[int]] = {}
    for index, policy in enumerate(policies):
        result = results[index]
        if policy.exclusion and result.status is Status.YES and result.lost_to == Lost.NOTHING:
            groups.setdefault(policy.exclusion.group, []).append(index)
    for members in groups.values():
        if len(members) > 1:
            _exclude(policies, results, members, reader)


def _exclude(policies: tuple[Policy, ...], results: list[OneResult], members: list[int], reader: Reader) -> None:
    exclusions = {index: policies[index].exclusion for index in members}
    rule = next(item.rule for item in exclusions.values() if item)
    order = {index: (item.order if item else 0, index) for index, item in exclusions.items()}
    winner: int | None
    if rule == "best":
        winner = min(members, key=lambda index: (-results[index].amount, order[index]))
    elif rule == "first":
        winner = min(members, key=lambda index: order[index])
    else:
        chosen = reader.single("chosen_in_group")
        winner = next((index for index in members if policies[index].id == chosen), None)
    for index in members:
        if index != winner:
            results[index].lost_to = Lost.CHOICE if winner is None else winner
            results[index].payable = 0


def _pay(result: OneResult, reader: Reader) -> None:
    reader.use(result.policy)
    reader.layers = result.layers
    reader.running = result.amount
    result.payers = split_payers(result.policy, result.layers, result.payable, reader)
    result.parts = schedule_for(result.policy, reader, result.payable) if result.payable else ()
