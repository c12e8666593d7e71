"""What happens with policies, told to whoever listens."""

from dataclasses import dataclass
from typing import ClassVar

from taihu.records.base.events import Event


@dataclass(frozen=True, kw_only=True)
class PolicyPublished(Event):
    """A version of a policy holds from its date on."""

    name: ClassVar[str] = "policies.published"
    version_id: int


@dataclass(frozen=True, kw_only=True)
class PolicyWithdrawn(Event):
    """A version of a policy is no longer applied."""

    name: ClassVar[str] = "policies.withdrawn"
    version_id: int


@dataclass(frozen=True, kw_only=True)
class RunRequested(Event):
    """Somebody or the schedule wants the whole city evaluated."""

    name: ClassVar[str] = "policies.run_requested"
    run_id: int


@dataclass(frozen=True, kw_only=True)
class RunFinished(Event):
    """An evaluation of the whole city is stored."""

    name: ClassVar[str] = "policies.run_finished"
    run_id: int


@dataclass(frozen=True, kw_only=True)
class ForecastRequested(Event):
    """Somebody wants to know what a draft would do to the city."""

    name: ClassVar[str] = "policies.forecast_requested"
    forecast_id: int


@dataclass(frozen=True, kw_only=True)
class DirectRunsDue(Event):
    """A new day: on the first of a month the lists of people paid without application are drawn."""

    name: ClassVar[str] = "policies.direct_runs_due"


@dataclass(frozen=True, kw_only=True)
class DirectRunConfirmed(Event):
    """A list of people paid without application is checked: it may be published and paid."""

    name: ClassVar[str] = "policies.direct_run_confirmed"
    direct_run_id: int


@dataclass(frozen=True, kw_only=True)
class DirectRunNoticed(Event):
    """A list of people paid without application is public, for objections."""

    name: ClassVar[str] = "policies.direct_run_noticed"
    direct_run_id: int


@dataclass(frozen=True, kw_only=True)
class CorrectionDecided(Event):
    """An officer answered a person who says that a fact is wrong."""

    name: ClassVar[str] = "policies.correction_decided"
    request_id: int
    is_accepted: bool
