"""How long this floor keeps what it writes."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from taihu.records.base.models import Allowance, Delivery, OutboxEvent
from taihu.records.base.retention import YEAR, RetentionRule, register_retention
from taihu.records.identity.models import Disclosure, MemberInvitation, Notification

HALF_YEAR = timedelta(days=183)


register_retention(
    RetentionRule(
        "disclosures",
        "网络数据安全管理条例 第十二条：三年",
        3 * YEAR,
        lambda before: Disclosure.objects.filter(at__lt=before),
    )
)
register_retention(
    RetentionRule(
        "notifications",
        "读过一年后不再需要（个人信息保护法 第十九条）",
        YEAR,
        lambda before: Notification.objects.filter(read_at__lt=before),
    )
)
register_retention(
    RetentionRule(
        "invitations",
        "过期半年后不再需要（个人信息保护法 第十九条）",
        HALF_YEAR,
        lambda before: MemberInvitation.objects.filter(expires_at__lt=before),
    )
)
register_retention(
    RetentionRule(
        "events",
        "网络安全法 第二十一条：日志不少于六个月",
        HALF_YEAR,
        lambda before: OutboxEvent.objects.filter(created_at__lt=before).exclude(
            deliveries__state=Delivery.State.WAITING
        ),
    )
)
register_retention(
    RetentionRule("sessions", "到期即失效", timedelta(0), lambda before: Session.objects.filter(expire_date__lt=before))
)
register_retention(
    RetentionRule(
        "allowances",
        "计数窗口已过",
        timedelta(days=2),
        lambda before: Allowance.objects.filter(started_at__lt=before),
    )
)
