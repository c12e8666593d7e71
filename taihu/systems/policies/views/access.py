"""Who may open a page. The actions check again: a page is only the polite door."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from taihu.records.base.clock import now
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


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


officer_required = role_required(Role.OFFICER, Role.DECIDER)
reader_required = role_required(Role.OFFICER, Role.DECIDER, Role.AUDITOR)
finance_required = role_required(Role.FINANCE, Role.DECIDER, Role.AUDITOR)
