import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions.members import token_hash
from taihu.records.identity.enums import ApiScope, OrganisationState
from taihu.records.identity.models import AccessKey, Account, ApiKey, Organisation
from taihu.records.identity.permissions import can_manage_organisation

MOST_KEYS = 10


def checked_scopes(label: str, scopes: Sequence[str], choices: Sequence[str]) -> list[str]:
    """What a key may do, in the order of the choices; it needs a purpose too."""
    if not label.strip():
        raise Refused("label", _("请写明密钥的用途。"), field="label")
    known = [scope for scope in choices if scope in scopes]
    if not known or len(known) != len(set(scopes)):
        raise Refused("scopes", _("请选择密钥可以做什么。"), field="scopes")
    return known


@transaction.atomic
def create_api_key(
    *, acting_user: Account, organisation: Organisation, label: str, scopes: Sequence[str], at: datetime
) -> tuple[ApiKey, str]:
    """A key for an employer's own program; the token is returned this once and kept as a hash."""
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以创建密钥。"))
    known = checked_scopes(label, scopes, ApiScope.values)
    if organisation.api_keys.filter(revoked_at__isnull=True).count() >= MOST_KEYS:
        raise Refused("too_many_keys", _("密钥太多。"), _("请先撤销不用的密钥。"))
    token = f"th_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        organisation=organisation,
        label=label.strip()[:60],
        prefix=token[:8],
        token_hash=token_hash(token),
        scopes=known,
        created_by=acting_user,
        created_at=at,
    )
    record(
        at=at,
        acting_user=acting_user,
        action="identity.create_api_key",
        subject=organisation,
        data={"key": key.pk, "prefix": key.prefix, "scopes": known},
    )
    return key, token


@transaction.atomic
def revoke_api_key(*, acting_user: Account, key: ApiKey, at: datetime) -> ApiKey:
    if not can_manage_organisation(acting_user, key.organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以撤销密钥。"))
    end_key(key, at=at)
    data = {"key": key.pk, "prefix": key.prefix}
    record(at=at, acting_user=acting_user, action="identity.revoke_api_key", subject=key.organisation, data=data)
    return key


def end_key(key: AccessKey, *, at: datetime) -> None:
    """End a key once; the second who tries is told."""
    if not type(key)._default_manager.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at):
        raise Refused("key_revoked", _("密钥已经撤销。"))
    key.refresh_from_db()


def authenticate_api_key(token: str, *, at: datetime) -> ApiKey | None:
    """The key behind a token, or None; notes its use once a minute at most."""
    if not token.startswith("th_"):
        return None
    key = (
        ApiKey.objects.select_related("organisation", "created_by")
        .filter(token_hash=token_hash(token), revoked_at__isnull=True, created_by__is_active=True)
        .exclude(organisation__state=OrganisationState.SUSPENDED)
        .first()
    )
    if key is not None:
        note_use(key, at=at)
    return key


def note_use(key: AccessKey, *, at: datetime) -> None:
    """When a key was last used, once a minute at most."""
    if key.last_used_at is None or at - key.last_used_at >= timedelta(minutes=1):
        unused = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at)
        type(key)._default_manager.filter(unused, pk=key.pk).update(last_used_at=at)
