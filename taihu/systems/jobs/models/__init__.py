from taihu.systems.jobs.models.applications import (
    Application,
    ApplicationEvent,
    HiddenPerson,
    Hire,
    Interview,
    InterviewSlot,
    Invitation,
    Message,
    Offer,
)
from taihu.systems.jobs.models.imports import ImportBatch, ImportRow, OpeningSignature
from taihu.systems.jobs.models.openings import (
    Complaint,
    LawfulException,
    Opening,
    OpeningFinding,
    OpeningReview,
    Takedown,
)
from taihu.systems.jobs.models.runs import MatchArray, MatchAudit, MatchRun, OpeningSlate, PersonSlate
from taihu.systems.jobs.models.seekers import HiddenOpening, Profile, Resume, SavedSearch

__all__ = [
    "Application",
    "ApplicationEvent",
    "Complaint",
    "HiddenOpening",
    "HiddenPerson",
    "Hire",
    "ImportBatch",
    "ImportRow",
    "Interview",
    "InterviewSlot",
    "Invitation",
    "LawfulException",
    "MatchArray",
    "MatchAudit",
    "MatchRun",
    "Message",
    "Offer",
    "Opening",
    "OpeningFinding",
    "OpeningReview",
    "OpeningSignature",
    "OpeningSlate",
    "PersonSlate",
    "Profile",
    "Resume",
    "SavedSearch",
    "Takedown",
]
