"""What the finance pages have in common: whose money the reader may see, pages of lists, refusals as errors of a form."""

import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.records.ledger.permissions import units_in_area, units_of

PER_PAGE = 25


def account_of(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


def seen_units(request: HttpRequest) -> set[int]:
    """The units whose money the reader may look at: finance its own, deciders and auditors those of their area."""
    at = now()
    return units_of(request.user, Role.FINANCE, at=at) | units_in_area(request.user, Role.DECIDER, Role.AUDITOR, at=at)


def own_units(request: HttpRequest) -> set[int]:
    """The units for which the reader acts as a finance officer."""
    return units_of(request.user, Role.FINANCE, at=now())


def page_of(request: HttpRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def try_form(form: forms.Form, act: Callable[[], object]) -> bool:
    """Run an action; a refusal becomes an error of the form."""
    try:
        act()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def try_plain(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Run an action of a button; a refusal or the good news is shown above the next page."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, done)
    return True


def fresh_key(prefix: str) -> str:
    """A key for a form, so that sending it twice does the thing once."""
    return f"{prefix}:{secrets.token_hex(8)}"
