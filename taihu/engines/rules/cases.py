"""Run the worked cases written in policy files."""

from __future__ import annotations

from typing import Any

from .catalogue import Catalogue
from .civil import from_days
from .errors import FactsError
from .people import Person
from .results import CaseResult, Lost
from .sets import PolicySet
from .single import OneResult, class_of, evaluate_one
from .tree import GivenCase, Policy
from .values import money_of


def run_cases(policies: PolicySet) -> tuple[CaseResult, ...]:
    """Every case of every policy, in order; a case passes when nothing it expects came out differently."""
    return tuple(
        CaseResult(policy.key, case.name, str(case.place), tuple(_differences(policies, index, case)))
        for index, policy in enumerate(policies.policies)
        for case in policy.cases
    )


def person_of_case(catalogue: Catalogue, case: GivenCase) -> Person:
    """The person a case describes, with the other members of the household."""
    members = [Person.of(catalogue, f"member-{n}", dict(given)) for n, given in enumerate(case.household, 1)]
    return Person.of(catalogue, "case", dict(case.given), household=members)


def _differences(policies: PolicySet, index: int, case: GivenCase) -> list[str]:
    try:
        person = person_of_case(policies.catalogue, case)
    except FactsError as error:
        return [str(error)]
    result = evaluate_one(policies, person, case.at)[index]
    found = _found(policies.policies, result)
    problems = []
    for key, wanted in case.expect:
        want = _wanted(key, wanted)
        if key in ("fails", "unknown"):
            missing = sorted(set(want) - set(found[key]))
            if missing:
                problems.append(f"{key}: wanted {missing}, found {found[key]}")
        elif found[key] != want:
            problems.append(f"{key}: wanted {want}, found {found[key]}")
    return problems


def _found(policies: tuple[Policy, ...], result: OneResult) -> dict[str, Any]:
    clauses = result.policy.clauses
    lost = policies[result.lost_to].id if result.lost_to >= 0 else Lost(result.lost_to).name.lower()
    return {
        "status": result.status.name.lower(),
        "amount": result.amount,
        "payable": result.payable,
        "instalments": [amount for _, _, amount in result.parts],
        "due": [from_days(due).isoformat() for _, due, _ in result.parts],
        "payers": {payer: amount for payer, amount in result.payers.items() if amount},
        "fails": [item.id for item in clauses if result.states[item.index] is False],
        "unknown": [item.id for item in clauses if result.states[item.index] is None],
        "class": class_of(result),
        "ground": clauses[result.ground].id if result.ground >= 0 else "",
        "lost_to": lost,
    }


def _wanted(key: str, wanted: object) -> Any:
    if isinstance(wanted, dict):
        return {name: money_of(str(value)) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [money_of(str(item)) for item in wanted] if key == "instalments" else [str(item) for item in wanted]
    if key in ("amount", "payable"):
        return money_of(str(wanted))
    return str(wanted)
