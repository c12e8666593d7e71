"""The fairness audit: for officers with everything, for the public as a summary with its date."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from taihu.engines.matching.audit import SMALL_SHARE
from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, role_required
from taihu.records.identity.enums import Role
from taihu.systems.jobs.actions.fairness import audit_run
from taihu.systems.jobs.matching.fairness import CROWDED_TIMES, SMALLEST_GROUP, STARVED_SHARE
from taihu.systems.jobs.models import MatchAudit, Opening
from taihu.systems.jobs.queries.fairness import audits, latest_audit, latest_finished_run, recent_audits

KINDS: dict[str, str | Promise] = {
    "sex": gettext_lazy("按性别"),
    "age_band": gettext_lazy("按年龄段"),
    "both": gettext_lazy("性别与年龄段交叉"),
}
SEXES: dict[str, str | Promise] = {
    "female": gettext_lazy("女"),
    "male": gettext_lazy("男"),
    "other": gettext_lazy("其他"),
}
#: Title, what the rate is, and whether it is a share of people.
MEASURES: dict[str, tuple[str | Promise, str | Promise, bool]] = {
    "selection": (
        gettext_lazy("入选率"),
        gettext_lazy("同意被推荐的人里，被推荐给至少一家单位的比例。"),
        True,
    ),
    "score": (
        gettext_lazy("得分率"),
        gettext_lazy("得分高于全体中位数的比例；得分是最好的岗位接受本人的可能性。"),
        True,
    ),
    "exposure": (gettext_lazy("曝光"), gettext_lazy("在单位推荐名单里的平均曝光，排得越前越大。"), False),
    "shown": (gettext_lazy("有岗位可看"), gettext_lazy("得到至少一个推荐岗位的比例。"), True),
}
FOUR_FIFTHS = 0.8

fairness_readers = role_required(Role.OFFICER, Role.DECIDER, Role.AUDITOR)


@dataclass(frozen=True)
class Row:
    """One group of a table; None where the group is too small."""

    name: str
    people: int | None
    rate: float | None
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def is_low(self) -> bool:
        return self.ratio is not None and self.ratio < FOUR_FIFTHS


@fairness_readers
def show_fairness(request: HttpRequest) -> HttpResponse:
    """The latest audit, or the one of `?run=`; POST makes the audit of the latest run again."""
    if request.method == "POST":
        run = latest_finished_run()
        if run is None:
            messages.warning(request, _("还没有完成的匹配。"))
        else:
            audit_run(run=run, at=now(), acting_user=account_of(request))
            messages.success(request, _("公平检查已完成。"))
        return redirect("jobs:office_fairness")
    wanted = request.GET.get("run", "")
    chosen = get_object_or_404(audits(), run=wanted) if wanted.isdecimal() and len(wanted) < 19 else latest_audit()
    context = {"audit": chosen, "recent": recent_audits(), **_shown(request, chosen)}
    if chosen is not None:
        context |= _openings(chosen.report["market"])
    return render(request, "jobs/officer/fairness.html", context)


@require_safe
def show_summary(request: HttpRequest) -> HttpResponse:
    """What everybody may read of the latest audit."""
    chosen = latest_audit()
    return render(request, "jobs/public/fairness.html", {"audit": chosen, **_shown(request, chosen)})


def _shown(request: HttpRequest, audit: MatchAudit | None) -> dict[str, Any]:
    kind = request.GET.get("by", "")
    kind = kind if kind in KINDS else "sex"
    report = audit.report if audit else {}
    tables = {table["measure"]: table for table in report.get("tables", []) if table["by"] == kind}
    return {
        "by": kind,
        "kinds": KINDS.items(),
        "report": report,
        "market": report.get("market", {}),
        "tables": [
            {
                "title": title,
                "text": text,
                "is_share": is_share,
                "unknown": tables[name]["unknown"],
                "rows": [_row(kind, row) for row in tables[name]["groups"] if row["rate"] is not None],
                "hidden": [_row(kind, row).name for row in tables[name]["groups"] if row["rate"] is None],
            }
            for name, (title, text, is_share) in MEASURES.items()
            if name in tables
        ],
        "smallest": SMALLEST_GROUP,
        "small_percent": round(100 * SMALL_SHARE),
        "four_fifths": FOUR_FIFTHS,
        "crowded_times": round(CROWDED_TIMES),
        "starved_percent": round(100 * STARVED_SHARE),
    }


def _row(kind: str, row: dict[str, Any]) -> Row:
    sex, _bar, band = row["group"].partition("|") if kind == "both" else (row["group"], "", "")
    name = str(SEXES.get(sex, sex))
    return Row(f"{name} · {band}" if band else name, *(row[key] for key in ("people", "rate", "ratio", "low", "high")))


def _openings(market: dict[str, Any]) -> dict[str, Any]:
    rows = [*market["most_crowded"], *market["most_starved"]]
    found = Opening.objects.select_related("organisation").in_bulk({row["opening"] for row in rows})
    return {
        key: [{**row, "opening": found[row["opening"]]} for row in market[key] if row["opening"] in found]
        for key in ("most_crowded", "most_starved")
    }
