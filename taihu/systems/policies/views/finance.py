"""Finance: the desk and the budget lines."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role
from taihu.records.ledger import actions
from taihu.records.ledger.enums import BatchState, InstalmentState, Level, RecoveryState
from taihu.records.ledger.models import BudgetLine
from taihu.records.ledger.queries import lines as queries
from taihu.records.ledger.queries.batches import batches
from taihu.records.ledger.queries.instalments import counts_by_state, recoveries
from taihu.systems.policies.forms.finance import ChangeForm, DocumentForm, LineForm, OverrideForm
from taihu.systems.policies.views.access import finance_required
from taihu.systems.policies.views.finance_access import own_units, seen_units
from taihu.systems.policies.views.finance_tables import commitment_table, line_table, wants_table


def bar_of(row: queries.LineBalance) -> list[dict[str, Any]]:
    """Parts of a bar: paid, promised, free; what was overridden makes the whole longer than the budget."""
    parts = (("paid", row.paid_out), ("bound", row.bound), ("free", max(0, row.free)))
    whole = max(1, sum(fen for _kind, fen in parts))
    x, found = 0.0, []
    for kind, fen in parts:
        width = 100 * fen / whole
        found.append({"kind": kind, "x": f"{x:.2f}", "width": f"{width:.2f}"})
        x += width
    return found


def line_rows(found: list[queries.LineBalance]) -> list[dict[str, Any]]:
    return [{"balance": row, "line": row.line, "bar": bar_of(row)} for row in found]


@finance_required
@require_safe
def show_desk(request: HttpRequest) -> HttpResponse:
    at = now()
    today = city_date(at)
    units = seen_units(request)
    year = today.year
    found = queries.balances(queries.budget_lines(year=year, units=units))
    counts = counts_by_state(units=units, until=today)
    context = {
        "year": year,
        "totals": _level_rows(found),
        "due": counts.get(InstalmentState.PLANNED, (0, 0)),
        "held": counts.get(InstalmentState.HELD, (0, 0)),
        "cleared": counts.get(InstalmentState.CLEARED, (0, 0)),
        "returned": counts.get(InstalmentState.RETURNED, (0, 0)),
        "to_approve": batches(units=units, state=BatchState.PROPOSED)[:5],
        "sent": batches(units=units, state=BatchState.EXPORTED)[:5],
        "recoveries": recoveries(units=units, state=RecoveryState.OPEN)[:5],
        "today": today,
    }
    return render(request, "policies/finance/desk.html", context)


def _level_rows(found: list[queries.LineBalance]) -> list[dict[str, Any]]:
    rows = []
    for level in Level:
        mine = [row for row in found if row.line.level == level]
        if mine:
            sums = queries.add_up(mine)
            rows.append({"label": level.label, "sums": sums, "bar": bar_of(sums)})
    return rows


@finance_required
@require_safe
def list_lines(request: HttpRequest) -> HttpResponse:
    units = seen_units(request)
    years = queries.years_of(units)
    year = _chosen_year(request, years)
    level = request.GET.get("level", "")
    rows = queries.budget_lines(year=year, units=units, level=level if level in Level.values else "")
    found = queries.balances(rows)
    if wants_table(request):
        return line_table(request, found)
    page = page_of(request, found)
    context = {
        "page": page,
        "rows": line_rows(list(page)),
        "sums": queries.add_up(found) if found else None,
        "years": years,
        "year": year,
        "levels": Level.choices,
        "level": level,
        "can_create": bool(own_units(request)),
    }
    return render(request, "policies/finance/lines.html", context)


def _chosen_year(request: HttpRequest, years: list[int]) -> int | None:
    text = request.GET.get("year", "")
    if text.isdecimal() and len(text) == 4:
        return int(text)
    return years[0] if years else None


@finance_required
def create_line(request: HttpRequest) -> HttpResponse:
    form = LineForm(
        request.POST or None, units=own_units(request), initial={"year": city_date(now()).year, "level": Level.CITY}
    )
    if request.method == "POST" and form.is_valid():
        made: list[BudgetLine] = []
        if try_action(
            form,
            lambda: made.append(actions.create_line(acting_user=account_of(request), at=now(), **form.cleaned_data)),
        ):
            messages.success(request, _("预算项目已登记。"))
            return redirect("policies:finance_line", made[0].pk)
    return render(request, "policies/finance/line_form.html", {"form": form})


def _line(request: HttpRequest, number: int) -> BudgetLine:
    return get_object_or_404(
        BudgetLine.objects.select_related("unit", "carried_from"), pk=number, unit__in=seen_units(request)
    )


@finance_required
@require_safe
def show_line(request: HttpRequest, number: int) -> HttpResponse:
    line = _line(request, number)
    balance = queries.balances([line])[0]
    commitments = queries.commitments_on(line)
    if wants_table(request):
        sums = queries.shares_on(line, commitments)
        return commitment_table(request, ((row, _progress(sums.get(row.pk, {}))) for row in commitments))
    page = page_of(request, commitments)
    shares = queries.shares_on(line, page.object_list)
    context = {
        "line": line,
        "balance": balance,
        "bar": bar_of(balance),
        "changes": queries.changes_of(line),
        "overrides": queries.overrides_of(line),
        "page": page,
        "rows": [(row, _progress(shares.get(row.pk, {}))) for row in page],
        "next_line": BudgetLine.objects.filter(carried_from=line).first(),
        "is_own": line.unit_id in own_units(request) and line.closed_at is None,
        "can_override": line.closed_at is None and has_role(request.user, Role.DECIDER, at=now()),
    }
    return render(request, "policies/finance/line.html", context)


def _progress(states: dict[str, int]) -> dict[str, int]:
    gone = (InstalmentState.PAID, InstalmentState.RECOVERED)
    return {
        "total": sum(fen for state, fen in states.items() if state != InstalmentState.CANCELLED),
        "paid": sum(states.get(state, 0) for state in gone),
        "cancelled": states.get(InstalmentState.CANCELLED, 0),
    }


@finance_required
def change_line(request: HttpRequest, number: int) -> HttpResponse:
    line = _line(request, number)
    form = ChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "line": line}
        if try_action(form, lambda: actions.change_line(**common, **form.cleaned_data)):
            messages.success(request, _("预算金额已调整并留有记录。"))
            return redirect("policies:finance_line", line.pk)
    return _line_form(request, line, form, _("追加或调减预算"), _("保存"))


@finance_required
def override_line(request: HttpRequest, number: int) -> HttpResponse:
    line = _line(request, number)
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "line": line}
        if try_action(form, lambda: actions.grant_override(**common, **form.cleaned_data)):
            messages.success(request, _("超额承诺已批准并留有记录。"))
            return redirect("policies:finance_line", line.pk)
    return _line_form(request, line, form, _("批准超额承诺"), _("批准"))


@finance_required
def carry_line(request: HttpRequest, number: int) -> HttpResponse:
    line = _line(request, number)
    form = DocumentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made: list[actions.CarryReport] = []
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "line": line}
        if try_action(form, lambda: made.append(actions.carry_over(**common, **form.cleaned_data))):
            messages.success(request, _("已结转到下一年度，本项目关闭。"))
            return redirect("policies:finance_line", made[0].line.pk)
    return _line_form(request, line, form, _("结转下年"), _("结转并关闭"))


def _line_form(request: HttpRequest, line: BudgetLine, form: Any, title: str, submit: str) -> HttpResponse:
    balance = queries.balances([line])[0]
    context = {"line": line, "form": form, "title": title, "submit": submit, "balance": balance, "bar": bar_of(balance)}
    return render(request, "policies/finance/line_act.html", context)
