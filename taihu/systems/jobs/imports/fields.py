"""What a mapping may say: the fields of an opening and, for each, the keys that make sense."""

from dataclasses import dataclass

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
    says: str

    @property
    def keys(self) -> frozenset[str]:
        return SOURCES | SHAPING | EXTRA[self.kind]


FIELDS = {
    name: Field(name, kind, says)
    for name, kind, says in (
        ("title", TEXT, "岗位名称"),
        ("description", TEXT, "工作内容"),
        ("requirements", TEXT, "招聘条件"),
        ("benefits", TEXT, "福利待遇"),
        ("employer", TEXT, "单位名称"),
        ("credit_code", TEXT, "统一社会信用代码"),
        ("employer_size", PHRASE, "单位规模，如 100-299人"),
        ("employer_kind", TEXT, "单位性质，名称或代码"),
        ("employer_industry", PHRASE, "单位所属行业"),
        ("employer_address", TEXT, "单位地址"),
        ("area", AREA, "工作地区，如 无锡·新吴区"),
        ("address", TEXT, "详细地址"),
        ("pay", PHRASE, "薪资，如 1.5-2.5万·14薪"),
        ("pay_min", NUMBER, "最低薪资"),
        ("pay_max", NUMBER, "最高薪资"),
        ("pay_unit", TEXT, "薪资单位：元、千元、万元"),
        ("pay_per", TEXT, "薪资周期：month、year、week、day、hour"),
        ("pay_months", NUMBER, "一年发几个月"),
        ("degree", PHRASE, "学历要求"),
        ("experience", PHRASE, "经验要求，如 3-5年"),
        ("experience_min", NUMBER, "最少经验"),
        ("experience_max", NUMBER, "最多经验"),
        ("industry", PHRASE, "岗位所属行业"),
        ("occupation", PHRASE, "职业名称或代码；没有时按岗位名称判断"),
        ("skills", LIST, "技能"),
        ("certificates", LIST, "必需的证书"),
        ("majors", LIST, "专业"),
        ("employment_type", TEXT, "用工类型，名称或代码"),
        ("headcount", NUMBER, "招聘人数"),
        ("headcount_male", NUMBER, "男性招聘人数（并入总数）"),
        ("headcount_female", NUMBER, "女性招聘人数（并入总数）"),
        ("headcount_any", NUMBER, "男女不限招聘人数（并入总数）"),
        ("contact_name", TEXT, "联系人"),
        ("contact_phone", TEXT, "联系电话"),
        ("source", TEXT, "来源"),
        ("source_id", TEXT, "来源编号"),
        ("source_url", TEXT, "来源网址"),
        ("posted_at", DATE, "发布时间"),
        ("valid_through", DATE, "有效期至"),
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
