"""Keys with which a person's own tool reads what the person may read."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions.api_keys import checked_scopes, end_key, note_use
from taihu.records.identity.actions.members import token_hash
from taihu.records.identity.enums import PersonalScope
from taihu.records.identity.models import Account, Person, PersonalKey
from taihu.records.identity.permissions import is_self

MOST_PERSONAL_KEYS = 5
KEY_LASTS = timedelta(days=365)
PREFIX = "tp_"


@transaction.atomic
def create_personal_key(
    *, acting_user: Account, person: Person, label: str, scopes: Sequence[str], at: datetime
) -> tuple[PersonalKey, str]:
    """A key of the person alone, for a year; the token is returned this once and kept as a hash."""
    if not is_self(acting_user, person):
        raise NotAllowed("not_yours", _("密钥只能由本人创建。"))
    known = checked_scopes(label, scopes, PersonalScope.values)
    if person.keys.filter(revoked_at__isnull=True, expires_at__gt=at).count() >= MOST_PERSONAL_KEYS:
        raise Refused("too_many_keys", _("密钥太多。"), _("请先撤销不用的密钥。"))
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    key = PersonalKey.objects.create(
        person=person,
        label=label.strip()[:60],
        prefix=token[:8],
        token_hash=token_hash(token),
        scopes=known,
        created_at=at,
        expires_at=at + KEY_LASTS,
    )
    data = {"key": key.pk, "prefix": key.prefix, "scopes": known}
    record(at=at, acting_user=acting_user, action="identity.create_personal_key", subject=person, data=data)
    return key, token


@transaction.atomic
def revoke_personal_key(*, acting_user: Account, key: PersonalKey, at: datetime) -> PersonalKey:
    if not is_self(acting_user, key.person):
        raise NotAllowed("not_yours", _("密钥只能由本人撤销。"))
    end_key(key, at=at)
    data = {"key": key.pk, "prefix": key.prefix}
    record(at=at, acting_user=acting_user, action="identity.revoke_personal_key", subject=key.person, data=data)
    return key


def authenticate_personal_key(token: str, scope: str, *, at: datetime) -> PersonalKey | None:
    """The key behind a token, or None where it ended, may not do this, or its person's account is closed."""
    if not token.startswith(PREFIX):
        return None
    rows = PersonalKey.objects.select_related("person__account").filter(token_hash=token_hash(token))
    key = rows.filter(revoked_at__isnull=True, expires_at__gt=at, person__account__is_active=True).first()
    if key is None or scope not in key.scopes:
        return None
    note_use(key, at=at)
    return key
