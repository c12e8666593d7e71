"""All policies for one person, one clause after the other: the reference for the arrays and the base of explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .amounts import Line, Unknown, amount_for, schedule_for, split_payers, spread
from .people import Person
from .reader import OtherResult, Reader, fold_and, fold_or, negate
from .results import Lost, Status
from .sets import PolicySet, shared_groups
from .tree import Clause, Part, Policy, SharedCap


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
    rooms: dict[str, int] = field(default_factory=dict)


def evaluate_one(policies: PolicySet, person: Person, at: int, reader: Reader | None = None) -> list[OneResult]:
    """Every policy of the set for one person; `at` is a day number. A reader given is left knowing all results."""
    mine = _Member(id_order(person.id), reader or Reader(policies.catalogue, person, at))
    everybody = [mine]
    if person.household and any(_is_of_household(policy) for policy in policies.policies):
        everybody += [_Member(id_order(item.id), Reader(policies.catalogue, item, at)) for item in person.household]
    for member in everybody:
        member.results = [_one(policy, member.reader) for policy in policies.policies]
    _apply_household(policies.policies, everybody)
    for member in everybody:
        _apply_exclusion(policies.policies, member.results, member.reader)
    _apply_shared_caps(policies.policies, everybody)
    for result in mine.results:
        if result.status is Status.YES:
            _pay(result, mine.reader)
    return mine.results


@dataclass(slots=True)
class _Member:
    """Somebody of the household, the person included."""

    order: tuple[int, str]
    reader: Reader
    results: list[OneResult] = field(default_factory=list)


def _is_of_household(policy: Policy) -> bool:
    return policy.household_rule != "each" or any(cap.is_of_household for cap in policy.shared_caps)


def _one(policy: Policy, reader: Reader) -> OneResult:
    reader.use(policy)
    result = OneResult(policy, states=[None] * len(policy.clauses))
    truth = _clause(policy.root, reader, result)
    for clause in policy.payment_conditions:
        _clause(clause, reader, result)
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
        rooms = {cap.group: _room(cap, reader) for cap in policy.shared_caps}
    except Unknown:
        by_decision = policy.decision is not None and policy.decision.mode == "amount"
        result.status = Status.NEEDS_DECISION if by_decision else Status.UNKNOWN
        return
    result.status = Status.YES
    result.amount = result.payable = found.total
    result.lines, result.layers, result.rooms = found.lines, found.layers, rooms
    by_id = {clause.id: clause.index for clause in policy.clauses}
    for identifier, _ in policy.classes:
        if result.states[by_id[identifier]]:
            result.ground = by_id[identifier]
            break


def _room(cap: SharedCap, reader: Reader) -> int:
    limit, used = reader.value(cap.limit), 0 if cap.used is None else reader.value(cap.used)
    if limit is None or used is None:
        raise Unknown
    return max(0, int(limit) - int(used))


def _remember(result: OneResult, reader: Reader) -> None:
    """Make the result readable for later policies; versions of one policy are added up."""
    other = reader.others.setdefault(result.policy.id, OtherResult())
    holds = {Status.YES: True, Status.UNKNOWN: None, Status.NEEDS_DECISION: None}.get(result.status, False)
    other.holds = fold_or(iter((other.holds, holds)))
    open_ = result.status in (Status.UNKNOWN, Status.NEEDS_DECISION)
    other.amount = None if open_ or other.amount is None else other.amount + result.amount
    if result.ground >= 0:
        other.class_ = result.policy.class_names.index(class_of(result))
    elif open_ and other.class_ == -1:
        other.class_ = None


def class_of(result: OneResult) -> str:
    """The class of the ground used, "" when there is none."""
    if result.ground < 0:
        return ""
    return dict(result.policy.classes)[result.policy.clauses[result.ground].id]


def id_order(identifier: str) -> tuple[int, str]:
    """The order of people that decides ties: shorter ids first, so that numbers count as numbers."""
    return len(identifier), identifier


def _apply_household(policies: Sequence[Policy], everybody: list[_Member]) -> None:
    """Leave one entitlement per household, judged by the amounts before anything else is applied."""
    for index, policy in enumerate(policies):
        if policy.household_rule == "each":
            continue
        best = policy.household_rule == "higher"
        entitled = [item for item in everybody if item.results[index].status is Status.YES]
        ranked = sorted(entitled, key=lambda item: (-item.results[index].amount if best else 0, item.order))
        for member in ranked[1:]:
            member.results[index].lost_to, member.results[index].payable = Lost.HOUSEHOLD, 0


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


def _apply_shared_caps(policies: Sequence[Policy], everybody: list[_Member]) -> None:
    """Reduce what is payable to what shared ceilings leave: policy by policy, within a household by its members."""
    for group, members in shared_groups(list(policies)).items():
        drawn: dict[int, int] = {}
        is_shared = members[0][1].is_of_household
        for index, _ in members:
            for member in sorted(everybody, key=lambda item: item.order):
                result = member.results[index]
                if result.payable:
                    owner = 0 if is_shared else id(member)
                    left = max(0, result.rooms[group] - drawn.get(owner, 0))
                    if not left:
                        result.lost_to = Lost.CAP
                    result.payable = min(result.payable, left)
                    drawn[owner] = drawn.get(owner, 0) + result.payable


def _pay(result: OneResult, reader: Reader) -> None:
    """Split what is payable; what a shared cap took is taken from the last layer first."""
    reader.use(result.policy)
    layers = dict(result.layers)
    if result.policy.shared_caps:
        spread(layers, result.payable - result.amount)
    reader.layers = layers
    reader.running = result.amount
    result.payers = split_payers(result.policy, layers, result.payable, reader)
    result.parts = schedule_for(result.policy, reader, result.payable) if result.payable else ()
