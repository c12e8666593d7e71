"""A CV as an employer reads it: the sections that bear on the work, in fixed order; photographs and the like are left out."""

from dataclasses import dataclass
from typing import Any

from taihu.systems.jobs.labels import code_label


@dataclass(frozen=True)
class Entry:
    """One job, school or project."""

    title: str
    place: str
    span: str
    text: str


@dataclass(frozen=True)
class ResumeText:
    """JSON Resume 1.0 as words. `contacts` is what the person handed over with the CV."""

    name: str
    label: str
    summary: str
    contacts: tuple[str, ...]
    work: tuple[Entry, ...]
    education: tuple[Entry, ...]
    projects: tuple[Entry, ...]
    skills: tuple[str, ...]
    certificates: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def is_bare(self) -> bool:
        return not (self.summary or self.work or self.education or self.projects or self.skills)


def read_resume(data: dict[str, Any]) -> ResumeText:
    """Read what is there and understood; a part of the wrong shape is skipped."""
    basics = data["basics"] if isinstance(data.get("basics"), dict) else {}
    return ResumeText(
        name=_text(basics, "name"),
        label=_text(basics, "label"),
        summary=_text(basics, "summary"),
        contacts=tuple(text for key in ("phone", "email", "url") if (text := _text(basics, key))),
        work=tuple(_entry(row, "position", "name", "summary") for row in _rows(data, "work")),
        education=tuple(_entry(row, "institution", "area", "studyType") for row in _rows(data, "education")),
        projects=tuple(_entry(row, "name", "entity", "description") for row in _rows(data, "projects")),
        skills=tuple(code_label("skill", name) for row in _rows(data, "skills") if (name := _text(row, "name"))),
        certificates=tuple(
            code_label("certificate", name) for row in _rows(data, "certificates") if (name := _text(row, "name"))
        ),
        languages=tuple(_language(row) for row in _rows(data, "languages") if _text(row, "language")),
    )


def _rows(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


def _entry(row: dict[str, Any], title: str, place: str, text: str) -> Entry:
    start, end = _text(row, "startDate"), _text(row, "endDate")
    span = f"{start or '…'} – {end or '…'}" if start or end else ""
    highlights = row.get("highlights")
    lines = [item for item in highlights if isinstance(item, str)] if isinstance(highlights, list) else []
    return Entry(
        _text(row, title), _text(row, place), span, "\n".join(part for part in (_text(row, text), *lines) if part)
    )


def _language(row: dict[str, Any]) -> str:
    fluency = _text(row, "fluency")
    return f"{_text(row, 'language')} · {fluency}" if fluency else _text(row, "language")
