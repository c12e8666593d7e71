"""Small named predicates: may this account do that?"""

from datetime import datetime
from typing import Any

from django.db.models import Q

from taihu.records.identity.enums import MandateState, MemberRole, Role
from taihu.records.identity.models import Account, Mandate, Membership, Organisation, Person, RoleGrant


def has_role(account: Any, *roles: Role, at: datetime) -> bool:
    """Does the account hold any of these offices in any unit at that moment?"""
    if not isinstance(account, Account) or not account.is_active:
        return False
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    return RoleGrant.objects.filter(open_at, account=account, role__in=roles, active_from__lte=at).exists()


def is_officer(account: Any, *, at: datetime) -> bool:
    return has_role(account, Role.OFFICER, Role.DECIDER, at=at)


def is_caseworker(account: Any, *, at: datetime) -> bool:
    return has_role(account, Role.CASEWORKER, at=at)


def is_auditor(account: Any, *, at: datetime) -> bool:
    return has_role(account, Role.AUDITOR, at=at)


def is_administrator(account: Any, *, at: datetime) -> bool:
    return has_role(account, Role.ADMINISTRATOR, at=at)


def member_role(account: Any, organisation: Organisation) -> MemberRole | None:
    """The account's role in the employer or in one it is a branch of."""
    if not isinstance(account, Account) or not account.is_active:
        return None
    owners = [organisation.pk] + ([organisation.parent_id] if organisation.parent_id else [])
    found = Membership.objects.filter(account=account, organisation__in=owners, ended_at__isnull=True).first()
    return MemberRole(found.role) if found else None


def can_view_organisation(account: Any, organisation: Organisation) -> bool:
    return member_role(account, organisation) is not None


def can_recruit_for(account: Any, organisation: Organisation) -> bool:
    return member_role(account, organisation) in {MemberRole.OWNER, MemberRole.RECRUITER}


def can_manage_organisation(account: Any, organisation: Organisation) -> bool:
    return member_role(account, organisation) == MemberRole.OWNER


def is_self(account: Any, person: Person) -> bool:
    return isinstance(account, Account) and account.is_active and person.account_id == account.pk


def acts_for(account: Any, person: Person, *, at: datetime) -> bool:
    """Is the account a caseworker whom this person let act in their name?"""
    if not has_role(account, Role.CASEWORKER, at=at):
        return False
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    return Mandate.objects.filter(open_at, person=person, caseworker=account, state=MandateState.ACTIVE).exists()


def can_act_as(account: Any, person: Person, *, at: datetime) -> bool:
    return is_self(account, person) or acts_for(account, person, at=at)
