"""Explanations in words, Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taihu.engines.matching.errors import MarketError

if TYPE_CHECKING:
    from taihu.engines.matching.explain import Broken, Explanation

_NAMES = {
    "zh": {
        "skills": "技能",
        "occupations": "职业",
        "majors": "专业",
        "industries": "行业",
        "terms": "简历用词",
        "areas": "工作地区",
        "pay_floor": "期望薪酬",
        "degree": "学历",
        "experience": "工作经验",
        "types": "用工形式",
        "certificates": "证书",
    },
    "en": {
        "skills": "skills",
        "occupations": "occupation",
        "majors": "major",
        "industries": "industry",
        "terms": "words of the résumé",
        "areas": "work areas",
        "pay_floor": "lowest pay",
        "degree": "degree",
        "experience": "experience",
        "types": "employment types",
        "certificates": "certificates",
    },
}
_SENTENCES = {
    "zh": {
        "fits": "符合：{labels}。",
        "missing": "尚缺：{labels}。",
        "join": "、",
        "used": "使用的资料：{labels}。",
        "crowd": "预计有 {applicants:.0f} 名合适的求职者竞争 {vacancies} 个名额，因此按原有价值的 {price:.0%} 排序。",
        "none": "没有共同的特征。",
    },
    "en": {
        "fits": "Fits: {labels}.",
        "missing": "Missing: {labels}.",
        "join": ", ",
        "used": "Data used: {labels}.",
        "crowd": "Expects {applicants:.0f} suitable applicants for {vacancies} {places}, "
        "so it is ranked at {price:.0%} of its value.",
        "none": "No feature in common.",
    },
}
_BROKEN = {
    "zh": {
        "area": "工作地点不在接受的地区内。",
        "pay": "最高薪酬每月 {opening} 元，低于期望的 {person} 元。",
        "type": "用工形式不在接受范围内。",
        "never_opening": "求职者选择不再看到该岗位。",
        "never_employer": "求职者选择不再看到该单位。",
        "degree": "学历未达到要求。",
        "experience": "要求工作经验 {opening} 个月，现有 {person} 个月。",
        "certificates": "缺少必需的证书。",
        "never_person": "单位选择不再看到该求职者。",
    },
    "en": {
        "area": "The workplace is outside the accepted areas.",
        "pay": "Pays at most {opening} yuan a month, below the wanted {person} yuan.",
        "type": "The employment type is not accepted.",
        "never_opening": "The person never wants to see this opening.",
        "never_employer": "The person never wants to see this employer.",
        "degree": "The degree asked for is not held.",
        "experience": "Asks for {opening} months of experience, there are {person}.",
        "certificates": "A required certificate is missing.",
        "never_person": "The employer never wants to see this person.",
    },
}


def broken_words(broken: Broken, language: str = "zh") -> str:
    """One sentence for a hard condition that is not met."""
    person, opening = broken.person, broken.opening
    if broken.code == "pay":
        person, opening = f"{person / 100:g}", f"{opening / 100:g}"
    return _of(_BROKEN, language)[broken.code].format(person=person, opening=opening)


def explanation_words(told: Explanation, language: str = "zh") -> tuple[str, ...]:
    """Sentences for an explanation: what fits, what is missing, conditions not met, the crowd, the data used."""
    text, names = _of(_SENTENCES, language), _of(_NAMES, language)
    lines = []
    if told.fits:
        lines.append(text["fits"].format(labels=text["join"].join(fact.label for fact in told.fits)))
    else:
        lines.append(text["none"])
    if told.missing:
        lines.append(text["missing"].format(labels=text["join"].join(fact.label for fact in told.missing)))
    lines += [broken_words(broken, language) for broken in told.broken]
    if told.expected_applicants is not None and told.price is not None:
        places = "place" if told.vacancies == 1 else "places"
        lines.append(
            text["crowd"].format(
                applicants=told.expected_applicants, vacancies=told.vacancies, price=told.price, places=places
            )
        )
    if told.used:
        lines.append(text["used"].format(labels=text["join"].join(names[name] for name in told.used)))
    return tuple(lines)


def _of(table: dict[str, dict[str, str]], language: str) -> dict[str, str]:
    if language not in table:
        raise MarketError("unknown_language", f"language is {language!r}: use 'zh' or 'en'")
    return table[language]
