"""JSON Resume 1.0 to the structure of `resume` and back. Source: https://jsonresume.org/schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from taihu.engines.text.fold import fold
from taihu.engines.text.phrases import DegreeRank, PhraseNotUnderstood, parse_degree
from taihu.engines.text.resume import Education, Resume, Skill, Value, Work
from taihu.engines.text.similar import Lexicon

__all__ = ["from_json_resume", "to_json_resume"]

JSON_RESUME_SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"


def _text(data: object, key: str) -> str:
    value = data.get(key) if isinstance(data, Mapping) else None
    return value.strip()[:2000] if isinstance(value, str) else ""


def _value(data: object, key: str) -> Value | None:
    text = _text(data, key)
    return Value(text) if text else None


def _items(data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    value = data.get(key)
    return [item for item in value[:200] if isinstance(item, Mapping)] if isinstance(value, list) else []


_ISO = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-\d{2})?$")


def _month_of(text: str) -> str:
    match = _ISO.match(text)
    return "" if match is None else f"{match[1]}-{match[2]}" if match[2] else match[1]


_STUDY_ZH = {
    DegreeRank.JUNIOR: "初中",
    DegreeRank.SECONDARY: "高中",
    DegreeRank.COLLEGE: "大专",
    DegreeRank.BACHELOR: "本科",
    DegreeRank.MASTER: "硕士",
    DegreeRank.DOCTOR: "博士",
}


def from_json_resume(data: Mapping[str, object], *, skills: Lexicon | None = None) -> Resume:
    """Return the structure of a JSON Resume 1.0 document. Unknown or malformed parts are left out.

    Raises
    ------
    ValueError
        If `data` is no object or has none of the sections of JSON Resume.

    Examples
    --------
    >>> from_json_resume({"basics": {"name": "吴新华", "email": "a@example.com"}}).name.text
    '吴新华'
    >>> from_json_resume({"x": 1})
    Traceback (most recent call last):
    ...
    ValueError: no JSON Resume: expected at least one of basics, education, work, skills
    """
    if not isinstance(data, Mapping) or not any(key in data for key in ("basics", "education", "work", "skills")):
        raise ValueError("no JSON Resume: expected at least one of basics, education, work, skills")
    basics = data.get("basics")
    extra = basics.get("x-taihu") if isinstance(basics, Mapping) else None
    return Resume(
        name=_value(basics, "name"),
        phone=_value(basics, "phone"),
        email=_value(basics, "email"),
        experience_years=_value(extra, "experienceYears"),
        education=tuple(_education_from(item) for item in _items(data, "education") if _text(item, "institution")),
        work=tuple(
            Work(
                employer=_text(item, "name") or _text(item, "company"),
                title=_text(item, "position"),
                start=_month_of(_text(item, "startDate")),
                end=_month_of(_text(item, "endDate")),
                is_current=bool(_month_of(_text(item, "startDate"))) and not _text(item, "endDate"),
                summary=_text(item, "summary"),
            )
            for item in _items(data, "work")
            if _text(item, "name") or _text(item, "company")
        ),
        skills=tuple(_skills_from(_items(data, "skills"), skills)),
        summary=_text(basics, "summary"),
    )


def _education_from(item: Mapping[str, object]) -> Education:
    try:
        degree = parse_degree(_text(item, "studyType")).rank if _text(item, "studyType") else None
    except PhraseNotUnderstood:
        degree = None
    start, end = _month_of(_text(item, "startDate")), _month_of(_text(item, "endDate"))
    return Education(_text(item, "institution"), degree, _text(item, "area"), start, end)


def _skills_from(items: Sequence[Mapping[str, object]], lexicon: Lexicon | None) -> Iterator[Skill]:
    names: dict[str, None] = {}
    for item in items:
        keywords = item.get("keywords")
        for name in (_text(item, "name"), *(keywords if isinstance(keywords, list) else ())):
            if isinstance(name, str) and name.strip():
                names[name.strip()[:100]] = None
    for name in names:
        hits = lexicon.find(name) if lexicon is not None else ()
        whole = next((hit.codes for hit in hits if hit.phrase == " ".join(fold(name).split())), ())
        yield Skill(name, whole)


def to_json_resume(resume: Resume) -> dict[str, object]:
    """Return a JSON Resume 1.0 document; empty parts are left out.

    ``from_json_resume(to_json_resume(r))`` keeps every value but the line numbers, notes and skill codes.

    Examples
    --------
    >>> to_json_resume(Resume(name=Value("吴新华", 1)))["basics"]
    {'name': '吴新华'}
    """
    basics: dict[str, object] = {
        key: value.text
        for key, value in (("name", resume.name), ("phone", resume.phone), ("email", resume.email))
        if value
    }
    if resume.summary:
        basics["summary"] = resume.summary
    if resume.experience_years:
        basics["x-taihu"] = {"experienceYears": resume.experience_years.text}
    document: dict[str, object] = {"$schema": JSON_RESUME_SCHEMA, "basics": basics}
    if resume.work:
        document["work"] = [
            _filled(name=w.employer, position=w.title, startDate=w.start, endDate=w.end, summary=w.summary)
            for w in resume.work
        ]
    if resume.education:
        document["education"] = [
            _filled(
                institution=e.school,
                area=e.major,
                studyType=_STUDY_ZH.get(e.degree, "") if e.degree is not None else "",
                startDate=e.start,
                endDate=e.end,
            )
            for e in resume.education
        ]
    if resume.skills:
        document["skills"] = [{"name": skill.name} for skill in resume.skills]
    return document


def _filled(**parts: str) -> dict[str, str]:
    return {key: value for key, value in parts.items() if value}
