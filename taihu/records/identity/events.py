"""What happens to people, organisations and accounts, told to whoever listens."""

from dataclasses import dataclass
from typing import ClassVar

from taihu.records.base.events import Event


@dataclass(frozen=True, kw_only=True)
class OrganisationStateChanged(Event):
    """An organisation was verified, suspended, or its verification ended: what it shows may have to change."""

    name: ClassVar[str] = "identity.organisation_state_changed"
    organisation_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class ConsentChanged(Event):
    """A person gave or withdrew consent to one purpose."""

    name: ClassVar[str] = "identity.consent_changed"
    person_id: int
    purpose: str
    recipient_id: int | None
    is_given: bool


@dataclass(frozen=True, kw_only=True)
class PeopleMerged(Event):
    """Two records turned out to be one person."""

    name: ClassVar[str] = "identity.people_merged"
    kept_id: int
    merged_id: int


@dataclass(frozen=True, kw_only=True)
class PersonErased(Event):
    """A person's data were erased; what the law keeps no longer names them."""

    name: ClassVar[str] = "identity.person_erased"
    person_id: int


@dataclass(frozen=True, kw_only=True)
class NotificationCreated(Event):
    """A message lies in an inbox and may have to be mailed."""

    name: ClassVar[str] = "identity.notification_created"
    notification_id: int


@dataclass(frozen=True, kw_only=True)
class VerificationsDue(Event):
    """The day's look at verifications that end or soon end."""

    name: ClassVar[str] = "identity.verifications_due"
