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
