"""Openings as a table. The first columns are those of the import template, so that a file can go out and come back."""

from collections.abc import Iterable
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import override

from taihu.engines.text.pay import Basis, Pay, format_pay
from taihu.records.base.clock import city_date
from taihu.records.base.tables import Cell
from taihu.records.base.working_days import last_day
from taihu.records.taxonomy import queries as taxonomy
from taihu.systems.jobs.enums import PayBasis
from taihu.systems.jobs.forms.openings import quoted_yuan
from taihu.systems.jobs.imports.mapping import load_mapping
from taihu.systems.jobs.models import Opening

FEN, MONTHS = 100, 12
TEMPLATE = "taihu"
EXAMPLE = {
    "岗位名称": "数控车工（示例，请删去这一行）",
    "工作内容": "按图纸操作数控车床加工零件；自检首件，填写记录。",
    "招聘条件": "会看机械图纸；能独立编程和调机。",
    "福利待遇": "五险一金、餐补",
    "工作地区": "新吴区",
    "工作地点": "示例路 1 号",
    "薪资": "7000-9000元·13薪",
    "学历": "高中/中专/中技",
    "经验": "1-3年",
    "职业": "车工",
    "技能": "数控编程、机械制图",
    "用工类型": "全职",
    "招聘人数": "3",
    "编号": "2026-001",
}


@cache
def template_columns() -> tuple[str, ...]:
    """The columns that an employer fills in: the employer is known, and cites nobody."""
    left_out = {"单位名称", "统一社会信用代码", "网址", "发布日期"}
    return tuple(column for column in load_mapping(TEMPLATE).columns if column not in left_out)


def template() -> list[list[Cell]]:
    columns = template_columns()
    return [list(columns), [EXAMPLE.get(column, "") for column in columns]]


def table(openings: Iterable[Opening]) -> Iterable[list[Cell]]:
    """Header and one row for each; `openings` carry `applied` (see queries.employer.with_counts)."""
    columns = template_columns()
    yield [*columns, _("单位"), _("状态"), _("发布日期"), _("投递数"), _("系统编号")]
    for opening in openings:
        said = _template_values(opening)
        published = city_date(opening.published_at).isoformat() if opening.published_at else ""
        state = opening.get_state_display()
        further = [opening.organisation.name, state, published, getattr(opening, "applied", 0), opening.pk]
        yield [*(said[column] for column in columns), *further]


def _template_values(opening: Opening) -> dict[str, Cell]:
    """In the words of the template, whatever the reader's language: it is what the import reads."""
    with override("zh-hans"):
        return {
            "岗位名称": opening.title,
            "工作内容": opening.description,
            "招聘条件": opening.requirements,
            "福利待遇": opening.benefits,
            "工作地区": taxonomy.path_label("area", opening.area_code).replace(" · ", ""),
            "工作地点": opening.address,
            "薪资": _pay(opening),
            "学历": taxonomy.label("education_rank", str(opening.education_rank)),
            "经验": _experience(opening),
            "职业": taxonomy.label("occupation", opening.occupation_code) if opening.occupation_code else "",
            "行业": taxonomy.label("industry", opening.industry_code) if opening.industry_code else "",
            "技能": "、".join(taxonomy.label("skill", code) for code in opening.skill_codes),
            "证书": "、".join(taxonomy.label("certificate", code) for code in opening.certificate_codes),
            "专业": "、".join(opening.majors),
            "用工类型": str(opening.get_employment_type_display()),
            "招聘人数": opening.headcount,
            "联系人": opening.contact_name,
            "联系电话": opening.contact_phone,
            "编号": "" if opening.source_id.startswith("sha256:") else opening.source_id,
            "有效期至": last_day(opening.valid_through).isoformat() if opening.valid_through else "",
        }


def _pay(opening: Opening) -> str:
    basis, months = opening.pay_basis, opening.pay_months
    if basis == PayBasis.UNDISCLOSED or (opening.pay_min is None and opening.pay_max is None):
        return "面议"
    low, high = (quoted_yuan(fen, basis, months) for fen in (opening.pay_min, opening.pay_max))
    said = Pay(
        basis=Basis(basis),
        minimum=opening.pay_min,
        maximum=opening.pay_max,
        months=months,
        quoted_minimum=None if low is None else int(low * FEN),
        quoted_maximum=None if high is None else int(high * FEN),
    )
    return format_pay(said)


def _experience(opening: Opening) -> str:
    low, high = opening.experience_min, opening.experience_max
    if not low and not high:
        return "不限"
    years = [f"{n / MONTHS:.1f}".removesuffix(".0") for n in (low, high or 0)]
    return f"{years[0]}-{years[1]}年" if high else f"{years[0]}年以上"
