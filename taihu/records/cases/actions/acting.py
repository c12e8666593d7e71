"""Who acts on a case, in whose name, and the lines that every act leaves behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.enums import CaseState, RunState, Verb
from taihu.records.cases.models import Case, CaseEvent, StageRun
from taihu.records.cases.permissions import can_handle, is_applicant
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import is_self


@dataclass(frozen=True)
class Actor:
    """`account` None is the system itself."""

    account: Account | None
    label: str = ""
    on_behalf_of: str = ""


SYSTEM = Actor(None)


def applicant_actor(account: Account | None, case: Case, *, at: datetime) -> Actor:
    """The applicant's side of a case; anybody else is refused."""
    if account is None:
        return SYSTEM
    if not is_applicant(account, case, at=at):
        raise NotAllowed("not_applicant", _("只有申请人可以办理这一步。"), _("请用申请人的账户登录。"))
    if case.person is not None and not is_self(account, case.person):
        return Actor(account, str(account), on_behalf_of=str(case.person))
    return Actor(account, case.applicant)


def handler_actor(account: Account | None, run: StageRun, *, at: datetime) -> Actor:
    """Whoever has this stage on their desk; anybody else is refused."""
    if account is None:
        return SYSTEM
    if not can_handle(account, run, at=at):
        unit = run.unit.name if run.unit else _("申请人或用人单位")
        raise NotAllowed("not_your_stage", _("这一步由“%(unit)s”办理。") % {"unit": unit}, _("请转给承办单位。"))
    return Actor(account, str(account))


def locked(case: Case) -> Case:
    """The case as it stands, held until the end of the transaction: two acts on one case wait for each other."""
    Case.objects.select_for_update().get(pk=case.pk)
    return Case.objects.select_related("procedure", "person", "organisation", "office_unit").get(pk=case.pk)


def locked_run(run: StageRun) -> StageRun:
    """An open run of an open case, held; refused when somebody was faster."""
    case = locked(run.case)
    current = StageRun.objects.select_related("unit").get(pk=run.pk)
    current.case = case
    if current.state != RunState.OPEN or case.state == CaseState.CLOSED:
        raise Refused(
            "stage_closed",
            _("这一步已经办理完毕（%(state)s）。") % {"state": current.get_state_display()},
            _("请刷新页面，查看最新进展。"),
            state=current.state,
        )
    return current


def note(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    at: datetime,
    run: StageRun | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> CaseEvent:
    """One line in the history and one in the audit chain."""
    event = CaseEvent.objects.create(
        case=case,
        run=run,
        at=at,
        verb=verb,
        actor=actor.label,
        actor_account_id=actor.account.pk if actor.account else None,
        on_behalf_of=actor.on_behalf_of,
        reason=reason,
        before=before or {},
        after=after or {},
    )
    record(
        at=at,
        acting_user=actor.account,
        on_behalf_of=actor.on_behalf_of,
        action=f"cases.{verb.value}",
        subject=case,
        data={"stage": run.stage if run else "", "before": before or {}, "after": after or {}},
    )
    return event


def need_reason(reason: str) -> str:
    clean = reason.strip()
    if not clean:
        raise Refused("reason_needed", _("请写明理由。"), _("申请人会看到这段文字。"), field="reason")
    return clean
