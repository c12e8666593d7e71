"""How long case files stay."""

from taihu.records.base.retention import YEAR, RetentionRule, register_retention
from taihu.records.cases.models import Objection

register_retention(
    RetentionRule(
        "objections",
        "异议办结三年后不再需要（网络数据安全管理条例 第十二条）",
        3 * YEAR,
        lambda before: Objection.objects.filter(handled_at__lt=before),
    )
)
