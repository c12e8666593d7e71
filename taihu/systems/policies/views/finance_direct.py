"""Finance: promise the money of lists of people paid without application."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.ledger.enums import Level
from taihu.records.ledger.queries.lines import balances
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.policies.actions.payments import (
    LEVEL_OF_PAYER,
    ORIGIN,
    candidate_lines,
    lists_to_pay,
    needed_places,
    pay_direct_list,
    payable_entries,
)
from taihu.systems.policies.enums import DirectState
from taihu.systems.policies.forms.finance import DirectPayForm
from taihu.systems.policies.models import DirectRun

payers = role_required(Role.FINANCE, Role.OFFICER, Role.DECIDER)


@payers
@require_safe
def list_direct(request: HttpRequest) -> HttpResponse:
    paid = (
        DirectRun.objects.filter(state=DirectState.HANDED).select_related("version").order_by("-handed_over_at", "-pk")
    )
    context = {"waiting": lists_to_pay(now()), "page": page_of(request, paid)}
    return render(request, "policies/finance/direct_lists.html", context)


@payers
def pay_direct(request: HttpRequest, number: int) -> HttpResponse:
    direct = get_object_or_404(lists_to_pay(now()).select_related("run"), pk=number)
    entries = payable_entries(direct)
    year = city_date(now()).year
    needed = needed_places(entries)
    places = [(place, place_label(place), balances(candidate_lines(place, year))) for place in needed]
    form = DirectPayForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        who, at = account_of(request), now()
        if try_action(form, lambda: pay_direct_list(acting_user=who, at=at, direct_run=direct, lines=form.lines())):
            messages.success(request, _("资金承诺已登记，到期后复核、支付。"))
            return redirect("policies:finance_direct")
    context = {
        "direct": direct,
        "form": form,
        "people": len(entries),
        "needed": [(place_label(place), fen) for place, fen in needed.items()],
        "total": sum(needed.values()),
        "without_line": [label for _place, label, lines in places if not lines],
        "origin": ORIGIN,
    }
    return render(request, "policies/finance/direct_pay.html", context)


def place_label(place: str) -> str:
    payer, _colon, area = place.partition(":")
    level = LEVEL_OF_PAYER.get(payer)
    words = str(Level(level).label) if level else payer
    return f"{words} · {taxonomy.label(Kind.AREA, area, get_language() or taxonomy.SOURCE_LANGUAGE)}" if area else words
