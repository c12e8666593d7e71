"""The text check of openings: what the law forbids, with the article, and how long an officer has to look."""

from collections.abc import Iterable
from datetime import datetime, time
from functools import cache

from taihu.engines.text import lawful
from taihu.engines.workdays import Deadline, Unit, WorkCalendar
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.systems.jobs.models import LawfulException, Opening, OpeningFinding

REVIEW_WORKING_DAYS = 2
COMPLAINT_WORKING_DAYS = 5
CHECKED_FIELDS = ("title", "description", "requirements", "benefits", "majors")


@cache
def calendar() -> WorkCalendar:
    return WorkCalendar()


def due_after(at: datetime, working_days: int) -> datetime:
    """The end of the working day that is so many working days after `at`."""
    due = Deadline(Unit.WORKING_DAYS, working_days, event="").due(city_date(at), calendar())
    return datetime.combine(due.day, time(23, 59, 59), tzinfo=CITY_ZONE)


def exemptions_for(occupation_code: str, at: datetime) -> list[lawful.Exemption]:
    """Rules that an officer registered as not holding for this occupation or the group it belongs to."""
    rows = LawfulException.objects.values_list("rule", "basis", "occupation_code", "active_to")
    return [
        lawful.Exemption(rule, basis)
        for rule, basis, code, active_to in rows
        if code and occupation_code.startswith(code) and (active_to is None or active_to > at)
    ]


def scan_fields(
    texts: dict[str, str], *, exemptions: Iterable[lawful.Exemption] = ()
) -> list[tuple[str, lawful.Finding]]:
    """(field, finding) for every finding in the texts of a form; the same for typing, saving, importing."""
    allowed = list(exemptions)
    return [
        (name, finding)
        for name, text in texts.items()
        for finding in lawful.scan(text, exemptions=allowed)
        if finding.level in {lawful.Level.BLOCK, lawful.Level.FLAG}
    ]


def opening_texts(opening: Opening) -> dict[str, str]:
    texts = {name: getattr(opening, name) for name in CHECKED_FIELDS}
    return {name: "、".join(value) if isinstance(value, list) else value for name, value in texts.items()}


def store_findings(opening: Opening, *, at: datetime) -> None:
    """Replace the findings by those of the present text; a finding that was overruled stays overruled."""
    overruled = {(row.rule, row.field, row.excerpt): row for row in opening.findings.filter(overruled_at__isnull=False)}
    opening.findings.filter(overruled_at__isnull=True).delete()
    exemptions = exemptions_for(opening.occupation_code, at)
    rows = []
    for field, finding in scan_fields(opening_texts(opening), exemptions=exemptions):
        excerpt = finding.matched[:120]
        if (finding.rule, field, excerpt) not in overruled:
            rows.append(
                OpeningFinding(
                    opening=opening,
                    rule=finding.rule,
                    level=finding.level,
                    category=finding.category,
                    field=field,
                    excerpt=excerpt,
                    found_at=at,
                )
            )
    OpeningFinding.objects.bulk_create(rows)
