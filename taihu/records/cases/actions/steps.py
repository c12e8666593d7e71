"""What whoever has a stage on their desk does with it: pass, fail, return for correction, delegate."""

import re
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.records.cases.actions.acting import Actor, handler_actor, locked_run, need_reason, note
from taihu.records.cases.actions.moving import enter, fail, leave, pass_on
from taihu.records.cases.actions.opening import checked_data
from taihu.records.cases.enums import RunState, Verb
from taihu.records.cases.events import CaseReturned
from taihu.records.cases.models import StageRun
from taihu.records.cases.procedures.tree import Kind
from taihu.records.identity.enums import UnitKind
from taihu.records.identity.models import Account, Unit

# These kinds end by an act of their own.
_OWN_WAY = {
    Kind.DRAFT: "submit_case",
    Kind.EXPERT_REVIEW: "conclude_review",
    Kind.DECISION: "record_decision",
    Kind.PUBLIC_NOTICE: "end_notice",
    Kind.DOCUMENT: "issue_document",
    Kind.PAYMENT: "confirm_payment",
}
DOCUMENT_NUMBER = re.compile(r"^\S{2,20}〔\d{4}〕\d{1,5}号$")


def _refuse_own_way(run: StageRun) -> None:
    if run.kind in _OWN_WAY:
        raise Refused(
            "wrong_act", _("这一环节不能直接通过。"), _("请使用本环节的办理页面。"), act=_OWN_WAY[Kind(run.kind)]
        )


@transaction.atomic
def pass_stage(
    *,
    acting_user: Account | None,
    run: StageRun,
    at: datetime,
    reason: str = "",
    values: dict[str, Any] | None = None,
) -> StageRun:
    """Let a case go on. `values` are the fields that this stage fills in (the grade, the amount)."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    _refuse_own_way(run)
    _refuse_early(run, at)
    if run.kind == Kind.DEPARTMENT_CHECKS:
        _refuse_unanswered(run)
    set_fields(run, values or {})
    pass_on(run, actor=actor, at=at, reason=reason.strip(), data=values or {})
    return run


def _refuse_early(run: StageRun, at: datetime) -> None:
    if run.not_before is not None and at < run.not_before:
        raise Refused(
            "too_early", _("本环节的最短期限还没有满。"), _("期满后再办理。"), not_before=run.not_before.isoformat()
        )


def _refuse_unanswered(run: StageRun) -> None:
    waiting = list(run.checks.filter(answer="").order_by("pk").values_list("department", flat=True))
    if waiting:
        raise Refused(
            "checks_open",
            _("还在等待答复：%(departments)s。") % {"departments": "、".join(waiting)},
            _("部门没有答复不等于同意，请催办或记录答复。"),
            departments=waiting,
        )


def set_fields(run: StageRun, values: dict[str, Any]) -> None:
    """Write the fields that the stage must fill in; none may stay empty."""
    stage, case = run.template, run.case
    for name in stage.sets:
        if values.get(name, case.data.get(name)) in (None, ""):
            label = case.procedure.template.catalogue.facts[name].label.zh
            raise Refused("field_needed", _("请填写“%(label)s”。") % {"label": label}, field=name)
    extra = set(values) - set(stage.sets)
    if extra:
        raise Refused("field_not_here", _("这一环节不能修改：%(names)s。") % {"names": "、".join(sorted(extra))})
    if values:
        case.data = checked_data(case.procedure, {**case.data, **values})
        case.save(update_fields=["data"])


@transaction.atomic
def fail_stage(*, acting_user: Account, run: StageRun, at: datetime, reason: str) -> StageRun:
    """Say no at a checking stage; a person does so and gives the reason."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    _refuse_own_way(run)
    fail(run, actor=actor, at=at, reason=need_reason(reason))
    return run


@transaction.atomic
def return_for_correction(*, acting_user: Account, run: StageRun, at: datetime, reason: str) -> StageRun:
    """Send a case back; told once what is missing, a limited number of times (补正)."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    rule = run.template.returns
    if rule is None:
        raise Refused("no_return", _("本环节不能退回补正。"))
    if run.returns >= rule.limit:
        raise Refused(
            "returns_used_up",
            _("已经退回 %(count)s 次，不能再退。") % {"count": run.returns},
            _("请作出通过或不通过的决定。"),
        )
    text = need_reason(reason)
    run.returns += 1
    run.save(update_fields=["returns"])
    leave(run, RunState.RETURNED, actor=actor, at=at, reason=text)
    note(run.case, Verb.RETURN, actor=actor, at=at, run=run, reason=text, after={"returns": run.returns})
    enter(run.case, run.case.procedure.template.stage(rule.to), actor=actor, at=at, corrects=run)
    publish(CaseReturned(case_id=run.case_id, origin=run.case.origin, run_id=run.pk), at=at)
    return run


@transaction.atomic
def delegate(*, acting_user: Account, run: StageRun, unit: Unit, at: datetime, reason: str = "") -> StageRun:
    """Give a stage to a district, or back (委托办理); the term goes on."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    if not run.template.is_delegable:
        raise Refused("not_delegable", _("本环节不能委托办理。"))
    if (
        unit.kind not in {UnitKind.DISTRICT, UnitKind.ZONE, UnitKind.DEPARTMENT, UnitKind.CITY}
        or unit.pk == run.unit_id
    ):
        raise Refused("bad_unit", _("请选择另一个承办单位。"), field="unit")
    before = {"unit": run.unit.code if run.unit else ""}
    run.unit = unit
    run.save(update_fields=["unit"])
    note(run.case, Verb.DELEGATE, actor=actor, at=at, run=run, reason=reason, before=before, after={"unit": unit.code})
    return run


@transaction.atomic
def issue_document(
    *, acting_user: Account, run: StageRun, at: datetime, number: str, signed_on: date, title: str = ""
) -> StageRun:
    """Give the decision its document number, such as 锡人才办〔2026〕3号."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    if run.kind != Kind.DOCUMENT:
        raise Refused("wrong_act", _("这一环节不发文。"))
    clean = number.strip()
    if not DOCUMENT_NUMBER.match(clean):
        raise Refused(
            "document_number",
            _("“%(number)s”不是文号。") % {"number": clean},
            _("写成“锡人才办〔2026〕3号”，年份用六角括号。"),
            field="number",
        )
    decision = run.case.decisions.filter(resolution="grant").order_by("-pk").first()
    if decision is not None:
        decision.document_number, decision.document_on = clean, signed_on
        decision.save(update_fields=["document_number", "document_on"])
    data = {"number": clean, "signed_on": signed_on.isoformat(), "title": title.strip()}
    pass_on(run, actor=actor, at=at, data=data)
    return run


@transaction.atomic
def confirm_payment(
    *, acting_user: Account | None, run: StageRun, at: datetime, data: dict[str, Any] | None = None
) -> StageRun:
    """The money of this stage is out: called by whoever keeps the ledger, or by the finance officer."""
    run = locked_run(run)
    actor: Actor = handler_actor(acting_user, run, at=at)
    if run.kind != Kind.PAYMENT:
        raise Refused("wrong_act", _("这一环节不拨付。"))
    pass_on(run, actor=actor, at=at, data=data or {})
    return run
