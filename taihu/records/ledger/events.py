"""What happens to money, told to whoever listens. Bulk acts send lists of ids, at most a thousand each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from taihu.records.base.events import Event, publish

MOST_IDS = 1000


@dataclass(frozen=True, kw_only=True)
class CommitmentMade(Event):
    name: ClassVar[str] = "ledger.commitment_made"
    commitment_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class InstalmentDue(Event):
    """Their due date has come: they wait for their re-check. Each is told of once."""

    name: ClassVar[str] = "ledger.instalment_due"
    instalment_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class InstalmentHeld(Event):
    """The re-check did not hold, or could not be decided: a person has to look."""

    name: ClassVar[str] = "ledger.instalment_held"
    instalment_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class InstalmentPaid(Event):
    """The bank has paid every share of these instalments."""

    name: ClassVar[str] = "ledger.instalment_paid"
    instalment_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class PaymentReturned(Event):
    """The bank did not pay, or took a payment back."""

    name: ClassVar[str] = "ledger.payment_returned"
    instalment_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class RecoveryDemanded(Event):
    """Money is demanded back."""

    name: ClassVar[str] = "ledger.recovery_demanded"
    recovery_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class RecoveryChanged(Event):
    """Something of a demand came back, was waived or kept back, or that was reversed, or the demand withdrawn."""

    name: ClassVar[str] = "ledger.recovery_changed"
    recovery_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class RecoveryDue(Event):
    """The day by which money had to come back is over. Told of once per recovery."""

    name: ClassVar[str] = "ledger.recovery_due"
    recovery_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class DayBegan(Event):
    """The day's look at what is due."""

    name: ClassVar[str] = "ledger.day_began"


def publish_ids(make: Callable[[list[int]], Event], ids: Sequence[int], *, at: datetime) -> None:
    for first in range(0, len(ids), MOST_IDS):
        publish(make(list(ids[first : first + MOST_IDS])), at=at)
