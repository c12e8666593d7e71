"""What an officer reads of the market: matches, supply and demand; and what an auditor reads of everybody."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from taihu.records.audit.actions import verify
from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.taxonomy.queries import label
from taihu.systems.jobs.actions.runs import request_match
from taihu.systems.jobs.forms.officer import MatchForm
from taihu.systems.jobs.models import MatchRun, Opening
from taihu.systems.jobs.queries.ratio import shortage_by_group, supply_and_demand
from taihu.systems.jobs.views.access import log_readers, officer_required

QUARTER = timedelta(days=91)


@officer_required
def list_runs(request: HttpRequest) -> HttpResponse:
    form = MatchForm(request.POST or None, initial=None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if try_action(form, lambda: request_match(at=now(), acting_user=account_of(request), **data)):
            messages.success(request, _("匹配已排队，稍后在这里查看结果。"))
            return redirect("jobs:office_runs")
    rows = MatchRun.objects.select_related("requested_by").defer("report").order_by("-pk")
    return render(request, "jobs/officer/runs.html", {"page": page_of(request, rows), "form": form})


@officer_required
def show_run(request: HttpRequest, number: int) -> HttpResponse:
    run = get_object_or_404(MatchRun, pk=number)
    shown = {row["opening"] for key in ("crowded", "starved") for row in run.report.get(key, [])}
    openings = Opening.objects.filter(pk__in=shown).select_related("organisation").in_bulk()
    context: dict[str, Any] = {"run": run, "report": run.report, "percent": round(run.progress * 100)}
    for key in ("crowded", "starved"):
        rows = run.report.get(key, [])
        context[key] = [{**row, "opening": openings[row["opening"]]} for row in rows if row["opening"] in openings]
    return render(request, "jobs/officer/run.html", context | _pictures(run.report))


def _pictures(report: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the two charts: openings by price, and the certified gap after each sweep."""
    counts = report.get("price_histogram", [])
    gaps = [sweep["gap"] for sweep in report.get("sweeps", [])]
    steps = [f"{i / 10:.1f}–{(i + 1) / 10:.1f}" for i in range(len(counts))]
    return {
        "price_rows": list(zip(steps, counts, strict=True)),
        "sweep_labels": [_("第 %(n)d 轮") % {"n": n} for n in range(1, len(gaps) + 1)],
        "sweep_series": [(_("差距"), gaps)],
    }


@officer_required
def show_supply(request: HttpRequest) -> HttpResponse:
    by = "area" if request.GET.get("by") == "area" else "occupation"
    at = now()
    rows, total = supply_and_demand(since=at - QUARTER, until=at, by=by)
    language = get_language() or "zh-hans"
    named = [(label(by, row.code, language), row) for row in rows]
    named.sort(key=lambda pair: (-pair[1].demand, pair[1].code))
    tightest = sorted(((name, row.ratio) for name, row in named if row.ratio), key=lambda pair: -pair[1])[:12]
    catalogue, short = shortage_by_group(on=city_date(at)) if by == "occupation" else (None, {})
    context = {
        "by": by,
        "rows": [(name, row, short.get(row.code, [])) for name, row in named],
        "catalogue": catalogue,
        "tightest": tightest,
        "total": total,
        "since": at - QUARTER,
        "until": at,
    }
    return render(request, "jobs/officer/supply.html", context)


@log_readers
def show_audit(request: HttpRequest) -> HttpResponse:
    rows = AuditEntry.objects.order_by("-number")
    for name, field in (("action", "action__startswith"), ("actor", "actor__icontains"), ("object", "object_id")):
        if request.GET.get(name):
            rows = rows.filter(**{field: request.GET[name]})
    report = verify() if "verify" in request.GET else None
    return render(request, "jobs/officer/audit.html", {"page": page_of(request, rows), "report": report})
