import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Account, MemberInvitation, Membership, Organisation
from taihu.records.identity.permissions import can_manage_organisation
from taihu.records.identity.validators import check_phone

INVITATION_DAYS = 14


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite_member(
    *,
    acting_user: Account,
    organisation: Organisation,
    role: str,
    at: datetime,
    accept_path: str,
    email: str = "",
    phone: str = "",
) -> tuple[MemberInvitation, str]:
    """Ask somebody to join; return the invitation and its one-time link, of which only a hash stays.

    To an address the link is mailed. A phone number only says whom the link is meant for: whoever invites passes it on.
    `accept_path` is the page's path with `{token}` in it.
    """
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以邀请成员。"))
    if role not in MemberRole.values:
        raise Refused("role", _("请从列表中选择角色。"), field="role")
    email, phone = Account.objects.normalize_email(email.strip()), check_phone(phone) if phone.strip() else ""
    if not email and not phone:
        raise Refused("no_address", _("请填写邮箱或手机号。"), field="email")
    asked = Q(email__iexact=email) if email else Q(phone=phone)
    known = Q(account__email__iexact=email) if email else Q(account__phone=phone)
    if organisation.memberships.filter(known, ended_at__isnull=True).exists():
        raise Refused("already_member", _("此人已经是成员。"), field="email" if email else "phone")
    token = secrets.token_urlsafe(32)
    organisation.member_invitations.filter(asked, used_at__isnull=True).delete()
    invitation = MemberInvitation.objects.create(
        organisation=organisation,
        email=email,
        phone=phone,
        role=MemberRole(role),
        token_hash=token_hash(token),
        created_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    record(
        at=at,
        acting_user=acting_user,
        action="identity.invite_member",
        subject=organisation,
        data={"invitation": invitation.pk, "role": role},
    )
    link = settings.SITE_URL + accept_path.format(token=token)
    if email:
        subject = _("邀请您加入“%(organisation)s”") % {"organisation": organisation.name}
        words = {"days": INVITATION_DAYS, "link": link}
        body = _("请在 %(days)s 天内打开下面的链接并登录，即可加入：\n%(link)s") % words
        transaction.on_commit(lambda: send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [email]))
    return invitation, link


@transaction.atomic
def withdraw_invitation(*, acting_user: Account, invitation: MemberInvitation, at: datetime) -> None:
    """The link works no more."""
    organisation = invitation.organisation
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以管理成员。"))
    number = invitation.pk
    if not MemberInvitation.objects.filter(pk=number, used_at__isnull=True).delete()[0]:
        raise Refused("invitation_used", _("邀请链接已经用过。"), _("可以在成员列表里移除此人。"))
    record(
        at=at,
        acting_user=acting_user,
        action="identity.withdraw_invitation",
        subject=organisation,
        data={"invitation": number},
    )


@transaction.atomic
def accept_invitation(*, acting_user: Account, token: str, at: datetime) -> Membership:
    """Join with the link that was mailed; it works once, in time, for whoever holds the mailbox."""
    invitation = MemberInvitation.objects.filter(token_hash=token_hash(token)).first()
    if invitation is None or invitation.expires_at <= at:
        raise Refused("invitation_invalid", _("邀请链接无效或已过期。"), _("请让单位负责人重新邀请。"))
    if not MemberInvitation.objects.filter(pk=invitation.pk, used_at__isnull=True).update(used_at=at):
        raise Refused("invitation_used", _("邀请链接已经用过。"), _("请让单位负责人重新邀请。"))
    existing = Membership.objects.filter(
        organisation=invitation.organisation, account=acting_user, ended_at__isnull=True
    ).first()
    if existing is not None:
        raise Refused("already_member", _("您已经是成员。"))
    membership = Membership.objects.create(
        organisation=invitation.organisation, account=acting_user, role=invitation.role, created_at=at
    )
    record(
        at=at,
        acting_user=acting_user,
        action="identity.accept_invitation",
        subject=invitation.organisation,
        data={"invitation": invitation.pk, "role": invitation.role},
    )
    return membership


@transaction.atomic
def change_member_role(*, acting_user: Account, membership: Membership, role: str, at: datetime) -> Membership:
    if role not in MemberRole.values:
        raise Refused("role", _("请从列表中选择角色。"), field="role")
    _check_manager(acting_user, membership, leaves_owner=role == MemberRole.OWNER)
    membership.role = MemberRole(role)
    membership.save(update_fields=["role"])
    record(
        at=at,
        acting_user=acting_user,
        action="identity.change_member_role",
        subject=membership.organisation,
        data={"account": membership.account_id, "role": role},
    )
    return membership


@transaction.atomic
def end_membership(*, acting_user: Account, membership: Membership, at: datetime) -> Membership:
    """Remove a member, or leave; the last owner stays until another is named."""
    _check_manager(acting_user, membership, leaves_owner=False, may_be_self=True)
    if not Membership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(ended_at=at):
        raise Refused("not_member", _("此人已经不是成员。"))
    membership.refresh_from_db()
    record(
        at=at,
        acting_user=acting_user,
        action="identity.end_membership",
        subject=membership.organisation,
        data={"account": membership.account_id},
    )
    return membership


def _check_manager(
    acting_user: Account, membership: Membership, *, leaves_owner: bool, may_be_self: bool = False
) -> None:
    is_own = may_be_self and membership.account_id == acting_user.pk
    if not is_own and not can_manage_organisation(acting_user, membership.organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以管理成员。"))
    owners = Membership.objects.filter(
        organisation=membership.organisation, role=MemberRole.OWNER, ended_at__isnull=True
    )
    if not leaves_owner and membership.role == MemberRole.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise Refused("last_owner", _("单位至少要有一位负责人。"), _("请先指定另一位负责人。"))
