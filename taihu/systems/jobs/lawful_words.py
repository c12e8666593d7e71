"""Findings of the text check as a writer should read them: the place marked, the article cited, what to write instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taihu.engines.text import lawful
from taihu.systems.jobs.enums import FindingLevel
from taihu.systems.jobs.labels import reader_language
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.screening import CHECKED_FIELDS, exemptions_for, opening_texts, scan_fields

AROUND = 18
CHECKED_LENGTH = 8000
FIELD_LABELS: dict[str, str | Promise] = {
    "title": _("岗位名称"),
    "description": _("工作内容"),
    "requirements": _("招聘条件"),
    "benefits": _("福利"),
    "majors": _("相关专业"),
}


@dataclass(frozen=True)
class ShownFinding:
    """`before` and `after` are the words around the place; `articles` pairs of citation and what it says."""

    field: str
    label: str | Promise
    level: str
    rule: str
    before: str
    matched: str
    after: str
    articles: tuple[tuple[str, str], ...]
    advice: str

    @property
    def is_blocking(self) -> bool:
        return self.level == FindingLevel.BLOCK

    @property
    def level_label(self) -> str:
        return str(FindingLevel(self.level).label)


def check_texts(texts: Mapping[str, str], *, occupation_code: str, at: datetime) -> list[ShownFinding]:
    """What the check says of the texts of a form, blocking findings first."""
    read = {name: str(texts.get(name, ""))[:CHECKED_LENGTH] for name in CHECKED_FIELDS}
    found = scan_fields(read, exemptions=exemptions_for(occupation_code, at))
    shown = [_shown(name, read[name], finding) for name, finding in found]
    return sorted(shown, key=lambda row: not row.is_blocking)


def findings_of(opening: Opening, *, at: datetime) -> list[ShownFinding]:
    """The same for what is stored, without what an officer already let pass. Two statements."""
    passed = set(opening.findings.filter(overruled_at__isnull=False).values_list("rule", "field", "excerpt"))
    shown = check_texts(opening_texts(opening), occupation_code=opening.occupation_code, at=at)
    return [row for row in shown if (row.rule, row.field, row.matched[:120]) not in passed]


def _shown(name: str, text: str, finding: lawful.Finding) -> ShownFinding:
    language = "en" if reader_language().startswith("en") else "zh"
    start, end = max(0, finding.start - AROUND), finding.end + AROUND
    return ShownFinding(
        field=name,
        label=FIELD_LABELS[name],
        level=finding.level.value,
        rule=finding.rule,
        before=("…" if start else "") + text[start : finding.start],
        matched=finding.matched,
        after=text[finding.end : end] + ("…" if end < len(text) else ""),
        articles=tuple((article.cite(language), getattr(article, language)) for article in finding.articles),
        advice=finding.advice_en if language == "en" else finding.advice_zh,
    )
