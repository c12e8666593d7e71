"""A body decides; what it resolved is written down with who sat, who kept out and on what grounds."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.base.events import publish
from taihu.records.cases.actions.acting import handler_actor, locked_run, note
from taihu.records.cases.actions.moving import fail, pass_on
from taihu.records.cases.actions.opening import checked_data
from taihu.records.cases.actions.steps import set_fields
from taihu.records.cases.enums import DecisionBody, DecisionKind, Resolution, Verb
from taihu.records.cases.events import CaseDecided
from taihu.records.cases.models import DecisionRecord, StageRun
from taihu.records.cases.procedures.conditions import FieldUnknown, deciding_body
from taihu.records.cases.procedures.tree import Kind
from taihu.records.identity.models import Account

MONEY_LIMIT = 10**13


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """What the record of a meeting says."""

    body: str
    meeting: str
    held_on: date
    number: str
    attendees: list[str]
    recusals: list[dict[str, str]] = field(default_factory=list)
    conflicts: str = ""
    proposer: str = ""


def body_for(run: StageRun, at: datetime, amount: int | None = None) -> str:
    """The body that the procedure names for a case like this one, the amount at hand taken into account."""
    data = {**run.case.data, **({"amount": amount} if amount is not None else {})}
    try:
        return deciding_body(run.case.procedure.template, run.template, data, city_date(at))
    except FieldUnknown as unknown:
        labels = "、".join(run.case.procedure.template.catalogue.facts[name].label.zh for name in unknown.names)
        raise Refused(
            "field_unknown",
            _("还不知道“%(fields)s”，不能确定由谁决定。") % {"fields": labels},
            _("请先补填。"),
            field="amount",
        ) from None


@transaction.atomic
def record_decision(
    *,
    acting_user: Account,
    run: StageRun,
    at: datetime,
    minutes: Minutes,
    resolution: str,
    grounds: str,
    kind: str = DecisionKind.ORDINARY,
    amount: int | None = None,
    schedule: list[dict[str, Any]] | None = None,
    precedents: list[DecisionRecord] | None = None,
    values: dict[str, Any] | None = None,
) -> DecisionRecord:
    """Record what was resolved and let the case go on, end, or wait (缓议)."""
    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    if run.kind != Kind.DECISION:
        raise Refused("wrong_act", _("这一环节不作决定。"))
    _check_minutes(run, minutes, amount, at)
    _check_content(resolution, grounds, kind, amount, schedule or [])
    record = DecisionRecord.objects.filter(run=run).first() or DecisionRecord(case=run.case, run=run)
    record.body, record.kind, record.proposer = minutes.body, kind, minutes.proposer.strip()
    record.meeting, record.held_on, record.minutes = minutes.meeting.strip(), minutes.held_on, minutes.number.strip()
    record.attendees, record.recusals, record.conflicts = minutes.attendees, minutes.recusals, minutes.conflicts.strip()
    record.resolution, record.grounds, record.amount = resolution, grounds.strip(), amount
    record.schedule, record.recorded_by, record.recorded_at = schedule or [], acting_user, at
    record.save()
    record.precedents.set(precedents or [])
    after = {"decision": record.pk, "body": minutes.body, "resolution": resolution, "amount": amount}
    note(run.case, Verb.DECIDE, actor=actor, at=at, run=run, reason=record.grounds, after=after)
    _follow(run, record, actor, at, values or {})
    return record


def _follow(run: StageRun, record: DecisionRecord, actor: Any, at: datetime, values: dict[str, Any]) -> None:
    if record.resolution == Resolution.DEFER:
        return
    if record.resolution == Resolution.REFUSE:
        fail(run, actor=actor, at=at, reason=record.grounds)
    else:
        if record.amount is not None and "amount" in run.case.procedure.template.catalogue.facts:
            run.case.data = checked_data(run.case.procedure, {**run.case.data, "amount": record.amount})
            run.case.save(update_fields=["data"])
        set_fields(run, {name: value for name, value in values.items() if name != "amount"})
        pass_on(run, actor=actor, at=at)
    event = CaseDecided(
        case_id=run.case_id, origin=run.case.origin, decision_id=record.pk, resolution=record.resolution
    )
    publish(event, at=at)


def _check_minutes(run: StageRun, minutes: Minutes, amount: int | None, at: datetime) -> None:
    needed = body_for(run, at, amount)
    if minutes.body != needed:
        raise Refused(
            "wrong_body",
            _("这一事项应由“%(body)s”决定。") % {"body": DecisionBody(needed).label},
            _("请按规定提交会议研究。"),
            field="body",
            body=needed,
        )
    if not minutes.meeting.strip() or not minutes.number.strip():
        raise Refused("minutes_needed", _("请填写会议名称和纪要编号。"), field="minutes")
    if minutes.held_on > city_date(at):
        raise Refused("future_meeting", _("会议日期在将来。"), _("会议召开后再记录。"), field="held_on")
    out = {str(item.get("name", "")).strip() for item in minutes.recusals}
    if any(not name for name in out) or any(not str(item.get("reason", "")).strip() for item in minutes.recusals):
        raise Refused("recusal_reason", _("回避要写明姓名和原因。"), field="recusals")
    sat = [name.strip() for name in minutes.attendees if name.strip()]
    if not sat:
        raise Refused("attendees_needed", _("请填写到会人员。"), field="attendees")
    if both := out & set(sat):
        names = "、".join(sorted(both))
        raise Refused("recused_sat", _("%(names)s 已经回避，不能列为到会人员。") % {"names": names}, field="attendees")
    applicant = run.case.applicant
    if run.case.person is not None and applicant in sat:
        raise Refused("applicant_sat", _("申请人不能参加对本人事项的研究。"), _("请核对到会人员。"), field="attendees")


def _check_content(
    resolution: str, grounds: str, kind: str, amount: int | None, schedule: list[dict[str, Any]]
) -> None:
    if resolution not in Resolution.values or kind not in DecisionKind.values:
        raise Refused("resolution", _("请选择研究结果。"), field="resolution")
    if not grounds.strip():
        raise Refused("grounds_needed", _("请写明理由和依据。"), field="grounds")
    if amount is not None and not 0 <= amount <= MONEY_LIMIT:
        raise Refused("amount_range", _("金额超出可以记录的范围。"), field="amount")
    is_special = kind == DecisionKind.SPECIAL and resolution == Resolution.GRANT
    if is_special and amount is None:
        raise Refused("amount_needed", _("一事一议要写明支持金额。"), field="amount")
    if schedule and sum(int(part["amount"]) for part in schedule) != amount:
        raise Refused("schedule_sum", _("各期金额之和与支持金额不一致。"), _("请逐期核对。"), field="schedule")
