"""One row of a foreign table, understood: an opening with codes and confidences, or the reasons why not.

Pure: no database, no clock. The same row, mapping and moment give the same outcome in any process.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from taihu.engines.tables import Row
from taihu.engines.text import dedupe, lawful
from taihu.engines.text.fold import fold
from taihu.records.base.errors import Refused
from taihu.records.identity.validators import check_credit_code, name_key
from taihu.systems.jobs.imports import codes
from taihu.systems.jobs.imports.amounts import NotUnderstood, headcount, moment
from taihu.systems.jobs.imports.fields import REQUIRED
from taihu.systems.jobs.imports.mapping import JobMapping
from taihu.systems.jobs.imports.texts import Found, RowReader

ACCEPTED, REPAIRED, HELD, REJECTED = "accepted", "repaired", "held", "rejected"
STATES = (ACCEPTED, REPAIRED, HELD, REJECTED)
LONGEST_TITLE, LONGEST_TEXT = 120, 20_000
MOST_LISTED = 30
_SECTION = re.compile(
    r"(?:^|(?<=[\n。；;！!.)）\s]))[【\[(（]?\s*(?:任职|岗位|职位|招聘|应聘|录用|入职)?(?:要求|资格|条件)\s*[】\])）]?\s*[:：]"
    r"|[【\[](?:任职|岗位|职位|招聘)(?:要求|资格|条件)[】\]]"
    r"|(?:任职要求|任职资格|岗位要求|职位要求|任职条件|招聘条件)(?=\s*(?:\d|[:：]|\n|一、|①))"
)


class Reason(NamedTuple):
    """Why a row ended as it did: a stable code, the field it concerns, and the words at fault."""

    code: str
    field: str = ""
    detail: str = ""


class Employer(NamedTuple):
    """Who a posting says it is by."""

    name: str
    key: str
    credit_code: str = ""
    size_code: str = ""
    kind_code: str = ""
    industry_code: str = ""
    address: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of one row; `values` are columns of an opening."""

    number: int
    state: str
    reasons: list[Reason] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    employer: Employer | None = None
    identity: tuple[str, str] = ("", "")
    digest: str = ""
    owner: int = 0
    bare_title: str = ""
    minima: bytes = b""


@dataclass(frozen=True)
class Task:
    """Everything that reading rows needs; sent once to every process."""

    mapping: JobMapping
    columns: tuple[str, ...]
    at: datetime
    source: str
    is_own: bool = False
    exemptions: tuple[tuple[str, str, str], ...] = ()


class Understanding:
    """Reads the rows of one table."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._reader = RowReader(task.mapping, task.columns)

    def row(self, row: Row) -> Outcome:
        if row.problem:
            return Outcome(row.number, REJECTED, [Reason(row.problem)])
        return self.texts(row.number, self._reader.read(row.cells))

    def texts(self, number: int, found: Found) -> Outcome:
        """Understand the texts of one opening, from a row or from an officer's correction."""
        work = _Work(self.task, found)
        work.fill()
        state = REJECTED if found.rejected else HELD if found.held else REPAIRED if found.repaired else ACCEPTED
        reasons = {REJECTED: found.rejected, HELD: found.held, REPAIRED: found.repaired, ACCEPTED: []}[state]
        outcome = Outcome(number, state, [Reason(*reason) for reason in dict.fromkeys(reasons)], work.remarks)
        outcome.values, outcome.employer = work.values, work.employer
        if state != REJECTED:
            work.identify(outcome)
        return outcome


