"""Plain résumé text to a structure that a person checks before it is kept; `json_resume` converts the same structure.

Conservative on purpose: a value is taken only where its line says plainly what it is, and it carries that line. What is not
plainly there stays empty. Sex, age, marriage, ethnicity, registration and photographs are never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from taihu.engines.text import resume_words as words
from taihu.engines.text.fold import normalise_width
from taihu.engines.text.phrases import DegreeRank, PhraseNotUnderstood, parse_degree
from taihu.engines.text.repair import repair
from taihu.engines.text.similar import Lexicon

__all__ = ["Education", "Resume", "Skill", "Value", "Work", "read_resume"]

LEAST_CHARACTERS = 30
LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the line it was read from, counted from 1; line 0 means that it was given as data."""

    text: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Education:
    """One course of study. Months are ``YYYY-MM``; an empty string is unknown, ``end`` is empty also while it lasts."""

    school: str
    degree: DegreeRank | None = None
    major: str = ""
    start: str = ""
    end: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One job. Months as in `Education`; `is_current` when the text says 至今."""

    employer: str
    title: str = ""
    start: str = ""
    end: str = ""
    is_current: bool = False
    summary: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Skill:
    """One known skill with the caller's codes."""

    name: str
    codes: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Resume:
    """What was understood.

    Attributes
    ----------
    name, phone, email, experience_years : Value or None
        `experience_years` only where the text states it.
    notes : tuple of str
        ``too_little_text`` (probably a scan: ask for another file), ``cut`` (longer than 200,000 characters),
        ``several_phones``, ``several_emails`` (the first is taken).
    """

    name: Value | None = None
    phone: Value | None = None
    email: Value | None = None
    experience_years: Value | None = None
    education: tuple[Education, ...] = ()
    work: tuple[Work, ...] = ()
    skills: tuple[Skill, ...] = ()
    summary: str = ""
    notes: tuple[str, ...] = field(default=())


def read_resume(text: str, *, skills: Lexicon | None = None) -> Resume:
    """Return what a résumé's plain text plainly says.

    Parameters
    ----------
    text : str
        Text already taken out of the file, lines kept.
    skills : Lexicon, optional
        The caller's skills; without it no skill is read.

    Examples
    --------
    >>> resume = read_resume('''姓名：吴新华
    ... 电话：138-0000-0000  邮箱：xinhua@example.com
    ... 教育背景
    ... 2015.09 - 2019.06  江南大学  自动化  本科
    ... 工作经历
    ... 2019年7月-至今  无锡太湖科技有限公司  电气工程师
    ... 负责产线电气设计''')
    >>> resume.name, resume.phone.text, resume.education[0].school, resume.education[0].degree.name
    (Value(text='吴新华', line=1), '13800000000', '江南大学', 'BACHELOR')
    >>> resume.work[0].employer, resume.work[0].title, resume.work[0].start, resume.work[0].is_current
    ('无锡太湖科技有限公司', '电气工程师', '2019-07', True)
    >>> read_resume("  ").notes
    ('too_little_text',)
    """
    cut = len(text) > LONGEST_TEXT
    lines = [line.strip() for line in normalise_width(repair(text[:LONGEST_TEXT]).text).split("\n")]
    notes = ["cut"] if cut else []
    if sum(character.isalnum() for line in lines for character in line) < LEAST_CHARACTERS:
        return Resume(notes=(*notes, "too_little_text"))
    phones = _all(words.PHONE, lines, 1)
    emails = _all(words.EMAIL, lines, 0)
    notes += ["several_phones"] * (len({re.sub(r"\D", "", p.text) for p in phones}) > 1)
    notes += ["several_emails"] * (len({e.text.lower() for e in emails}) > 1)
    sections = list(_in_sections(lines))
    return Resume(
        name=_name(lines),
        phone=replace(phones[0], text=re.sub(r"\D", "", phones[0].text)) if phones else None,
        email=emails[0] if emails else None,
        experience_years=_years(lines),
        education=tuple(_education(sections)),
        work=tuple(_work(sections)),
        skills=_skills(lines, skills),
        summary="\n".join(line for name, _, line in sections if name == "summary" and line)[:2000],
        notes=tuple(notes),
    )


def _all(pattern: re.Pattern[str], lines: Sequence[str], group: int) -> list[Value]:
    return [
        Value(match.group(group), number) for number, line in enumerate(lines, 1) for match in pattern.finditer(line)
    ]


def _name(lines: Sequence[str]) -> Value | None:
    for number, line in enumerate(lines, 1):
        if match := words.NAME_FIELD.match(line):
            return Value(match.group(1).strip(), number)
    # Without a label, only a short line of its own near the top that begins with a surname is a name.
    top = [(number, line) for number, line in enumerate(lines, 1) if line][:3]
    for number, line in top:
        bare = (
            re.sub(r"\s", "", line) if re.fullmatch(r"[\u4e00-\u9fff](?:\s{1,3}[\u4e00-\u9fff]){1,3}", line) else line
        )
        if words.NAME_LINE.match(bare) and bare[0] in words.SURNAMES and not words.NO_NAMES.search(bare):
            return Value(bare, number)
    return None


def _years(lines: Sequence[str]) -> Value | None:
    for number, line in enumerate(lines, 1):
        if match := words.YEARS.search(line):
            return Value(next(group for group in match.groups() if group), number)
    return None


