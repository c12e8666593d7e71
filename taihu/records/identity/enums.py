from django.db import models
from django.utils.translation import gettext_lazy as _


class IdType(models.TextChoices):
    RESIDENT = "resident", _("居民身份证")
    PASSPORT = "passport", _("护照")
    HONG_KONG_MACAO = "hmt", _("港澳居民来往内地通行证")
    TAIWAN = "taiwan", _("台湾居民来往大陆通行证")
    FOREIGN_RESIDENT = "foreign", _("外国人永久居留身份证")


class UnitKind(models.TextChoices):
    CITY = "city", _("市")
    DISTRICT = "district", _("市（县）区")
    ZONE = "zone", _("功能区")
    DEPARTMENT = "department", _("部门")
    TOWN = "town", _("镇（街道）")


class Role(models.TextChoices):
    """What an account may do for a unit of the city."""

    OFFICER = "officer", _("经办人员")
    CASEWORKER = "caseworker", _("就业服务专员")
    FINANCE = "finance", _("财务人员")
    DECIDER = "decider", _("审批负责人")
    AUDITOR = "auditor", _("审计人员")
    EXPERT = "expert", _("评审专家")
    ADMINISTRATOR = "administrator", _("系统管理员")


class MemberRole(models.TextChoices):
    """What an account may do for an employer."""

    OWNER = "owner", _("负责人")
    RECRUITER = "recruiter", _("招聘人员")
    VIEWER = "viewer", _("查看人员")


class ApiScope(models.TextChoices):
    """What a key may do with the employer's own openings."""

    READ = "openings:read", _("读取自己的岗位")
    WRITE = "openings:write", _("新建、修改、发布和结束自己的岗位")


class PersonalScope(models.TextChoices):
    """What a person's own tool may do with a key."""

    ENTITLEMENTS = "entitlements:read", _("读取我能享受什么")


class OrganisationState(models.TextChoices):
    UNVERIFIED = "unverified", _("未核验")
    PENDING = "pending", _("核验中")
    VERIFIED = "verified", _("已核验")
    EXPIRED = "expired", _("核验已到期")
    SUSPENDED = "suspended", _("已停用")


class PaperKind(models.TextChoices):
    """证照与材料"""

    LICENCE = "licence", _("营业执照或批准文件")
    AGENT_ID = "agent_id", _("经办人身份证明")
    MANDATE = "mandate", _("委托书")
    HR_LICENCE = "hr_licence", _("人力资源服务许可证")
    OTHER = "other", _("其他材料")


class VerificationState(models.TextChoices):
    REQUESTED = "requested", _("待核验")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    EXPIRED = "expired", _("已到期")


class Purpose(models.TextChoices):
    """Why personal data is used. Each use names one of these (个人信息保护法 第六条)."""

    MATCHING = "matching", _("用我的资料推荐岗位")
    RECOMMEND = "recommend", _("把我匿名推荐给合适的单位")
    SHARE_RESUME = "share_resume", _("把简历交给某个单位")
    CASEWORKER = "caseworker", _("请就业服务专员代我办理")
    ALERTS = "alerts", _("给我发送岗位提醒")
    POLICY = "policy", _("用政府部门的数据核对我能享受的政策")
    AUDIT_STATISTICS = "audit_statistics", _("用我自愿填写的性别、年龄段检查推荐是否公平")


# The wording that consents refer to; change it whenever the plain words of a purpose change.
CONSENT_TEXT_VERSION = "2026-01"
PER_RECIPIENT = frozenset({Purpose.SHARE_RESUME})
PURPOSE_WORDS = {
    Purpose.MATCHING: _(
        "系统用您的技能、经历、学历和求职意向，算出哪些岗位适合您。关闭后，所有列表都按与个人无关的顺序排列。"
    ),
    Purpose.RECOMMEND: _(
        "系统把您的技能和经历推荐给合适的单位，不显示姓名、照片和联系方式。单位邀请您、您答应之后，对方才知道您是谁。"
    ),
    Purpose.SHARE_RESUME: _("每次把简历交给一个单位，都要您单独同意。撤回后，这个单位不能再打开您的简历。"),
    Purpose.CASEWORKER: _("您指定的就业服务专员可以看到您的资料，并以您的名义办理。每一步都会标明由谁代办。"),
    Purpose.ALERTS: _("有符合您保存的搜索条件的新岗位时，给您发消息和邮件。"),
    Purpose.POLICY: _("用政府部门已有的社保、学历等数据，核对您能享受哪些政策，您不用再交材料。"),
    Purpose.AUDIT_STATISTICS: _(
        "您自愿填写的性别和年龄段只用来检查推荐是否公平，与您的资料分开保存，任何推荐都不会读取。"
    ),
}


class Ground(models.TextChoices):
    """Lawful ground (个人信息保护法 第十三条)."""

    CONSENT = "consent", _("本人同意")
    CONTRACT = "contract", _("订立或履行合同所必需")
    DUTY = "duty", _("履行法定职责")


class MandateState(models.TextChoices):
    REQUESTED = "requested", _("等待本人同意")
    ACTIVE = "active", _("代办中")
    ENDED = "ended", _("已结束")
