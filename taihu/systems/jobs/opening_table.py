"""Openings as a table: the columns of the export are those of the import, so that a file can go out and come back."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from taihu.records.base.tables import Cell
from taihu.records.base.working_days import last_day
from taihu.systems.jobs.labels import code_label
from taihu.systems.jobs.models import Opening

FEN = 100


def header() -> list[Cell]:
    return [
        _("编号"), _("单位"), _("岗位名称"), _("状态"), _("职业代码"), _("职业类别"), _("行业代码"), _("用工形式"),
        _("招聘人数"), _("工作内容"), _("招聘条件"), _("福利"), _("学历要求"), _("经验下限（月）"), _("经验上限（月）"),
        _("技能"), _("证书"), _("专业"), _("计薪"), _("月薪下限（元）"), _("月薪上限（元）"), _("发薪月数"),
        _("地区代码"), _("地区"), _("详细地址"), _("联系人"), _("联系电话"), _("发布日期"), _("有效期至"), _("投递数"),
    ]  # fmt: skip


def table(openings: Iterable[Opening]) -> Iterable[list[Cell]]:
    """Header and one row for each; `openings` carry `applied` (see queries.employer.with_counts)."""
    yield header()
    for opening in openings:
        yield _row(opening)


def _row(opening: Opening) -> list[Cell]:
    return [
        opening.pk,
        opening.organisation.name,
        opening.title,
        opening.get_state_display(),
        opening.occupation_code,
        code_label("occupation", opening.occupation_code),
        opening.industry_code,
        opening.get_employment_type_display(),
        opening.headcount,
        opening.description,
        opening.requirements,
        opening.benefits,
        code_label("education_rank", str(opening.education_rank)),
        opening.experience_min,
        opening.experience_max,
        "、".join(code_label("skill", code) for code in opening.skill_codes),
        "、".join(code_label("certificate", code) for code in opening.certificate_codes),
        "、".join(opening.majors),
        opening.get_pay_basis_display(),
        _yuan(opening.pay_min),
        _yuan(opening.pay_max),
        opening.pay_months,
        opening.area_code,
        code_label("area", opening.area_code),
        opening.address,
        opening.contact_name,
        opening.contact_phone,
        opening.published_at.date().isoformat() if opening.published_at else "",
        last_day(opening.valid_through).isoformat() if opening.valid_through else "",
        getattr(opening, "applied", 0),
    ]


def _yuan(fen: int | None) -> Cell:
    if fen is None:
        return None
    return fen // FEN if fen % FEN == 0 else fen / FEN
