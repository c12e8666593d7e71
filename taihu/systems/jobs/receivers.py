"""What the job market does when something happened. Thin: ids in, one action."""

from datetime import datetime

from taihu.records.base.events import SLOW, handles
from taihu.records.base.schedules import schedule
from taihu.systems.jobs.actions.openings import expire_openings
from taihu.systems.jobs.actions.runs import perform_match, request_match
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.events import MatchRequested, MatchScheduled, OpeningsExpiryDue
from taihu.systems.jobs.models import MatchRun

schedule("jobs.nightly_match", MatchScheduled)
schedule("jobs.expire_openings", OpeningsExpiryDue)


@handles(MatchScheduled)
def start_nightly_match(event: MatchScheduled, at: datetime) -> None:
    request_match(at=at, acting_user=None)


@handles(MatchRequested, lane=SLOW)
def match_city(event: MatchRequested, at: datetime) -> None:
    run = MatchRun.objects.get(pk=event.run_id)
    if run.state in {RunState.WAITING, RunState.RUNNING}:
        perform_match(run, at=at)


@handles(OpeningsExpiryDue)
def expire(event: OpeningsExpiryDue, at: datetime) -> None:
    expire_openings(at=at)
