"""A policy as the form shows it: nested nodes with the names of their fields, and the findings that belong to each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taihu.engines.rules.errors import Problem
from taihu.engines.text.script import in_language
from taihu.systems.policies.editing.operations import group_of
from taihu.systems.policies.editing.plain import Plain, path_at, paths_of, value_at, write_part

STEPS = (
    "cap", "floor", "deduct", "add", "share", "uplift", "times", "limit", "round_down", "round_up", "round_half_up",
)  # fmt: skip
#: What the form shows; every other key is kept as it is and edited as text.
SHOWN = frozenset(
    {
        "policy", "version", "title", "document", "issuer", "level", "area", "example", "notice", "effective", "as_of", "define",
        "tables", "conditions", "classes", "amount", "layers", "total", "payers", "instalments", "payment_conditions",
        "household", "exclusion", "shared_caps", "decision", "cases",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How many people a clause stops in the forecast: it fails, is unknown, is the only obstacle."""

    fails: int
    unknown: int
    only: int


@dataclass(frozen=True)
class ClauseNode:
    path: str
    number: str
    kind: str
    values: Mapping[str, Any]
    children: tuple["ClauseNode", ...] = ()
    findings: tuple[str, ...] = ()
    counted: Counted | None = None
    words: str = ""
    is_first: bool = True
    is_last: bool = True
    is_movable: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a list: its path, its values, its findings."""

    path: str
    values: Mapping[str, Any]
    findings: tuple[str, ...] = ()
    children: tuple["Row", ...] = ()
    is_first: bool = True
    is_last: bool = True


@dataclass(frozen=True)
class LayerNode:
    path: str
    values: Mapping[str, Any]
    steps: tuple[Row, ...]
    findings: tuple[str, ...] = ()
    is_only: bool = True


@dataclass(frozen=True)
class FormView:
    """Everything the template of the form needs."""

    values: Mapping[str, Any]
    definitions: tuple[Row, ...] = ()
    tables: tuple[Row, ...] = ()
    conditions: ClauseNode | None = None
    classes: tuple[tuple[Row, tuple[ClauseNode, ...]], ...] = ()
    layers: tuple[LayerNode, ...] = ()
    total: tuple[Row, ...] = ()
    payers: tuple[Row, ...] = ()
    instalments: tuple[Row, ...] = ()
    payment_conditions: tuple[ClauseNode, ...] = ()
    ceilings: tuple[Row, ...] = ()
    cases: tuple[Row, ...] = ()
    kept: tuple[str, ...] = ()
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def head_open(self) -> bool:
        """The head is shown where it is not settled yet."""
        head = ("policy", "version", "title", "document", "effective", "level", "area", "notice")
        return not self.cases or any(path.split("/")[0] in head for path in self.findings)


def findings_by_path(text: str, problems: Iterable[Problem], language: str) -> dict[str, list[str]]:
    """Findings of a text written by `write_text`, each under the path of the value where it stands."""
    places = paths_of(text)
    found: dict[str, list[str]] = {}
    for item in problems:
        path = path_at(places, item.place.line, item.place.column)
        joint = in_language("。", ". ", language)
        found.setdefault(path, []).append(f"{item.message(language)}{joint}{item.fix(language)}")
    return found


def form_view(
    document: dict[str, Plain],
    findings: Mapping[str, list[str]],
    *,
    counts: Mapping[str, Counted] | None = None,
    words: Mapping[str, str] | None = None,
    outcomes: Mapping[str, Any] | None = None,
) -> FormView:
    """The whole form. `counts` and `words` go by clause id, `outcomes` by the name of a case."""
    return _Viewer(document, findings, counts or {}, words or {}, outcomes or {}).view()


class _Viewer:
    def __init__(
        self,
        document: dict[str, Plain],
        findings: Mapping[str, list[str]],
        counts: Mapping[str, Counted],
        words: Mapping[str, str],
        outcomes: Mapping[str, Any],
    ) -> None:
        self.document, self.findings = document, findings
        self.counts, self.words, self.outcomes = counts, words, outcomes

    def view(self) -> FormView:
        document = self.document
        conditions = value_at(document, "conditions")
        return FormView(
            values={key: item for key, item in document.items() if isinstance(item, str | dict)},
            definitions=self._entries("define"),
            tables=tuple(self._table(path) for path in self._keys("tables")),
            conditions=self._clause("conditions", "", 0, 1) if isinstance(conditions, dict) else None,
            classes=tuple(self._class(f"classes/{n}", n + 1) for n in range(self._count("classes"))),
            layers=self._layers(),
            total=self._rows("total", step_values),
            payers=self._payers("payers"),
            instalments=self._rows("instalments", plain_values, "parts"),
            payment_conditions=self._clauses("payment_conditions"),
            ceilings=self._rows("shared_caps", plain_values),
            cases=self._cases(),
            kept=tuple(key for key in document if key not in SHOWN),
            findings={path: tuple(items) for path, items in self.findings.items()},
        )

    def _count(self, path: str) -> int:
        found = value_at(self.document, path)
        return len(found) if isinstance(found, list) else 0

    def _keys(self, path: str) -> list[str]:
        found = value_at(self.document, path)
        return [f"{path}/{key}" for key in found] if isinstance(found, dict) else []

    def _of(self, path: str, *, below: Iterable[str] = ()) -> tuple[str, ...]:
        """Findings at a path and below it, except below the paths given (which show their own)."""
        kept = tuple(below)
        return tuple(
            text
            for at, texts in self.findings.items()
            if (at == path or at.startswith(path + "/")) and not any(at == k or at.startswith(k + "/") for k in kept)
            for text in texts
        )

    # --- conditions

    def _clauses(self, path: str) -> tuple[ClauseNode, ...]:
        count = self._count(path)
        return tuple(
            self._clause(f"{path}/{n}", str(n + 1), n, count)
            for n in range(count)
            if isinstance(value_at(self.document, f"{path}/{n}"), dict)
        )

    def _clause(self, path: str, number: str, place: int, count: int) -> ClauseNode:
        clause = value_at(self.document, path)
        kind = group_of(clause)
        children: tuple[ClauseNode, ...] = ()
        if kind:
            below = self._clauses(f"{path}/{kind}")
            children = tuple(
                replace(item, number=f"{number}.{n}" if number else str(n)) for n, item in enumerate(below, 1)
            )
            children = tuple(_renumbered(item, item.number) for item in children)
        identifier = str(clause.get("id", ""))
        return ClauseNode(
            path=path,
            number=number,
            kind=kind or "test",
            values=clause_values(clause),
            children=children,
            findings=self._of(path, below=(item.path for item in children)),
            counted=self.counts.get(identifier),
            words=self.words.get(identifier, ""),
            is_first=place == 0,
            is_last=place == count - 1,
            is_movable=path.rpartition("/")[2].isdigit(),
        )

    def _class(self, path: str, number: int) -> tuple[Row, tuple[ClauseNode, ...]]:
        value = value_at(self.document, path)
        grounds = self._clauses(f"{path}/grounds")
        row = Row(
            path, plain_values(value), self._of(path, below=(item.path for item in grounds)), is_first=number == 1
        )
        return row, grounds

    # --- amounts

    def _layers(self) -> tuple[LayerNode, ...]:
        amount = value_at(self.document, "amount")
        if isinstance(amount, str) or amount is None:
            amount = {"base": amount or ""}
            values: list[tuple[str, Plain]] = [] if self._count("layers") else [("amount", amount)]
        else:
            values = [("amount", amount)]
        values += [
            (f"layers/{n}", value_at(self.document, f"layers/{n}"))
            for n in range(self._count("layers"))
            if isinstance(value_at(self.document, f"layers/{n}"), dict)
        ]
        return tuple(
            LayerNode(
                path, plain_values(value), self._rows(f"{path}/steps", step_values), self._own(path), len(values) == 1
            )
            for path, value in values
        )

    def _own(self, path: str) -> tuple[str, ...]:
        return self._of(path, below=(f"{path}/steps",))

    def _rows(self, path: str, values: Any, inner: str = "") -> tuple[Row, ...]:
        count = self._count(path)
        found = []
        for n in range(count):
            item, at = value_at(self.document, f"{path}/{n}"), f"{path}/{n}"
            if not isinstance(item, dict):
                continue
            children = self._rows(f"{at}/{inner}", plain_values) if inner else ()
            own = self._of(at, below=(child.path for child in children))
            found.append(Row(at, values(item), own, children, n == 0, n == count - 1))
        return tuple(found)

    def _entries(self, path: str) -> tuple[Row, ...]:
        return tuple(
            Row(at, {"key": at.rpartition("/")[2], "value": value_at(self.document, at) or ""}, self._of(at))
            for at in self._keys(path)
        )

    def _table(self, path: str) -> Row:
        value = value_at(self.document, path)
        plain = plain_values(value)
        plain["key"] = path.rpartition("/")[2]
        plain["keys"] = "、".join(value.get("keys") or []) if isinstance(value, dict) else ""
        is_flat = all(isinstance(item, str) for item in (plain.get("rows") or {}).values())
        plain["is_flat"] = is_flat
        plain["rows_text"] = "" if is_flat else write_part(plain.get("rows"))
        return Row(path, plain, self._of(path), self._entries(f"{path}/rows") if is_flat else ())

    def _payers(self, path: str) -> tuple[Row, ...]:
        """Always rules: one split without condition is a rule as well."""
        value = value_at(self.document, path)
        if isinstance(value, dict):
            return (Row(path, {"is_plain": True}, self._of(path), self._entries(path)),)
        rules = self._rows(path, plain_values)
        return tuple(
            Row(rule.path, rule.values, rule.findings, self._entries(f"{rule.path}/split"), rule.is_first, rule.is_last)
            for rule in rules
        )

    def _cases(self) -> tuple[Row, ...]:
        found = []
        for row in self._rows("cases", plain_values):
            values = dict(row.values)
            for part in ("given", "expect", "household"):
                values[f"{part}_text"] = write_part(values.get(part))
            values["outcome"] = self.outcomes.get(str(values.get("name", "")))
            found.append(Row(row.path, values, row.findings, (), row.is_first, row.is_last))
        return tuple(found)


def _renumbered(node: ClauseNode, number: str) -> ClauseNode:
    children = tuple(_renumbered(item, f"{number}.{n}") for n, item in enumerate(node.children, 1))
    return replace(node, number=number, children=children)


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


def step_values(value: Plain) -> dict[str, Any]:
    found = plain_values(value)
    found["op"] = next((key for key in STEPS if key in found), "cap")
    found["value"] = found.get(found["op"]) or ""
    return found


def clause_values(clause: dict[str, Plain]) -> dict[str, Any]:
    found = plain_values(clause)
    found["evidence"] = "、".join(clause.get("evidence") or [])
    found["exempt_key"] = "unless" if clause.get("unless") is not None else "exempt_if"
    exempt = clause.get(found["exempt_key"])
    found["exempt_test"] = (exempt.get("test") or "") if isinstance(exempt, dict) else exempt or ""
    found["exempt_text"] = words_of(exempt.get("text") if isinstance(exempt, dict) else None)
    found["has_more"] = bool(found["exempt_test"] or clause.get("only_if") or clause.get("waivable") == "true")
    return found
