"""What every page that acts has in common: who may open it, who is reading, and how a refusal is shown.

The actions check again: a page is only the polite door.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import has_role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
PER_PAGE = 25


def role_required(*roles: Role) -> Callable[[View[P]], Callable[..., Any]]:
    """Anonymous readers are sent to sign in, others without one of the roles get a 403 page."""

    def decorate(view: View[P]) -> Callable[..., Any]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not has_role(request.user, *roles, at=now()):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def account_of(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


def page_of(request: HttpRequest, rows: Any) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def try_action(form: forms.Form, act: Callable[[], object]) -> bool:
    """Run an action; a refusal becomes an error of the form, and nothing that was typed is lost."""
    try:
        act()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True
