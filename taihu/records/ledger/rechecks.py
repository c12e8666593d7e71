"""What a system says when an instalment is due: does its condition still hold?

A system registers one function for its `origin`; the ledger knows no system. The function gets the due instalments
(with their commitment) and answers for each: passed, or held with reasons. What it does not answer is held.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from taihu.records.ledger.models import Instalment


@dataclass(frozen=True)
class Finding:
    """The outcome for one instalment; reasons are sentences for the person who has to decide, and for the payee."""

    is_passed: bool
    reasons: tuple[str, ...] = ()


Recheck = Callable[[Sequence[Instalment], datetime], dict[int, Finding]]
_rechecks: dict[str, Recheck] = {}


def register_recheck(origin: str, recheck: Recheck) -> None:
    """Name the function that looks at due instalments of an origin; called in `receivers.py`."""
    _rechecks[origin] = recheck


def recheck_of(origin: str) -> Recheck | None:
    return _rechecks.get(origin)
