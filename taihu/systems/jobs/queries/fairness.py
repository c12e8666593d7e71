"""The audits of matches, for officers and for everybody."""

from django.db.models import QuerySet

from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.models import MatchAudit, MatchRun


def audits() -> QuerySet[MatchAudit]:
    return MatchAudit.objects.select_related("run", "made_by").defer("run__report").order_by("-run_id")


def recent_audits(limit: int = 10) -> QuerySet[MatchAudit]:
    """Which runs were audited when, without the tables."""
    return MatchAudit.objects.order_by("-run_id").only("run_id", "made_at")[:limit]


def latest_audit() -> MatchAudit | None:
    return audits().first()


def latest_finished_run() -> MatchRun | None:
    return MatchRun.objects.filter(state=RunState.DONE).defer("report").order_by("-pk").first()
