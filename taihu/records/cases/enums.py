"""Codes of official procedures with the words people read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from taihu.records.cases.procedures.tree import Body as _Body
from taihu.records.cases.procedures.tree import Outcome as _Outcome


class CaseState(models.TextChoices):
    DRAFT = "draft", _("填报中")
    OPEN = "open", _("办理中")
    CLOSED = "closed", _("已办结")


class CaseOutcome(models.TextChoices):
    GRANTED = _Outcome.GRANTED.value, _("通过")
    REFUSED = _Outcome.REFUSED.value, _("未通过")
    WITHDRAWN = _Outcome.WITHDRAWN.value, _("已撤回")
    ENDED = _Outcome.ENDED.value, _("终止")


class RunState(models.TextChoices):
    """One stay of a case at one stage."""

    OPEN = "open", _("办理中")
    PASSED = "passed", _("通过")
    FAILED = "failed", _("未通过")
    RETURNED = "returned", _("退回补正")
    ABANDONED = "abandoned", _("终止")


class Answer(models.TextChoices):
    YES = "yes", _("属实")
    NO = "no", _("不属实")
    UNKNOWN = "unknown", _("无法核实")


class SheetState(models.TextChoices):
    ASSIGNED = "assigned", _("待评审")
    RECUSED = "recused", _("已回避")
    ABSENT = "absent", _("未到会")
    SUBMITTED = "submitted", _("已提交")


class ConflictKind(models.TextChoices):
    """Why a reviewer or a member of a body keeps out (回避)."""

    SELF = "self", _("本人")
    RELATIVE = "relative", _("近亲属")
    COWORKER = "coworker", _("同一单位")
    INTEREST = "interest", _("有利益关系")
    EARLIER_REVIEW = "earlier_review", _("已参加前一轮评审")
    OTHER = "other", _("其他应当回避的情形")


class DecisionBody(models.TextChoices):
    OFFICE_MEETING = _Body.OFFICE_MEETING.value, _("主任会议")
    LEADING_GROUP = _Body.LEADING_GROUP.value, _("人才工作领导小组")
    STANDING_COMMITTEE = _Body.STANDING_COMMITTEE.value, _("市委常委会")
    BUREAU_MEETING = _Body.BUREAU_MEETING.value, _("局长办公会")
    DISTRICT_OFFICE = _Body.DISTRICT_OFFICE.value, _("区（县）人才办")


class DecisionKind(models.TextChoices):
    ORDINARY = "ordinary", _("按规定办理")
    SPECIAL = "special", _("一事一议")
    EXCEPTION = "exception", _("破格")


class Resolution(models.TextChoices):
    GRANT = "grant", _("同意")
    REFUSE = "refuse", _("不同意")
    DEFER = "defer", _("缓议")


class NoticeState(models.TextChoices):
    PUBLISHED = "published", _("公示中")
    ENDED = "ended", _("公示期满")
    WITHDRAWN = "withdrawn", _("已撤下")


class ObjectionState(models.TextChoices):
    OPEN = "open", _("核查中")
    UPHELD = "upheld", _("属实")
    DISMISSED = "dismissed", _("不属实")


class AppealState(models.TextChoices):
    OPEN = "open", _("复核中")
    UPHELD = "upheld", _("予以支持")
    DISMISSED = "dismissed", _("维持原决定")


class Verb(models.TextChoices):
    """What happened to a case, for its history."""

    OPEN = "open", _("建立")
    SAVE = "save", _("保存")
    SUBMIT = "submit", _("提交")
    ENTER = "enter", _("进入环节")
    PASS = "pass", _("通过")
    FAIL = "fail", _("不通过")
    RETURN = "return", _("退回补正")
    DELEGATE = "delegate", _("转办")
    ASSIGN = "assign", _("指派专家")
    RECUSE = "recuse", _("回避")
    REVIEW = "review", _("提交评审意见")
    ASK = "ask", _("送部门核验")
    ANSWER = "answer", _("部门答复")
    DECIDE = "decide", _("研究决定")
    PUBLISH = "publish", _("公示")
    OBJECT = "object", _("收到异议")
    HANDLE = "handle", _("异议办结")
    APPEAL = "appeal", _("申请复核")
    RULE = "rule", _("复核办结")
    ESCALATE = "escalate", _("超期上报")
    ATTACH = "attach", _("补充材料")
    VERIFY = "verify", _("核验材料")
    WITHDRAW = "withdraw", _("撤回")
    CLOSE = "close", _("办结")