def _in_sections(lines: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    current = ""
    for number, line in enumerate(lines, 1):
        heading = next((name for name, pattern in words.SECTIONS if len(line) <= 40 and pattern.match(line)), None)
        if heading is None:
            yield current, number, line
        else:
            current = heading


def _span(line: str) -> tuple[str, str, bool] | None:
    match = words.SPAN.search(line)
    if match is None:
        return None
    year, month, only_year, end_year, end_month, end_only_year, current = match.groups()
    start = f"{year}-{int(month):02d}" if year else only_year
    end = f"{end_year}-{int(end_month):02d}" if end_year else end_only_year or ""
    if end and end[: len(start)] < start[: len(end)]:
        return None
    return start, end, bool(current)


def _education(sections: Sequence[tuple[str, int, str]]) -> Iterator[Education]:
    rows = [(number, line) for name, number, line in sections if name == "education" and line]
    for index, (number, line) in enumerate(rows):
        school = words.SCHOOL.search(words.SPAN.sub("  ", line))
        if school is None:
            continue
        # Degree and dates often stand on the line before or after the school's, never on another school's line.
        near = [line]
        if index + 1 < len(rows) and not words.SCHOOL.search(rows[index + 1][1]):
            near.append(rows[index + 1][1])
        if (
            index
            and not words.SCHOOL.search(rows[index - 1][1])
            and words.SPAN.search(rows[index - 1][1])
            and not words.SPAN.search(line)
        ):
            near.insert(0, rows[index - 1][1])
        start, end, _ = next((span for span in map(_span, near) if span), ("", "", False))
        yield Education(
            school.group().strip(" ()（）"), _degree(near), _major(near, school.group()), start, end, number
        )


def _degree(near: Sequence[str]) -> DegreeRank | None:
    for line in near:
        if match := words.DEGREE_WORD.search(line):
            try:
                return parse_degree(match.group()).rank
            except PhraseNotUnderstood:
                return None
    return None


def _major(near: Sequence[str], school: str) -> str:
    text = "  ".join(near)
    if match := words.MAJOR_FIELD.search(text) or words.MAJOR_SUFFIX.search(text):
        return match.group(1).strip()
    for piece in words.FIELD_GAP.split(words.SPAN.sub("  ", near[0] if len(near) == 1 else text)):
        if (
            words.MAJOR_WORD.match(piece)
            and piece != school
            and not words.SCHOOL.fullmatch(piece)
            and not words.DEGREE_WORD.search(piece)
        ):
            return piece
    return ""


def _work(sections: Sequence[tuple[str, int, str]]) -> Iterator[Work]:
    rows = [(number, line) for name, number, line in sections if name == "work" and line]
    starts = [index for index, (_, line) in enumerate(rows) if _span(line)]
    heads = [_has_employer_above(rows, index) for index in starts]
    for position, index in enumerate(starts):
        until = len(rows)
        if position + 1 < len(starts):
            until = starts[position + 1] - heads[position + 1]
        above = [rows[index - 1][1]] if heads[position] else []
        job = _job(rows[index], above, [line for _, line in rows[index + 1 : until]])
        if job is not None:
            yield job


def _undated(line: str) -> str:
    return words.SPAN.sub("  ", line).strip(" -|:：,，")


def _has_employer_above(rows: Sequence[tuple[int, str]], index: int) -> bool:
    """Return whether the employer of the job dated on line `index` stands on the line above its dates."""
    own = " ".join(_undated(line) for _, line in rows[index : index + 2])
    above = rows[index - 1][1] if index else ""
    return (
        bool(above) and not words.EMPLOYER.search(own) and words.EMPLOYER.search(above) is not None and not _span(above)
    )


def _job(dated: tuple[int, str], above: Sequence[str], following: Sequence[str]) -> Work | None:
    number, line = dated
    span, bare = _span(line), _undated(line)
    complete = words.EMPLOYER.search(bare) and words.TITLE.search(bare)
    head = [bare, *above] if above or complete else [bare, *following[:1]]
    employer = next((found.group() for text in head if (found := words.EMPLOYER.search(text))), "")
    if span is None or not employer:
        return None
    title = next(filter(None, (_title(text.replace(employer, "  ")) for text in head)), "")
    used = {text for text in head if employer in text or (title and title in text)}
    summary = "\n".join(text for text in following if text not in used)
    return Work(employer, title, span[0], span[1], span[2], summary[:2000], number)


def _title(text: str) -> str:
    for part in re.split(r"\s{2,}|[|｜,，;；\t]| - |[:：]", text):
        piece = re.sub(r"\([^()]*\)$", "", part.strip(" -")).strip(" -()")
        if len(piece) <= 40 and (match := words.TITLE.fullmatch(piece) or words.TITLE.fullmatch(piece.split(" ")[-1])):
            return match.group().strip()
    return ""


def _skills(lines: Sequence[str], lexicon: Lexicon | None) -> tuple[Skill, ...]:
    if lexicon is None:
        return ()
    found: dict[str, Skill] = {}
    for number, line in enumerate(lines, 1):
        for hit in lexicon.find(line):
            found.setdefault(hit.phrase, Skill(hit.phrase, hit.codes, number))
    return tuple(found.values())
