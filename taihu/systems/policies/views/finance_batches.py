"""Finance: payment batches from proposal to the bank's answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.uploads import CONTENT_TYPES, TABLES, check_upload
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.ledger import actions
from taihu.records.ledger.bankfiles import EXPORTS
from taihu.records.ledger.enums import BatchState, PaymentState, RowOutcome
from taihu.records.ledger.models import BankReturn, PaymentBatch
from taihu.records.ledger.queries import batches as queries
from taihu.systems.policies.forms.finance import ProposeForm, ReasonForm, ReturnForm, UnpaidForm
from taihu.systems.policies.views.access import finance_required
from taihu.systems.policies.views.finance_access import fresh_key, own_units, seen_units, try_plain

PROBLEMS = (RowOutcome.UNMATCHED, RowOutcome.FAILED, RowOutcome.TAKEN_BACK)


@finance_required
@require_safe
def list_batches(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = queries.batches(units=seen_units(request), state=state if state in BatchState.values else "")
    context = {
        "page": page_of(request, rows),
        "state": state,
        "states": BatchState.choices,
        "is_own": bool(own_units(request)),
    }
    return render(request, "policies/finance/batches.html", context)


@finance_required
def propose(request: HttpRequest) -> HttpResponse:
    units = own_units(request)
    initial = {"until": city_date(now()), "key": fresh_key("batch"), "unit": min(units, default=None)}
    form = ProposeForm(request.POST or None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        made: list[PaymentBatch] = []
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now()}
        if try_action(form, lambda: made.append(actions.propose_batch(**common, **form.cleaned_data))):
            messages.success(request, _("批次已生成，请另一位财务人员审批。"))
            return redirect("policies:finance_batch", made[0].pk)
    return render(request, "policies/finance/propose.html", {"form": form})


def _batch(request: HttpRequest, number: int, units: set[int]) -> PaymentBatch:
    rows = PaymentBatch.objects.select_related("unit", "made_by", "decided_by", "exported_by")
    return get_object_or_404(rows, pk=number, unit__in=units)


@finance_required
@require_safe
def show_batch(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(request, number, seen_units(request))
    state = request.GET.get("state", "")
    rows = queries.payments_in(batch, state=state if state in PaymentState.values else "")
    sums = queries.payment_sums(batch)
    is_own = batch.unit_id in own_units(request)
    context = {
        "batch": batch,
        "page": page_of(request, rows),
        "tabs": [(value, label, *sums[value]) for value, label in PaymentState.choices if value in sums],
        "state": state,
        "returns": queries.returns_of(batch),
        "return_form": ReturnForm(),
        "is_own": is_own,
        "is_maker": batch.made_by_id == account_of(request).pk,
        "waiting": sums.get(PaymentState.WAITING, (0, 0)),
        "steps": _steps(batch),
    }
    return render(request, "policies/finance/batch.html", context)


def _steps(batch: PaymentBatch) -> list[tuple[str, str, object]]:
    """(label, done / current / later / failed, when)."""
    if batch.state == BatchState.REJECTED:
        return [(_("生成"), "done", batch.made_at), (_("已退回"), "failed", batch.decided_at)]
    order = (BatchState.PROPOSED, BatchState.APPROVED, BatchState.EXPORTED, BatchState.SETTLED)
    place = order.index(BatchState(batch.state))
    steps = [
        (_("生成"), batch.made_at),
        (_("审批"), batch.decided_at),
        (_("送银行"), batch.exported_at),
        (_("有结果"), batch.settled_at),
    ]
    return [
        (label, "done" if number <= place else "current" if number == place + 1 else "later", when)
        for number, (label, when) in enumerate(steps)
    ]


@finance_required
@require_POST
def approve(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(request, number, own_units(request))
    try_plain(
        request,
        lambda: actions.approve_batch(acting_user=account_of(request), at=now(), batch=batch),
        _("批次已审批，可以导出送银行。"),
    )
    return redirect("policies:finance_batch", batch.pk)


@finance_required
def reject(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(request, number, own_units(request))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "batch": batch}
        if try_action(form, lambda: actions.reject_batch(**common, **form.cleaned_data)):
            messages.success(request, _("批次已退回，款项重新等待支付。"))
            return redirect("policies:finance_batch", batch.pk)
    return _act(request, batch, form, _("退回这个批次"), _("退回批次"))


@finance_required
def give_up(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(request, number, own_units(request))
    form = UnpaidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "batch": batch}
        if try_action(form, lambda: actions.mark_unpaid(**common, **form.cleaned_data)):
            messages.success(request, _("没有结果的款项已记为未支付。"))
            return redirect("policies:finance_batch", batch.pk)
    return _act(request, batch, form, _("银行确认没有支付"), _("记为未支付"))


def _act(request: HttpRequest, batch: PaymentBatch, form: object, title: str, submit: str) -> HttpResponse:
    context = {"batch": batch, "form": form, "title": title, "submit": submit}
    return render(request, "policies/finance/batch_act.html", context)


@finance_required
@require_POST
def export(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The bank's file. A post: it changes the state of the batch and is written down each time."""
    if kind not in EXPORTS:
        raise Http404
    batch = _batch(request, number, own_units(request))
    try:
        content = actions.export_batch(acting_user=account_of(request), at=now(), batch=batch, kind=kind)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("policies:finance_batch", batch.pk)
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="batch-{batch.number}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@finance_required
@require_POST
def import_answer(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(request, number, own_units(request))
    form = ReturnForm(request.POST, request.FILES)
    made: list[BankReturn] = []
    if form.is_valid() and try_action(form, lambda: made.append(_import(request, batch, form))):
        return redirect("policies:finance_return", made[0].pk)
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return redirect("policies:finance_batch", batch.pk)


def _import(request: HttpRequest, batch: PaymentBatch, form: ReturnForm) -> BankReturn:
    upload = form.cleaned_data["file"]
    check_upload(upload, TABLES)
    return actions.import_return(
        acting_user=account_of(request), at=now(), batch=batch, content=upload.read(), name=upload.name or ""
    )


@finance_required
@require_safe
def show_return(request: HttpRequest, number: int) -> HttpResponse:
    rows = BankReturn.objects.select_related("batch__unit", "imported_by")
    report = get_object_or_404(rows, pk=number, batch__unit__in=seen_units(request))
    context = {"report": report, "page": page_of(request, queries.rows_of(report, outcomes=PROBLEMS))}
    return render(request, "policies/finance/return.html", context)
