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
    """Many openings changed at once: whoever keeps a copy reads what the batch changed."""

    name: ClassVar[str] = "jobs.openings_imported"
    batch_id: int


@dataclass(frozen=True, kw_only=True)
class ImportRequested(Event):
    """A file of openings waits to be imported."""

    name: ClassVar[str] = "jobs.import_requested"
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


@dataclass(frozen=True, kw_only=True)
class ApplicationSubmitted(Event):
    """A person applied to an opening."""

    name: ClassVar[str] = "jobs.application_submitted"
    application_id: int
    opening_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationMoved(Event):
    """An application took a step of its life."""

    name: ClassVar[str] = "jobs.application_moved"
    application_id: int
    verb: str
    from_state: str
    to_state: str


@dataclass(frozen=True, kw_only=True)
class HireClaimed(Event):
    """An employer says that a person started; not yet counted as a hire."""

    name: ClassVar[str] = "jobs.hire_claimed"
    hire_id: int


@dataclass(frozen=True, kw_only=True)
class HireConfirmed(Event):
    """A social-insurance fact shows that the person works at that employer."""

    name: ClassVar[str] = "jobs.hire_confirmed"
    hire_id: int
    fact_id: int


@dataclass(frozen=True, kw_only=True)
class AnswersDue(Event):
    """The daily look at applications that wait for an answer and offers that run out."""

    name: ClassVar[str] = "jobs.answers_due"


@dataclass(frozen=True, kw_only=True)
class SearchAlertsDue(Event):
    """The daily look at what saved searches newly find."""

    name: ClassVar[str] = "jobs.search_alerts_due"
