"""How an employer answers: the share of applications with an answer of its own, and how long that took.

Only what is decided counts: answered by the employer itself, or answered by the system after sixty days of silence.
Applications that still wait, and those that the person took back before any answer, say nothing yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState
from taihu.systems.jobs.models import Application

PERIOD = timedelta(days=365)
#: With fewer decided cases the figure is chance, or tells of single people: it is not shown to the public.
FEWEST_CASES = 10


@dataclass(frozen=True)
class ReplyRate:
    """`rate` is None without cases; `days` is the median of days to the first answer."""

    answered: int
    silent: int
    waiting: int
    days: float | None

    @property
    def cases(self) -> int:
        return self.answered + self.silent

    @property
    def rate(self) -> float | None:
        return self.answered / self.cases if self.cases else None

    @property
    def is_public(self) -> bool:
        return self.cases >= FEWEST_CASES


def reply_rate(organisations: Sequence[int], *, at: datetime) -> ReplyRate:
    """Of the applications of the last year. One statement.

    >>> ReplyRate(answered=9, silent=1, waiting=3, days=4.0).rate
    0.9
    """
    rows = Application.objects.filter(opening__organisation__in=organisations, applied_at__gt=at - PERIOD)
    answered: list[float] = []
    silent = waiting = 0
    for state, applied_at, answered_at in rows.order_by("pk").values_list("state", "applied_at", "answered_at"):
        if state == ApplicationState.UNANSWERED:
            silent += 1
        elif answered_at is not None:
            answered.append((answered_at - applied_at) / timedelta(days=1))
        elif state in OPEN_APPLICATION:
            waiting += 1
    return ReplyRate(len(answered), silent, waiting, round(median(answered), 1) if answered else None)
