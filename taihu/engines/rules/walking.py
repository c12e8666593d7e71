"""Walk over the expressions of a policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from .tree import Clause, Expr, Policy, Step

_NAMES: dict[type[Expr], tuple[str, ...]] = {}


def _child_names(kind: type[Expr]) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(item.name for item in fields(kind) if item.name not in ("type", "place"))
    return names


def children(expr: Expr) -> Iterator[Expr]:
    """The expressions directly below one."""
    for name in _child_names(type(expr)):
        value = getattr(expr, name)
        if isinstance(value, Expr):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Expr))


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything below it."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def clause_expressions(clause: Clause) -> Iterator[Expr]:
    """What a clause itself reads, not what its children read."""
    if clause.test is not None:
        yield clause.test
    yield from (item.test for item in clause.exemptions)


def step_expressions(step: Step) -> Iterator[Expr]:
    yield from (item for item in (step.when, step.value, step.used) if item is not None)


def expressions(policy: Policy) -> Iterator[Expr]:
    """Every top-level expression of a policy, in reading order."""
    yield from (item.date for item in policy.selectors)
    for clause in policy.clauses:
        yield from clause_expressions(clause)
    for layer in policy.layers:
        yield from (item for item in (layer.when, layer.base) if item is not None)
        for step in layer.steps:
            yield from step_expressions(step)
    for step in policy.total_steps:
        yield from step_expressions(step)
    for cap in policy.shared_caps:
        yield from (item for item in (cap.limit, cap.used) if item is not None)
    yield from payment_expressions(policy)


def payment_expressions(policy: Policy) -> Iterator[Expr]:
    """What decides who pays and when."""
    for layer in policy.layers:
        yield from (rule.when for rule in layer.payers if rule.when is not None)
    for schedule in policy.schedules:
        if schedule.when is not None:
            yield schedule.when
        for part in schedule.parts:
            yield from (item for item in (part.amount, part.due) if item is not None)
