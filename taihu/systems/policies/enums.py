from django.db import models
from django.utils.translation import gettext_lazy as _

# What cases and commitments are marked with: applications, and lists of people paid without one.
ORIGIN, DIRECT_ORIGIN = "policies", "policies.direct"


class VersionState(models.TextChoices):
    """Where a version of a policy stands (政策版本)."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已停用")


class RunState(models.TextChoices):
    WAITING = "waiting", _("等待开始")
    RUNNING = "running", _("核算中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("失败")


class Move(models.TextChoices):
    """What a draft does to somebody."""

    GAINED = "gained", _("新增享受")
    LOST = "lost", _("不再享受")
    RAISED = "raised", _("金额提高")
    LOWERED = "lowered", _("金额降低")


class Group(models.TextChoices):
    """Where a person stands under a policy, as people ask about it."""

    ENTITLED = "entitled", _("可以享受")
    DECISION = "decision", _("等待决策")
    CHECK = "check", _("需要核实")
    NEAR = "near", _("差一项")
    SCARCE = "scarce", _("资料太少")
    NO = "no", _("不符合")
    ELSEWHERE = "elsewhere", _("适用其他版本")


class DirectState(models.TextChoices):
    """免申即享名单的进度"""

    WAITING = "waiting", _("等待核算")
    LISTED = "listed", _("名单待核对")
    CONFIRMED = "confirmed", _("名单已确认")
    NOTICED = "noticed", _("公示中")
    HANDED = "handed", _("已交付拨付")
    CANCELLED = "cancelled", _("已取消")


class EntryState(models.TextChoices):
    LISTED = "listed", _("列入名单")
    MANUAL = "manual", _("人工核实")
    EXCLUDED = "excluded", _("不列入")
    OPTED_OUT = "opted_out", _("本人不参加")
    OBJECTED = "objected", _("有异议")
    HANDED = "handed", _("已交付拨付")


class CorrectionState(models.TextChoices):
    REQUESTED = "requested", _("待核实")
    ACCEPTED = "accepted", _("已更正")
    REFUSED = "refused", _("未更正")
    WITHDRAWN = "withdrawn", _("已撤回")


class WindowShape(models.TextChoices):
    """When a call takes applications (申报窗口)."""

    FIXED = "fixed", _("固定期限")
    YEARLY = "yearly", _("每年固定时段")
    QUARTER_END = "quarter_end", _("每季度最后一个月")
    ALWAYS = "always", _("常年受理")


class CallState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    CLOSED = "closed", _("已截止")


class CallChangeKind(models.TextChoices):
    """How a published call was changed (更正公告)."""

    EXTENDED = "extended", _("延长申报")
    CLOSED = "closed", _("提前截止")
    CORRECTED = "corrected", _("更正")


class ApplicantKind(models.TextChoices):
    PERSON = "person", _("个人")
    EMPLOYER = "employer", _("单位为员工申报")
    ORGANISATION = "organisation", _("单位")
