"""Ask a template: which way next, which body decides. Conditions are expressions of the rule engine over the case's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from taihu.engines.rules.civil import to_days
from taihu.engines.rules.people import Person
from taihu.engines.rules.reader import Reader
from taihu.engines.rules.tree import Expr, Fact, FactAt
from taihu.engines.rules.values import stored_value
from taihu.engines.rules.walking import walk
from taihu.records.cases.procedures.tree import Body, Procedure, Stage


class FieldUnknown(LookupError):
    """A condition reads a field that the case does not have yet; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def holds(procedure: Procedure, expr: Expr | None, data: Mapping[str, Any], day: date) -> bool:
    """Whether a condition holds of a case's form on a day; raises FieldUnknown instead of guessing."""
    if expr is None:
        return True
    known = {name: value for name, value in data.items() if name in procedure.catalogue.facts and value is not None}
    person = Person.of(procedure.catalogue, "case", known)
    truth = Reader(procedure.catalogue, person, to_days(day)).truth(expr)
    if truth is None:
        names = {item.name for item in walk(expr) if isinstance(item, Fact | FactAt)}
        raise FieldUnknown(tuple(sorted(names - set(known))))
    return truth


def next_stages(procedure: Procedure, stage: Stage, data: Mapping[str, Any], day: date) -> tuple[Stage, ...]:
    """Where a case goes when the stage is passed: one stage, or several at once where it forks."""
    if stage.fork:
        return tuple(procedure.stage(identifier) for identifier in stage.fork)
    for route in stage.routes:
        if holds(procedure, route.when, data, day):
            return (procedure.stage(route.to),)
    raise AssertionError("a checked template has a last route without condition")


def deciding_body(procedure: Procedure, stage: Stage, data: Mapping[str, Any], day: date) -> Body:
    """Which body decides a case like this one."""
    for item in stage.bodies:
        if holds(procedure, item.when, data, day):
            return item.body
    return stage.bodies[-1].body


def natural_value(procedure: Procedure, name: str, raw: Any) -> Any:
    """A form value as it is kept in a case: whole fen, ISO date, code, truth; raises FactsError with what is expected."""
    fact = procedure.catalogue.facts[name]
    stored = stored_value(fact.type, raw, name)
    if fact.type.kind == "bool":
        return bool(stored)
    if fact.type.kind == "enum":
        return fact.type.values[int(stored)]
    if fact.type.kind == "date":
        return date.fromordinal(int(stored) + 719_163).isoformat()
    return stored
