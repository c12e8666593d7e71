"""What a mapping may say: the fields of an opening and, for each, the keys that make sense."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXT, LIST, DATE, NUMBER, AREA, PHRASE = "text", "list", "date", "number", "area", "phrase"
#: How any field gets its text from a row.
SOURCES = frozenset({"column", "columns", "constant", "template"})
SHAPING = frozenset(
    {"join", "first", "split", "take", "match", "replace", "values", "otherwise", "default", "required"}
)
EXTRA = {
    LIST: frozenset({"separators"}),
    DATE: frozenset({"formats"}),
    NUMBER: frozenset({"unit"}),
    AREA: frozenset({"within"}),
    PHRASE: frozenset[str](),
    TEXT: frozenset[str](),
}


@dataclass(frozen=True)
class Field:
    """One field that a mapping may fill."""

    name: str
    kind: str
    label: str | Promise

    @property
    def keys(self) -> frozenset[str]:
        return SOURCES | SHAPING | EXTRA[self.kind]


FIELDS = {
    name: Field(name, kind, label)
    for name, kind, label in (
        ("title", TEXT, _("岗位名称")),
        ("description", TEXT, _("工作内容")),
        ("requirements", TEXT, _("招聘条件")),
        ("benefits", TEXT, _("福利待遇")),
        ("employer", TEXT, _("单位名称")),
        ("credit_code", TEXT, _("统一社会信用代码")),
        ("employer_size", PHRASE, _("单位规模")),
        ("employer_kind", TEXT, _("单位性质")),
        ("employer_industry", PHRASE, _("单位所属行业")),
        ("employer_address", TEXT, _("单位地址")),
        ("area", AREA, _("工作地区")),
        ("address", TEXT, _("详细地址")),
        ("pay", PHRASE, _("薪资")),
        ("pay_min", NUMBER, _("最低薪资")),
        ("pay_max", NUMBER, _("最高薪资")),
        ("pay_unit", TEXT, _("薪资单位")),
        ("pay_per", TEXT, _("薪资周期")),
        ("pay_months", NUMBER, _("一年发几个月")),
        ("degree", PHRASE, _("学历要求")),
        ("experience", PHRASE, _("经验要求")),
        ("experience_min", NUMBER, _("最少经验")),
        ("experience_max", NUMBER, _("最多经验")),
        ("industry", PHRASE, _("岗位所属行业")),
        ("occupation", PHRASE, _("职业")),
        ("skills", LIST, _("技能")),
        ("certificates", LIST, _("必需的证书")),
        ("majors", LIST, _("专业")),
        ("employment_type", TEXT, _("用工类型")),
        ("headcount", NUMBER, _("招聘人数")),
        ("headcount_male", NUMBER, _("男性招聘人数")),
        ("headcount_female", NUMBER, _("女性招聘人数")),
        ("headcount_any", NUMBER, _("男女不限招聘人数")),
        ("contact_name", TEXT, _("联系人")),
        ("contact_phone", TEXT, _("联系电话")),
        ("source", TEXT, _("来源")),
        ("source_id", TEXT, _("来源编号")),
        ("source_url", TEXT, _("来源网址")),
        ("posted_at", DATE, _("发布时间")),
        ("valid_through", DATE, _("有效期至")),
    )
}
REQUIRED = ("title",)
PAY_UNITS = {
    "元": 1,
    "yuan": 1,
    "": 1,
    "千": 1000,
    "千元": 1000,
    "k": 1000,
    "万": 10_000,
    "万元": 10_000,
    "w": 10_000,
    "分": 0,
}
PAY_PERIODS = {
    "month": "monthly", "monthly": "monthly", "月": "monthly", "月薪": "monthly", "元/月": "monthly",
    "year": "yearly", "yearly": "yearly", "年": "yearly", "年薪": "yearly", "元/年": "yearly",
    "week": "weekly", "weekly": "weekly", "周": "weekly", "周薪": "weekly",
    "day": "daily", "daily": "daily", "天": "daily", "日": "daily", "日薪": "daily", "元/天": "daily", "元/日": "daily",
    "hour": "hourly", "hourly": "hourly", "小时": "hourly", "时": "hourly", "时薪": "hourly", "元/小时": "hourly",
}  # fmt: skip
TIME_UNITS = {"years": 12, "year": 12, "年": 12, "months": 1, "month": 1, "月": 1}
