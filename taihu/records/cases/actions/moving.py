"""The one place that moves a case from stage to stage, inside the caller's transaction."""

from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.records.cases.actions.acting import Actor, note
from taihu.records.cases.enums import CaseState, RunState, Verb
from taihu.records.cases.events import CaseClosed, CaseMoved, CasePaymentReady
from taihu.records.cases.models import Case, CaseNumber, Check, StageRun
from taihu.records.cases.procedures.conditions import FieldUnknown, next_stages
from taihu.records.cases.procedures.terms import Term
from taihu.records.cases.procedures.tree import Kind, Outcome, Stage


def end_of_term(term: Term, at: datetime) -> datetime:
    """The first moment that is too late."""
    return start_of(term.first_day_after(city_date(at)))


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY_ZONE)


def enter(case: Case, stage: Stage, *, actor: Actor, at: datetime, corrects: StageRun | None = None) -> StageRun | None:
    """Open a stage, or end the case where the stage is an end. `corrects`: the stage that sent the case back."""
    if stage.is_end:
        assert stage.outcome is not None
        close(case, stage.outcome, actor=actor, at=at, stage=stage.id)
        return None
    term = corrects.template.returns.within if corrects and corrects.template.returns else stage.within
    earlier = StageRun.objects.filter(case=case, stage=stage.id).order_by("-pk").first()
    run = StageRun.objects.create(
        case=case,
        stage=stage.id,
        kind=stage.kind,
        role=stage.role,
        unit=earlier.unit if earlier else case.unit_for(stage.role),
        opened_at=at,
        due_at=end_of_term(term, at) if term else None,
        not_before=end_of_term(stage.at_least, at) if stage.at_least else None,
        returned_by=corrects,
        returns=earlier.returns if earlier else 0,
    )
    if stage.kind is Kind.DEPARTMENT_CHECKS:
        _ask_departments(run, stage, at)
    if stage.kind is Kind.PAYMENT:
        publish(CasePaymentReady(case_id=case.pk, origin=case.origin, run_id=run.pk, parts=stage.parts), at=at)
    note(case, Verb.ENTER, actor=actor, at=at, run=run, after={"stage": stage.id})
    publish(CaseMoved(case_id=case.pk, origin=case.origin, stage=stage.id, kind=stage.kind), at=at)
    return run


def _ask_departments(run: StageRun, stage: Stage, at: datetime) -> None:
    Check.objects.bulk_create(
        Check(
            run=run,
            item=item.id,
            department=item.department,
            property=item.property,
            due_at=end_of_term(item.within, at),
        )
        for item in stage.checks
    )


def leave(
    run: StageRun, state: RunState, *, actor: Actor, at: datetime, reason: str = "", data: dict[str, Any] | None = None
) -> None:
    """Close a stage; whoever comes second is refused."""
    values = {
        "state": state,
        "closed_at": at,
        "closed_by": actor.account,
        "reason": reason,
        "data": {**run.data, **(data or {})},
    }
    if not StageRun.objects.filter(pk=run.pk, state=RunState.OPEN).update(**values):
        raise Refused("stage_closed", _("这一步已经办理完毕。"), _("请刷新页面，查看最新进展。"))
    for name, value in values.items():
        setattr(run, name, value)


def pass_on(
    run: StageRun,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
    verb: Verb = Verb.PASS,
) -> None:
    """Close a stage as passed and open what comes next."""
    targets = _targets(run, at)
    leave(run, RunState.PASSED, actor=actor, at=at, reason=reason, data=data)
    note(run.case, verb, actor=actor, at=at, run=run, reason=reason, after=data)
    for stage in targets:
        if _may_open(run.case, stage):
            enter(run.case, stage, actor=actor, at=at)


def _targets(run: StageRun, at: datetime) -> tuple[Stage, ...]:
    template = run.case.procedure.template
    try:
        return next_stages(template, run.template, run.case.data, city_date(at))
    except FieldUnknown as unknown:
        labels = "、".join(template.catalogue.facts[name].label.zh for name in unknown.names)
        raise Refused(
            "field_unknown",
            _("还不知道“%(fields)s”，不能确定下一步。") % {"fields": labels},
            _("请先补填。"),
            fields=list(unknown.names),
        ) from None


def _may_open(case: Case, stage: Stage) -> bool:
    """A stage that waits for several opens with the last of them."""
    for other in stage.waits_for:
        last = StageRun.objects.filter(case=case, stage=other).order_by("-pk").first()
        if last is None or last.state != RunState.PASSED:
            return False
    return not StageRun.objects.filter(case=case, stage=stage.id, state=RunState.OPEN).exists()


def fail(run: StageRun, *, actor: Actor, at: datetime, reason: str, data: dict[str, Any] | None = None) -> None:
    """Close a stage as failed; what is open beside it ends too."""
    stage, template = run.template, run.case.procedure.template
    leave(run, RunState.FAILED, actor=actor, at=at, reason=reason, data=data)
    note(run.case, Verb.FAIL, actor=actor, at=at, run=run, reason=reason, after=data)
    _abandon_open(run.case, actor=actor, at=at)
    if stage.fails and template.has_stage(stage.fails):
        enter(run.case, template.stage(stage.fails), actor=actor, at=at)
    else:
        close(run.case, Outcome.REFUSED, actor=actor, at=at)


def _abandon_open(case: Case, *, actor: Actor, at: datetime) -> None:
    case.runs.filter(state=RunState.OPEN).update(state=RunState.ABANDONED, closed_at=at, closed_by=actor.account)


def close(case: Case, outcome: Outcome, *, actor: Actor, at: datetime, stage: str = "", reason: str = "") -> None:
    """End a case; it keeps everything."""
    _abandon_open(case, actor=actor, at=at)
    case.state, case.outcome, case.closed_at = CaseState.CLOSED, outcome.value, at
    case.save(update_fields=["state", "outcome", "closed_at"])
    after = {"outcome": outcome.value, "stage": stage}
    note(case, Verb.CLOSE, actor=actor, at=at, reason=reason, after=after)
    publish(CaseClosed(case_id=case.pk, origin=case.origin, outcome=outcome.value), at=at)


def reopen(case: Case, stage: Stage, *, actor: Actor, at: datetime) -> None:
    """After an upheld appeal: the case goes on from a stage of its procedure."""
    case.state, case.outcome, case.closed_at = CaseState.OPEN, "", None
    case.save(update_fields=["state", "outcome", "closed_at"])
    enter(case, stage, actor=actor, at=at)


def next_number(prefix: str, at: datetime) -> str:
    """The next registration number of the year, such as 锡才申〔2026〕00012号; no number is given twice."""
    year = city_date(at).year
    CaseNumber.objects.get_or_create(prefix=prefix, year=year)
    counter = CaseNumber.objects.select_for_update().get(prefix=prefix, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{prefix}〔{year}〕{counter.last:05d}号"
