"""What the rule engine's catalogue lets policies read, as properties that facts may be written of.

A fact with one value is stored as that value: true, 12, fen, "2024-06-30", the name of an enum value, a code, a decimal as
text. A kind of which a person has any number (degrees, months of insurance, homes) is stored as a list of records, one
list per answer of a register: several answers add up, an empty list says "none", and no row at all says "not known".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from taihu.engines.rules.catalogue import Catalogue, FactType, RecordType, shipped_catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.kinds import OPEN_DATE, RECORDS_MAX, Kind, Type
from taihu.engines.rules.tree import Words
from taihu.engines.rules.values import expected, show_decimal, stored_value
from taihu.records.base.errors import Refused
from taihu.records.facts.properties import ORGANISATION, PERSON, Property, register_property

RULE, RECORDS = "rule", "records"
# The source of facts that only the person can state: a choice, a promise.
FROM_SELF = "本人"


def say(words: Words) -> str:
    """Words of the catalogue in the reader's language."""
    return words.say("en" if (get_language() or "").startswith("en") else "zh")


label_of = lazy(say, str)


@dataclass(frozen=True)
class RuleProperty(Property):
    """A fact with one value at a time."""

    fact: FactType | None = None

    def check(self, value: Any) -> Any:
        assert self.fact is not None
        return _natural(self.fact, value, str(self.label))


@dataclass(frozen=True)
class RecordsProperty(Property):
    """A list of records; a list, one record, or either as JSON text."""

    record: RecordType | None = None

    def check(self, value: Any) -> Any:
        assert self.record is not None
        items = _items(value, str(self.label))
        return [self._record(item) for item in items]

    def _record(self, item: Any) -> dict[str, Any]:
        assert self.record is not None
        fields = self.record.fields
        unknown = sorted(set(item) - set(fields)) if isinstance(item, Mapping) else []
        if not isinstance(item, Mapping) or unknown:
            raise Refused(
                "record_fields",
                _("“%(label)s”没有这些项目：%(names)s。")
                % {"label": self.label, "names": "、".join(unknown) or str(item)[:40]},
                _("可用的项目：%(names)s。") % {"names": "、".join(fields)},
                field="value",
            )
        found = {
            name: _natural(fields[name], raw, f"{self.label} · {say(fields[name].label)}")
            for name, raw in sorted(item.items())
            if raw is not None and raw != ""
        }
        if self.record.span:
            _check_span(self.record, found, str(self.label))
        return found


def _check_span(record: RecordType, values: Mapping[str, Any], label: str) -> None:
    start, end = (values.get(name) for name in record.span)
    if start is not None and end is not None and end < start:
        raise Refused(
            "record_span",
            _("“%(label)s”的结束日期 %(end)s 早于开始日期 %(start)s。") % {"label": label, "end": end, "start": start},
            field="value",
        )


def _items(value: Any, label: str) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise _no_list(label) from None
    items = [value] if isinstance(value, Mapping) else value
    if not isinstance(items, list) or len(items) > RECORDS_MAX:
        raise _no_list(label)
    return items


def _no_list(label: str) -> Refused:
    return Refused(
        "record_list",
        _("“%(label)s”应是一组记录。") % {"label": label},
        _("请写成 JSON 数组，没有记录时写 []。"),
        field="value",
    )


def _natural(fact: FactType, raw: Any, label: str) -> Any:
    """The value in the form in which it is stored, or a refusal that says what is expected."""
    try:
        return natural_value(fact.type, stored_value(fact.type, _plain(fact.type, raw), fact.name))
    except FactsError as error:
        language = "en" if (get_language() or "").startswith("en") else "zh"
        raise Refused(
            "fact_value",
            _("“%(value)s”不能作为“%(label)s”的值。") % {"value": str(raw)[:40], "label": label},
            _("请写成：%(expected)s。") % {"expected": expected(fact.type)},
            field="value",
            problems=[item.message(language) for item in error.problems],
        ) from error


def _plain(type_: Type, raw: Any) -> Any:
    """Chinese answers of registers are understood too; money without a unit is fen."""
    if type_.kind is Kind.BOOL and isinstance(raw, str):
        return {"是": "true", "有": "true", "1": "true", "否": "false", "无": "false", "0": "false"}.get(
            raw.strip(), raw
        )
    if type_.kind is Kind.MONEY and isinstance(raw, str) and raw.strip().isdigit():
        return int(raw)
    return raw.strip() if isinstance(raw, str) else raw


def natural_value(type_: Type, stored: int | str) -> Any:
    """From the engine's stored form to what is written into the database.

    >>> natural_value(shipped_catalogue().facts["birth_date"].type, 0)
    '1970-01-01'
    """
    if isinstance(stored, str):
        return stored
    if type_.kind is Kind.BOOL:
        return bool(stored)
    if type_.kind is Kind.DATE:
        return from_days(min(stored, OPEN_DATE)).isoformat()
    if type_.kind is Kind.ENUM:
        return type_.values[stored]
    return show_decimal(stored) if type_.kind is Kind.DECIMAL else stored


def property_of(name: str, catalogue: Catalogue) -> Property | None:
    """The property of a name of a catalogue."""
    fact, record = catalogue.facts.get(name), catalogue.records.get(name)
    if fact is not None:
        subject = ORGANISATION if fact.subject == "employer" else PERSON
        return RuleProperty(name, subject, RULE, label_of(fact.label), fact=fact)
    if record is not None:
        return RecordsProperty(name, PERSON, RECORDS, label_of(record.label), is_single=False, record=record)
    return None


for _name in (*shipped_catalogue().facts, *shipped_catalogue().records):
    _found = property_of(_name, shipped_catalogue())
    assert _found is not None
    register_property(_found)
