"""The lines of a policy as a form shows them: values under their paths, with the findings that belong to each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from taihu.systems.policies.editing.plain import Plain, value_at

Findings = Mapping[str, list[str]]


@dataclass(frozen=True)
class Row:
    """One line of a list: its path, its values, its findings."""

    path: str
    values: Mapping[str, Any]
    findings: tuple[str, ...] = ()
    children: tuple["Row", ...] = ()
    is_first: bool = True
    is_last: bool = True


class Placed:
    """A document and the findings of its check, by path."""

    def __init__(self, document: dict[str, Plain], findings: Findings) -> None:
        self.document, self.findings = document, findings

    def at(self, path: str) -> Plain:
        return value_at(self.document, path)

    def count(self, path: str) -> int:
        found = self.at(path)
        return len(found) if isinstance(found, list) else 0

    def keys(self, path: str) -> list[str]:
        """Paths of what a mapping holds."""
        found = self.at(path)
        return [f"{path}/{key}" for key in found] if isinstance(found, dict) else []

    def of(self, path: str, *, below: Iterable[str] = ()) -> tuple[str, ...]:
        """Findings at a path and below it, except below the paths given (which show their own)."""
        kept = tuple(below)
        return tuple(
            text
            for at, texts in self.findings.items()
            if (at == path or at.startswith(path + "/")) and not any(at == k or at.startswith(k + "/") for k in kept)
            for text in texts
        )

    def rows(self, path: str, values: Callable[[Plain], Mapping[str, Any]], inner: str = "") -> tuple[Row, ...]:
        """The mappings of a list, each with those of its `inner` list."""
        count = self.count(path)
        found = []
        for n in range(count):
            item, at = self.at(f"{path}/{n}"), f"{path}/{n}"
            if not isinstance(item, dict):
                continue
            children = self.rows(f"{at}/{inner}", plain_values) if inner else ()
            own = self.of(at, below=(child.path for child in children))
            found.append(Row(at, values(item), own, children, n == 0, n == count - 1))
        return tuple(found)

    def entries(self, path: str) -> tuple[Row, ...]:
        """The keys of a mapping with their values."""
        return tuple(Row(at, {"key": last_key(at), "value": self.at(at) or ""}, self.of(at)) for at in self.keys(path))


def last_key(path: str) -> str:
    return path.rpartition("/")[2]


def words_of(value: Plain) -> dict[str, str]:
    """A text in two languages from either way of writing it."""
    if isinstance(value, dict):
        return {"zh": value.get("zh") or "", "en": value.get("en") or ""}
    return {"zh": value or "", "en": ""}


def plain_values(value: Plain) -> dict[str, Any]:
    """The values of a mapping as the form shows them: texts in two languages, lists joined."""
    found: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    found["text"] = words_of(found.get("text"))
    if isinstance(found.get("recheck"), list):
        found["recheck"] = "、".join(found["recheck"])
    return found
