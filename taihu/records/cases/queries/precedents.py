"""Earlier decisions to compare with, and what the public may see."""

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from taihu.records.cases.enums import DecisionKind, NoticeState, Resolution
from taihu.records.cases.models import Case, DecisionRecord, NoticeEntry, PublicNotice


def precedents_for(case: Case, *, limit: int = 20) -> list[DecisionRecord]:
    """Case-by-case and exceptional decisions of the same procedure, whatever the result; the same category first, then newest."""
    rows = DecisionRecord.objects.filter(
        case__procedure__slug=case.procedure.slug, kind__in=[DecisionKind.SPECIAL, DecisionKind.EXCEPTION]
    ).exclude(case=case)
    rows = rows.exclude(resolution=Resolution.DEFER).select_related("case__procedure")
    found = list(rows.order_by("-held_on", "-pk")[: limit * 5])
    return sorted(found, key=lambda row: row.case.category != case.category)[:limit]


def public_notices(*, at: datetime) -> QuerySet[PublicNotice]:
    """Notices that may be read now, the newest first."""
    rows = PublicNotice.objects.exclude(state=NoticeState.WITHDRAWN).filter(withdraw_at__gt=at)
    return rows.select_related("unit").order_by("-published_at", "-pk")


def public_notice(number: int, *, at: datetime) -> PublicNotice | None:
    entries = NoticeEntry.objects.order_by("pk")
    return public_notices(at=at).filter(pk=number).prefetch_related(Prefetch("entries", entries)).first()
