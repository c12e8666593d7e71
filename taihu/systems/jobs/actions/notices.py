"""Tell both sides what happened, in their inboxes; each notice once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from taihu.records.identity.actions import notify
from taihu.records.identity.enums import MandateState, MemberRole
from taihu.records.identity.models import Account, Mandate, Membership, Organisation, Person
from taihu.systems.jobs.actions import letters  # noqa: F401 - registers what the messages say

_READERS = (MemberRole.OWNER, MemberRole.RECRUITER)


def tell_person(
    person: Person, kind: str, *, key: str, at: datetime, path: str = "", data: dict[str, Any] | None = None
) -> None:
    """To the person's account; where there is none, to the caseworkers who act for the person."""
    if person.account_id:
        accounts = [person.account_id]
    else:
        mandates = Mandate.objects.filter(person=person, state=MandateState.ACTIVE)
        accounts = list(mandates.values_list("caseworker_id", flat=True))
    _tell(accounts, kind, key=key, at=at, path=path, data=data)


def tell_employer(
    organisation: Organisation, kind: str, *, key: str, at: datetime, path: str = "", data: dict[str, Any] | None = None
) -> None:
    """To owners and recruiters, of a branch also to those of its head office."""
    employers = [organisation.pk] + ([organisation.parent_id] if organisation.parent_id else [])
    members = Membership.objects.filter(organisation__in=employers, role__in=_READERS, ended_at__isnull=True)
    _tell(members.values_list("account_id", flat=True), kind, key=key, at=at, path=path, data=data)


def _tell(
    account_ids: Iterable[int], kind: str, *, key: str, at: datetime, path: str, data: dict[str, Any] | None
) -> None:
    accounts = Account.objects.in_bulk(list(account_ids))
    for number in sorted(accounts):
        notify(account=accounts[number], kind=kind, key=f"{kind}:{key}:{number}", at=at, data=data, path=path)
