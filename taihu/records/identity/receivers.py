"""What identity does when something happened or is due."""

from datetime import datetime, time

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext_lazy

from taihu.records.base.events import handles
from taihu.records.base.schedules import schedule
from taihu.records.identity.actions import DataHolder, expire_verifications, register_holder
from taihu.records.identity.actions.notifications import render_notification
from taihu.records.identity.events import NotificationCreated, VerificationsDue
from taihu.records.identity.models import Notification

schedule("identity.verifications", VerificationsDue, time_of_day=time(0, 5))


@handles(VerificationsDue)
def look_at_verifications(event: VerificationsDue, at: datetime) -> None:
    expire_verifications(at=at)


@handles(NotificationCreated)
def mail_notification(event: NotificationCreated, at: datetime) -> None:
    """Mail what lies in the inbox; claimed first, so that a repeated delivery mails nothing twice."""
    waiting = Notification.objects.filter(pk=event.notification_id, mailed_at__isnull=True)
    notification = waiting.select_related("account").first()
    if notification is None:
        return
    account = notification.account
    if not account.email or not account.is_active or not account.wants_mail:
        return
    waiting.update(mailed_at=at)
    with translation.override(account.language or settings.LANGUAGE_CODE):
        subject, body = render_notification(notification)
    link = f"\n\n{settings.SITE_URL}{notification.path}" if notification.path else ""
    send_mail(subject, body + link, settings.DEFAULT_FROM_EMAIL, [account.email])


register_holder(
    DataHolder(
        "traces",
        gettext_lazy("操作记录和资料查看记录"),
        export=lambda person: [],
        erase=lambda person, at: None,
        kept=gettext_lazy(
            "操作日志和“谁看过资料”的记录至少保存三年（《网络数据安全管理条例》第十二条、《网络安全法》第二十一条），期满删除。"
        ),
    )
)
