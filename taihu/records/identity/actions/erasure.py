"""Erase a person's data; what the law keeps is told beforehand and no longer names anybody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.enums import MandateState, MemberRole
from taihu.records.identity.events import PersonErased
from taihu.records.identity.models import Account, Demographics, Membership, Person
from taihu.records.identity.permissions import is_officer, is_self


@dataclass(frozen=True)
class DataHolder:
    """One part of the city that holds data of people.

    `export(person)` gives JSON-ready data; `files(person)` pairs of (name in the archive, stored file);
    `erase(person, at)` removes or unnames its rows inside the caller's transaction; `kept` says what stays, how long and
    by which law (empty: nothing stays); `obstacle(person, at)` gives the reason why erasing must wait, or ''.
    """

    name: str
    label: str | Promise
    export: Callable[[Person], Any]
    erase: Callable[[Person, datetime], None]
    kept: str | Promise = ""
    files: Callable[[Person], list[tuple[str, Any]]] | None = None
    obstacle: Callable[[Person, datetime], str] | None = None


_holders: dict[str, DataHolder] = {}


def register_holder(holder: DataHolder) -> None:
    _holders[holder.name] = holder


def data_holders() -> list[DataHolder]:
    return [_holders[name] for name in sorted(_holders)]


def find_obstacles(person: Person, *, at: datetime) -> list[str]:
    """Why the data cannot be erased yet; each says what to do first."""
    found = [holder.obstacle(person, at) for holder in data_holders() if holder.obstacle]
    return [text for text in [_office_obstacle(person, at), _owner_obstacle(person), *found] if text]


def _office_obstacle(person: Person, at: datetime) -> str:
    if person.account is None:
        return ""
    is_open = Q(active_to__isnull=True) | Q(active_to__gt=at)
    return _("账户还担任公职角色：请先由系统管理员结束。") if person.account.grants.filter(is_open).exists() else ""


def _owner_obstacle(person: Person) -> str:
    if person.account is None:
        return ""
    own = person.account.memberships.filter(role=MemberRole.OWNER, ended_at__isnull=True)
    for membership in own.select_related("organisation"):
        others = Membership.objects.filter(
            organisation=membership.organisation, role=MemberRole.OWNER, ended_at__isnull=True
        ).exclude(pk=membership.pk)
        if not others.exists():
            return _("您是“%(name)s”唯一的负责人：请先指定另一位负责人。") % {"name": membership.organisation.name}
    return ""


@transaction.atomic
def erase_person(*, acting_user: Account, person: Person, at: datetime) -> None:
    """Erase everything that no law keeps, at once; close the account and end its sessions."""
    if not is_self(acting_user, person) and not is_officer(acting_user, at=at):
        raise NotAllowed("not_yours", _("只有本人或经办人员可以删除资料。"))
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.erased_at is not None:
        raise Refused("erased", _("资料已经删除。"))
    if obstacles := find_obstacles(person, at=at):
        raise Refused("not_yet", " ".join(obstacles))
    for holder in data_holders():
        holder.erase(person, at)
    record(at=at, action="identity.erase_person", subject=person, data={"asked_by": acting_user.pk})
    account = person.account
    _unname(person, at=at)
    if account is not None:
        _close_account(account, at=at)
    publish(PersonErased(person_id=person.pk), at=at)


def _unname(person: Person, *, at: datetime) -> None:
    Demographics.objects.filter(person=person).delete()
    person.consents.filter(withdrawn_at__isnull=True).update(withdrawn_at=at)
    person.keys.all().delete()
    person.mandates.exclude(state=MandateState.ENDED).update(state=MandateState.ENDED, active_to=at)
    person.name = person.id_number = person.id_type = person.phone = person.phone_hash = person.email = ""
    person.area_code, person.birth_date, person.id_number_hash, person.account = "", None, None, None
    person.erased_at = at
    person.save()
    for merged in person.merged.all():
        _unname(merged, at=at)


def _close_account(account: Account, *, at: datetime) -> None:
    """The row stays for what it signed, without a name, an address or a way in."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession

    keys = list(UserSession.objects.filter(user=account).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    for model in (UserSession, Authenticator, EmailAddress):
        model.objects.filter(user=account).delete()
    account.notifications.all().delete()
    account.memberships.filter(ended_at__isnull=True).update(ended_at=at)
    account.email = account.phone = None
    account.display_name, account.phone_verified, account.is_active = "", False, False
    account.set_unusable_password()
    account.save()
