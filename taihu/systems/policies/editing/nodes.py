"""A policy as the form shows it: nested nodes with the names of their fields, and the findings that belong to each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.errors import Problem
from taihu.engines.text.script import in_language
from taihu.systems.policies.editing.case_rows import cases_of
from taihu.systems.policies.editing.operations import group_of
from taihu.systems.policies.editing.plain import Plain, path_at, paths_of, write_part
from taihu.systems.policies.editing.rows import Placed, Row, last_key, plain_values, words_of
from taihu.systems.policies.editing.terms import Terms, terms_of

STEPS = (
    "cap", "floor", "deduct", "add", "share", "uplift", "times", "limit", "round_down", "round_up", "round_half_up",
)  # fmt: skip
#: What the form shows; every other key is kept as it is and edited as text.
SHOWN = frozenset(
    {
        "policy", "version", "title", "document", "issuer", "level", "area", "example", "notice", "effective", "selects", "as_of",
        "enums", "facts", "records", "lists", "define", "tables", "conditions", "classes", "amount", "layers", "total", "payers",
        "instalments", "payment_conditions", "household", "exclusion", "shared_caps", "decision", "cases",
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
class LayerNode:
    path: str
    values: Mapping[str, Any]
    steps: tuple[Row, ...]
    payers: tuple[Row, ...] = ()
    findings: tuple[str, ...] = ()
    is_only: bool = True


@dataclass(frozen=True)
class FormView:
    """Everything the template of the form needs."""

    values: Mapping[str, Any]
    selectors: tuple[Row, ...] = ()
    terms: Terms = field(default_factory=Terms)
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
    catalogue: Catalogue | None = None,
    language: str = "zh",
) -> FormView:
    """The whole form. `counts` and `words` go by clause id, `outcomes` by the name of a case."""
    viewer = _Viewer(document, findings, counts or {}, words or {})
    return viewer.view(cases_of(viewer, outcomes or {}, catalogue, language))


class _Viewer(Placed):
    def __init__(
        self,
        document: dict[str, Plain],
        findings: Mapping[str, list[str]],
        counts: Mapping[str, Counted],
        words: Mapping[str, str],
    ) -> None:
        super().__init__(document, findings)
        self.counts, self.words = counts, words

    def view(self, cases: tuple[Row, ...]) -> FormView:
        document = self.document
        return FormView(
            values=self._head(),
            selectors=self.rows("selects", plain_values),
            terms=terms_of(self),
            definitions=self.entries("define"),
            tables=tuple(self._table(path) for path in self.keys("tables")),
            conditions=self._clause("conditions", "", 0, 1) if isinstance(document.get("conditions"), dict) else None,
            classes=tuple(self._class(f"classes/{n}", n + 1) for n in range(self.count("classes"))),
            layers=self._layers(),
            total=self.rows("total", step_values),
            payers=self._payers("payers"),
            instalments=self.rows("instalments", plain_values, "parts"),
            payment_conditions=self._clauses("payment_conditions"),
            ceilings=self.rows("shared_caps", plain_values),
            cases=cases,
            kept=tuple(key for key in document if key not in SHOWN),
            findings={path: tuple(items) for path, items in self.findings.items()},
        )

    def _head(self) -> dict[str, Any]:
        found = {key: item for key, item in self.document.items() if isinstance(item, str | dict)}
        found |= {key: words_of(found.get(key)) for key in ("title", "notice")}
        decision = found.get("decision")
        if isinstance(decision, dict):
            found["decision"] = {**decision, "body": words_of(decision.get("body"))}
        return found

    # --- conditions

    def _clauses(self, path: str) -> tuple[ClauseNode, ...]:
        count = self.count(path)
        return tuple(
            self._clause(f"{path}/{n}", str(n + 1), n, count)
            for n in range(count)
            if isinstance(self.at(f"{path}/{n}"), dict)
        )

    def _clause(self, path: str, number: str, place: int, count: int) -> ClauseNode:
        clause = self.at(path)
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
            findings=self.of(path, below=(item.path for item in children)),
            counted=self.counts.get(identifier),
            words=self.words.get(identifier, ""),
            is_first=place == 0,
            is_last=place == count - 1,
            is_movable=path.rpartition("/")[2].isdigit(),
        )

    def _class(self, path: str, number: int) -> tuple[Row, tuple[ClauseNode, ...]]:
        value = self.at(path)
        grounds = self._clauses(f"{path}/grounds")
        own = self.of(path, below=(item.path for item in grounds))
        row = Row(path, plain_values(value), own, (), number == 1, number == self.count("classes"))
        return row, grounds

    # --- amounts

    def _layers(self) -> tuple[LayerNode, ...]:
        amount = self.at("amount")
        values: list[tuple[str, Plain]] = [("amount", amount)]
        if isinstance(amount, str) or amount is None:
            is_elsewhere = self.count("layers") or self.at("decision/mode") == "amount"
            values = [] if amount is None and is_elsewhere else [("amount", {"base": amount or ""})]
        values += [
            (f"layers/{n}", self.at(f"layers/{n}"))
            for n in range(self.count("layers"))
            if isinstance(self.at(f"layers/{n}"), dict)
        ]
        return tuple(
            LayerNode(
                path,
                plain_values(value),
                self.rows(f"{path}/steps", step_values),
                self._payers(f"{path}/payers"),
                self.of(path, below=(f"{path}/steps", f"{path}/payers")),
                len(values) == 1,
            )
            for path, value in values
        )

    def _table(self, path: str) -> Row:
        """By one key: a line each; by two: a line of cells each; anything else as it is written."""
        value = self.at(path)
        plain = plain_values(value)
        rows = plain.get("rows") or {}
        keys = value.get("keys") if isinstance(value, dict) else []
        plain["key"] = last_key(path)
        plain["keys"] = "、".join(keys or [])
        is_flat = all(isinstance(item, str) for item in rows.values()) and (bool(rows) or len(keys or []) < 2)
        is_grid = not is_flat and all(isinstance(item, dict) for item in rows.values())
        plain["shape"] = "flat" if is_flat else "grid" if is_grid else "text"
        if is_flat:
            return Row(path, plain, self.of(path), self.entries(f"{path}/rows"))
        if is_grid:
            lines = tuple(Row(at, {"key": last_key(at)}, (), self.entries(at)) for at in self.keys(f"{path}/rows"))
            return Row(path, plain, self.of(path), lines)
        return Row(path, {**plain, "rows_text": write_part(rows)}, self.of(path))

    def _payers(self, path: str) -> tuple[Row, ...]:
        """Always rules: one split without condition is a rule as well."""
        value = self.at(path)
        if isinstance(value, dict):
            return (Row(path, {"is_plain": True}, self.of(path), self.entries(path)),)
        rules = self.rows(path, plain_values)
        return tuple(
            Row(rule.path, rule.values, rule.findings, self.entries(f"{rule.path}/split"), rule.is_first, rule.is_last)
            for rule in rules
        )


def _renumbered(node: ClauseNode, number: str) -> ClauseNode:
    children = tuple(_renumbered(item, f"{number}.{n}") for n, item in enumerate(node.children, 1))
    return replace(node, number=number, children=children)


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
