"""Finance: what is due when, re-checks, the queue of held instalments, the forecast."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import is_officer
from taihu.records.ledger import actions
from taihu.records.ledger.enums import InstalmentState, Level
from taihu.records.ledger.models import Instalment, Share
from taihu.records.ledger.queries import instalments as queries
from taihu.systems.policies.forms.finance import HeldForm, ReasonForm, month_of
from taihu.systems.policies.views.access import finance_required
from taihu.systems.policies.views.finance_access import own_units, seen_units
from taihu.systems.policies.views.finance_tables import instalment_table, wants_table

TABS = (InstalmentState.PLANNED, InstalmentState.HELD, InstalmentState.CLEARED, InstalmentState.RETURNED)
held_readers = role_required(Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.AUDITOR)
WEEK = 7


@finance_required
@require_safe
def show_calendar(request: HttpRequest) -> HttpResponse:
    today = city_date(now())
    first, last = queries.month_span(*_year_month(month_of(request.GET.get("month"), today)))
    units = seen_units(request)
    days = queries.calendar(first, last, units=units)
    chosen = _chosen_day(request, first, last)
    rows = queries.instalments_of(
        units=units, due_from=chosen or first, due_to=(chosen or last) + timedelta(days=1)
    ).exclude(state=InstalmentState.CANCELLED)
    if wants_table(request):
        return instalment_table(request, rows)
    context = {
        "first": first,
        "weeks": _weeks(first, last, days),
        "total": sum(day.total for day in days.values()),
        "count": sum(day.count for day in days.values()),
        "before": first - timedelta(days=1),
        "after": last + timedelta(days=1),
        "chosen": chosen,
        "today": today,
        "page": page_of(request, rows),
    }
    return render(request, "policies/finance/calendar.html", context)


def _year_month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _chosen_day(request: HttpRequest, first: date, last: date) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if first <= day <= last else None


def _weeks(first: date, last: date, days: dict[date, queries.Day]) -> list[list[dict[str, Any]]]:
    """Monday to Sunday; days of other months are empty."""
    place = first - timedelta(days=first.weekday())
    weeks = []
    while place <= last:
        week = [place + timedelta(days=number) for number in range(WEEK)]
        weeks.append([{"day": day, "inside": first <= day <= last, "due": days.get(day)} for day in week])
        place += timedelta(days=WEEK)
    return weeks


@finance_required
@require_safe
def list_due(request: HttpRequest) -> HttpResponse:
    today = city_date(now())
    units = seen_units(request)
    state = request.GET.get("state", InstalmentState.PLANNED)
    state = state if state in TABS else InstalmentState.PLANNED
    counts = queries.counts_by_state(units=units, until=today)
    rows = queries.instalments_of(units=units, states=[state], due_to=today + timedelta(days=1))
    if wants_table(request):
        return instalment_table(request, rows)
    context = {
        "page": page_of(request, rows.prefetch_related("shares__line__unit")),
        "tabs": [(tab, tab.label, counts.get(tab, (0, 0))[0]) for tab in TABS],
        "state": state,
        "sums": counts.get(state, (0, 0)),
        "today": today,
        "is_own": bool(own_units(request)),
    }
    return render(request, "policies/finance/due.html", context)


@finance_required
@require_POST
def recheck(request: HttpRequest) -> HttpResponse:
    """Look again at everything due of the reader's own units."""
    at = now()
    passed = held = 0
    try:
        for unit in sorted(own_units(request)):
            report = actions.recheck_due(acting_user=account_of(request), at=at, until=city_date(at), unit_id=unit)
            passed, held = passed + report.passed, held + report.held
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        text = _("复核完成：%(passed)s 笔通过，%(held)s 笔需要人工处理。")
        messages.success(request, text % {"passed": passed, "held": held})
    return redirect("policies:finance_due")


@held_readers
@require_safe
def list_held(request: HttpRequest) -> HttpResponse:
    """The manual queue; officers decide, finance looks."""
    can_decide = is_officer(request.user, at=now())
    rows = queries.held_queue(units=None if can_decide else seen_units(request))
    context = {"page": page_of(request, rows.prefetch_related("shares__line")), "can_decide": can_decide}
    return render(request, "policies/finance/held.html", context)


@role_required(Role.OFFICER, Role.DECIDER)
def decide_held(request: HttpRequest, number: int) -> HttpResponse:
    instalment = get_object_or_404(
        queries.held_queue().select_related("checked_by").prefetch_related("shares__line"), pk=number
    )
    form = HeldForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and try_action(form, lambda: _decide(request, instalment, form)):
        messages.success(request, _("决定已记录。"))
        return redirect("policies:finance_held")
    return render(request, "policies/finance/decide.html", {"instalment": instalment, "form": form})


def _decide(request: HttpRequest, instalment: Instalment, form: HeldForm) -> None:
    data, who, at = form.cleaned_data, account_of(request), now()
    common: dict[str, Any] = {"acting_user": who, "at": at, "instalment": instalment, "reason": data["reason"]}
    if data["verdict"] == "clear":
        actions.clear_held(**common, document=data["document"])
    elif data["verdict"] == "cancel":
        actions.cancel_held(**common, document=data["document"])
    else:
        actions.postpone_held(**common, due_date=data["due_date"])


@finance_required
def release(request: HttpRequest, number: int) -> HttpResponse:
    """Put what the bank sent back among the payments to be made again."""
    mine = Share.objects.filter(line__unit__in=own_units(request)).values("instalment")
    rows = queries.returned_queue().filter(pk__in=mine).prefetch_related("shares__line")
    instalment = get_object_or_404(rows, pk=number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["reason"]
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "instalment": instalment}
        if try_action(form, lambda: actions.release_returned(**common, note=note)):
            messages.success(request, _("已重新列入待支付。"))
            return redirect("policies:finance_due")
    return render(request, "policies/finance/release.html", {"instalment": instalment, "form": form})


@finance_required
@require_safe
def show_forecast(request: HttpRequest) -> HttpResponse:
    units = seen_units(request)
    today = city_date(now())
    rows = queries.forecast(units=units)
    levels = [level for level in Level if any(row.level == level for row in rows)]
    months = _months(today)
    by_month = {(row.year, row.month, row.level): row.amount for row in rows}
    overdue = sum(row.amount for row in rows if (row.year, row.month) < months[0])
    years = queries.forecast_by_year(rows)
    context = {
        "labels": [f"{year}-{month:02d}" for year, month in months],
        "series": [
            (level.label, [by_month.get((year, month, level), 0) for year, month in months]) for level in levels
        ],
        "levels": levels,
        "years": [
            (year, [(level.label, sums.get(level, 0)) for level in levels], sum(sums.values()))
            for year, sums in sorted(years.items())
        ],
        "programmes": [
            (programme, Level(level).label, amount)
            for programme, level, amount in queries.forecast_by_programme(units=units)
        ],
        "sums": [(level.label, sum(row.amount for row in rows if row.level == level)) for level in levels],
        "overdue": overdue,
        "total": sum(row.amount for row in rows),
    }
    return render(request, "policies/finance/forecast.html", context)


def _months(today: date) -> list[tuple[int, int]]:
    """This month and the eleven after it."""
    start = today.year * 12 + today.month - 1
    return [(place // 12, place % 12 + 1) for place in range(start, start + 12)]
