"""Values, records and amounts of policies in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from taihu.engines.rules.catalogue import Catalogue, RecordType, shipped_catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.people import Person, Record
from taihu.engines.rules.tree import Policy, Schedule, Table
from taihu.engines.rules.values import show, show_money
from taihu.engines.text.script import in_language
from taihu.records.base.language import language


def record_words(catalogue: Catalogue, kind: RecordType, record: Record, speak: str = "") -> str:
    """A record on one line: 硕士 · 全日制 · 江南大学 · 毕业证日期 2024-06-30. In the reader's language unless told."""
    speak, words = speak or language(), []
    for name, fact in kind.fields.items():
        value = record.values.get(name)
        if value is None or (fact.type.kind is Kind.BOOL and not value):
            continue
        label, said = fact.label.say(speak), catalogue.said(fact, value, speak)
        plain = fact.type.kind in (Kind.ENUM, Kind.CODE)
        words.append(label if fact.type.kind is Kind.BOOL else said if plain else f"{label} {said}")
    return " · ".join(words) or in_language("没有写明内容", "nothing stated", speak)


def source_name(source: str) -> str:
    """The register or department that answered, for the reader."""
    return shipped_catalogue().named("source", source, language())


@dataclass(frozen=True)
class KnownFact:
    """What is known under one name, for reading: lines of text with the source and the day on which it was answered."""

    name: str
    label: str
    lines: tuple[str, ...]
    sources: tuple[str, ...]
    fetched: date | None


def known_facts(catalogue: Catalogue, person: Person, names: Iterable[str]) -> list[KnownFact]:
    """What is known of a person under these names, in the catalogue's order."""
    wanted, found = set(names), []
    for name, fact in catalogue.facts.items():
        values = person.facts.get(name, ()) if name in wanted else ()
        known = [item for item in values if item.value is not None]
        if known:
            lines = tuple(catalogue.said(fact, item.value, language()) for item in known if item.value is not None)
            found.append(_known(name, fact.label.say(language()), lines, known))
    for name, kind in catalogue.records.items():
        if name in wanted and name in person.records:
            records = person.records[name]
            lines = tuple(record_words(catalogue, kind, item) for item in records) or (_("没有记录"),)
            found.append(_known(name, kind.label.say(language()), lines, list(records)))
    return found


def _known(name: str, label: str, lines: tuple[str, ...], items: list[Any]) -> KnownFact:
    sources = tuple(dict.fromkeys(source_name(item.source) for item in items if item.source))
    days = [item.fetched_at for item in items if item.fetched_at is not None]
    return KnownFact(name, label, lines, sources, from_days(min(days)) if days else None)


def amount_tables(policy: Policy, catalogue: Catalogue) -> list[dict[str, Any]]:
    """The tables of a policy as rows of words."""
    return [
        {
            "name": table.name,
            "rows": [([_key(catalogue, table, place, key) for place, key in enumerate(keys)], _cell(table, value))
                     for keys, value in table.rows],
            "other": None if table.other is None else _cell(table, table.other),
        }
        for table in policy.tables
    ]  # fmt: skip


def _key(catalogue: Catalogue, table: Table, place: int, key: int | str) -> str:
    type_ = table.keys[place]
    for known, labels in catalogue.enums.values():
        if known == type_ and isinstance(key, int) and labels:
            return labels[key].say(language())
    return show(type_, key, language())


def _cell(table: Table, value: int) -> str:
    return show(table.type, value, language())


def schedule_words(schedule: Schedule) -> str:
    """40% · 30% · 30%, or the number of payments where their sizes are computed."""
    if all(part.share is not None for part in schedule.parts):
        return " · ".join(f"{(part.share or 0) / 100:g}%" for part in schedule.parts)
    return _("分 %(count)s 次") % {"count": len(schedule.parts)}


def shares_words(shares: Iterable[tuple[str, int]]) -> str:
    return "、".join(f"{payer_name(payer)} {share / 100:g}%" for payer, share in shares)


def payer_name(payer: str) -> str:
    names = {
        "national": _("中央"),
        "province": _("省级"),
        "city": _("市级"),
        "district": _("区级"),
        "employer": _("单位"),
    }
    return names.get(payer, payer)


def level_name(level: str) -> str:
    return {"national": _("国家"), "province": _("省"), "city": _("市"), "district": _("区")}.get(level, level)


def yuan(fen: int) -> str:
    return show_money(fen, language())


def value_in_words(catalogue: Catalogue, name: str, value: Any) -> list[str]:
    """A value as it is stored, in words: one line, or one per record."""
    try:
        person = Person.of(catalogue, "stated", {name: value})
    except FactsError:
        return [str(value)]
    return [line for item in known_facts(catalogue, person, [name]) for line in item.lines]
