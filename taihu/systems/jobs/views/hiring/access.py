"""Which applications, openings and people the account may open while hiring. The actions check again."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from taihu.records.identity.models import Account
from taihu.systems.jobs.models import Application, Opening
from taihu.systems.jobs.queries.hiring import Scope, employer_applications, scope_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Scope, P], HttpResponse]


def hiring_required(view: View[P]) -> Callable[..., Any]:
    """Anonymous readers sign in first; who recruits for no employer gets a 403 page."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        assert isinstance(request.user, Account)
        scope = scope_of(request.user)
        if not scope.recruits_for:
            raise PermissionDenied
        return view(request, scope, *args, **kwargs)

    return guarded


def own_opening(scope: Scope, number: int) -> Opening:
    """An opening of another employer is as good as none."""
    rows = Opening.objects.filter(organisation__in=scope.recruits_for).select_related("organisation")
    return get_object_or_404(rows, pk=number)


def own_application(scope: Scope, number: int) -> Application:
    return get_object_or_404(employer_applications(scope.recruits_for), pk=number)
