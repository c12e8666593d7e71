"""The worked cases as the form shows them: what is given fact by fact and record by record, and what must come out."""

from collections.abc import Mapping
from typing import Any

from taihu.engines.rules.catalogue import Catalogue, FactType
from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.values import expected
from taihu.systems.policies.editing.plain import Plain, write_part
from taihu.systems.policies.editing.rows import Placed, Row, last_key, plain_values, words_of

#: What stands in a field for a value that nobody knows.
UNKNOWN = "?"
LISTS = ("fails", "unknown", "instalments", "due")


def cases_of(
    placed: Placed, outcomes: Mapping[str, Any], catalogue: Catalogue | None, language: str
) -> tuple[Row, ...]:
    """A case's children are what is given; `members` and `expect` are among its values."""
    return tuple(_case(placed, row, outcomes, catalogue, language) for row in placed.rows("cases", plain_values))


def _case(placed: Placed, row: Row, outcomes: Mapping[str, Any], catalogue: Catalogue | None, language: str) -> Row:
    given = _given(placed, f"{row.path}/given", catalogue, language)
    members = tuple(
        Row(f"{row.path}/household/{n}", {}, (), _given(placed, f"{row.path}/household/{n}", catalogue, language))
        for n in range(placed.count(f"{row.path}/household"))
    )
    values = {
        **row.values,
        "title": words_of(row.values.get("title")),
        "outcome": outcomes.get(str(row.values.get("name", ""))),
        "members": members,
        "expect": _expect(placed.at(f"{row.path}/expect")),
        "payers": placed.entries(f"{row.path}/expect/payers"),
    }
    shown = [item.path for item in given] + [item.path for member in members for item in member.children]
    return Row(row.path, values, placed.of(row.path, below=shown), given, row.is_first, row.is_last)


def _expect(value: Plain) -> dict[str, Any]:
    found: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    for key in LISTS:
        if isinstance(found.get(key), list):
            found[key] = "、".join(str(item) for item in found[key])
    return found


def _given(placed: Placed, path: str, catalogue: Catalogue | None, language: str) -> tuple[Row, ...]:
    return tuple(_answer(placed, at, catalogue, language) for at in placed.keys(path))


def _answer(placed: Placed, path: str, catalogue: Catalogue | None, language: str) -> Row:
    """One fact, or the records of one kind."""
    value, name = placed.at(path), last_key(path)
    values: dict[str, Any] = {"key": name, "kind": "value", "hint": _hint(name, catalogue, language)}
    if isinstance(value, list) and all(_is_record(item) for item in value):
        records = tuple(
            Row(f"{path}/{n}", {}, placed.of(f"{path}/{n}"), _cells(placed, f"{path}/{n}")) for n in range(len(value))
        )
        own = placed.of(path, below=(record.path for record in records))
        return Row(path, {**values, "kind": "records"}, own, records)
    if isinstance(value, dict | list):
        return Row(path, {**values, "kind": "other", "value": write_part(value)}, placed.of(path))
    return Row(path, {**values, "value": UNKNOWN if value is None else value}, placed.of(path))


def _is_record(value: Plain) -> bool:
    return isinstance(value, dict) and all(item is None or isinstance(item, str) for item in value.values())


def _cells(placed: Placed, path: str) -> tuple[Row, ...]:
    return tuple(
        Row(at, {"key": last_key(at), "value": UNKNOWN if placed.at(at) is None else placed.at(at)})
        for at in placed.keys(path)
    )


def _hint(name: str, catalogue: Catalogue | None, language: str) -> str:
    """What a name means and how its value is written."""
    if catalogue is None:
        return ""
    if name in catalogue.records:
        kind = catalogue.records[name]
        fields = "、".join(f"{field.name} {field.label.say(language)}" for field in kind.fields.values())
        return (
            f"{kind.label.say(language)}（{fields}）" if language == "zh" else f"{kind.label.say(language)} ({fields})"
        )
    fact = catalogue.facts.get(name)
    return f"{fact.label.say(language)} · {_written(fact)}" if fact else ""


def _written(fact: FactType) -> str:
    return "、".join(fact.type.values) if fact.type.kind is Kind.ENUM else expected(fact.type)
