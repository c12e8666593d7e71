"""What cases do when something is due, and what they hold of people."""

from datetime import datetime, timedelta

from taihu.records.base.events import handles
from taihu.records.base.schedules import schedule
from taihu.records.cases.actions import personal_data  # noqa: F401 - registers what is held of people
from taihu.records.cases.actions.terms import look_at_terms
from taihu.records.cases.events import TermsDue

schedule("cases.terms", TermsDue, every=timedelta(minutes=15))


@handles(TermsDue)
def keep_terms(event: TermsDue, at: datetime) -> None:
    look_at_terms(at=at)
