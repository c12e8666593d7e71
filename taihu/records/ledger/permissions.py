"""Who may do what with money. Whoever makes a batch never approves it; whoever decides cases never pays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.base.errors import NotAllowed
from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import Account, Organisation, Person, RoleGrant, Unit
from taihu.records.identity.permissions import can_act_as, can_manage_organisation, has_role, is_officer
from taihu.records.ledger.models import Commitment, Share


def is_finance(account: Any, *, at: datetime) -> bool:
    return has_role(account, Role.FINANCE, at=at)


def can_see_finance(account: Any, *, at: datetime) -> bool:
    """Finance officers work here, deciders and auditors look."""
    return has_role(account, Role.FINANCE, Role.DECIDER, Role.AUDITOR, at=at)


def units_of(account: Any, *roles: Role, at: datetime) -> set[int]:
    """The units for which the account holds one of the offices, with everything below them; two statements.

    An office of a city department counts for that department and what is below it; one of the city itself for all.
    """
    if not isinstance(account, Account) or not account.is_active:
        return set()
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    held = set(
        RoleGrant.objects.filter(open_at, account=account, role__in=roles, active_from__lte=at).values_list(
            "unit", flat=True
        )
    )
    units = list(Unit.objects.order_by("pk").values_list("pk", "parent", "kind"))
    if any(pk in held and kind == UnitKind.CITY for pk, _parent, kind in units):
        return {pk for pk, _parent, _kind in units}
    parents = {pk: parent for pk, parent, _kind in units}
    return {pk for pk in parents if held & set(_upwards(pk, parents))}


def units_in_area(account: Any, *roles: Role, at: datetime) -> set[int]:
    """Every unit of the area in which the account holds one of the offices: a city's office looks over its districts."""
    if not isinstance(account, Account) or not account.is_active:
        return set()
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(open_at, account=account, role__in=roles, active_from__lte=at)
    areas = {
        code.rstrip("0") if code.endswith("00") else code for code in grants.values_list("unit__area_code", flat=True)
    }
    units = Unit.objects.values_list("pk", "area_code") if areas else ()
    return {pk for pk, code in units if any(code.startswith(area) for area in areas)}


def _upwards(unit: int, parents: dict[int, int | None]) -> Sequence[int]:
    chain: list[int] = []
    place: int | None = unit
    while place is not None and place not in chain:
        chain.append(place)
        place = parents.get(place)
    return chain


def require_finance(account: Any, unit: Unit | int, *, at: datetime) -> Account:
    """The finance officer of the paying unit, or of a unit above it."""
    number = unit.pk if isinstance(unit, Unit) else unit
    if not isinstance(account, Account) or number not in units_of(account, Role.FINANCE, at=at):
        raise NotAllowed("not_finance", _("只有拨付单位的财务人员可以办理。"), _("请由该单位的财务人员登录办理。"))
    return account


def require_decider(account: Any, *, at: datetime) -> Account:
    if not isinstance(account, Account) or not has_role(account, Role.DECIDER, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以批准。"), _("请提交审批负责人。"))
    return account


def require_office(account: Any, *, at: datetime) -> None:
    """Commitments come from officers and deciders, or from the system itself (None) after a recorded decision."""
    if account is not None and not has_role(account, Role.OFFICER, Role.DECIDER, Role.FINANCE, at=at):
        raise NotAllowed("not_office", _("只有经办人员、审批负责人和财务人员可以登记资金事项。"))


def is_payer(account: Any, commitment: Commitment, *, at: datetime) -> bool:
    """Is it a finance officer of a unit that pays a part of it?"""
    units = units_of(account, Role.FINANCE, at=at)
    return Share.objects.filter(instalment__commitment=commitment, line__unit__in=units).exists()


def require_payer(account: Any, commitment: Commitment, *, at: datetime) -> None:
    if not is_payer(account, commitment, at=at):
        raise NotAllowed("not_finance", _("只有拨付单位的财务人员可以办理。"), _("请由该单位的财务人员登录办理。"))


def require_office_of(account: Any, commitment: Commitment, *, at: datetime) -> None:
    """Officers, deciders, and the finance officers of whoever pays; None is the system after a recorded decision."""
    if account is not None and not is_officer(account, at=at) and not is_payer(account, commitment, at=at):
        raise NotAllowed("not_office", _("只有经办人员、审批负责人和拨付单位的财务人员可以办理。"))


def can_set_payee_account(account: Any, payee: Person | Organisation, *, at: datetime) -> bool:
    """The person, whoever acts for them, or an owner of the organisation; None is the system (imports, the demo)."""
    if account is None:
        return True
    if isinstance(payee, Person):
        return can_act_as(account, payee, at=at)
    return can_manage_organisation(account, payee)
