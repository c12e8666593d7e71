"""How far a case is: steps, history, and the working-day clock."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from taihu.records.base.clock import city_date, last_day
from taihu.records.base.language import language
from taihu.records.cases.enums import RunState
from taihu.records.cases.models import Case, CaseEvent, StageRun
from taihu.records.cases.procedures.terms import CALENDAR
from taihu.records.cases.procedures.tree import Stage


@dataclass(frozen=True)
class Step:
    """One stage as the applicant sees it; `state`: done, now, failed or ahead."""

    stage: Stage
    state: str
    run: StageRun | None = None

    @property
    def label(self) -> str:
        return self.stage.name.say(language())


@dataclass(frozen=True)
class Clock:
    """Working days the administration used; `limit` None where the procedure sets no total."""

    used: int
    limit: int | None
    due_at: datetime | None = None
    stage_left: int | None = None

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.used


def runs_of(case: Case) -> list[StageRun]:
    """Every run, oldest first, with what pages show of it."""
    runs = list(case.runs.select_related("unit", "closed_by", "returned_by").order_by("pk"))
    for run in runs:
        run.case = case
    return runs


def timeline(case: Case) -> QuerySet[CaseEvent]:
    return case.events.select_related("run").order_by("at", "pk")


def steps_of(case: Case, runs: list[StageRun]) -> list[Step]:
    """The stages in order. One that was skipped because the case took another way is left out."""
    latest = {run.stage: run for run in runs}
    path = case.procedure.template.main_path()
    reached = [index for index, stage in enumerate(path) if stage.id in latest]
    last = reached[-1] if reached else 0
    steps = []
    for index, stage in enumerate(path):
        run = latest.get(stage.id)
        if run is None and (index < last or case.closed_at is not None):
            continue
        steps.append(Step(stage, _state(run), run))
    return steps


def _state(run: StageRun | None) -> str:
    if run is None or run.state == RunState.RETURNED:
        return "ahead"
    return {RunState.OPEN: "now", RunState.PASSED: "done"}.get(RunState(run.state), "failed")


def clock_of(case: Case, runs: list[StageRun], *, at: datetime) -> Clock:
    """Count the working days in stages whose time is the administration's own; overlapping stages count once."""
    template = case.procedure.template
    spans = [
        (city_date(run.opened_at), city_date(run.closed_at or at))
        for run in runs
        if template.stage(run.stage).is_counted and run.returned_by_id is None
    ]
    used = 0
    reached = None
    for first, last in sorted(spans):
        start = first if reached is None or first > reached else reached
        if last > start:
            used += CALENDAR.between(start, last)
            reached = last
    limit = _limit(case)
    due = min((run.due_at for run in runs if run.state == RunState.OPEN and run.due_at), default=None)
    left = None if due is None else CALENDAR.between(city_date(at), last_day(due))
    return Clock(used, limit, due, left)


def _limit(case: Case) -> int | None:
    term = case.procedure.template.within
    if term is None or term.unit is None:
        return None
    if term.unit == "working_days":
        return term.count
    start = city_date(case.submitted_at or case.created_at)
    return CALENDAR.between(start, term.last_day(start))
