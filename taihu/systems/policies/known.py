"""What the city knows of an applicant already, so that the form does not ask for it: value, source and date."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from taihu.engines.rules.catalogue import Catalogue, FactType
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.people import FactValue, Record
from taihu.engines.rules.people import Person as RulePerson
from taihu.engines.rules.values import show
from taihu.records.base.clock import city_date
from taihu.records.facts.dossiers import belief_at, dossier_of
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Person
from taihu.records.identity.queries import has_consent
from taihu.systems.policies.models import Track
from taihu.systems.policies.rulebook import city_catalogue


@dataclass(frozen=True)
class Known:
    """`raw` is the stored value of a plain fact, for forms; records have only their text."""

    name: str
    label: str
    value: str
    source: str
    since: str
    raw: Any = None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


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
    return Known(
        name, fact.label.say(language()), _text(fact, value.value), value.source, _day(value.fetched_at), value.value
    )


def _single(facts: RulePerson, name: str) -> FactValue | None:
    values = [item for item in facts.facts.get(name, ()) if item.value is not None]
    return values[-1] if values and len({item.value for item in values}) == 1 else None


def _known_records(catalogue: Catalogue, facts: RulePerson, name: str) -> Known | None:
    records = facts.records.get(name)
    if not records:
        return None
    kind = catalogue.records[name]
    joint = "；" if language() == "zh" else "; "
    text = joint.join(_record_text(kind.fields, record) for record in records)
    last = records[-1]
    return Known(name, kind.label.say(language()), text, last.source, _day(last.fetched_at))


def _record_text(fields: Any, record: Record) -> str:
    shown = (_text(fields[name], value) for name, value in record.values.items() if name in fields)
    return " · ".join(text for text in shown if text)


def _text(fact: FactType, value: int | str) -> str:
    if fact.value_labels and isinstance(value, int) and 0 <= value < len(fact.value_labels):
        return fact.value_labels[value].say(language())
    if fact.type.kind == "bool":
        return fact.label.say(language()) if value else ""
    return show(fact.type, value, language())


def _day(number: int | None) -> str:
    return "" if number is None else from_days(number).isoformat()
