"""Who has what on their desk. Each queue is one statement, however long."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from taihu.records.cases.enums import AppealState, ObjectionState, RunState, SheetState
from taihu.records.cases.models import Appeal, Check, Objection, ReviewSheet, StageRun
from taihu.records.cases.permissions import DESK
from taihu.records.cases.procedures.tree import Kind
from taihu.records.cases.procedures.tree import Role as CaseRole
from taihu.records.identity.enums import MemberRole, Role
from taihu.records.identity.models import Account, Membership, Organisation, RoleGrant

BY_TERM = (F("due_at").asc(nulls_last=True), "pk")


def units_of(account: Account, roles: tuple[Role, ...], at: datetime) -> "QuerySet[RoleGrant, int]":
    """Ids of the units in which the account holds one of the roles: for use inside a statement."""
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(open_at, account=account, role__in=roles, active_from__lte=at)
    return grants.values_list("unit_id", flat=True)


def queue_for(account: Account, *, at: datetime, origin: str = "") -> QuerySet[StageRun]:
    """Stages that this account may work on now, the most urgent first."""
    desk = Q(role__in=[CaseRole.DISTRICT, CaseRole.DEPARTMENT, CaseRole.OFFICE], unit__in=units_of(account, DESK, at))
    purse = Q(role=CaseRole.FINANCE, unit__in=units_of(account, (Role.FINANCE,), at))
    rows = StageRun.objects.filter(desk | purse, state=RunState.OPEN)
    if origin:
        rows = rows.filter(case__origin=origin)
    return (
        rows.select_related("case__procedure", "case__person", "case__organisation", "unit")
        .annotate(open_checks=Count("checks", filter=Q(checks__answer="")))
        .order_by(*BY_TERM)
    )


def employer_queue(account: Account, organisation: Organisation) -> QuerySet[StageRun]:
    """Cases that wait for an employer's word."""
    recruits = (MemberRole.OWNER, MemberRole.RECRUITER)
    mine = Membership.objects.filter(account=account, ended_at__isnull=True, role__in=recruits).values("organisation")
    rows = StageRun.objects.filter(state=RunState.OPEN, role=CaseRole.EMPLOYER, case__organisation=organisation)
    rows = rows.filter(Q(case__organisation__in=mine) | Q(case__organisation__parent__in=mine))
    return rows.select_related("case__procedure", "case__person", "case__organisation").order_by(*BY_TERM)


def review_queue(expert: Account) -> QuerySet[ReviewSheet]:
    """What an expert is asked to review, waiting ones first."""
    rows = ReviewSheet.objects.filter(expert=expert).exclude(state=SheetState.ABSENT)
    return (
        rows.select_related("run__case__procedure", "run__case__organisation", "run__case__person")
        .annotate(is_done=Q(state__in=[SheetState.SUBMITTED, SheetState.RECUSED]) | ~Q(run__state=RunState.OPEN))
        .order_by("is_done", F("run__due_at").asc(nulls_last=True), "pk")
    )


def overdue_runs(account: Account, *, at: datetime) -> QuerySet[StageRun]:
    """What ran over its term in the units where the account is responsible."""
    rows = StageRun.objects.filter(state=RunState.OPEN, due_at__lte=at, unit__in=units_of(account, DESK, at))
    return rows.select_related("case__procedure", "case__person", "unit").order_by("due_at", "pk")


def open_checks(account: Account, *, at: datetime) -> QuerySet[Check]:
    """Questions to departments that have no answer yet."""
    return Check.objects.filter(answer="", run__state=RunState.OPEN, run__unit__in=units_of(account, DESK, at))


def check_groups(account: Account, *, at: datetime) -> list[dict[str, Any]]:
    """Questions that wait, by department and property: what could be sent as one list."""
    groups = (
        open_checks(account, at=at)
        .values("department", "property")
        .annotate(
            waiting=Count("pk"),
            unsent=Count("pk", filter=Q(exchange__isnull=True)),
            overdue=Count("pk", filter=Q(due_at__lte=at)),
        )
    )
    return [dict(row) for row in groups.order_by("department", "property")]


def open_objections(account: Account, *, at: datetime) -> QuerySet[Objection]:
    rows = Objection.objects.filter(state=ObjectionState.OPEN, entry__run__unit__in=units_of(account, DESK, at))
    return rows.select_related("entry__case", "entry__notice", "entry__run").order_by("due_at", "pk")


def open_appeals(account: Account, *, at: datetime) -> QuerySet[Appeal]:
    rows = Appeal.objects.filter(state=AppealState.OPEN, case__office_unit__in=units_of(account, DESK, at))
    return rows.select_related("case__procedure", "case__person").order_by("due_at", "pk")


def ready_for_notice(account: Account, *, at: datetime) -> QuerySet[StageRun]:
    """Cases that stand at the notice stage and are in no notice yet."""
    rows = StageRun.objects.filter(state=RunState.OPEN, kind=Kind.PUBLIC_NOTICE, notice_entry__isnull=True)
    rows = rows.filter(unit__in=units_of(account, DESK, at))
    return rows.select_related("case__procedure", "case__person", "case__organisation", "unit").order_by("pk")
