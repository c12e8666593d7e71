"""A template file to a checked `Procedure`; every mistake found is raised at once with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from taihu.engines.rules.catalogue import Catalogue, read_catalogue
from taihu.engines.rules.checker import Checker, Scope
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.documents import Items, Mapping, Node, Text, read_document
from taihu.engines.rules.errors import Place, Problem, RulesError
from taihu.engines.rules.fields import Fields
from taihu.engines.rules.kinds import DATE_MIN, OPEN_DATE
from taihu.engines.rules.tree import Words
from taihu.records.cases.procedures.checker import graph_problems
from taihu.records.cases.procedures.errors import ProcedureError, found
from taihu.records.cases.procedures.terms import Term, parse_term
from taihu.records.cases.procedures.tree import (
    END,
    ESCALATE,
    PASS,
    Appeal,
    Body,
    CheckItem,
    Deciding,
    Kind,
    Mode,
    NoticeRule,
    Outcome,
    Procedure,
    Returns,
    Role,
    Route,
    Stage,
    Threshold,
)

_TOP = (
    "procedure", "version", "title", "document", "basis", "number", "example", "notice", "effective", "within", "appeal",
    "facts", "enums", "stages",
)  # fmt: skip
_STAGE = (
    "id", "kind", "name", "role", "within", "at_least", "next", "fork", "waits_for", "fails", "returns", "overdue", "sets",
    "delegable", "counted", "checks", "review", "bodies", "notice", "parts", "outcome",
)  # fmt: skip
# Keys that belong to one kind of stage; those marked True are required there.
_OWN_KEYS = {
    "checks": (Kind.DEPARTMENT_CHECKS, True),
    "review": (Kind.EXPERT_REVIEW, True),
    "bodies": (Kind.DECISION, True),
    "notice": (Kind.PUBLIC_NOTICE, True),
    "parts": (Kind.PAYMENT, True),
    "outcome": (Kind.CLOSED, True),
}
_DEFAULT_ROLES = {Kind.DRAFT: Role.APPLICANT, Kind.PROOF: Role.APPLICANT, Kind.EMPLOYER_CHECK: Role.EMPLOYER}
_DEFAULT_ROLES |= {Kind.DISTRICT_CHECK: Role.DISTRICT, Kind.PAYMENT: Role.FINANCE}
# Time that is not the administration's own does not count (行政许可法 第四十五条).
_UNCOUNTED = {Kind.DRAFT, Kind.PROOF, Kind.EXPERT_REVIEW, Kind.PUBLIC_NOTICE, Kind.CLOSED}
_SHOWN = ("name", "organisation", "category", "amount", "grounds")
_ID = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
E_ = TypeVar("E_", bound=StrEnum)


def load_procedure(text: str, file: str, *, properties: Iterable[str] | None = None) -> Procedure:
    """Read and check one template.

    Parameters
    ----------
    text, file
        Content, and the name that errors show.
    properties
        Names of facts that departments may answer with; None checks no names.

    Raises
    ------
    ProcedureError
        Every mistake, with file, line and what to change.
    """
    try:
        top = read_document(text, file)
        facts = read_catalogue(_only(top, ("facts", "enums")))
    except RulesError as error:
        raise ProcedureError(error.problems) from None
    reader = _Reader(top, facts, text, file, None if properties is None else tuple(properties))
    procedure = reader.read()
    problems = reader.problems or graph_problems(procedure)
    if problems:
        raise ProcedureError(sorted(problems, key=lambda item: item.place))
    return procedure


def _only(top: Mapping, keys: tuple[str, ...]) -> Mapping:
    return Mapping(top.place, tuple(entry for entry in top.entries if entry[0].text in keys))


class _Reader:
    def __init__(
        self, top: Mapping, facts: Catalogue, text: str, file: str, properties: tuple[str, ...] | None
    ) -> None:
        self.top, self.facts, self.text, self.file = top, facts, text, file
        self.properties = properties
        self.fields = Fields(Checker(Scope(facts)))
        self.problems: list[Problem] = self.fields.problems

    def read(self) -> Procedure:
        fields, top = self.fields, self.top
        fields.only(top, _TOP)
        start, end = self._effective()
        stages = tuple(self._stage(node) for node in fields.maps(top, "stages"))
        if not stages:
            fields.add("missing_key", top.place, key="stages")
            stages = (Stage("draft", Kind.DRAFT, Words("", ""), Role.APPLICANT),)
        identifier = fields.required(top, "procedure")
        return Procedure(
            id=identifier,
            version=fields.required(top, "version"),
            title=fields.words(top, "title") or Words(identifier, identifier),
            document=fields.text(top, "document"),
            basis=fields.text(top, "basis"),
            number=fields.text(top, "number", "申"),
            is_example=fields.flag(top, "example"),
            notice=fields.words(top, "notice"),
            effective_from=from_days(start),
            effective_to=None if end == OPEN_DATE else from_days(end),
            within=self._term(top, "within"),
            appeal=self._appeal(),
            catalogue=self.facts,
            stages=stages,
            file=self.file,
            source=self.text,
        )

    def _effective(self) -> tuple[int, int]:
        node = self.fields.mapping(self.top, "effective")
        if node is None:
            self.fields.add("missing_key", self.top.place, key="effective")
            return 0, OPEN_DATE
        self.fields.only(node, ("from", "to"))
        start, end = self.fields.day(node, "from", DATE_MIN), self.fields.day(node, "to", OPEN_DATE)
        if start >= end:
            self.fields.add("empty_period", node.place)
        return start, end

    def _appeal(self) -> Appeal | None:
        node = self.fields.mapping(self.top, "appeal")
        if node is None:
            return None
        self.fields.only(node, ("within", "answer_within", "to"))
        within, answer = self._needed_term(node, "within"), self._needed_term(node, "answer_within")
        return Appeal(within, answer, self.fields.required(node, "to"))

    # --- one stage

    def _stage(self, node: Mapping) -> Stage:
        fields = self.fields
        fields.only(node, _STAGE)
        identifier = fields.required(node, "id")
        if identifier and not _ID.match(identifier):
            fields.add("bad_id", node.key_place("id"), id=identifier)
        kind = self._choice(node, "kind", Kind, Kind.FORMAL_CHECK)
        self._own_keys(node, kind)
        return Stage(
            id=identifier,
            kind=kind,
            name=fields.words(node, "name") or Words(identifier, identifier),
            role=self._role(node, kind),
            within=self._term(node, "within"),
            at_least=self._term(node, "at_least"),
            routes=self._routes(node),
            fork=fields.names(node, "fork"),
            waits_for=fields.names(node, "waits_for"),
            fails=fields.text(node, "fails", "" if kind in {Kind.DRAFT, Kind.CLOSED, Kind.PAYMENT} else "refused"),
            returns=self._returns(node, identifier),
            overdue=self._overdue(node),
            sets=self._sets(node),
            is_delegable=fields.flag(node, "delegable"),
            is_counted=fields.flag(node, "counted") if node.get("counted") else kind not in _UNCOUNTED,
            checks=tuple(self._check(item) for item in fields.maps(node, "checks")),
            review=self._review(node),
            bodies=tuple(self._body(item) for item in fields.maps(node, "bodies")),
            notice=self._notice(node),
            parts=fields.text(node, "parts"),
            outcome=self._choice(node, "outcome", Outcome, Outcome.GRANTED) if kind is Kind.CLOSED else None,
            place=node.place,
        )

    def _own_keys(self, node: Mapping, kind: Kind) -> None:
        for key, (owner, is_required) in _OWN_KEYS.items():
            has = node.get(key) is not None
            if has and kind is not owner:
                self.problems.append(found("kind_has", node.key_place(key), key=key, kinds=owner.value))
            if is_required and not has and kind is owner:
                self.problems.append(found("kind_needs", node.place, kind=kind.value, key=key))

    def _role(self, node: Mapping, kind: Kind) -> Role:
        word = self.fields.text(node, "role", _DEFAULT_ROLES.get(kind, Role.OFFICE).value)
        if word not in set(Role):
            choices = ", ".join(Role)
            self.problems.append(found("unknown_role", node.key_place("role"), value=word, choices=choices))
            return Role.OFFICE
        return Role(word)

    def _choice(self, node: Mapping, key: str, choices: type[E_], default: E_) -> E_:
        word = self.fields.text(node, key, default.value)
        if word not in set(choices):
            self.fields.add("unknown_choice", node.key_place(key), value=word, choices=", ".join(choices))
            return default
        return choices(word)

    def _overdue(self, node: Mapping) -> str:
        word = self.fields.text(node, "overdue", ESCALATE)
        if word not in (ESCALATE, PASS, END):
            choices = ", ".join((ESCALATE, PASS, END))
            self.fields.add("unknown_choice", node.key_place("overdue"), value=word, choices=choices)
        return word

    def _routes(self, node: Mapping) -> tuple[Route, ...]:
        value = node.get("next")
        if value is None:
            return ()
        if isinstance(value, Text):
            return (Route(value.text, place=value.place),)
        routes = []
        for item in self.fields.maps(node, "next"):
            self.fields.only(item, ("to", "when"))
            to, when = self.fields.required(item, "to"), self.fields.condition(item, "when")
            routes.append(Route(to, when, self.fields.text(item, "when"), item.place))
        return tuple(routes)

    def _returns(self, node: Mapping, identifier: str) -> Returns | None:
        value = self.fields.mapping(node, "returns")
        if value is None:
            return None
        self.fields.only(value, ("to", "limit", "within", "overdue"))
        to, limit = self.fields.text(value, "to", "draft"), self.fields.number(value, "limit", 0)
        if not limit:
            self.fields.add("missing_key", value.place, key="limit")
        return Returns(to, limit, self._needed_term(value, "within"), self._overdue(value))

    def _sets(self, node: Mapping) -> tuple[str, ...]:
        names = self.fields.names(node, "sets")
        for name in names:
            if name not in self.facts.facts:
                choices = ", ".join(self.facts.facts) or "-"
                self.problems.append(found("unknown_field", node.key_place("sets"), name=name, choices=choices))
        return names

    # --- parts of a stage

    def _check(self, node: Mapping) -> CheckItem:
        fields = self.fields
        fields.only(node, ("id", "department", "question", "within", "property", "yes", "on_silence"))
        silence, name = fields.text(node, "on_silence", ESCALATE), fields.text(node, "property")
        if silence not in (ESCALATE, PASS):
            choices = f"{ESCALATE}, {PASS}"
            fields.add("unknown_choice", node.key_place("on_silence"), value=silence, choices=choices)
        if name and self.properties is not None and name not in self.properties:
            choices = ", ".join(self.properties)
            self.problems.append(found("unknown_property", node.key_place("property"), name=name, choices=choices))
        yes = fields.text(node, "yes", "known")
        if yes not in ("known", "true", "false", "employer"):
            fields.add("unknown_choice", node.key_place("yes"), value=yes, choices="known, true, false, employer")
        return CheckItem(
            fields.required(node, "id"),
            fields.required(node, "department"),
            fields.words(node, "question") or Words("", ""),
            self._needed_term(node, "within"),
            name,
            yes,
            silence,
        )

    def _review(self, stage: Mapping) -> Threshold | None:
        node = self.fields.mapping(stage, "review")
        if node is None:
            return None
        self.fields.only(node, ("mode", "experts", "agree", "of", "score", "trimmed", "quorum", "differs_from"))
        of = self.fields.text(node, "of", "all")
        if of not in ("all", "present"):
            self.fields.add("unknown_choice", node.key_place("of"), value=of, choices="all, present")
        if node.get("agree") is None and node.get("score") is None:
            self.problems.append(found("kind_needs", node.place, kind="expert_review", key="agree / score"))
        return Threshold(
            mode=self._choice(node, "mode", Mode, Mode.PANEL),
            experts=self.fields.number(node, "experts", 1),
            agree=self._share(node, "agree"),
            of_present=of == "present",
            score=self.fields.number(node, "score", 0) if node.get("score") else None,
            is_trimmed=self.fields.flag(node, "trimmed"),
            quorum=self._share(node, "quorum"),
            differs_from=self.fields.names(node, "differs_from"),
        )

    def _share(self, node: Mapping, key: str) -> Fraction | None:
        value = node.get(key)
        if value is None:
            return None
        text = value.text if isinstance(value, Text) else ""
        try:
            share = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            share = Fraction(0)
        if not 0 < share <= 1:
            self.problems.append(found("bad_share", value.place, text=text))
        return share

    def _body(self, node: Mapping) -> Deciding:
        self.fields.only(node, ("body", "when"))
        return Deciding(self._choice(node, "body", Body, Body.OFFICE_MEETING), self.fields.condition(node, "when"))

    def _notice(self, stage: Mapping) -> NoticeRule | None:
        node = self.fields.mapping(stage, "notice")
        if node is None:
            return None
        self.fields.only(node, ("period", "shows", "masked", "keep", "evidence", "where"))
        shows = self.fields.names(node, "shows") or ("name", "organisation", "category")
        for name in shows:
            if name not in _SHOWN:
                choices = ", ".join(_SHOWN)
                self.fields.add("unknown_choice", node.key_place("shows"), value=name, choices=choices)
        where = self.fields.text(node, "where", "public")
        if where not in ("public", "employer"):
            self.fields.add("unknown_choice", node.key_place("where"), value=where, choices="public, employer")
        return NoticeRule(
            self._needed_term(node, "period"),
            shows,
            self.fields.flag(node, "masked"),
            self._term(node, "keep") or Term(),
            self.fields.flag(node, "evidence"),
            where,
        )

    # --- terms

    def _term(self, node: Mapping, key: str) -> Term | None:
        value = node.get(key)
        return None if value is None else self._parsed_term(value, key)

    def _needed_term(self, node: Mapping, key: str) -> Term:
        value = node.get(key)
        if value is None:
            self.fields.add("missing_key", node.place, key=key)
            return Term()
        return self._parsed_term(value, key) or Term()

    def _parsed_term(self, value: Node, key: str) -> Term | None:
        text = value.text if isinstance(value, Text) else _shape(value)
        term = parse_term(text)
        if term is None:
            self._bad_term(value.place, key, text)
        return term

    def _bad_term(self, place: Place, key: str, text: str) -> None:
        self.problems.append(found("bad_term", place, key=key, text=text))


def _shape(node: Node) -> str:
    return "[…]" if isinstance(node, Items) else "{…}"
