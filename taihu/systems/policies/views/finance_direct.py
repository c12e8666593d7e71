"""Finance: promise the money of lists of people paid without application, and of applications that wait for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role, is_officer
from taihu.records.ledger.actions import grant_missing
from taihu.records.ledger.enums import Level
from taihu.records.ledger.models import BudgetLine
from taihu.records.ledger.queries.lines import balances
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.policies.actions.money import Plan, commit_application, needed_lines, plan_of
from taihu.systems.policies.actions.payments import (
    LEVEL_OF_PAYER,
    candidate_lines,
    lists_to_pay,
    needed_places,
    pay_direct_list,
    payable_entries,
)
from taihu.systems.policies.enums import DirectState
from taihu.systems.policies.forms.finance import DirectPayForm
from taihu.systems.policies.forms.finance_acts import MissingForm
from taihu.systems.policies.models import Application, DirectRun
from taihu.systems.policies.queries.money import waiting_applications
from taihu.systems.policies.views.finance_access import own_units, try_plain

payers = role_required(Role.FINANCE, Role.OFFICER, Role.DECIDER)


def _waiting(request: HttpRequest) -> "QuerySet[Application]":
    rows = waiting_applications()
    if is_officer(request.user, at=now()):
        return rows
    units = own_units(request)
    return rows.filter(Q(case__office_unit__in=units) | Q(case__district_unit__in=units))


@payers
@require_safe
def list_direct(request: HttpRequest) -> HttpResponse:
    paid = (
        DirectRun.objects.filter(state=DirectState.HANDED).select_related("version").order_by("-handed_over_at", "-pk")
    )
    context = {
        "waiting": lists_to_pay(now()),
        "applications": _waiting(request),
        "page": page_of(request, paid),
    }
    return render(request, "policies/finance/direct_lists.html", context)


@payers
def commit_one(request: HttpRequest, number: int) -> HttpResponse:
    """An application whose money could not be promised by itself: what it needs, what lacks, who lets it go beyond."""
    at, account = now(), account_of(request)
    application = get_object_or_404(_waiting(request), pk=number)
    missing = MissingForm(request.POST if request.POST.get("do") == "override" else None)
    plan, needed, problem = _plan(application, at)
    if request.POST.get("do") == "commit":
        if try_plain(
            request,
            lambda: commit_application(acting_user=account, application=application, at=at),
            _("资金承诺已登记，到期后复核、支付。"),
        ):
            return redirect("policies:finance_direct")
    elif missing.is_valid() and _grant(request, missing, {line.pk: fen for line, fen in needed.items()}):
        return redirect("policies:finance_commit", application.pk)
    rows = [(row, fen, max(0, fen - row.free)) for row, fen in zip(balances(needed), needed.values(), strict=True)]
    context = {
        "application": application,
        "plan": plan,
        "problem": problem,
        "rows": rows,
        "lacking": sum(lack for _row, _fen, lack in rows),
        "missing": missing,
        "is_decider": has_role(account, Role.DECIDER, at=at),
    }
    return render(request, "policies/finance/commit.html", context)


def _plan(application: Application, at: datetime) -> tuple[Plan | None, dict[BudgetLine, int], str]:
    """What would be promised and on which lines, or why not."""
    plan = plan_of(application, at=at)
    if plan is None:
        return None, {}, str(_("没有需要支付的金额。"))
    try:
        return plan, needed_lines(application, plan, at=at), ""
    except Refused as refused:
        return plan, {}, str(refused)


def _grant(request: HttpRequest, form: MissingForm, needed: Mapping[int, int]) -> bool:
    common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "needed": needed}
    granted = try_action(form, lambda: grant_missing(**common, **form.cleaned_data))
    if granted:
        messages.success(request, _("超额承诺已批准并留有记录。"))
    return granted


@payers
def pay_direct(request: HttpRequest, number: int) -> HttpResponse:
    direct = get_object_or_404(lists_to_pay(now()).select_related("run"), pk=number)
    entries = payable_entries(direct)
    year, at = city_date(now()).year, now()
    needed = needed_places(entries)
    places = [(place, place_label(place), balances(candidate_lines(place, year))) for place in needed]
    form = DirectPayForm(request.POST or None, places=places)
    missing = MissingForm(request.POST if request.POST.get("do") == "override" else None)
    if request.method == "POST" and form.is_valid():
        if missing.is_bound:
            if missing.is_valid() and _grant(request, missing, _by_line(form.lines(), needed)):
                return redirect("policies:finance_direct_pay", direct.pk)
        elif try_action(
            form,
            lambda: pay_direct_list(acting_user=account_of(request), at=at, direct_run=direct, lines=form.lines()),
        ):
            messages.success(request, _("资金承诺已登记，到期后复核、支付。"))
            return redirect("policies:finance_direct")
    context = {
        "direct": direct,
        "form": form,
        "missing": missing,
        "people": len(entries),
        "needed": [(place_label(place), fen) for place, fen in needed.items()],
        "total": sum(needed.values()),
        "without_line": [label for _place, label, lines in places if not lines],
        "lacking": [label for place, label, lines in places if all(row.free < needed[place] for row in lines)],
        "is_decider": has_role(request.user, Role.DECIDER, at=at),
    }
    return render(request, "policies/finance/direct_pay.html", context)


def _by_line(lines: Mapping[str, int], needed: Mapping[str, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for place, line in lines.items():
        found[line] = found.get(line, 0) + needed[place]
    return found


def place_label(place: str) -> str:
    payer, _colon, area = place.partition(":")
    level = LEVEL_OF_PAYER.get(payer)
    words = str(Level(level).label) if level else payer
    return f"{words} · {taxonomy.label(Kind.AREA, area, get_language() or taxonomy.SOURCE_LANGUAGE)}" if area else words
