"""Whose application is it? Others are told that there is none. The actions check again."""

from datetime import datetime

from django.http import Http404, HttpRequest

from taihu.records.cases.permissions import is_applicant, is_employer
from taihu.records.identity.doors import account_of
from taihu.records.identity.hats import chosen_employer
from taihu.records.identity.models import Organisation
from taihu.records.identity.permissions import can_act_as
from taihu.records.identity.queries import employers_of
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.applications import application_with


def own_application(request: HttpRequest, number: int, *, at: datetime) -> Application:
    """One's own, or one of somebody who let one act for them, or of the organisation one recruits for."""
    found = application_with(number)
    if found is None or found.case is None:
        raise Http404
    is_mine = found.person is not None and can_act_as(request.user, found.person, at=at)
    if not is_mine and not is_applicant(request.user, found.case, at=at):
        raise Http404
    return found


def employer_application(request: HttpRequest, number: int) -> Application:
    """One of one's employer: its own, or a member of staff's that was handed in."""
    found = application_with(number)
    if found is None or found.case is None or not is_employer(request.user, found.case):
        raise Http404
    if found.case.submitted_at is None and found.applied_by_id != account_of(request).pk:
        raise Http404
    return found


def employer_at_hand(request: HttpRequest) -> Organisation:
    """The employer whose hat is worn, else the account's first one."""
    employers = [organisation for organisation, role in employers_of(account_of(request)) if role != "viewer"]
    if not employers:
        raise Http404
    wanted = chosen_employer(request.session)
    return next((row for row in employers if row.pk == wanted), employers[0])
