"""What happens in the job market, told to whoever listens."""

from dataclasses import dataclass
from typing import ClassVar

from taihu.records.base.events import Event


@dataclass(frozen=True, kw_only=True)
class OpeningListed(Event):
    """An opening may be shown from now on, or what is shown of it changed."""

    name: ClassVar[str] = "jobs.opening_listed"
    opening_id: int


@dataclass(frozen=True, kw_only=True)
class OpeningUnlisted(Event):
    """An opening may no longer be shown."""

    name: ClassVar[str] = "jobs.opening_unlisted"
    opening_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class OpeningsImported(Event):
    """Many openings changed at once: whoever keeps a copy reads what changed since `since_id` of the batch."""

    name: ClassVar[str] = "jobs.openings_imported"
    batch_id: int


@dataclass(frozen=True, kw_only=True)
class OpeningReviewed(Event):
    """An officer let a flagged opening out or sent it back."""

    name: ClassVar[str] = "jobs.opening_reviewed"
    opening_id: int
    is_approved: bool


@dataclass(frozen=True, kw_only=True)
class OpeningTakenDown(Event):
    """An officer removed an opening from view."""

    name: ClassVar[str] = "jobs.opening_taken_down"
    opening_id: int
    takedown_id: int


@dataclass(frozen=True, kw_only=True)
class ComplaintDecided(Event):
    """A complaint was answered."""

    name: ClassVar[str] = "jobs.complaint_decided"
    complaint_id: int
    is_upheld: bool


@dataclass(frozen=True, kw_only=True)
class MatchRequested(Event):
    """The whole city is to be matched."""

    name: ClassVar[str] = "jobs.match_requested"
    run_id: int


@dataclass(frozen=True, kw_only=True)
class MatchFinished(Event):
    """A run is done and its slates are what people see from now on."""

    name: ClassVar[str] = "jobs.match_finished"
    run_id: int


@dataclass(frozen=True, kw_only=True)
class MatchScheduled(Event):
    """The time of the nightly match has come."""

    name: ClassVar[str] = "jobs.match_scheduled"


@dataclass(frozen=True, kw_only=True)
class OpeningsExpiryDue(Event):
    """It is time to look for openings past their date."""

    name: ClassVar[str] = "jobs.openings_expiry_due"
