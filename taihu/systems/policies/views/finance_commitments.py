"""Finance: one commitment, and what becomes of it: stopped, resumed, cancelled, raised to a higher standard."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, role_required
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import is_officer
from taihu.records.ledger import actions
from taihu.records.ledger.enums import AccountKind, InstalmentState
from taihu.records.ledger.journal import yuan
from taihu.records.ledger.models import Commitment, Instalment, Share
from taihu.records.ledger.queries.instalments import (
    cancellable_parts,
    held_parts,
    instalments_in,
    recoveries,
    stoppable_parts,
)
from taihu.records.ledger.queries.lines import lines_of
from taihu.records.ledger.rehearsal import Act, Rehearsal
from taihu.systems.policies.forms.finance_acts import CancelForm, PartsForm, RaiseForm
from taihu.systems.policies.views.finance_access import fresh_key, own_units, seen_units
from taihu.systems.policies.views.finance_acts import Deed, carry_out, numbers_of
from taihu.systems.policies.views.finance_links import can_see_lines, links_of

readers = role_required(Role.FINANCE, Role.DECIDER, Role.AUDITOR, Role.OFFICER)
writers = role_required(Role.FINANCE, Role.DECIDER, Role.OFFICER)


def _commitment(request: HttpRequest, number: int, units: Callable[[HttpRequest], set[int]]) -> Commitment:
    """Officers work on all of them: they decide what is held and demanded; others see those of their units."""
    rows = Commitment.objects.select_related(
        "person", "organisation", "beneficiary", "supersedes", "superseded_by", "made_by"
    )
    if not is_officer(request.user, at=now()):
        rows = rows.filter(pk__in=Share.objects.filter(line__unit__in=units(request)).values("instalment__commitment"))
    return get_object_or_404(rows, pk=number)


@readers
@require_safe
def show_commitment(request: HttpRequest, number: int) -> HttpResponse:
    commitment = _commitment(request, number, seen_units)
    can_decide = is_officer(request.user, at=now())
    can_act = (
        can_decide
        or Commitment.objects.filter(pk=commitment.pk, instalments__shares__line__unit__in=own_units(request)).exists()
    )
    context = {
        "commitment": commitment,
        "instalments": instalments_in(commitment),
        "recoveries": recoveries().filter(commitment=commitment),
        "lines": lines_of(commitment),
        "links": links_of(request, commitment),
        "sums": _sums(commitment),
        "can_see_lines": can_see_lines(request),
        "can_act": can_act,
        "can_stop": can_act and stoppable_parts(commitment).exists(),
        "can_resume": can_decide and held_parts(commitment).exists(),
        "can_cancel": can_act and cancellable_parts(commitment).exists(),
        "can_raise": can_act and not hasattr(commitment, "superseded_by"),
    }
    return render(request, "policies/finance/commitment.html", context)


def _sums(commitment: Commitment) -> dict[str, int]:
    """Fen of the commitment by where they are now: together they are its total."""
    paid = open_ = cancelled = recalled = 0
    for share in Share.objects.filter(instalment__commitment=commitment):
        if share.state in (InstalmentState.PAID, InstalmentState.RECOVERED):
            paid, recalled = paid + share.amount, recalled + share.recalled
        elif share.state == InstalmentState.CANCELLED:
            cancelled += share.amount
        else:
            open_ += share.amount
    return {"paid": paid, "open": open_, "cancelled": cancelled, "recalled": recalled}


def _parts_deed(
    request: HttpRequest,
    commitment: Commitment,
    do: Callable[[Mapping[str, Any], dict[str, Any]], object],
    **words: Any,
) -> Deed:
    return Deed(
        back=reverse("policies:finance_commitment", args=[commitment.pk]),
        facts=_facts(commitment),
        act=lambda data: _act(request, _watched(commitment), lambda common: do(data, common)),
        **words,
    )


def _facts(commitment: Commitment) -> tuple[str, ...]:
    payee = commitment.person or commitment.organisation
    return (str(payee), commitment.purpose, _("合计 %(sum)s 元") % {"sum": yuan(commitment.total)})


def _watched(commitment: Commitment) -> QuerySet[Instalment]:
    return Instalment.objects.filter(Q(commitment=commitment) | Q(commitment__supersedes=commitment))


def _act(request: HttpRequest, watched: QuerySet[Instalment], do: Callable[[dict[str, Any]], object]) -> Act:
    common: dict[str, Any] = {"acting_user": account_of(request), "at": now()}
    return Act(do=partial(do, common), instalments=watched, **common)


def _chosen(commitment: Commitment, data: Mapping[str, Any]) -> list[Instalment]:
    rows = Instalment.objects.filter(commitment=commitment, number__in=data["numbers"])
    return list(rows.select_related("commitment").order_by("number"))


@writers
def stop(request: HttpRequest, number: int) -> HttpResponse:
    commitment = _commitment(request, number, own_units)
    form = PartsForm(request.POST or None, parts=stoppable_parts(commitment))

    def hold(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        return actions.hold_instalments(**common, instalments=_chosen(commitment, data), reason=data["reason"])

    deed = _parts_deed(
        request, commitment, hold,
        title=_("暂停支付"), submit=_("暂停支付"), done=_("已暂停支付，收款人会收到通知。"), say=_say_stopped,
        help=_("暂停的分期不会列入支付批次，由经办人员决定恢复、延后或取消。收款人会看到理由。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _parts_words(found: Rehearsal) -> dict[str, str]:
    return {"numbers": numbers_of(found.instalments), "sum": yuan(sum(row.payable for row in found.instalments))}


def _say_stopped(found: Rehearsal, _data: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _("第 %(numbers)s 期暂停支付，合计 %(sum)s 元。") % _parts_words(found),
        _("这笔钱仍留在资金承诺里，不会付给别人。"),
    )


@role_required(Role.OFFICER, Role.DECIDER)
def resume(request: HttpRequest, number: int) -> HttpResponse:
    commitment = _commitment(request, number, own_units)
    form = PartsForm(request.POST or None, parts=held_parts(commitment))

    def go_on(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        return actions.resume_instalments(**common, instalments=_chosen(commitment, data), reason=data["reason"])

    deed = _parts_deed(
        request, commitment, go_on,
        title=_("恢复支付"), submit=_("恢复支付"), done=_("已恢复，到期时重新复核。"), say=_say_resumed,
        help=_("恢复的分期到期时重新复核，通过后才支付。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _say_resumed(found: Rehearsal, _data: Mapping[str, Any]) -> tuple[str, ...]:
    return (_("第 %(numbers)s 期恢复，合计 %(sum)s 元，到期时重新复核，通过后才支付。") % _parts_words(found),)


@writers
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    commitment = _commitment(request, number, own_units)
    form = CancelForm(request.POST or None, parts=cancellable_parts(commitment))

    def give_up(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        return actions.cancel_instalments(**common, commitment=commitment, **data)

    deed = _parts_deed(
        request, commitment, give_up,
        title=_("取消未支付的分期"), submit=_("取消分期"), done=_("已取消，资金退回预算项目。"), say=_say_cancelled,
        help=_("取消以后不能恢复；需要时重新登记资金承诺。已支付的不受影响，要退回请办理追回。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _say_cancelled(found: Rehearsal, _data: Mapping[str, Any]) -> tuple[str, ...]:
    freed = -found.sum_of(AccountKind.COMMITTED) - found.sum_of(AccountKind.CLEARED)
    words = {"numbers": numbers_of(found.instalments), "sum": yuan(freed)}
    told = [_("第 %(numbers)s 期不再支付，%(sum)s 元退回预算项目。") % words]
    if repaid := found.sum_of(AccountKind.OVERRIDE):
        told.append(_("其中 %(sum)s 元先冲回超额承诺。") % {"sum": yuan(repaid)})
    return tuple(told)


@writers
def raise_standard(request: HttpRequest, number: int) -> HttpResponse:
    commitment = _commitment(request, number, own_units)
    form = RaiseForm(request.POST or None, initial={"purpose": commitment.purpose, "key": fresh_key("raise")})

    def raise_(data: Mapping[str, Any], common: dict[str, Any]) -> object:
        standard = actions.HigherStandard(data["gross"], data["document"], data["purpose"])
        return actions.raise_commitment(
            **common, commitment=commitment, standard=standard, key=data["key"], reason=data["reason"]
        )

    deed = _parts_deed(
        request, commitment, raise_,
        title=_("改按更高标准（补差）"), submit=_("登记补差"), done=_("补差已登记，原承诺未支付的分期已取消。"),
        say=partial(_say_raised, commitment),
        help=_("按原来的付款方、期次和复核条件，金额按比例提高；已享受的全部扣除，已过期的差额今天到期。"),
    )  # fmt: skip
    return carry_out(request, form, deed)


def _say_raised(commitment: Commitment, found: Rehearsal, data: Mapping[str, Any]) -> tuple[str, ...]:
    new = sum(row.payable for row in found.instalments if row.state_before is None)
    dropped = sum(row.payable_before for row in found.instalments if row.state_before is not None)
    words = {"old": yuan(commitment.gross), "new": yuan(data["gross"]), "enjoyed": yuan(data["gross"] - new)}
    sums = {"new": yuan(new), "dropped": yuan(dropped), "more": yuan(new - dropped)}
    return (
        _("标准由 %(old)s 元提高到 %(new)s 元，扣除已享受的 %(enjoyed)s 元。") % words,
        _("原承诺未支付的 %(dropped)s 元取消，新承诺 %(new)s 元：预算多承担 %(more)s 元。") % sums,
    )
