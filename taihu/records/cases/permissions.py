"""Who may do what with a case."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from taihu.records.cases.enums import RunState
from taihu.records.cases.models import Case, ReviewSheet, StageRun
from taihu.records.cases.procedures.tree import Role as CaseRole
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account, RoleGrant, Unit
from taihu.records.identity.permissions import can_act_as, can_recruit_for, has_role

DESK = (Role.OFFICER, Role.DECIDER)


def holds_office(account: Any, units: list[Unit | None], roles: tuple[Role, ...], *, at: datetime) -> bool:
    """Does the account hold one of the roles in one of these units at that moment?"""
    if not isinstance(account, Account) or not account.is_active:
        return False
    wanted = [unit.pk for unit in units if unit is not None]
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(open_at, account=account, role__in=roles, active_from__lte=at)
    return grants.filter(unit__in=wanted).exists()


def is_applicant(account: Any, case: Case, *, at: datetime) -> bool:
    """The person, whoever may act for them, or the recruiter of the organisation that applies itself."""
    if case.person is not None and can_act_as(account, case.person, at=at):
        return True
    applies_itself = case.person is None or case.procedure.template.first.role == CaseRole.EMPLOYER
    return applies_itself and is_employer(account, case)


def is_employer(account: Any, case: Case) -> bool:
    return case.organisation is not None and can_recruit_for(account, case.organisation)


def can_handle(account: Any, run: StageRun, *, at: datetime) -> bool:
    """May the account work on this stage of this case?"""
    if run.role == CaseRole.APPLICANT:
        return is_applicant(account, run.case, at=at)
    if run.role == CaseRole.EMPLOYER:
        return is_employer(account, run.case)
    roles = (Role.FINANCE,) if run.role == CaseRole.FINANCE else DESK
    return holds_office(account, [run.unit], roles, at=at)


def can_view_file(account: Any, case: Case, *, at: datetime) -> bool:
    """Officials of a unit that has or had a part in the case, and auditors, may open its file."""
    units = [case.office_unit, case.department_unit, case.district_unit]
    if holds_office(account, units, (*DESK, Role.FINANCE), at=at) or has_role(account, Role.AUDITOR, at=at):
        return True
    return StageRun.objects.filter(case=case, unit__in=_unit_ids(account, at)).exists()


def _unit_ids(account: Any, at: datetime) -> list[int]:
    if not isinstance(account, Account):
        return []
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(open_at, account=account, role__in=DESK, active_from__lte=at)
    return list(grants.values_list("unit_id", flat=True))


def can_view_case(account: Any, case: Case, *, at: datetime) -> bool:
    return is_applicant(account, case, at=at) or is_employer(account, case) or can_view_file(account, case, at=at)


def may_rule(account: Account, case: Case) -> bool:
    """Whoever closed the stage that refused keeps out of the appeal."""
    refusal = case.runs.filter(state=RunState.FAILED).order_by("-pk").first()
    return refusal is None or refusal.closed_by_id != account.pk


def can_review(account: Any, sheet: ReviewSheet) -> bool:
    return isinstance(account, Account) and account.is_active and sheet.expert_id == account.pk
