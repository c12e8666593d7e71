"""What a draft would do to the city: ask for it, watch it, read the figures, see who is behind them."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from taihu.engines.rules.errors import PolicyError
from taihu.records.base.clock import city_date, now
from taihu.records.base.language import language, said
from taihu.records.base.limits import limited
from taihu.records.identity.doors import account_of
from taihu.records.identity.enums import Ground
from taihu.records.identity.models import Person
from taihu.systems.policies.actions.forecasts import request_forecast
from taihu.systems.policies.actions.readings import note_readings
from taihu.systems.policies.editing.differences import item_changes
from taihu.systems.policies.editing.plain import read_plain
from taihu.systems.policies.enums import Move, RunState, VersionState
from taihu.systems.policies.forms.editor import ForecastForm
from taihu.systems.policies.models import Forecast, PolicyVersion
from taihu.systems.policies.queries.editing import latest_attempt, newest_forecast, why_not_publishable
from taihu.systems.policies.queries.forecasts import moved_people, reasons_for
from taihu.systems.policies.views.access import reader_required
from taihu.systems.policies.views.editor import kept_of, may_edit, try_action, version_or_404

PER_PAGE = 25


@reader_required
def forecast(request: HttpRequest, number: int) -> HttpResponse:
    version, at = version_or_404(number), now()
    day = max(city_date(at), version.effective_from or date.min)
    form = ForecastForm(request.POST or None, initial={"day": day})
    if request.method == "POST" and form.is_valid() and _request(request, form, version):
        return redirect("policies:editor_forecast", number)
    found, attempt = newest_forecast(version), latest_attempt(version)
    text, _revision = kept_of(version)
    context = {
        "version": version,
        "form": form,
        "forecast": found,
        "attempt": attempt,
        "is_interrupted": attempt is not None and attempt.is_interrupted(at=at),
        "is_unattended": attempt is not None and attempt.is_unattended(at=at),
        "percent": round(attempt.progress * 100) if attempt else 0,
        "is_unfinished": text != version.text,
        "refusal": why_not_publishable(version, found) if version.state == VersionState.DRAFT else None,
        "tab": "forecast",
        "can_edit": may_edit(request),
    }
    context["is_running"] = attempt is not None and attempt.is_open and not context["is_interrupted"]
    if found:
        context |= forecast_context(found, version)
    return render(request, "policies/editor/forecast.html", context)


def _request(request: HttpRequest, form: ForecastForm, version: PolicyVersion) -> bool:
    day, is_sample = form.cleaned_data["day"], form.cleaned_data["scope"] == "sample"
    account = account_of(request)
    return try_action(
        form,
        lambda: request_forecast(acting_user=account, at=now(), version=version, day=day, is_sample=is_sample),
    )


@reader_required
@limited("policies.who", amount=120, seconds=60, methods=("GET",))
def list_moved(request: HttpRequest, number: int, forecast: int, policy: str, move: str) -> HttpResponse:
    """Who gains or loses, by name; everybody on the page can see that they were looked at."""
    version = version_or_404(number)
    found = get_object_or_404(version.forecasts.filter(state=RunState.DONE), pk=forecast)
    change = next((item for item in found.report["changes"] if item["policy"] == policy), None)
    if change is None or move not in Move.values or not found.changes.filter(policy=policy).exists():
        raise Http404
    found.version, chosen = version, Move(move)
    moved = moved_people(found, policy, chosen)
    page: Any = Paginator(moved.ids, PER_PAGE).get_page(request.GET.get("page"))
    start = page.start_index() - 1 if len(moved) else 0
    people = Person.objects.in_bulk([int(number) for number in page.object_list])
    what = _("姓名、“%(title)s”新版本对其的影响") % {"title": _title(change["title"])}
    note_readings(people=list(people.values()), viewer=account_of(request), at=now(), ground=Ground.DUTY, what=what)
    reasons = reasons_for(found, policy, chosen, list(people.values()))
    context = {
        "version": version,
        "forecast": found,
        "policy": policy,
        "name": _title(change["title"]),
        "move": chosen,
        "moves": [(item, item.label, change[item.value]) for item in Move if change[item.value]],
        "page": page,
        "rows": [
            (people.get(int(who)), int(who), int(before), int(after), int(after - before), reasons.get(int(who), ""))
            for who, before, after in zip(page.object_list, moved.before[start:], moved.after[start:], strict=False)
        ],
        "has_reasons": bool(reasons),
        "tab": "forecast",
        "can_edit": may_edit(request),
    }
    return render(request, "policies/editor/moved.html", context)


def forecast_context(found: Forecast, version: PolicyVersion) -> dict[str, Any]:
    """Rows and charts of a forecast."""
    report, texts = found.report, _clause_texts(version)
    named = set(found.changes.values_list("policy", flat=True))
    changes = [
        {
            **item,
            "name": _title(item["title"]),
            "more": item["new_total"] - item["old_total"],
            "moves": [(move, move.label, item[move.value]) for move in Move],
            "has_names": item["policy"] in named,
        }
        for item in report["changes"]
    ]
    own = next((item for item in changes if item["policy"] == version.policy), None)
    years = sorted({row[0] for row in report["costs"]})
    payers = list(dict.fromkeys(row[1] for row in report["costs"]))
    after = {(row[0], row[1]): row[3] for row in report["costs"]}
    clauses = [
        {"id": key, "text": texts.get(key, ""), "fails": item[0], "unknown": item[1], "only": item[2]}
        for key, item in report["clauses"].items()
        if key in texts
    ]
    return {
        "standing": report["standing"],
        "own": own,
        "others": [item for item in changes if item["policy"] != version.policy],
        "costs": [
            {"year": year or "", "payer": payer, "old": old, "new": new, "more": new - old}
            for year, payer, old, new in report["costs"]
        ],
        "cost_labels": [str(year) if year else _("日期待定") for year in years],
        "cost_series": [(payer, [after.get((year, payer), 0) for year in years]) for payer in payers],
        "obstacles": sorted(
            (item for item in clauses if item["fails"] or item["unknown"]), key=lambda item: -item["fails"]
        )[:12],
        "old_total": report["old_total"],
        "new_total": report["new_total"],
        "year_totals": [_year_total(year, report["costs"]) for year in years],
    }


def _year_total(year: int, costs: list[list[Any]]) -> dict[str, Any]:
    old = sum(row[2] for row in costs if row[0] == year)
    new = sum(row[3] for row in costs if row[0] == year)
    return {"year": year, "old": old, "new": new, "more": new - old}


def _clause_texts(version: PolicyVersion) -> dict[str, str]:
    """Clause id → what the applicant reads."""
    try:
        changes = item_changes({}, read_plain(version.text), language())
    except PolicyError:
        return {}
    return {item.name: item.title for item in changes if item.title != item.name}


def _title(title: list[str]) -> str:
    return said(title[0], title[1])
