"""Finance: money that has to come back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role, is_officer
from taihu.records.ledger import actions
from taihu.records.ledger.actions.commitments import paid_net
from taihu.records.ledger.bankfiles import yuan_text
from taihu.records.ledger.enums import ReceiptKind, RecoveryState
from taihu.records.ledger.journal import yuan
from taihu.records.ledger.models import Commitment, Instalment, Receipt, Recovery
from taihu.records.ledger.permissions import is_finance, is_payer
from taihu.records.ledger.queries.instalments import offsettable_parts, recoveries
from taihu.records.ledger.rehearsal import Act, Rehearsal
from taihu.systems.policies.forms.finance import ReasonForm, ReceiptForm, RecoverForm, WaiveForm
from taihu.systems.policies.forms.finance_acts import OffsetForm
from taihu.systems.policies.views.finance_access import fresh_key, own_units, seen_units
from taihu.systems.policies.views.finance_acts import Deed, carry_out
from taihu.systems.policies.views.finance_links import can_see_lines
from taihu.systems.policies.views.finance_tables import recovery_table, wants_table

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
    if wants_table(request):
        return recovery_table(request, rows)
    sums = rows.aggregate(amount=Sum("amount"), settled=Sum("settled"))
    context = {
        "page": page_of(request, rows),
        "demanded": sums["amount"] or 0,
        "settled": sums["settled"] or 0,
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
        "can_offset": is_open and offsettable_parts(recovery, own_units(request)).exists(),
        "can_reverse": _reversible_kinds(request, recovery),
        "can_waive": is_open and is_decider and recovery.demanded_by_id != account_of(request).pk,
        "can_withdraw": is_open and is_decider,
        "can_see_lines": can_see_lines(request),
        "today": city_date(at),
    }
    return render(request, "policies/finance/recovery.html", context)


def _reversible_kinds(request: HttpRequest, recovery: Recovery) -> set[ReceiptKind]:
    """Finance reverses what it recorded, a decider a waiver; an offset is final."""
    at = now()
    kinds = set()
    if recovery.state != RecoveryState.WITHDRAWN:
        if is_payer(request.user, recovery.commitment, at=at):
            kinds.add(ReceiptKind.RECEIVED)
        if has_role(request.user, Role.DECIDER, at=at):
            kinds.add(ReceiptKind.WAIVED)
    return kinds


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


@writers
def offset(request: HttpRequest, number: int) -> HttpResponse:
    """Keep back from what the same payee is still to get."""
    recovery = get_object_or_404(_seen(request), pk=number)
    parts = offsettable_parts(recovery, own_units(request))
    first = parts.first()
    most = min(recovery.open, first.payable) if first else 0  # type: ignore[attr-defined]
    initial = {
        "instalment": first and first.pk,
        "amount": yuan_text(most) if most else None,
        "key": fresh_key("offset"),
    }
    form = OffsetForm(request.POST or None, parts=parts, initial=initial)

    def keep_back(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        instalment = Instalment.objects.select_related("commitment").get(pk=data["instalment"])
        return actions.offset_recovery(
            **common,
            recovery=recovery,
            instalment=instalment,
            **{name: data[name] for name in ("key", "amount", "note")},
        )

    deed = _deed(
        request, recovery, keep_back, Instalment.objects.filter(commitment__in=_commitments_of(recovery)),
        title=_("从后续分期抵扣"), submit=_("登记抵扣"), done=_("抵扣已登记。"), say=_say_offset,
        help=_("只列出同一收款人已复核通过、由本单位支付的分期。抵扣后不能冲正。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _commitments_of(recovery: Recovery) -> "QuerySet[Commitment]":
    owner = recovery.commitment
    return Commitment.objects.filter(person=owner.person_id, organisation=owner.organisation_id)


def _say_offset(found: Rehearsal, data: Mapping[str, Any]) -> tuple[str, ...]:
    words = {
        "sum": yuan(data["amount"]),
        "rest": yuan(sum(row.payable for row in found.instalments)),
        "left": yuan(found.owed),
    }
    return (
        _("从这一期扣下 %(sum)s 元，收款人这一期实际到账 %(rest)s 元。") % words,
        _("这笔追回还剩 %(left)s 元未办结。") % words,
    )


def _deed(
    request: HttpRequest,
    recovery: Recovery,
    do: Callable[[Mapping[str, Any], dict[str, Any]], object],
    watched: "QuerySet[Instalment]",
    **words: Any,
) -> Deed:
    common: dict[str, Any] = {"acting_user": account_of(request), "at": now()}
    payee = recovery.commitment.person or recovery.commitment.organisation
    return Deed(
        back=reverse("policies:finance_recovery", args=[recovery.pk]),
        facts=(str(payee), recovery.commitment.purpose, _("未办结 %(sum)s 元") % {"sum": yuan(recovery.open)}),
        act=lambda data: Act(do=partial(do, data, common), instalments=watched, recovery=recovery, **common),
        **words,
    )


@writers
def reverse_receipt(request: HttpRequest, number: int) -> HttpResponse:
    """A repayment or a waiver was recorded wrongly."""
    receipt = get_object_or_404(Receipt.objects.filter(recovery__in=_seen(request)), pk=number)
    recovery = _seen(request).get(pk=receipt.recovery_id)
    form = ReasonForm(request.POST or None)

    def undo(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        return actions.reverse_receipt(**common, receipt=receipt, reason=data["reason"])

    deed = _deed(
        request, recovery, undo, Instalment.objects.filter(commitment=recovery.commitment),
        title=_("冲正：%(kind)s %(sum)s 元") % {"kind": receipt.get_kind_display(), "sum": yuan(receipt.amount)},
        submit=_("冲正"), done=_("已冲正，原记录保留。"), say=_say_reversed,
        help=_("记错的退款或免予追回用一笔相反的记录冲正，原记录保留。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _say_reversed(found: Rehearsal, _data: Mapping[str, Any]) -> tuple[str, ...]:
    words = {"before": yuan(found.owed_before), "after": yuan(found.owed)}
    return (_("这笔追回的未办结金额由 %(before)s 元变为 %(after)s 元。") % words,)
