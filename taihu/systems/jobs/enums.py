from django.db import models
from django.utils.translation import gettext_lazy as _


class EmploymentType(models.TextChoices):
    FULL_TIME = "full", _("全职")
    PART_TIME = "part", _("兼职")
    CAMPUS = "campus", _("校招")
    INTERN = "intern", _("实习")
    TEMPORARY = "temporary", _("临时")


class PayBasis(models.TextChoices):
    MONTHLY = "monthly", _("按月")
    YEARLY = "yearly", _("按年")
    DAILY = "daily", _("按天")
    HOURLY = "hourly", _("按小时")
    UNDISCLOSED = "undisclosed", _("面议")


class OpeningState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    REVIEW = "review", _("待人工审核")
    PUBLISHED = "published", _("招聘中")
    PAUSED = "paused", _("已暂停")
    EXPIRED = "expired", _("已到期")
    CLOSED = "closed", _("已结束")
    WITHDRAWN = "withdrawn", _("已下架")


class CloseReason(models.TextChoices):
    """Why an employer ends an opening."""

    FILLED = "filled", _("已经招满")
    CANCELLED = "cancelled", _("不再招聘")
    REPLACED = "replaced", _("改发另一个岗位")


class FindingLevel(models.TextChoices):
    BLOCK = "block", _("禁止发布")
    FLAG = "flag", _("需要审核")


class ApplicationState(models.TextChoices):
    SUBMITTED = "submitted", _("已投递")
    VIEWED = "viewed", _("已查看")
    SHORTLISTED = "shortlisted", _("初筛通过")
    INTERVIEW = "interview", _("面试")
    OFFERED = "offered", _("已发录用意向")
    ACCEPTED = "accepted", _("已接受录用")
    REFUSED = "refused", _("未录用")
    WITHDRAWN = "withdrawn", _("已撤回")
    DECLINED = "declined", _("本人谢绝")
    OBSOLETE = "obsolete", _("已入职他处")
    UNANSWERED = "unanswered", _("单位逾期未答复")


OPEN_APPLICATION = (
    ApplicationState.SUBMITTED,
    ApplicationState.VIEWED,
    ApplicationState.SHORTLISTED,
    ApplicationState.INTERVIEW,
    ApplicationState.OFFERED,
)


class Side(models.TextChoices):
    """Who moves an application."""

    PERSON = "person", _("求职者")
    EMPLOYER = "employer", _("单位")
    SYSTEM = "system", _("系统")


class ApplicationVerb(models.TextChoices):
    """The steps that an application can take; `actions.steps.STEPS` says from where to where."""

    VIEW = "view", _("查看")
    SHORTLIST = "shortlist", _("通过初筛")
    INTERVIEW = "interview", _("约面试")
    OFFER = "offer", _("发录用意向")
    REFUSE = "refuse", _("不录用")
    WITHDRAW_OFFER = "withdraw_offer", _("撤回录用意向")
    ACCEPT = "accept", _("接受录用")
    DECLINE = "decline", _("谢绝录用")
    WITHDRAW = "withdraw", _("撤回申请")
    EXPIRE_OFFER = "expire_offer", _("录用意向到期")
    SUPERSEDE = "supersede", _("已入职他处")
    ANSWER_FOR_EMPLOYER = "answer_for_employer", _("系统代为答复")


class RefusalReason(models.TextChoices):
    """Why an employer said no. Reasons tied to protected attributes do not exist here."""

    SKILLS = "skills", _("技能与岗位要求有差距")
    EXPERIENCE = "experience", _("经验与岗位要求有差距")
    EDUCATION = "education", _("学历或专业与岗位要求有差距")
    CERTIFICATE = "certificate", _("缺少必需的证书")
    PAY = "pay", _("待遇期望未能达成一致")
    TIME = "time", _("到岗时间不合适")
    PLACE = "place", _("工作地点不合适")
    FILLED = "filled", _("岗位已招满")
    CANCELLED = "cancelled", _("岗位已取消")
    OTHER_CANDIDATE = "other_candidate", _("选择了更匹配的人选")
    NO_SHOW = "no_show", _("未参加约定的面试")
    INCOMPLETE = "incomplete", _("材料不完整")


class Origin(models.TextChoices):
    SEARCH = "search", _("自己搜索")
    MATCH = "match", _("系统推荐")
    INVITATION = "invitation", _("单位邀请")
    CASEWORKER = "caseworker", _("专员代办")


class InvitationState(models.TextChoices):
    SENT = "sent", _("已发出")
    APPLIED = "applied", _("已投递")
    DECLINED = "declined", _("已谢绝")
    EXPIRED = "expired", _("已过期")


class InterviewMode(models.TextChoices):
    ONSITE = "onsite", _("现场")
    VIDEO = "video", _("视频")
    PHONE = "phone", _("电话")


class OfferState(models.TextChoices):
    OPEN = "open", _("待答复")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("已谢绝")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("已过期")


class ComplaintKind(models.TextChoices):
    FALSE = "false", _("虚假招聘")
    FEE = "fee", _("收取费用或押金")
    DISCRIMINATION = "discrimination", _("歧视性内容")
    FRAUD = "fraud", _("涉嫌诈骗")
    EXPIRED = "expired", _("岗位已经不招")
    PRIVACY = "privacy", _("泄露或滥用个人信息")
    OTHER = "other", _("其他")


class ComplaintState(models.TextChoices):
    OPEN = "open", _("待处理")
    UPHELD = "upheld", _("属实")
    REJECTED = "rejected", _("不属实")


class HideReason(models.TextChoices):
    OCCUPATION = "occupation", _("不想做这类工作")
    PAY = "pay", _("待遇不合适")
    PLACE = "place", _("地点不合适")
    EMPLOYER = "employer", _("不考虑这家单位")
    UNSUITED = "unsuited", _("我不符合要求")
    OTHER = "other", _("其他")


class AlertFrequency(models.TextChoices):
    NONE = "none", _("不提醒")
    DAILY = "daily", _("每天一次")
    WEEKLY = "weekly", _("每周一次")


class RunState(models.TextChoices):
    WAITING = "waiting", _("等待")
    RUNNING = "running", _("进行中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")


class BatchState(models.TextChoices):
    UPLOADED = "uploaded", _("待确认")
    WAITING = "waiting", _("等待")
    RUNNING = "running", _("导入中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")


class RowState(models.TextChoices):
    """How a row of an imported file ended."""

    ACCEPTED = "accepted", _("已接收")
    REPAIRED = "repaired", _("修正后接收")
    HELD = "held", _("待人工处理")
    REJECTED = "rejected", _("未接收")


class RowDecision(models.TextChoices):
    """What became of a row that was held."""

    ACCEPTED = "accepted", _("人工接收")
    REJECTED = "rejected", _("人工退回")
    SUPERSEDED = "superseded", _("改正后重新导入")
