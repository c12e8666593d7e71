"""What a template must be as a graph: every stage is reached, from every stage there is a way to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taihu.engines.rules.errors import Problem
from taihu.records.cases.procedures.errors import found
from taihu.records.cases.procedures.tree import Kind, Procedure, Stage


def graph_problems(procedure: Procedure) -> list[Problem]:
    """Every finding, in the order of the file."""
    stages = {stage.id: stage for stage in procedure.stages}
    problems: list[Problem] = list(_names(procedure, stages))
    if problems:
        return problems
    for stage in procedure.stages:
        problems.extend(_routes(stage))
        problems.extend(_joins(stage, stages))
    problems.extend(_reached(procedure, stages))
    problems.extend(_exits(procedure.stages))
    return problems


def _names(procedure: Procedure, stages: dict[str, Stage]) -> Iterator[Problem]:
    if procedure.first.kind is not Kind.DRAFT:
        yield found("first_stage", procedure.first.place)
    choices = ", ".join(stages)
    for stage in procedure.stages:
        for target in (*stage.targets(), *stage.waits_for):
            if target not in stages:
                yield found("unknown_stage", stage.place, to=target, choices=choices)
    if procedure.appeal and procedure.appeal.to not in stages:
        yield found("unknown_stage", procedure.first.place, to=procedure.appeal.to, choices=choices)


def _routes(stage: Stage) -> Iterator[Problem]:
    if stage.is_end:
        return
    if not stage.routes and not stage.fork:
        yield found("no_next", stage.place, id=stage.id)
    elif stage.routes and stage.routes[-1].when is not None:
        yield found("no_default", stage.place, id=stage.id)
    seen_default = False
    for route in stage.routes:
        if seen_default:
            yield found("after_default", route.place, id=stage.id)
        seen_default = seen_default or route.when is None


def _joins(stage: Stage, stages: dict[str, Stage]) -> Iterator[Problem]:
    for other in stage.waits_for:
        if all(route.to != stage.id for route in stages[other].routes):
            yield found("bad_join", stage.place, id=stage.id, other=other)


def _reached(procedure: Procedure, stages: dict[str, Stage]) -> Iterator[Problem]:
    reached: set[str] = set()
    waiting = [procedure.first.id]
    if procedure.appeal:
        waiting.append(procedure.appeal.to)
    while waiting:
        identifier = waiting.pop()
        if identifier not in reached:
            reached.add(identifier)
            waiting.extend(stages[identifier].targets())
    for stage in procedure.stages:
        # Every case may be withdrawn or ended, so such an end needs no arrow.
        if stage.id not in reached and not (stage.is_end and stage.outcome in {"withdrawn", "ended"}):
            yield found("unreachable", stage.place, id=stage.id)


def _exits(stages: Iterable[Stage]) -> Iterator[Problem]:
    """Walk backwards from the ends along the ways a case may go on (a return for correction is no way on)."""
    all_stages = list(stages)
    good = {stage.id for stage in all_stages if stage.is_end}
    while True:
        more = {
            stage.id
            for stage in all_stages
            if stage.id not in good and any(target in good for target in (*(r.to for r in stage.routes), *stage.fork))
        }
        if not more:
            break
        good |= more
    for stage in all_stages:
        if stage.id not in good and (stage.routes or stage.fork):
            yield found("no_exit", stage.place, id=stage.id)
