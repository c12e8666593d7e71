"""What a person and an employer see of their money: payments, what is owed, the account to be paid into."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import city_date, now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.hats import chosen_employer
from taihu.records.identity.models import Organisation, Person
from taihu.records.identity.permissions import can_manage_organisation
from taihu.records.identity.queries import employers_of, person_of
from taihu.records.ledger.actions import set_payee_account
from taihu.records.ledger.queries.payees import commitments_of, open_account, recoveries_of, sums_of
from taihu.systems.policies.forms.finance import AccountForm


@login_required
@require_safe
def my_payments(request: HttpRequest) -> HttpResponse:
    person = person_of(request.user)
    return render(request, "policies/payments/mine.html", _context(request, person))


def _context(request: HttpRequest, payee: Person | Organisation | None) -> dict[str, Any]:
    today = city_date(now())
    if payee is None:
        return {"page": None, "sums": None, "account": None, "recoveries": [], "today": today}
    return {
        "payee": payee,
        "page": page_of(request, commitments_of(payee)),
        "sums": sums_of(payee),
        "account": open_account(payee),
        "recoveries": recoveries_of(payee),
        "today": today,
    }


@login_required
def my_account(request: HttpRequest) -> HttpResponse:
    person = person_of(request.user)
    if person is None:
        raise Http404
    return _edit_account(request, person, "policies:my_payments", "policies/payments/account.html")


def _edit_account(request: HttpRequest, payee: Person | Organisation, back: str, template: str) -> HttpResponse:
    current = open_account(payee)
    form = AccountForm(request.POST or None, initial={"holder": payee.name, "bank": current.bank if current else ""})
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"acting_user": account_of(request), "at": now(), "payee": payee}
        if try_action(form, lambda: set_payee_account(**common, **form.cleaned_data)):
            messages.success(request, _("收款账户已保存。"))
            return redirect(back)
    return render(request, template, {"form": form, "account": current, "payee": payee, "back": back})


def _employer(request: HttpRequest) -> Organisation:
    """The employer of the hat that is worn, else the account's first."""
    found = [organisation for organisation, _role in employers_of(account_of(request))]
    if not found:
        raise PermissionDenied
    wanted = chosen_employer(request.session)
    return next((organisation for organisation in found if organisation.pk == wanted), found[0])


@login_required
@require_safe
def employer_payments(request: HttpRequest) -> HttpResponse:
    organisation = _employer(request)
    context = _context(request, organisation)
    context["can_manage"] = can_manage_organisation(request.user, organisation)
    return render(request, "policies/payments/employer.html", context)


@login_required
def employer_account(request: HttpRequest) -> HttpResponse:
    organisation = _employer(request)
    if not can_manage_organisation(request.user, organisation):
        raise PermissionDenied
    return _edit_account(request, organisation, "policies:employer_payments", "policies/payments/account.html")