class _Work:
    """The state of reading one row."""

    def __init__(self, task: Task, found: Found) -> None:
        self.task, self.found, self.texts = task, found, found.texts
        self.values: dict[str, Any] = {}
        self.confidence: dict[str, Any] = {}
        self.remarks: list[str] = []
        self.employer: Employer | None = None

    def fill(self) -> None:
        self._words()
        self._employer()
        if self.found.rejected:
            return
        codes.fill_codes(self)
        self._headcount()
        self._times()
        self._citation()
        self._law()
        self.values["confidence"] = self.confidence

    def get(self, name: str) -> str:
        return self.texts.get(name, "")

    def hold(self, code: str, name: str, detail: str = "") -> None:
        self.found.held.append((code, name, detail[:60]))

    def reject(self, code: str, name: str, detail: str = "") -> None:
        self.found.rejected.append((code, name, detail[:60]))

    def repair(self, code: str, name: str, detail: str = "") -> None:
        self.found.repaired.append((code, name, detail[:60]))

    def _words(self) -> None:
        title, description = self.get("title").replace("\n", " "), self.get("description")
        requirements = self.get("requirements")
        if not requirements and self.task.mapping.splits_requirements:
            description, requirements = split_requirements(description)
        for name, text in (("title", title), ("description", description)):
            if not text and (name in REQUIRED or not requirements):
                self.reject("field_missing", name)
        if len(title) > LONGEST_TITLE:
            title = title[:LONGEST_TITLE]
            self.repair("title_cut", "title")
        self.values |= {
            "title": title,
            "description": description[:LONGEST_TEXT],
            "requirements": requirements[:LONGEST_TEXT],
            "benefits": self.get("benefits")[:LONGEST_TEXT],
            "address": self.get("address")[:200],
            "contact_name": self.get("contact_name")[:40],
            "contact_phone": self.get("contact_phone")[:40],
        }

    def _employer(self) -> None:
        if self.task.is_own:
            return
        name, code = self.get("employer").replace("\n", " ")[:120], self.get("credit_code")
        if code:
            try:
                code = check_credit_code(code)
            except Refused:
                self.reject("credit_code_wrong", "credit_code", code)
        if not name and not code:
            self.reject("field_missing", "employer")
            return
        self.employer = Employer(
            name=name or code,
            key=name_key(name or code),
            credit_code=code,
            size_code=codes.size_code(self.get("employer_size")),
            kind_code=codes.kind_code(self.get("employer_kind")),
            industry_code=codes.industry(self.get("employer_industry") or self.get("industry")).code[:6],
            address=self.get("employer_address")[:200],
        )

    def _headcount(self) -> None:
        parts = [self.get(name) for name in ("headcount_male", "headcount_female", "headcount_any")]
        total = self.get("headcount")
        try:
            if total:
                places, is_written = headcount(total)
            else:
                counts = [headcount(part) for part in parts if part]
                places, is_written = sum(count for count, _ in counts), all(ok or not n for n, ok in counts)
        except NotUnderstood as error:
            self.hold("headcount_unknown", "headcount", str(error))
            places, is_written = 1, True
        if (total or any(parts)) and (not is_written or places < 1):
            self.repair("headcount_one", "headcount", total)
        self.values["headcount"] = max(1, min(places, 10_000))

    def _times(self) -> None:
        mapping, at = self.task.mapping, self.task.at
        posted, _ = self._moment("posted_at")
        if posted is not None and posted > at + timedelta(days=1):
            self.repair("date_in_future", "posted_at", self.get("posted_at"))
            posted = at
        until, has_time = self._moment("valid_through")
        base = posted if posted is not None and mapping.counted_from == "posted" else at
        if until is not None and not has_time:
            until += timedelta(hours=23, minutes=59, seconds=59)
        longest = at + timedelta(days=mapping.longest_days)
        if until is not None and until > longest:
            self.repair("validity_cut", "valid_through", self.get("valid_through"))
            until = longest
        self.values["published_at"] = posted or at
        self.values["valid_through"] = until or base + timedelta(days=mapping.valid_days)
        if self.values["valid_through"] <= at:
            self.remarks.append("expired")

    def _moment(self, name: str) -> tuple[datetime | None, bool]:
        text = self.get(name)
        source = self.task.mapping.fields.get(name)
        if not text or source is None:
            return None, False
        try:
            return moment(text, source.formats, at=self.task.at)
        except (NotUnderstood, OverflowError):
            self.hold("date_unknown", name, text)
            return None, False

    def _citation(self) -> None:
        url = self.get("source_url")
        if url and (len(url) > 500 or not re.match(r"https?://[^\s<>\"']+$", url)):
            self.repair("url_dropped", "source_url", url)
            url = ""
        self.values["source_url"] = url

    def _law(self) -> None:
        exemptions = [
            lawful.Exemption(rule, basis)
            for rule, basis, prefix in self.task.exemptions
            if self.values["occupation_code"].startswith(prefix)
        ]
        for name in ("title", "description", "requirements", "benefits"):
            text = self.values[name]
            for finding in lawful.scan(text, exemptions=exemptions) if text else ():
                if finding.level is lawful.Level.BLOCK:
                    self.reject("unlawful", name, f"{finding.rule}：{finding.matched}")
                elif finding.level is lawful.Level.FLAG:
                    self.hold("suspicious", name, f"{finding.rule}：{finding.matched}")

    def identify(self, outcome: Outcome) -> None:
        """Who this opening is on its next coming, what it says, and what it looks like."""
        values = self.values
        text = f"{values['description']}\n{values['requirements']}"
        owner = self.employer.name if self.employer else ""
        outcome.owner = dedupe.owner_key(owner, values["area_code"])
        outcome.bare_title = dedupe.bare_title(values["title"])[:120]
        outcome.minima = dedupe.minima_of(text)[1]
        source = "" if self.task.is_own else (self.get("source") or self.task.source)[:60]
        identifier = self.get("source_id")[:200]
        if not identifier:
            parts = (self.employer.key if self.employer else "", outcome.bare_title, values["area_code"], fold(text))
            identifier = f"sha256:{sha256(chr(31).join(parts).encode()).hexdigest()}"
        outcome.identity = (source, identifier)
        fixed = {k: v for k, v in values.items() if k not in ("published_at", "valid_through")}
        fixed |= {"posted": self.get("posted_at"), "until": self.get("valid_through"), "employer": self.employer}
        outcome.digest = sha256(repr(sorted(fixed.items())).encode()).hexdigest()


def split_requirements(text: str) -> tuple[str, str]:
    """(what is done, what is asked for) of a text that says both under headings; ("…", "") where it has no heading.

    >>> split_requirements("岗位职责：1、巡检；任职要求：1、大专以上")
    ('岗位职责：1、巡检；', '任职要求：1、大专以上')
    """
    match = _SECTION.search(text, 6)
    if match is None:
        return text, ""
    return text[: match.start()].rstrip(), text[match.start() :].strip()


def understand(task: Task, rows: Sequence[Row]) -> list[Outcome]:
    reading = Understanding(task)
    return [reading.row(row) for row in rows]
