"""Checks of one whole policy: clauses that cannot matter, contradictions, amounts above their own cap."""

from __future__ import annotations

from collections.abc import Iterator

from .checker_numbers import bounds_of
from .errors import Problem, advice, problem
from .kinds import Kind
from .tree import (
    COUNTED,
    Aggregate,
    Clause,
    Defined,
    Expr,
    Field,
    If,
    Layer,
    Literal,
    Logic,
    Lookup,
    Policy,
    Schedule,
    Table,
)
from .walking import walk


def clause_problems(policy: Policy) -> Iterator[Problem]:
    """Findings about a policy whose expressions are all well typed."""
    for clause in policy.clauses:
        if clause.op == "all":
            yield from _contradictions(clause)
        if clause.items:
            yield from _repeats(clause)
    tables = {table.name: table for table in policy.tables}
    for layer in policy.layers:
        yield from _over_cap(layer, tables)
    yield from _every_year(policy)
    yield from _schedule_tables(policy, tables)
    yield from _unused(policy)
    if not policy.cases:
        yield advice("no_cases", policy.root.place, policy=policy.id)
    if policy.decision and policy.decision.mode == "exception" and not any(item.is_waivable for item in policy.clauses):
        yield problem("nothing_waivable", policy.root.place)


def _plain_tests(clause: Clause) -> Iterator[tuple[Clause, Expr]]:
    """Tests that must all be true for an `all` group: its unconditional leaves, split at `and`."""
    for item in clause.items:
        if item.exemptions or item.is_waivable:
            continue
        if item.op == "all":
            yield from _plain_tests(item)
        elif item.op == "test" and item.test is not None:
            parts = item.test.items if isinstance(item.test, Logic) and item.test.op == "and" else (item.test,)
            yield from ((item, part) for part in parts)


def _contradictions(clause: Clause) -> Iterator[Problem]:
    limits: dict[Expr, tuple[int, int, Clause]] = {}
    for owner, test in _plain_tests(clause):
        found = bounds_of(test)
        if found is None:
            continue
        item, low, high = found
        item = item.item if isinstance(item, Defined) else item
        if item not in limits:
            limits[item] = (low, high, owner)
            continue
        old_low, old_high, first = limits[item]
        new_low, new_high = max(low, old_low), min(high, old_high)
        if new_low > new_high:
            yield problem("contradiction", owner.place, first=first.id, line=first.place.line, second=owner.id)
        elif first is not owner and (new_low, new_high) == (old_low, old_high):
            yield problem("implied", owner.place, first=first.id, line=first.place.line, second=owner.id)
        elif (
            first is not owner
            and (new_low, new_high) == (low, high)
            and first.test is not None
            and not isinstance(first.test, Logic)
        ):
            yield problem("implied", first.place, first=owner.id, line=owner.place.line, second=first.id)
        limits[item] = (new_low, new_high, owner)


def _repeats(clause: Clause) -> Iterator[Problem]:
    seen: dict[object, Clause] = {}
    for item in clause.items:
        key = _shape(item)
        if key in seen:
            yield problem("duplicate_clause", item.place, first=seen[key].id, line=seen[key].place.line, second=item.id)
        seen.setdefault(key, item)


def _shape(clause: Clause) -> object:
    """What a clause asks, without its name and texts."""
    exempt = tuple(item.test for item in clause.exemptions)
    return (
        clause.op,
        clause.test,
        clause.at_least,
        exempt,
        clause.is_waivable,
        tuple(_shape(item) for item in clause.items),
    )


def _every_year(policy: Policy) -> Iterator[Problem]:
    """Ceilings of a year whose `used` adds up records of all years."""
    steps = [step for layer in policy.layers for step in layer.steps] + list(policy.total_steps)
    ceilings = [(item.per, item.used) for item in steps] + [(item.per, item.used) for item in policy.shared_caps]
    for per, used in ceilings:
        sums = [item for item in walk(used) if isinstance(item, Aggregate)] if per == "year" and used else []
        if any(not _reads_date(item) for item in sums):
            yield advice("limit_every_year", sums[0].place)


def _reads_date(expr: Aggregate) -> bool:
    inside = walk(expr.where) if expr.where is not None else ()
    return any(isinstance(item, Field) and item.type.kind is Kind.DATE for item in inside)


def _over_cap(layer: Layer, tables: dict[str, Table]) -> Iterator[Problem]:
    for step in layer.steps:
        if step.op in ("uplift", "add", "times"):
            return
        if step.op != "cap" or step.when is not None or not isinstance(step.value, Literal):
            continue
        cap = int(step.value.value)
        for value, expr in _amounts(layer.base, tables):
            if value > cap:
                yield problem("over_cap", expr.place, amount=value // 100, cap=cap // 100, line=step.value.place.line)


def _amounts(base: Expr, tables: dict[str, Table]) -> Iterator[tuple[int, Expr]]:
    """Fixed amounts the base can take."""
    if isinstance(base, Defined):
        yield from _amounts(base.item, tables)
    elif isinstance(base, If):
        yield from _amounts(base.then, tables)
        yield from _amounts(base.other, tables)
    elif isinstance(base, Literal):
        yield int(base.value), base
    elif isinstance(base, Lookup):
        yield from ((value, base) for _, value in tables[base.table].rows)


def _schedule_tables(policy: Policy, tables: dict[str, Table]) -> Iterator[Problem]:
    """Instalment tables must add up to the amount table they split."""
    base = policy.layers[0].base if len(policy.layers) == 1 else None
    if not isinstance(base, Lookup) or policy.layers[0].steps or policy.total_steps:
        return
    for schedule in policy.schedules:
        parts = [part.amount for part in schedule.parts]
        lookups = [item for item in parts if isinstance(item, Lookup) and item.keys == base.keys]
        if schedule.when is not None or len(lookups) != len(parts):
            continue
        for keys, whole in tables[base.table].rows:
            total = sum(dict(tables[item.table].rows).get(keys, tables[item.table].other or 0) for item in lookups)
            if total != whole:
                place = _first_place(schedule, base)
                yield problem(
                    "parts_sum",
                    place.place,
                    keys=_key_text(tables[base.table], keys),
                    total=total // 100,
                    whole=whole // 100,
                )


def _first_place(schedule: Schedule, base: Expr) -> Expr:
    return schedule.parts[0].amount or base


def _key_text(table: Table, keys: tuple[int | str, ...]) -> str:
    return "/".join(
        type_.values[key] if type_.values and isinstance(key, int) else str(key)
        for type_, key in zip(table.keys, keys, strict=True)
    )


def _unused(policy: Policy) -> Iterator[Problem]:
    from .walking import expressions

    used_names: set[str] = set()
    used_tables: set[str] = set()
    for top in expressions(policy):
        for expr in walk(top):
            if isinstance(expr, Defined):
                used_names.add(expr.name)
            elif isinstance(expr, Lookup):
                used_tables.add(expr.table)
    for name, item in policy.definitions:
        if name in COUNTED:
            if item.type.kind is not Kind.INT:
                yield problem("counted_not_int", item.place, name=name)
        elif name not in used_names:
            yield advice("unused_definition", item.place, name=name)
    for table in policy.tables:
        if table.name not in used_tables:
            yield advice("unused_table", policy.root.place, name=table.name)
