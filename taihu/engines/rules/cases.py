"""Run the worked cases written in policy files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .catalogue import Catalogue
from .civil import from_days
from .errors import FactsError, Problem, problem
from .missing import missing_for_amount, missing_for_clause
from .people import Person
from .reader import Reader
from .results import CaseResult, Lost, Status
from .sets import PolicySet
from .single import OneResult, class_of, evaluate_one
from .tree import Field, GivenCase, Policy
from .values import money_of
from .walking import expressions, walk


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


def _differences(policies: PolicySet, index: int, case: GivenCase) -> list[Problem]:
    try:
        person = person_of_case(policies.catalogue, case)
    except FactsError as error:
        return [item.at(case.place) for item in error.problems]
    policy = policies.policies[index]
    reader = Reader(policies.catalogue, person, case.at)
    result = evaluate_one(policies, person, case.at, reader)[index]
    found = _found(policies.policies, result)
    problems = []
    for key, wanted in case.expect:
        want = _wanted(key, wanted)
        place = case.places.get(key, case.place)
        if key in ("fails", "unknown"):
            absent = [item for item in want if item not in found[key]]
            if absent:
                problems.append(problem("case_clause", place, key=key, wanted=_shown(absent), found=_shown(found[key])))
        elif found[key] != want:
            problems.append(problem("case_differs", place, key=key, wanted=_shown(want), found=_shown(found[key])))
    if problems and result.status is Status.UNKNOWN:
        problems.extend(_why_unknown(policy, result, reader, case))
    return problems


def _why_unknown(policy: Policy, result: OneResult, reader: Reader, case: GivenCase) -> list[Problem]:
    """What to give, or that the largest, smallest, latest and earliest of no record at all is unknown."""
    missing = _missing(policy, result, reader)
    of_nothing = [name for name in missing if name in reader.person.records]
    given = [name for name in missing if name not in of_nothing]
    found = [problem("case_unknown", case.place, missing=_shown(given))] if given or not of_nothing else []
    found += [problem("case_of_nothing", case.place, record=name) for name in of_nothing]
    return found


def _missing(policy: Policy, result: OneResult, reader: Reader) -> list[str]:
    """What to give so that the case is decided."""
    reader.use(policy)
    open_ = [item for item in policy.root.walk() if result.states[item.index] is None]
    names = [name for clause in open_ for name in missing_for_clause(clause, reader)]
    missing = dict.fromkeys(names) or missing_for_amount(policy, reader)
    return [item for name in missing for item in _absent_fields(policy, name, reader) or [name]]


def _absent_fields(policy: Policy, name: str, reader: Reader) -> list[str]:
    """The fields that the policy reads and that some record given leaves out, as record.field."""
    records = reader.person.records.get(name, ())
    read = {
        item.name
        for top in expressions(policy)
        for item in walk(top)
        if isinstance(item, Field) and item.record == name
    }
    return [f"{name}.{field}" for field in sorted(read) if any(field not in item.values for item in records)]


def _found(policies: tuple[Policy, ...], result: OneResult) -> dict[str, Any]:
    """What came out, amounts in fen."""
    clauses = result.policy.clauses
    lost = policies[result.lost_to].id if result.lost_to >= 0 else Lost(result.lost_to).name.lower()
    return {
        "status": result.status.name.lower(),
        "amount": _Fen(result.amount),
        "payable": _Fen(result.payable),
        "instalments": [_Fen(amount) for _, _, amount in result.parts],
        "due": [from_days(due).isoformat() for _, due, _ in result.parts],
        "payers": {payer: _Fen(amount) for payer, amount in result.payers.items() if amount},
        "fails": [item.id for item in clauses if result.states[item.index] is False],
        "unknown": [item.id for item in clauses if result.states[item.index] is None],
        "class": class_of(result),
        "ground": clauses[result.ground].id if result.ground >= 0 else "",
        "lost_to": lost,
    }


class _Fen(int):
    """An amount, shown as it is written in a case."""

    def __str__(self) -> str:
        return f"{Decimal(self) / 100:f}元"


def _wanted(key: str, wanted: object) -> Any:
    if isinstance(wanted, dict):
        return {name: _Fen(money_of(str(value)) or 0) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [_Fen(money_of(str(item)) or 0) if key == "instalments" else str(item) for item in wanted]
    return _Fen(money_of(str(wanted)) or 0) if key in ("amount", "payable") else str(wanted)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "-"
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "-"
