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
class MatchRequested(Event):
    """The whole city is to be matched."""

    name: ClassVar[str] = "jobs.match_requested"
    run_id: int | None = None
