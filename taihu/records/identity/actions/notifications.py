"""Messages to accounts: an inbox, and mail where there is an address. What they say is text of the page's language."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from taihu.records.base.errors import NotAllowed
from taihu.records.base.events import publish
from taihu.records.base.language import said
from taihu.records.identity.events import NotificationCreated
from taihu.records.identity.models import Account, Notification

Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """How one kind of message reads; `prepare` turns codes in its data into words before they are put in.

    A value that was kept in two languages (`{"zh": …, "en": …}`) is said in the reader's.
    """

    name: str
    subject: Text
    body: Text
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def render(self, data: dict[str, Any]) -> tuple[str, str]:
        words = {name: _said(value) for name, value in (self.prepare(data) if self.prepare else data).items()}
        return str(self.subject) % words, str(self.body) % words


def _said(value: Any) -> Any:
    return said(value["zh"], value["en"]) if isinstance(value, dict) and {"zh", "en"} == set(value) else value


_kinds: dict[str, Kind] = {}


def register_kind(
    name: str, subject: Text, body: Text, prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> None:
    """Name a kind of message (`jobs.application_viewed`) with lazily translated `%(…)s` text."""
    _kinds[name] = Kind(name, subject, body, prepare)


def render_notification(notification: Notification) -> tuple[str, str]:
    """Subject and body in the active language."""
    return _kinds[notification.kind].render(notification.data)


def notify(
    *, account: Account, kind: str, key: str, at: datetime, data: dict[str, Any] | None = None, path: str = ""
) -> Notification:
    """Put a message into an account's inbox, once per `key`; mail follows by the outbox."""
    if kind not in _kinds:
        raise ValueError(f"no text is registered for message kind {kind!r}: call register_kind first")
    _kinds[kind].render(data or {})
    with transaction.atomic():
        notification, is_new = Notification.objects.get_or_create(
            key=key, defaults={"account": account, "kind": kind, "data": data or {}, "path": path, "created_at": at}
        )
        if is_new:
            publish(NotificationCreated(notification_id=notification.pk), at=at)
    return notification


def mark_read(*, acting_user: Account, notifications: list[Notification], at: datetime) -> int:
    """Mark one's own messages as read; return how many were unread."""
    if any(notification.account_id != acting_user.pk for notification in notifications):
        raise NotAllowed("not_yours", _("只能处理自己的消息。"))
    wanted = [notification.pk for notification in notifications]
    return Notification.objects.filter(pk__in=wanted, read_at__isnull=True).update(read_at=at)
