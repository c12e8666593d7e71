"""Which facts keep something unknown for one person: what has to be asked for next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .reader import Reader
from .tree import Aggregate, Clause, Defined, Expr, Fact, FactAt, If, Policy, Step
from .walking import children, clause_expressions, walk


def missing_in(expr: Expr, reader: Reader) -> Iterator[str]:
    """Names of the facts and kinds of records without which the expression has no value; nothing where it has one."""
    if reader.value(expr) is not None:
        return
    if isinstance(expr, Fact):
        yield expr.name
    elif isinstance(expr, FactAt):
        yield from _first(missing_in(expr.when, reader), expr.name)
    elif isinstance(expr, Aggregate):
        yield from _missing_records(expr, reader)
    elif isinstance(expr, If):
        test = reader.truth(expr.test)
        yield from missing_in(expr.test if test is None else expr.then if test else expr.other, reader)
    else:
        for child in (expr.item,) if isinstance(expr, Defined) else children(expr):
            yield from missing_in(child, reader)


def missing_for_clause(clause: Clause, reader: Reader) -> tuple[str, ...]:
    """What keeps the test of a clause (or what exempts from it) unknown."""
    found = (name for expr in clause_expressions(clause) for name in missing_in(expr, reader))
    return tuple(dict.fromkeys(found))


def missing_for_amount(policy: Policy, reader: Reader) -> tuple[str, ...]:
    """What keeps the version, the amount, its payers or its instalments unknown although every condition holds."""
    return tuple(dict.fromkeys(name for expr in _asked(policy, reader) for name in missing_in(expr, reader)))


def _first(found: Iterator[str], otherwise: str) -> Iterator[str]:
    names = list(found)
    yield from names or [otherwise]


def _missing_records(expr: Aggregate, reader: Reader) -> Iterator[str]:
    """Facts read beside the records, or else the records themselves; a decision that is not recorded was not taken."""
    beside = [item for item in walk(expr.where) if isinstance(item, Fact | FactAt)] if expr.where is not None else []
    names = [name for item in (*beside, *expr.bounds) for name in missing_in(item, reader)]
    if expr.record == "decision":
        return
    yield from names or [expr.record]


def _asked(policy: Policy, reader: Reader) -> Iterator[Expr]:
    """The expressions that matter for this person, in the order in which they are read."""
    yield from (item.date for item in policy.selectors)
    for layer in policy.layers:
        if layer.when is not None:
            yield layer.when
            if reader.truth(layer.when) is False:
                continue
        yield layer.base
        yield from _of_steps(layer.steps, reader)
        yield from _whens((rule.when for rule in layer.payers), reader)
    yield from _of_steps(policy.total_steps, reader)
    for cap in policy.shared_caps:
        yield from (item for item in (cap.limit, cap.used) if item is not None)
    yield from _whens((item.when for item in policy.schedules), reader)
    yield from (part.amount for item in policy.schedules for part in item.parts if part.amount is not None)


def _of_steps(steps: Iterable[Step], reader: Reader) -> Iterator[Expr]:
    for step in steps:
        if step.when is not None:
            yield step.when
            if reader.truth(step.when) is False:
                continue
        yield from (item for item in (step.value, step.used) if item is not None)


def _whens(whens: Iterable[Expr | None], reader: Reader) -> Iterator[Expr]:
    """Choices in order, up to the one that is taken."""
    for when in whens:
        if when is None:
            return
        yield when
        if reader.truth(when):
            return
