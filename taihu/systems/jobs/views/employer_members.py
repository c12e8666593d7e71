"""Who works for an employer here: members by role, and programs by key."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity import actions
from taihu.records.identity.doors import try_action
from taihu.records.identity.models import ApiKey, MemberInvitation, Membership
from taihu.records.identity.queries import api_keys_of, members_of, open_invitations
from taihu.systems.jobs.forms.organisations import InvitationForm, KeyForm, RoleForm
from taihu.systems.jobs.views.employer_access import Desk, employer_required, owner_required

ACCEPT_PATH = "/join/{token}/"


@employer_required
@never_cache
@limited("invite_member", amount=50, seconds=86400)
def manage_members(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Everybody sees the members; an owner invites. The link is shown this once."""
    if request.method == "POST" and not desk.is_owner:
        raise PermissionDenied
    form, link, invited = InvitationForm(request.POST or None), "", ""
    if request.method == "POST" and form.is_valid():
        contact = form.cleaned_data["contact"].strip()
        address = {"email": contact} if "@" in contact else {"phone": contact}
        made: list[tuple[MemberInvitation, str]] = []
        if try_action(
            form,
            lambda: made.append(
                actions.invite_member(
                    acting_user=desk.account,
                    organisation=desk.organisation,
                    role=form.cleaned_data["role"],
                    at=now(),
                    accept_path=ACCEPT_PATH,
                    **address,
                )
            ),
        ):
            invited, link = contact, made[0][1]
            form = InvitationForm()
    context = {
        "desk": desk,
        "members": [(row, RoleForm(initial={"role": row.role}, auto_id=f"role_{row.pk}_%s")) for row in _members(desk)],
        "invitations": open_invitations(desk.organisation, at=now()) if desk.is_owner else [],
        "form": form,
        "link": link,
        "invited": invited,
        "was_mailed": "@" in invited,
    }
    return render(request, "jobs/employer/organisation/members.html", context)


def _members(desk: Desk) -> list[Membership]:
    return list(members_of(desk.organisation))


@employer_required
@require_POST
def change_role(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    membership = get_object_or_404(members_of(desk.organisation), pk=number)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请从列表中选择角色。"))
    else:
        actions.change_member_role(
            acting_user=desk.account, membership=membership, role=form.cleaned_data["role"], at=now()
        )
        messages.success(request, _("角色已改。"))
    return redirect("jobs:employer_members")


@employer_required
def remove_member(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """GET asks, POST removes; everybody may leave."""
    membership = get_object_or_404(members_of(desk.organisation), pk=number)
    is_self = membership.account_id == desk.account.pk
    if request.method == "POST":
        actions.end_membership(acting_user=desk.account, membership=membership, at=now())
        messages.success(request, _("您已退出。") if is_self else _("成员已移除。"))
        return redirect("jobs:employer_home" if is_self else "jobs:employer_members")
    context = {"desk": desk, "membership": membership, "is_self": is_self}
    return render(request, "jobs/employer/organisation/remove_member.html", context)


@owner_required
@require_POST
def withdraw_invitation(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    invitation = get_object_or_404(desk.organisation.member_invitations, pk=number)
    actions.withdraw_invitation(acting_user=desk.account, invitation=invitation, at=now())
    messages.success(request, _("邀请已撤回，链接失效。"))
    return redirect("jobs:employer_members")


@owner_required
@never_cache
@limited("create_key", amount=20, seconds=86400)
def manage_keys(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The token is shown in the answer to the form that made it and nowhere else."""
    form, token = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        made: list[tuple[ApiKey, str]] = []
        if try_action(
            form,
            lambda: made.append(
                actions.create_api_key(
                    acting_user=desk.account, organisation=desk.organisation, at=now(), **form.cleaned_data
                )
            ),
        ):
            token, form = made[0][1], KeyForm()
    context = {"desk": desk, "keys": list(api_keys_of(desk.organisation)), "form": form, "token": token}
    return render(request, "jobs/employer/organisation/keys.html", context)


@owner_required
def revoke_key(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    key = get_object_or_404(desk.organisation.api_keys, pk=number)
    if request.method == "POST":
        actions.revoke_api_key(acting_user=desk.account, key=key, at=now())
        messages.success(request, _("密钥已撤销，用它的程序不能再访问。"))
        return redirect("jobs:employer_keys")
    return render(request, "jobs/employer/organisation/revoke_key.html", {"desk": desk, "key": key})
