"""For which employer the reader works, and what they may do there. The actions check again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from taihu.records.identity.enums import MemberRole
from taihu.records.identity.hats import chosen_employer
from taihu.records.identity.models import Account, Organisation
from taihu.records.identity.permissions import can_view_organisation
from taihu.records.identity.queries import employers_of
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.permissions import can_edit_opening

P = ParamSpec("P")
RECRUITERS = frozenset({MemberRole.OWNER, MemberRole.RECRUITER})


@dataclass(frozen=True)
class Desk:
    """One member at the desk of one employer. A head office's members also work for its branches."""

    account: Account
    organisation: Organisation
    role: MemberRole
    branches: tuple[Organisation, ...]

    @property
    def organisations(self) -> list[Organisation]:
        return [self.organisation, *self.branches]

    @property
    def is_owner(self) -> bool:
        return self.role == MemberRole.OWNER

    @property
    def can_recruit(self) -> bool:
        return self.role in RECRUITERS

    def has(self, organisation_id: int) -> bool:
        return any(organisation.pk == organisation_id for organisation in self.organisations)


View = Callable[Concatenate[HttpRequest, Desk, P], HttpResponse]


def find_desk(request: HttpRequest) -> Desk | None:
    """The desk of the hat that is worn, else of the account's first employer. Two statements."""
    if not isinstance(request.user, Account):
        return None
    employers = employers_of(request.user)
    if not employers:
        return None
    wanted = chosen_employer(request.session)
    organisation, role = next(((row, role) for row, role in employers if row.pk == wanted), employers[0])
    branches = tuple(row for row, _role in employers if row.parent_id == organisation.pk)
    return Desk(request.user, organisation, role, branches)


def employer_required(view: View[P]) -> Callable[..., Any]:
    """Anonymous readers sign in first; who belongs to no employer is led to register one, and may write nothing."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        desk = find_desk(request)
        if desk is None:
            if request.method not in ("GET", "HEAD"):
                raise PermissionDenied
            return redirect("jobs:employer_start")
        return view(request, desk, *args, **kwargs)

    return guarded


def _require(allows: Callable[[Desk], bool], view: View[P]) -> Callable[..., Any]:
    def checked(request: HttpRequest, desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not allows(desk):
            raise PermissionDenied
        return view(request, desk, *args, **kwargs)

    return wraps(view)(employer_required(checked))


def recruiter_required(view: View[P]) -> Callable[..., Any]:
    return _require(lambda desk: desk.can_recruit, view)


def owner_required(view: View[P]) -> Callable[..., Any]:
    return _require(lambda desk: desk.is_owner, view)


def own_opening(desk: Desk, number: int) -> Opening:
    """An opening of an employer that the account is a member of; whoever else asks is told that there is none.

    Not only of the desk's: a link in a message leads to the right opening whichever hat is worn.
    """
    opening = Opening.objects.select_related("organisation").filter(pk=number, source="").first()
    if opening is None or not (
        desk.has(opening.organisation_id) or can_view_organisation(desk.account, opening.organisation)
    ):
        raise Http404
    return opening


def editable_opening(desk: Desk, number: int) -> Opening:
    """The same for those who may change it; other members get a 403."""
    opening = own_opening(desk, number)
    if not can_edit_opening(desk.account, opening):
        raise PermissionDenied
    return opening
