"""How long case files stay."""

from taihu.records.base.retention import YEAR, RetentionRule, register_retention
from taihu.records.cases.enums import CaseState
from taihu.records.cases.models import Case, Objection

register_retention(
    RetentionRule(
        "case_drafts",
        "从未提交的草稿，一年后不再需要（个人信息保护法 第十九条）",
        YEAR,
        lambda before: Case.objects.filter(state=CaseState.DRAFT, created_at__lt=before, submitted_at__isnull=True),
    )
)
register_retention(
    RetentionRule(
        "objections",
        "异议办结三年后不再需要（网络数据安全管理条例 第十二条）",
        3 * YEAR,
        lambda before: Objection.objects.filter(handled_at__lt=before),
    )
)
