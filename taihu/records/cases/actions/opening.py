"""Open a case, fill it in, submit it, take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.errors import FactsError
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.actions.acting import SYSTEM, Actor, applicant_actor, locked, locked_run, note
from taihu.records.cases.actions.moving import close, enter, leave, next_number, pass_on
from taihu.records.cases.enums import CaseState, RunState, Verb
from taihu.records.cases.models import Case, ProcedureVersion, StageRun
from taihu.records.cases.procedures.conditions import natural_value
from taihu.records.cases.procedures.tree import Kind, Outcome
from taihu.records.cases.queries.procedures import current_procedure
from taihu.records.identity.models import Account, Organisation, Person, Unit
from taihu.records.identity.permissions import can_act_as, can_recruit_for, is_officer


@dataclass(frozen=True, kw_only=True)
class Units:
    """Which units play which part in a case: the office coordinates, a department receives, a district checks first."""

    office: Unit
    department: Unit | None = None
    district: Unit | None = None


@transaction.atomic
def open_case(
    *,
    acting_user: Account | None,
    at: datetime,
    procedure: str,
    title: str,
    origin: str,
    origin_id: str,
    units: Units,
    person: Person | None = None,
    organisation: Organisation | None = None,
    category: str = "",
    data: dict[str, Any] | None = None,
) -> Case:
    """Begin a draft in the version of the procedure that is in force; `acting_user` None is the system itself."""
    version = _version(procedure, at)
    if person is None and organisation is None:
        raise Refused("no_subject", _("办理事项要有申请人或申请单位。"))
    actor = _opener(acting_user, person, organisation, at)
    if Case.objects.filter(origin=origin, origin_id=origin_id).exists():
        raise Refused("case_exists", _("这项申请已经有案卷。"))
    case = Case.objects.create(
        procedure=version,
        title=title[:200],
        category=category[:80],
        person=person,
        organisation=organisation,
        origin=origin,
        origin_id=origin_id,
        data=checked_data(version, data or {}),
        office_unit=units.office,
        department_unit=units.department,
        district_unit=units.district,
        created_by=acting_user,
        created_at=at,
    )
    note(case, Verb.OPEN, actor=actor, at=at, after={"procedure": version.template.key})
    enter(case, version.template.first, actor=actor, at=at)
    return case


def _version(slug: str, at: datetime) -> ProcedureVersion:
    version = current_procedure(slug, city_date(at))
    if version is None:
        raise Refused("no_procedure", _("流程“%(slug)s”现在没有生效的版本。") % {"slug": slug}, _("请先载入流程。"))
    return version


def _opener(account: Account | None, person: Person | None, organisation: Organisation | None, at: datetime) -> Actor:
    if account is None:
        return SYSTEM
    may = (person is not None and can_act_as(account, person, at=at)) or (
        organisation is not None and can_recruit_for(account, organisation)
    )
    if not may and not is_officer(account, at=at):
        raise NotAllowed("not_applicant", _("只能为自己或自己的单位申请。"))
    return Actor(account, str(account))


def checked_data(version: ProcedureVersion, data: dict[str, Any]) -> dict[str, Any]:
    """Fields that the procedure knows are checked by type; others are kept as they are."""
    template, clean = version.template, dict(data)
    for name in set(data) & set(template.catalogue.facts):
        if data[name] in (None, ""):
            clean.pop(name)
            continue
        try:
            clean[name] = natural_value(template, name, data[name])
        except FactsError as error:
            label = template.catalogue.facts[name].label.zh
            raise Refused(
                "bad_value", _("“%(label)s”填写有误。") % {"label": label}, error.text("zh"), field=name
            ) from None
    return clean


@transaction.atomic
def save_form(*, acting_user: Account | None, case: Case, data: dict[str, Any], at: datetime) -> Case:
    """Keep what was filled in; only while the applicant has the case."""
    case = locked(case)
    actor = applicant_actor(acting_user, case, at=at)
    run = open_draft(case)
    before = {name: case.data.get(name) for name in data if case.data.get(name) != data[name]}
    case.data = checked_data(case.procedure, {**case.data, **data})
    case.save(update_fields=["data"])
    if before:
        changed = {name: case.data.get(name) for name in before}
        note(case, Verb.SAVE, actor=actor, at=at, run=run, before=before, after=changed)
    return case


def open_draft(case: Case) -> StageRun:
    """The run in which the applicant fills in or corrects."""
    run = case.runs.filter(state=RunState.OPEN, kind__in=[Kind.DRAFT, Kind.PROOF]).order_by("-pk").first()
    if run is None or case.state == CaseState.CLOSED:
        raise Refused("not_editable", _("案卷正在办理，现在不能修改。"), _("退回补正时可以修改。"))
    run.case = case
    return run


@transaction.atomic
def submit_case(*, acting_user: Account | None, case: Case, at: datetime) -> Case:
    """Hand in a draft or a correction. The first time the case gets its registration number."""
    case = locked(case)
    actor = applicant_actor(acting_user, case, at=at)
    run = open_draft(case)
    if case.submitted_at is None:
        case.number = next_number(case.procedure.template.number, at)
        case.submitted_at, case.state = at, CaseState.OPEN
        case.save(update_fields=["number", "submitted_at", "state"])
    if run.returned_by is None:
        pass_on(run, actor=actor, at=at, verb=Verb.SUBMIT)
        return case
    _hand_back(run, actor, at)
    return case


def _hand_back(run: StageRun, actor: Actor, at: datetime) -> None:
    """A correction goes straight back to the stage that asked for it."""
    assert run.returned_by is not None
    stage = run.case.procedure.template.stage(run.returned_by.stage)
    leave(run, RunState.PASSED, actor=actor, at=at)
    note(run.case, Verb.SUBMIT, actor=actor, at=at, run=run)
    enter(run.case, stage, actor=actor, at=at)


@transaction.atomic
def withdraw_case(*, acting_user: Account | None, case: Case, at: datetime, reason: str = "") -> Case:
    """Take an application back; possible until the body has decided."""
    case = locked(case)
    actor = applicant_actor(acting_user, case, at=at)
    if case.state == CaseState.CLOSED:
        raise Refused("case_closed", _("案卷已经办结。"))
    if case.decisions.filter(resolution="grant", document_number__gt="").exists():
        raise Refused("decided", _("决定已经发文，不能撤回。"), _("如需放弃，请联系承办单位。"))
    close(case, Outcome.WITHDRAWN, actor=actor, at=at, reason=reason.strip())
    return case


@transaction.atomic
def end_case(*, acting_user: Account, run: StageRun, at: datetime, reason: str) -> Case:
    """Stop a case for good, as where the person left or the company closed (终止)."""
    from taihu.records.cases.actions.acting import handler_actor, need_reason

    run = locked_run(run)
    actor = handler_actor(acting_user, run, at=at)
    close(run.case, Outcome.ENDED, actor=actor, at=at, reason=need_reason(reason))
    return run.case
