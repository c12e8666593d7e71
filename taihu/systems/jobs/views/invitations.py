"""Employers that would like a person to apply: accept by applying, or decline. Until then nobody knows the name."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, page_of
from taihu.systems.jobs.actions.invitations import decline_invitation
from taihu.systems.jobs.enums import InvitationState
from taihu.systems.jobs.models import Invitation
from taihu.systems.jobs.queries.seekers import invitations_of
from taihu.systems.jobs.views.rows import row_of
from taihu.systems.jobs.views.seeker import person_for


@login_required
def list_invitations(request: HttpRequest) -> HttpResponse:
    at = now()
    page = page_of(request, invitations_of(person_for(request)))
    rows = [{"invitation": row, "row": row_of(row.opening, at=at), "is_open": _is_open(row, at)} for row in page]
    return render(request, "jobs/seeker/invitations.html", {"page": page, "rows": rows, "at": at})


def _is_open(invitation: Invitation, at: datetime) -> bool:
    return invitation.state == InvitationState.SENT and invitation.expires_at > at and invitation.opening.is_listed


@login_required
@require_POST
def decline(request: HttpRequest, number: int) -> HttpResponse:
    invitation = get_object_or_404(invitations_of(person_for(request)), pk=number)
    decline_invitation(acting_user=account_of(request), invitation=invitation, at=now())
    messages.success(request, _("已谢绝。单位只知道有一位候选人谢绝了，不知道是谁。"))
    return redirect("jobs:invitations")
