"""What an opening must say before anybody may see it. The page, the API and the bulk import all ask here."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.base.clock import CITY_ZONE
from taihu.records.base.errors import Refused
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import is_code, list_info
from taihu.systems.jobs.enums import EmploymentType, PayBasis
from taihu.systems.jobs.models import Opening

MIN_MONTHLY_PAY = 10_000  # fen: less is a slip of the unit, not a wage
MAX_MONTHLY_PAY = 100_000_000
MAX_VALID = timedelta(days=180)
MAX_EXPERIENCE = 600  # months
LONGEST_MAJOR = 80
CODES = {
    "occupation_code": Kind.OCCUPATION,
    "industry_code": Kind.INDUSTRY,
    "area_code": Kind.AREA,
    "skill_codes": Kind.SKILL,
    "certificate_codes": Kind.CERTIFICATE,
}


@dataclass(frozen=True, kw_only=True)
class OpeningFields:
    """Everything that a poster may say. Pay in fen a month; codes are taxonomy codes; experience in months."""

    title: str
    description: str
    area_code: str
    requirements: str = ""
    benefits: str = ""
    occupation_code: str = ""
    industry_code: str = ""
    employment_type: str = EmploymentType.FULL_TIME
    headcount: int = 1
    address: str = ""
    pay_basis: str = PayBasis.MONTHLY
    pay_min: int | None = None
    pay_max: int | None = None
    pay_months: int = 12
    education_rank: int = 0
    experience_min: int = 0
    experience_max: int | None = None
    skill_codes: list[str] = field(default_factory=list)
    certificate_codes: list[str] = field(default_factory=list)
    majors: list[str] = field(default_factory=list)
    contact_name: str = ""
    contact_phone: str = ""


def check_fields(fields: OpeningFields) -> None:
    """Refuse what cannot even be a draft: values outside their range."""
    checks: list[tuple[bool, str, str, str]] = [
        (not fields.title.strip(), "title", _("岗位名称是空的。"), _("请填写岗位名称。")),
        (fields.headcount < 1, "headcount", _("招聘人数至少为 1。"), _("请填写整数。")),
        (fields.headcount > 10_000, "headcount", _("招聘人数超过 10000。"), _("请核对后重新填写。")),
        (not 0 <= fields.education_rank <= 6, "education_rank", _("学历要求不在选项之内。"), _("请从列表中选择。")),
        (not 1 <= fields.pay_months <= 24, "pay_months", _("一年发薪月数应在 1 到 24 之间。"), _("一般填 12。")),
        (
            fields.experience_max is not None and fields.experience_max < fields.experience_min,
            "experience_max",
            _("经验上限低于下限。"),
            _("请调换或清空上限。"),
        ),
    ]
    for is_wrong, name, message, step in checks:
        if is_wrong:
            raise Refused(f"opening_{name}", message, step, field=name)
    _check_lengths(fields)
    _check_codes(fields)
    _check_pay(fields)


def _check_lengths(fields: OpeningFields) -> None:
    longest = {"title": 120, "address": 200, "contact_name": 40, "contact_phone": 40}
    for name, most in longest.items():
        if len(getattr(fields, name)) > most:
            message = _("超过 %(most)s 字。") % {"most": most}
            raise Refused(f"opening_{name}", message, _("请写短一些。"), field=name)
    if any(len(word) > LONGEST_MAJOR for word in fields.majors):
        message = _("超过 %(most)s 字。") % {"most": LONGEST_MAJOR}
        raise Refused("opening_majors", message, _("请写短一些。"), field="majors")
    for name in ("experience_min", "experience_max"):
        if not 0 <= (getattr(fields, name) or 0) <= MAX_EXPERIENCE:
            raise Refused("opening_experience", _("经验应在 0 到 50 年之间。"), _("请核对后重新填写。"), field=name)


def _check_codes(fields: OpeningFields) -> None:
    """The page offers only known codes; a program or a file may send anything."""
    for name, kind in CODES.items():
        value = getattr(fields, name)
        for code in value if isinstance(value, list) else [value] if value else []:
            if not is_code(kind, code):
                message = _("“%(code)s”不是%(list)s里的代码。") % {"code": code[:40], "list": list_info(kind).name}
                raise Refused(f"opening_{name}", message, _("请从列表中选择。"), field=name)
    for name, values in (("employment_type", EmploymentType.values), ("pay_basis", PayBasis.values)):
        if getattr(fields, name) not in values:
            raise Refused(f"opening_{name}", _("选项不存在。"), _("请从列表中选择。"), field=name)


def _check_pay(fields: OpeningFields) -> None:
    if fields.pay_basis == PayBasis.UNDISCLOSED:
        return
    for name in ("pay_min", "pay_max"):
        value = getattr(fields, name)
        if value is not None and not MIN_MONTHLY_PAY <= value <= MAX_MONTHLY_PAY:
            message = _("月薪应在 100 元到 100 万元之间。")
            raise Refused("opening_pay", message, _("请检查单位是元还是万元。"), field=name)
    if fields.pay_min is not None and fields.pay_max is not None and fields.pay_max < fields.pay_min:
        raise Refused("opening_pay", _("最高工资低于最低工资。"), _("请调换两个数。"), field="pay_max")


def _required(opening: Opening) -> list[tuple[str, Any, str, str]]:
    """What 人力资源市场暂行条例 第二十四条 requires: (field, value, what it is called, what to add)."""
    pays = opening.pay_basis != PayBasis.UNDISCLOSED and opening.pay_min and opening.pay_max
    return [
        ("description", opening.description.strip(), _("工作内容"), _("请写明工作内容")),
        ("requirements", opening.requirements.strip(), _("招聘条件"), _("请写明招聘条件")),
        ("address", opening.address.strip(), _("工作地点"), _("请写明工作地点")),
        ("area_code", opening.area_code, _("工作所在区"), _("请选择工作所在区")),
        ("occupation_code", opening.occupation_code, _("职业类别"), _("请选择职业类别")),
        ("pay_min", pays, _("基本劳动报酬"), _("请写明基本劳动报酬，不能写面议")),
    ]


def missing_by_law(opening: Opening) -> list[tuple[str, str]]:
    """Fields that the law requires and the opening lacks: (field, what to add)."""
    return [(name, advice) for name, value, _label, advice in _required(opening) if not value]


def legal_checklist(opening: Opening) -> list[tuple[str, str, bool]]:
    """Everything that the law requires, with whether it is there: (field, label, is there)."""
    return [(name, label, bool(value)) for name, value, label, _advice in _required(opening)]


def end_of_day(day: date) -> datetime:
    """The moment at which a day of the city is over."""
    return datetime.combine(min(day, date(9998, 12, 31)), time(), tzinfo=CITY_ZONE) + timedelta(days=1)


def check_valid_through(valid_through: datetime, at: datetime) -> None:
    if not at < valid_through <= at + MAX_VALID:
        message = _("有效期应在今天之后、180 天以内。")
        raise Refused("opening_valid_through", message, _("请重新选择截止日期。"), field="valid_through")
