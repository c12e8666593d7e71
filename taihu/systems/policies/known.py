"""What the city knows of an applicant already, so that the form does not ask for it: value, source and date."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.people import FactValue
from taihu.engines.rules.people import Person as RulePerson
from taihu.engines.rules.tree import Words
from taihu.engines.text.script import in_language
from taihu.records.base.clock import city_date
from taihu.records.facts.dossiers import belief_at, dossier_of
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Person
from taihu.records.identity.queries import has_consent
from taihu.systems.policies.models import Track
from taihu.systems.policies.rulebook import city_catalogue
from taihu.systems.policies.words import record_words


@dataclass(frozen=True)
class Known:
    """In both languages, because it is kept with the application. `raw` is the stored value of a plain fact, for forms."""

    name: str
    label: Words
    value: Words
    source: str
    since: str
    raw: Any = None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def person_facts(person: Person, *, at: datetime) -> RulePerson:
    """The person as the rule engine reads them, as known at that moment."""
    return dossier_of(city_catalogue(), person, belief_at(at)).person


def known_of(track: Track, person: Person | None, *, at: datetime) -> dict[str, Known]:
    """Fact name → what is known, for the fields of a track that name a fact. Empty without consent to look (政策核对)."""
    names = [field["fact"] for field in track.fields if field.get("fact")]
    if person is None or not names or not has_consent(person, Purpose.POLICY):
        return {}
    catalogue, facts = city_catalogue(), person_facts(person, at=at)
    found = {name: _known(catalogue, facts, name, at) for name in dict.fromkeys(names)}
    return {name: item for name, item in found.items() if item is not None}


def _known(catalogue: Catalogue, facts: RulePerson, name: str, at: datetime) -> Known | None:
    if name in catalogue.records:
        return _known_records(catalogue, facts, name)
    if name not in catalogue.facts:
        return None
    fact = catalogue.facts[name]
    day = city_date(at).toordinal() - 719_163
    value = facts.value_at(name, day) if fact.has_history else _single(facts, name)
    if value is None or value.value is None:
        return None
    stored = value.value
    said = _both(lambda speak: catalogue.said(fact, stored, speak))
    return Known(name, fact.label, said, value.source, _day(value.fetched_at), stored)


def _single(facts: RulePerson, name: str) -> FactValue | None:
    values = [item for item in facts.facts.get(name, ()) if item.value is not None]
    return values[-1] if values and len({item.value for item in values}) == 1 else None


def _known_records(catalogue: Catalogue, facts: RulePerson, name: str) -> Known | None:
    records = facts.records.get(name)
    if not records:
        return None
    kind, last = catalogue.records[name], records[-1]
    said = _both(
        lambda speak: in_language("；", "; ", speak).join(
            record_words(catalogue, kind, item, speak) for item in records
        )
    )
    return Known(name, kind.label, said, last.source, _day(last.fetched_at))


def _both(say: Callable[[str], str]) -> Words:
    return Words(say("zh"), say("en"))


def _day(number: int | None) -> str:
    return "" if number is None else from_days(number).isoformat()
