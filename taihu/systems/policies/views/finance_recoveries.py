"""Finance: money that has to come back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role, is_officer
from taihu.records.ledger import actions
from taihu.records.ledger.actions.commitments import paid_net
from taihu.records.ledger.enums import RecoveryState
from taihu.records.ledger.journal import yuan
from taihu.records.ledger.models import Commitment, Recovery
from taihu.records.ledger.permissions import is_finance
from taihu.records.ledger.queries.instalments import recoveries
from taihu.systems.policies.forms.finance import ReasonForm, ReceiptForm, RecoverForm, WaiveForm
from taihu.systems.policies.views.finance_access import fresh_key, seen_units

readers = role_required(Role.FINANCE, Role.DECIDER, Role.AUDITOR, Role.OFFICER)
writers = role_required(Role.FINANCE, Role.DECIDER, Role.OFFICER)


def _seen(request: HttpRequest) -> "QuerySet[Recovery]":
    """Officers see all of them: they demand; finance officers those of their units."""
    return recoveries(units=None if is_officer(request.user, at=now()) else seen_units(request))


@readers
@require_safe
def list_recoveries(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", RecoveryState.OPEN)
    rows = _seen(request)
    if state in RecoveryState.values:
        rows = rows.filter(state=state)
    context = {
        "page": page_of(request, rows),
        "state": state,
        "states": RecoveryState.choices,
        "today": city_date(now()),
    }
    return render(request, "policies/finance/recoveries.html", context)


@readers
@require_safe
def show_recovery(request: HttpRequest, number: int) -> HttpResponse:
    recovery = get_object_or_404(_seen(request), pk=number)
    at = now()
    is_open = recovery.state == RecoveryState.OPEN
    is_decider = has_role(request.user, Role.DECIDER, at=at)
    context = {
        "recovery": recovery,
        "left": recovery.open,
        "done_words": _("已办结 %(done)s / %(all)s 元")
        % {"done": yuan(recovery.settled), "all": yuan(recovery.amount)},
        "receipts": recovery.receipts.select_related("made_by").order_by("made_at", "pk"),
        "shares": recovery.shares.select_related("share__line__unit", "share__instalment").order_by("pk"),
        "can_receive": is_open and is_finance(request.user, at=at),
        "can_waive": is_open and is_decider and recovery.demanded_by_id != account_of(request).pk,
        "can_withdraw": is_open and is_decider,
        "today": city_date(at),
    }
    return render(request, "policies/finance/recovery.html", context)


@writers
def demand(request: HttpRequest, number: int) -> HttpResponse:
    commitment = get_object_or_404(
        Commitment.objects.select_related("person", "organisation", "beneficiary"), pk=number
    )
    paid = paid_net(commitment)
    initial = {"amount": f"{paid // 100}.{paid % 100:02d}" if paid else None, "key": fresh_key("recovery")}
    form = RecoverForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[Recovery] = []
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "commitment": commitment}
        if try_action(form, lambda: made.append(actions.demand_recovery(**common, **form.cleaned_data))):
            messages.success(request, _("追回已登记，收款人会收到通知。"))
            return redirect("policies:finance_recovery", made[0].pk)
    return render(request, "policies/finance/demand.html", {"commitment": commitment, "form": form, "paid": paid})


def _act(
    request: HttpRequest, number: int, form_class: Any, prefix: str, act: Any, title: str, submit: str, done: str
) -> HttpResponse:
    recovery = get_object_or_404(_seen(request), pk=number)
    form = form_class(request.POST or None, initial={"key": fresh_key(prefix)})
    common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "recovery": recovery}
    if request.method == "POST" and form.is_valid() and try_action(form, lambda: act(**common, **form.cleaned_data)):
        messages.success(request, done)
        return redirect("policies:finance_recovery", recovery.pk)
    context = {
        "recovery": recovery,
        "form": form,
        "title": title,
        "submit": submit,
        "left": recovery.open,
    }
    return render(request, "policies/finance/recovery_act.html", context)


@writers
def receive(request: HttpRequest, number: int) -> HttpResponse:
    return _act(
        request, number, ReceiptForm, "receipt", actions.receive_repayment,
        _("登记收到的退款"), _("登记"), _("退款已登记。"),
    )  # fmt: skip


@writers
def waive(request: HttpRequest, number: int) -> HttpResponse:
    return _act(
        request, number, WaiveForm, "waiver", actions.waive_recovery,
        _("免予追回"), _("作出决定"), _("决定已记录。"),
    )  # fmt: skip


@writers
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    return _act(
        request, number, ReasonForm, "withdrawal", actions.withdraw_recovery,
        _("撤销追回"), _("撤销"), _("追回已撤销。"),
    )  # fmt: skip
