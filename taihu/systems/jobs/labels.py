"""Codes of an opening in the reader's words."""

from dataclasses import dataclass

from django.utils.translation import get_language, gettext, ngettext

from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.enums import EmploymentType, PayBasis
from taihu.systems.jobs.models import Opening


def reader_language() -> str:
    return get_language() or taxonomy.SOURCE_LANGUAGE


def code_label(kind: str, code: str) -> str:
    """The code's name in the reader's language; nothing for no code."""
    return taxonomy.label(kind, code, reader_language()) if code else ""


def area_label(code: str, *, depth: int = 1) -> str:
    return taxonomy.path_label(Kind.AREA, code, reader_language(), depth=depth) if code else ""


def degree_label(rank: int) -> str:
    if rank == 0:
        return gettext("学历不限")
    name = code_label(Kind.EDUCATION_RANK, str(rank))
    return name if rank == 6 else gettext("%(degree)s及以上") % {"degree": name}


def experience_label(low: int, high: int | None) -> str:
    """Months as years where they are whole years."""
    if low == 0 and not high:
        return gettext("经验不限")
    if high is None:
        return gettext("经验%(span)s以上") % {"span": _span(low)}
    if low == 0:
        return gettext("经验%(span)s以内") % {"span": _span(high)}
    if low % 12 == 0 and high % 12 == 0:
        return gettext("经验%(low)d–%(high)d年") % {"low": low // 12, "high": high // 12}
    return gettext("经验%(low)s–%(high)s") % {"low": _span(low), "high": _span(high)}


def _span(months: int) -> str:
    if months % 12 == 0:
        return ngettext("%(n)d年", "%(n)d年", months // 12) % {"n": months // 12}
    return ngettext("%(n)d个月", "%(n)d个月", months) % {"n": months}


@dataclass(frozen=True)
class OpeningLabels:
    """What a row of a list shows beside title, pay and employer."""

    area: str
    degree: str
    experience: str
    employment_type: str
    occupation: str
    pay_note: str
    skills: tuple[str, ...]


def labels_of(opening: Opening, *, skills: int = 6) -> OpeningLabels:
    return OpeningLabels(
        area=area_label(opening.area_code),
        degree=degree_label(opening.education_rank),
        experience=experience_label(opening.experience_min, opening.experience_max),
        employment_type=str(EmploymentType(opening.employment_type).label),
        occupation=code_label(Kind.OCCUPATION, opening.occupation_code),
        pay_note=pay_note(opening),
        skills=tuple(code_label("skill", code) for code in opening.skill_codes[:skills]),
    )


def pay_note(opening: Opening) -> str:
    """How pay is reckoned where it is not by the month; amounts are always shown as a month's."""
    if opening.pay_basis in (PayBasis.DAILY, PayBasis.HOURLY, PayBasis.YEARLY):
        return gettext("%(basis)s计薪，已折算为月薪") % {"basis": PayBasis(opening.pay_basis).label}
    return ""
