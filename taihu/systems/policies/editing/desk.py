"""One look at a text in the editor: does it load, what is wrong where, how its cases come out, what it does to a sample."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.errors import Problem
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.phrases import rule_phrases
from taihu.engines.rules.results import CaseResult, Status
from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.systems.policies.actions.policies import Checked, check_text
from taihu.systems.policies.editing.forecasting import SAMPLE, CityFacts, city_facts
from taihu.systems.policies.models import PolicyVersion

KEPT_SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """A finding with the line it is about, so that nobody has to count."""

    problem: Problem
    message: str
    fix: str
    line: str
    marker: str

    @property
    def number(self) -> int:
        return self.problem.place.line


@dataclass(frozen=True)
class Trial:
    """A text on a sample of the city."""

    people: int
    yes: int
    no: int
    unknown: int
    payable: int
    is_whole_city: bool


@dataclass(frozen=True)
class Look:
    """What the panel beside the text shows. `checked` is None when the text does not load."""

    checked: Checked | None
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    cases: tuple[CaseResult, ...]
    trial: Trial | None

    @property
    def failed(self) -> int:
        return sum(not item.passed for item in self.cases)

    @property
    def is_ready(self) -> bool:
        return self.checked is not None and bool(self.cases) and not self.failed

    def words(self) -> dict[str, str]:
        return rule_phrases(self.checked.rules, self.checked.policy, language()) if self.checked else {}

    def outcomes(self) -> dict[str, CaseResult]:
        return {item.case: item for item in self.cases}


def look_at(text: str, version: PolicyVersion, *, at: datetime, with_trial: bool = True) -> Look:
    """Check a text that belongs to a draft (or was published)."""
    try:
        checked = check_text(text, replaces=version.replaces)
    except Refused as refused:
        problems: tuple[Problem, ...] = refused.data.get("problems", ())
        return Look(None, problems, _findings(problems, text), (), None)
    trial = try_out(checked, at) if with_trial else None
    return Look(checked, checked.advice, _findings(checked.advice, text), checked.cases, trial)


def _findings(problems: tuple[Problem, ...], text: str) -> tuple[Finding, ...]:
    lines = text.split("\n")
    spoken = language()
    found = []
    for item in problems:
        place = item.place
        line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
        start = max(0, place.column - 60)
        shown = line[start : start + 110]
        marker = " " * max(0, place.column - 1 - start) + "^" if line else ""
        found.append(Finding(item, item.message(spoken), item.fix(spoken), shown, marker))
    return tuple(found)


def try_out(checked: Checked, at: datetime) -> Trial | None:
    """The text on some people, for a first idea while typing; None where nobody is registered yet."""
    facts = _sample(checked.rules.catalogue, at)
    if not facts.table.n:
        return None
    day = max(city_date(at), from_days(checked.policy.effective_from))
    result = evaluate(checked.rules.only([checked.policy.key]), facts.table, day)[checked.policy.key]
    counts = {status: int((result.status == status).sum()) for status in Status}
    unknown = counts[Status.UNKNOWN] + counts[Status.NEEDS_DECISION]
    payable = int(result.payable.sum())
    return Trial(facts.table.n, counts[Status.YES], counts[Status.NO], unknown, payable, facts.is_whole_city)


def _sample(catalogue: Catalogue, at: datetime) -> CityFacts:
    """Kept for some minutes: the facts of a sample need not be of this very second."""
    names = "\n".join((*catalogue.facts, *catalogue.records))
    key = "policies:sample:" + sha256(names.encode()).hexdigest()
    found: CityFacts | None = cache.get(key)
    if found is None:
        found = city_facts(catalogue, at=at, at_most=SAMPLE)
        cache.set(key, found, KEPT_SECONDS)
    return found
