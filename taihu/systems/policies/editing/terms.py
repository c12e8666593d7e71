"""What a policy defines for itself, as the form shows it: enumerations, facts, kinds of records, dated lists."""

from dataclasses import dataclass
from typing import Any

from taihu.systems.policies.editing.plain import Plain
from taihu.systems.policies.editing.rows import Placed, Row, last_key, plain_values, words_of

#: Kinds of values that a fact may have; beside them every enumeration by its name.
KINDS = ("bool", "int", "decimal", "money", "date", "code", "enum")
BOUNDED = ("int", "decimal", "money", "date")


@dataclass(frozen=True)
class Terms:
    enums: tuple[Row, ...] = ()
    facts: tuple[Row, ...] = ()
    records: tuple[Row, ...] = ()
    lists: tuple[Row, ...] = ()

    @property
    def are_there(self) -> bool:
        return bool(self.enums or self.facts or self.records or self.lists)


def terms_of(placed: Placed) -> Terms:
    return Terms(
        tuple(_choices(placed, path, {}) for path in placed.keys("enums")),
        tuple(_fact(placed, path) for path in placed.keys("facts")),
        tuple(_record(placed, path) for path in placed.keys("records")),
        tuple(_list(placed, path) for path in placed.keys("lists")),
    )


def _named(placed: Placed, path: str) -> dict[str, Any]:
    return {**plain_values(placed.at(path)), "key": last_key(path)}


def _choices(placed: Placed, path: str, values: dict[str, Any]) -> Row:
    """Something with values to choose from, each a code with its words."""
    options = tuple(
        Row(at, {"key": last_key(at), **_pair(placed.at(at))}, placed.of(at), (), n == 0)
        for n, at in enumerate(placed.keys(f"{path}/values"))
    )
    own = placed.of(path, below=(option.path for option in options))
    return Row(path, {**_named(placed, path), **values}, own, options)


def _pair(value: Plain) -> dict[str, str]:
    words = [*value, "", ""] if isinstance(value, list) else [value or "", ""]
    return {"zh": words[0] or "", "en": words[1] or ""}


def _fact(placed: Placed, path: str) -> Row:
    value = placed.at(path)
    kind = value.get("type") if isinstance(value, dict) else ""
    question = words_of(value.get("question") if isinstance(value, dict) else None)
    return _choices(placed, path, {"question": question, "is_enum": kind == "enum", "is_bounded": kind in BOUNDED})


def _record(placed: Placed, path: str) -> Row:
    fields = tuple(_fact(placed, at) for at in placed.keys(f"{path}/fields"))
    values = _named(placed, path)
    for key in ("span", "no_overlap"):
        values[key] = "、".join(values.get(key) or [])
    return Row(path, values, placed.of(path, below=(field.path for field in fields)), fields)


def _list(placed: Placed, path: str) -> Row:
    editions = placed.rows(f"{path}/editions", _edition)
    return Row(path, _named(placed, path), placed.of(path, below=(item.path for item in editions)), editions)


def _edition(value: Plain) -> dict[str, Any]:
    found = plain_values(value)
    found["members"] = "\n".join(found.get("members") or [])
    return found
