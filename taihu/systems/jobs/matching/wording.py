"""The engine's explanation in the reader's language."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from taihu.engines import matching
from taihu.engines.matching.market import PAY_NOT_STATED
from taihu.records.taxonomy.queries import label
from taihu.systems.jobs.matching.vocabulary import CERTIFICATES, OCCUPATIONS, SKILLS, CityVocabulary

FEN = 100
MOST_LISTED = 8
USED_NAMES = {
    "skills": _lazy("技能"),
    "occupations": _lazy("职业"),
    "majors": _lazy("专业"),
    "industries": _lazy("行业"),
    "terms": _lazy("求职标题"),
    "areas": _lazy("期望区域"),
    "pay_floor": _lazy("薪资底线"),
    "degree": _lazy("学历"),
    "experience": _lazy("工作年限"),
    "types": _lazy("用工类型"),
    "certificates": _lazy("证书"),
}
BROKEN_WORDS = {
    "area": _lazy("工作地点不在您选择的区域"),
    "pay": _lazy("最高工资低于您的底线"),
    "type": _lazy("用工类型不是您选择的"),
    "never_opening": _lazy("您隐藏过或已经投递过这个岗位"),
    "never_employer": _lazy("您选择了不看这家单位"),
    "degree": _lazy("学历低于岗位要求"),
    "experience": _lazy("岗位要求至少 %(opening)s 年经验，资料中是 %(person)s 年"),
    "never_person": _lazy("单位的条件不符"),
}
BROKEN_WORDS_FOR_EMPLOYER = {
    "area": _lazy("工作地点不在对方选择的区域"),
    "pay": _lazy("薪资低于对方的期望"),
    "type": _lazy("用工类型不是对方选择的"),
    "never_employer": _lazy("对方现在不考虑这个岗位"),
    "never_opening": _lazy("对方现在不考虑这个岗位"),
    "never_person": _lazy("单位的条件不符"),
}


class Small(Protocol):
    @property
    def market(self) -> matching.Market: ...
    @property
    def vocabulary(self) -> CityVocabulary: ...


@dataclass(frozen=True)
class Reasons:
    """Facts, not only a percentage. `crowd` is 0 (nobody expected) to 1 (four or more suitable people per place)."""

    fits: list[tuple[str, str]]
    missing: list[tuple[str, str]]
    broken: list[str]
    pay: str
    crowd_words: str
    crowd: float
    data_used: list[str]
    fit_percent: int


def reasons(told: matching.Explanation, small: Small, *, for_employer: bool = False) -> Reasons:
    """The words for the person, or for the employer: who reads neither the person's pay floor nor what the person hid."""
    expected, places = told.expected_applicants or 0.0, max(told.vacancies, 1)
    broken, pay = (_broken_for_employer, _pay_for_employer) if for_employer else (broken_words, _pay_words)
    return Reasons(
        fits=_facts(told.fits),
        missing=_facts(told.missing),
        broken=[words for item in told.broken if (words := broken(item, small))],
        pay=pay(told, small.market),
        crowd_words=crowd_words(expected, told.vacancies),
        crowd=min(1.0, expected / places / 4),
        data_used=[str(USED_NAMES[name]) for name in told.used],
        fit_percent=min(100, round(100 * sum(fact.q_share for fact in told.fits))),
    )


def _facts(facts: tuple[matching.Fact, ...]) -> list[tuple[str, str]]:
    """Words for people: the most specific occupation only, each text once."""
    listed: list[tuple[str, str]] = []
    has_occupation = False
    for fact in sorted(
        facts, key=lambda fact: (fact.group == "occupations", -len(fact.label) if fact.group == "occupations" else 0)
    ):
        if fact.group == "occupations":
            if has_occupation:
                continue
            has_occupation = True
        if fact.group == "terms":
            continue
        text = feature_label(fact.group, fact.label)
        if (fact.group, text) not in listed:
            listed.append((fact.group, text))
    return listed[:MOST_LISTED]


def feature_label(group: str, code: str) -> str:
    kind = {"skills": SKILLS, "occupations": OCCUPATIONS}.get(group)
    return label(kind, code, get_language() or "zh-hans") if kind else code


def crowd_words(expected: float, places: int) -> str:
    """`预计有 14 位合适的人投递 1 个名额` in the reader's language."""
    count = round(expected)
    if count == 0:
        return _("预计还没有合适的人投递，名额 %(places)d 个") % {"places": places}
    words = ngettext(
        "预计有 %(count)d 位合适的人投递，名额 %(places)d 个",
        "预计有 %(count)d 位合适的人投递，名额 %(places)d 个",
        count,
    )
    return words % {"count": count, "places": places}


def _pay_words(told: matching.Explanation, market: matching.Market) -> str:
    floor = int(market.people.pay_floor[told.person])
    offer = int(market.openings.pay_max[told.opening])
    if offer >= PAY_NOT_STATED:
        return _("薪资面议")
    if not floor:
        return ""
    if offer < floor:
        return _("最高 %(offer)s 元，低于您的底线 %(floor)s 元") % _yuan(offer, floor)
    return _("最高 %(offer)s 元，不低于您的底线 %(floor)s 元") % _yuan(offer, floor)


def _pay_for_employer(told: matching.Explanation, market: matching.Market) -> str:
    """Whether pay agrees, not what the person asks for: that is theirs to say."""
    floor, offer = int(market.people.pay_floor[told.person]), int(market.openings.pay_max[told.opening])
    if offer >= PAY_NOT_STATED or not floor:
        return ""
    return _("薪资不低于对方的期望") if offer >= floor else _("薪资低于对方的期望")


def _broken_for_employer(item: matching.Broken, small: Small) -> str:
    words = BROKEN_WORDS_FOR_EMPLOYER.get(item.code)
    return broken_words(item, small) if words is None else str(words)


def _yuan(offer: int, floor: int) -> dict[str, str]:
    return {"offer": f"{offer // FEN:,}", "floor": f"{floor // FEN:,}"}


def broken_words(item: matching.Broken, small: Small) -> str:
    """The condition that keeps the two apart, with both values."""
    language = get_language() or "zh-hans"
    if item.code == "certificates":
        codes = [small.vocabulary.certificates[number] for number in item.opening]
        names = "、".join(label(CERTIFICATES, code, language) for code in codes)
        return _("缺少必需的证书：%(names)s") % {"names": names}
    values: dict[str, Any] = {"person": item.person, "opening": item.opening}
    if item.code == "experience":
        values = {"person": item.person // 12, "opening": item.opening // 12}
    return str(BROKEN_WORDS[item.code]) % values
