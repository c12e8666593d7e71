"""Offices in units of the city. The three administrators of graded protection never meet in one account."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account, RoleGrant, Unit
from taihu.records.identity.permissions import has_role

BUSINESS = frozenset({Role.OFFICER, Role.CASEWORKER, Role.FINANCE, Role.DECIDER, Role.EXPERT})
# Who keeps the system, who decides on people and money, and who looks over both are different accounts.
SEPARATED: dict[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: BUSINESS | {Role.AUDITOR},
    Role.AUDITOR: BUSINESS | {Role.ADMINISTRATOR},
    Role.FINANCE: frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.DECIDER, Role.EXPERT}),
    Role.DECIDER: frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.FINANCE, Role.EXPERT}),
    Role.OFFICER: frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.EXPERT}),
    Role.CASEWORKER: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Role.EXPERT: frozenset({Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR}),
}


@transaction.atomic
def grant_role(
    *,
    acting_user: Account | None,
    account: Account,
    unit: Unit,
    role: str,
    at: datetime,
    active_to: datetime | None = None,
) -> RoleGrant:
    """Give an office; by a system administrator, never to oneself. `acting_user` None is the console."""
    _check_administrator(acting_user, account, at=at)
    open_grants = account.grants.filter(Q(active_to__isnull=True) | Q(active_to__gt=at))
    held = {Role(value) for value in open_grants.values_list("role", flat=True)}
    if clash := held & SEPARATED[Role(role)]:
        names = "、".join(sorted(str(item.label) for item in clash))
        raise Refused(
            "roles_conflict",
            _("同一账户不能同时担任“%(new)s”和“%(held)s”。") % {"new": Role(role).label, "held": names},
            _("请换一个账户，或先结束原来的角色。"),
            field="role",
        )
    if open_grants.filter(unit=unit, role=role).exists():
        raise Refused("role_held", _("此账户已经有这个角色。"), field="role")
    grant = RoleGrant.objects.create(account=account, unit=unit, role=role, active_from=at, active_to=active_to)
    _record(grant, "identity.grant_role", acting_user, at=at)
    return grant


@transaction.atomic
def end_grant(*, acting_user: Account | None, grant: RoleGrant, at: datetime) -> RoleGrant:
    _check_administrator(acting_user, grant.account, at=at)
    still_open = Q(active_to__isnull=True) | Q(active_to__gt=at)
    if not RoleGrant.objects.filter(still_open, pk=grant.pk).update(active_to=at):
        raise Refused("role_ended", _("这个角色已经结束。"))
    grant.refresh_from_db()
    _record(grant, "identity.end_grant", acting_user, at=at)
    return grant


def _check_administrator(acting_user: Account | None, account: Account, *, at: datetime) -> None:
    if acting_user is None:
        return
    if not has_role(acting_user, Role.ADMINISTRATOR, at=at):
        raise NotAllowed("not_administrator", _("只有系统管理员可以管理角色。"))
    if acting_user.pk == account.pk:
        raise NotAllowed("own_role", _("不能管理自己的角色。"), _("请由另一位系统管理员办理。"))


def _record(grant: RoleGrant, action: str, acting_user: Account | None, *, at: datetime) -> None:
    record(
        at=at,
        acting_user=acting_user,
        action=action,
        subject=grant.account,
        data={"unit": grant.unit.code, "role": grant.role},
    )
