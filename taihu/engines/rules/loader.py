"""A policy file to a typed `Policy`: header, conditions, classes. Amounts and schedules are in `loader_amount`."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from dataclasses import replace

from .catalogue import Catalogue, read_catalogue
from .checker import Checker, Scope
from .checks import clause_problems
from .documents import Items, Mapping, Text, read_document
from .errors import Place, PolicyError, Problem, advice
from .fields import Fields
from .kinds import DATE_MIN, OPEN_DATE, Kind
from .loader_amount import AmountReader
from .loader_cases import CaseReader
from .syntax import RESERVED, Raw, is_name, parse
from .tree import NO_CLASS, Clause, Decision, Exclusion, Exemption, Expr, Not, Policy, Schedule, Selector, Words

MAX_CLAUSES = 400
#: Longest texts of the head: title, document number and issuer, area.
MAX_TITLE, MAX_NUMBER, MAX_AREA = 160, 120, 12
#: A version stands in addresses.
_VERSION = re.compile(r"^[\w][\w.-]{0,39}$")
_ID = re.compile(r"^[a-z][a-z0-9_-]{1,63}$")
WAIVED = Words("已经破格批准", "waived by a recorded decision")
LEVELS = ("national", "province", "city", "district")
HOUSEHOLD_RULES = ("each", "higher", "one")
EXCLUSION_RULES = ("best", "first", "choose")
_TOP = (
    "policy", "version", "title", "document", "issuer", "level", "area", "example", "notice", "effective", "selects",
    "as_of", "facts", "records", "enums", "codes", "lists", "define", "tables", "conditions", "classes", "amount", "layers",
    "total", "payers", "instalments", "payment_conditions", "household", "exclusion", "shared_caps", "decision", "cases",
)  # fmt: skip
_CLAUSE = (
    "id", "text", "article", "test", "all", "any", "none", "at_least", "of", "unless", "exempt_if", "only_if",
    "waivable", "evidence", "class", "grounds",
)  # fmt: skip
_GROUPS = ("all", "any", "none", "of")


class Draft:
    """A file that has been parsed, not yet checked: what other policies need to know of it."""

    def __init__(self, text: str, file: str, catalogue: Catalogue) -> None:
        self.source = text
        self.file = file
        self.top = read_document(text, file)
        name = self.top.get("policy")
        self.id = name.text if isinstance(name, Text) else ""
        self.classes = self._classes()
        own = read_catalogue(self.top, catalogue)
        version = self.top.get("version")
        key = f"{self.id}@{version.text}" if isinstance(version, Text) else self.id
        #: Lists of its own are read by this version alone, whatever another policy or the city calls by the same name.
        self.own_lists = {name: f"{key}/{name}" for name in own.lists}
        self.facts = replace(own, lists={self.own_lists[name]: item for name, item in own.lists.items()})

    def hidden_lists(self, catalogue: Catalogue) -> list[Problem]:
        """Advice about lists of the city that this file puts its own in the place of."""
        node = self.top.get("lists")
        places = {key.text: key.place for key, _ in node.entries} if isinstance(node, Mapping) else {}
        return [advice("own_list_hides", places[name], name=name) for name in self.own_lists if name in catalogue.lists]

    def _classes(self) -> tuple[str, ...]:
        node = self.top.get("classes")
        names = []
        for item in node.items if isinstance(node, Items) else ():
            name = item.get("class") if isinstance(item, Mapping) else None
            if isinstance(name, Text):
                names.append(name.text)
        return tuple(dict.fromkeys(names))


def load_policy(
    draft: Draft, catalogue: Catalogue, others: Dict[str, tuple[str, ...]]
) -> tuple[Policy, tuple[Problem, ...]]:
    """Check one draft against the (merged) catalogue; `others` maps policy ids to their classes.

    Returns the policy and advice that does not stop loading.

    Raises
    ------
    PolicyError
        Every mistake found in the file.
    """
    reader = _PolicyReader(draft, catalogue, others)
    policy = reader.read()
    problems = [*reader.fields.problems]
    if not problems:
        problems.extend(clause_problems(policy))
    problems.extend(draft.hidden_lists(catalogue))
    if any(item.is_error for item in problems):
        raise PolicyError(sorted(dict.fromkeys(problems), key=lambda item: item.place))
    return policy, tuple(problems)


class _PolicyReader:
    def __init__(self, draft: Draft, catalogue: Catalogue, others: Dict[str, tuple[str, ...]]) -> None:
        self.draft = draft
        self.top = draft.top
        self.scope = Scope(catalogue, others=others, own_lists=draft.own_lists)
        self.checker = Checker(self.scope)
        self.fields = Fields(self.checker)
        self.count = 0
        self.ids: dict[str, Place] = {}
        self.classes: list[tuple[str, str]] = []

    def read(self) -> Policy:
        fields, top = self.fields, self.top
        fields.only(top, _TOP)
        identifier = fields.required(top, "policy")
        if identifier and not _ID.match(identifier):
            fields.add("bad_id", top.key_place("policy"), id=identifier[:80])
        version = fields.required(top, "version")
        if version and not _VERSION.match(version):
            fields.add("bad_version", top.key_place("version"), version=version[:80])
        title = fields.words(top, "title")
        if title and max(len(title.zh), len(title.en)) > MAX_TITLE:
            fields.add("too_long", top.key_place("title"), key="title", limit=MAX_TITLE)
        issuer, area = fields.short(top, "issuer", MAX_NUMBER), fields.short(top, "area", MAX_AREA)
        level = fields.text(top, "level", "city")
        if level not in LEVELS:
            fields.add("unknown_choice", top.key_place("level"), value=level, choices=", ".join(LEVELS))
        self.scope.definitions = self._definitions()
        amounts = AmountReader(fields, self.scope, self.checker)
        amounts.tables(top)
        # The keys of tables asked definitions for their types alone; the date on which they read facts comes only now.
        self.checker.defined.clear()
        self.scope.as_of = fields.expression(top, "as_of", Kind.DATE)
        definitions = tuple(
            (name, item) for name in self.scope.definitions if (item := self._definition(name)) is not None
        )
        start, end = self._effective()
        selectors = self._selectors(start, end)
        root = self._root()
        later = tuple(
            self._clause(node, f"payment-{number}")
            for number, node in enumerate(fields.maps(top, "payment_conditions"), 1)
        )
        decision = self._decision()
        layers, total, schedules = amounts.read(top, identifier, decision)
        self._recheck_ids(schedules, later)
        return Policy(
            id=identifier,
            version=version,
            title=title or Words(identifier, identifier),
            document=fields.short(top, "document", MAX_NUMBER, is_required=True),
            issuer=issuer,
            level=level,
            area=area,
            is_example=fields.flag(top, "example"),
            notice=fields.words(top, "notice"),
            effective_from=start,
            effective_to=end,
            selectors=selectors,
            definitions=definitions,
            tables=tuple(self.scope.tables.values()),
            root=root,
            payment_conditions=later,
            classes=tuple(self.classes),
            class_names=self.scope.others.get(identifier, ()),
            layers=layers,
            total_steps=total,
            most=amounts.most,
            schedules=schedules,
            household_rule=self._choice("household", HOUSEHOLD_RULES),
            exclusion=self._exclusion(),
            shared_caps=amounts.shared_caps(top),
            decision=decision,
            cases=CaseReader(fields, self.scope.catalogue, self.ids, dict.fromkeys(self.draft.classes)).read(top),
            file=self.draft.file,
            source=self.draft.source,
        )

    def _definitions(self) -> dict[str, Raw]:
        node = self.fields.mapping(self.top, "define")
        found: dict[str, Raw] = {}
        for key, value in node.entries if node else ():
            raw = self.fields.raw(value, key.text)
            catalogue = self.scope.catalogue
            if key.text in catalogue.facts or key.text in catalogue.records or key.text in RESERVED:
                self.fields.add("name_taken", key.place, name=key.text)
            elif not is_name(key.text):
                self.fields.add("bad_name", key.place, name=key.text)
            elif raw is not None:
                found[key.text] = raw
        return found

    def _definition(self, name: str) -> Expr | None:
        try:
            return self.checker.definition(name)
        except PolicyError as error:
            for item in error.problems:
                if item not in self.fields.problems:
                    self.fields.problems.append(item)
            return None

    def _effective(self) -> tuple[int, int]:
        node = self.fields.mapping(self.top, "effective")
        if node is None:
            if self.top.get("effective") is None:
                self.fields.add("missing_key", self.top.place, key="effective")
            return DATE_MIN, OPEN_DATE
        self.fields.only(node, ("from", "to"))
        start, end = self.fields.day(node, "from", DATE_MIN), self.fields.day(node, "to", OPEN_DATE)
        if start >= end:
            self.fields.add("empty_period", node.place)
        return start, end

    def _selectors(self, start: int, end: int) -> tuple[Selector, ...]:
        found = []
        for node in self.fields.maps(self.top, "selects"):
            self.fields.only(node, ("date", "from", "to"))
            date = self.fields.expression(node, "date", Kind.DATE)
            low, high = self.fields.day(node, "from", DATE_MIN), self.fields.day(node, "to", OPEN_DATE)
            if low >= high:
                self.fields.add("empty_period", node.place)
            if date is not None:
                found.append(Selector(self.fields.text(node, "date"), date, low, high))
        if not found:
            from .checker import APPLIED
            from .tree import Applied

            found.append(Selector("applied", Applied(APPLIED, self.top.key_place("effective")), start, end))
        return tuple(found)

    def _choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.fields.text(self.top, key, choices[0])
        if value not in choices:
            self.fields.add("unknown_choice", self.top.key_place(key), value=value, choices=", ".join(choices))
        return value

    def _exclusion(self) -> Exclusion | None:
        node = self.fields.mapping(self.top, "exclusion")
        if node is None:
            return None
        self.fields.only(node, ("group", "rule", "order"))
        rule = self.fields.text(node, "rule", "best")
        if rule not in EXCLUSION_RULES:
            self.fields.add("unknown_choice", node.key_place("rule"), value=rule, choices=", ".join(EXCLUSION_RULES))
        return Exclusion(self.fields.required(node, "group"), rule, self.fields.number(node, "order", 0))

    def _decision(self) -> Decision | None:
        node = self.fields.mapping(self.top, "decision")
        if node is None:
            return None
        self.fields.only(node, ("mode", "body", "at_most"))
        mode = self.fields.text(node, "mode", "amount")
        if mode not in ("amount", "exception"):
            self.fields.add("unknown_choice", node.key_place("mode"), value=mode, choices="amount, exception")
        at_most = self.fields.money(node, "at_most")
        if mode == "amount" and at_most is None:
            self.fields.add("missing_key", node.place, key="at_most")
        return Decision(mode, self.fields.words(node, "body") or Words("", ""), at_most or 0)

    # --- conditions

    def _root(self) -> Clause:
        node = self.fields.mapping(self.top, "conditions")
        classes = self.top.get("classes")
        if classes is not None:
            return self._class_root(node)
        if node is None:
            if self.top.get("conditions") is None:
                self.fields.add("missing_key", self.top.place, key="conditions")
            return Clause("conditions", 0, "all", None, (), 0, None, "", (), False, ())
        return self._clause(node, "conditions")

    def _class_root(self, common: Mapping | None) -> Clause:
        """Classes in order, best first; each a list of grounds. Common conditions hold for every ground."""
        place = self.top.key_place("classes")
        self.count = 1 if common is None else 0
        shared: list[Clause] = []
        outer = self.count
        if common is not None:
            self.count = 1
            shared = [self._clause(common, "common")]
        grounds_index = self.count
        self.count += 1 if shared else 0
        grounds: list[Clause] = []
        for node in self.fields.maps(self.top, "classes"):
            self.fields.only(node, ("class", "grounds", "text"))
            name = self.fields.required(node, "class")
            if name == NO_CLASS:
                self.fields.add("name_taken", node.key_place("class"), name=name)
            for ground in self.fields.maps(node, "grounds"):
                clause = self._clause(ground, f"{name}-{len(grounds) + 1}")
                grounds.append(clause)
                self.classes.append((clause.id, name))
        if not shared:
            return Clause("grounds", 0, "any", None, tuple(grounds), 0, None, "", (), False, (), place)
        assert outer == 0
        group = Clause("grounds", grounds_index, "any", None, tuple(grounds), 0, None, "", (), False, (), place)
        return Clause("conditions", 0, "all", None, (*shared, group), 0, None, "", (), False, (), place)

    def _clause(self, node: Mapping, default_id: str) -> Clause:
        fields = self.fields
        fields.only(node, _CLAUSE)
        index = self.count
        self.count += 1
        if self.count == MAX_CLAUSES + 1:
            fields.add("too_many_clauses", node.place, limit=MAX_CLAUSES)
        identifier = fields.text(node, "id", default_id)
        if identifier in self.ids:
            fields.add("duplicate_id", node.key_place("id"), id=identifier, other=self.ids[identifier].line)
        self.ids[identifier] = node.place
        op, test, items = self._body(node, identifier)
        n = fields.number(node, "at_least", 0)
        if op == "at_least" and not 1 <= n <= len(items):
            fields.add("bad_at_least", node.key_place("at_least"), n=n, count=len(items))
        waivable = fields.flag(node, "waivable")
        exemptions = self._exemptions(node) + (self._waiver(identifier, node) if waivable else ())
        return Clause(
            identifier, index, op, test, items, n, fields.words(node, "text"), fields.text(node, "article"),
            exemptions, waivable, fields.names(node, "evidence"), node.place,
        )  # fmt: skip

    def _body(self, node: Mapping, identifier: str) -> tuple[str, Expr | None, tuple[Clause, ...]]:
        fields = self.fields
        present = [key for key in ("test", *_GROUPS) if node.get(key) is not None]
        if len(present) != 1:
            fields.add("clause_body", node.place, found=", ".join(present) or "-")
            return "all", None, ()
        key = present[0]
        if key == "test":
            if node.get("text") is None:
                fields.add("clause_text", node.place, id=identifier)
            return "test", fields.condition(node, "test"), ()
        if (key == "of") != (node.get("at_least") is not None):
            fields.add("at_least_of", node.place)
        children = fields.maps(node, key)
        if not children:
            fields.add("empty_group", node.key_place(key), key=key)
        items = tuple(self._clause(child, f"{identifier}.{number}") for number, child in enumerate(children, 1))
        return ("at_least" if key == "of" else key), None, items

    def _exemptions(self, node: Mapping) -> tuple[Exemption, ...]:
        found = []
        for key in ("unless", "exempt_if"):
            value = node.get(key)
            if value is None:
                continue
            if isinstance(value, Mapping):
                self.fields.only(value, ("test", "text"))
                test = self.fields.condition(value, "test")
                text = self.fields.words(value, "text")
            else:
                test, text = self.fields.condition(node, key), None
            if test is not None:
                found.append(Exemption(test, text))
        only_if = self.fields.condition(node, "only_if")
        if only_if is not None:
            found.append(Exemption(Not(only_if.type, only_if.place, only_if), None))
        return tuple(found)

    def _waiver(self, identifier: str, node: Mapping) -> tuple[Exemption, ...]:
        """A recorded exception (破格) for this clause; the city's own records, so absent means there is none."""
        policy = self.fields.text(self.top, "policy")
        found = (
            f"any(decision where decision.kind == 'exception' and decision.policy == '{policy}'"
            f" and decision.clause in ['{identifier}', 'all'])"
        )
        raw = parse(f"known({found}) and {found}", node.place)
        return (Exemption(self.checker.condition(raw), WAIVED),)

    def _recheck_ids(self, schedules: tuple[Schedule, ...], later: tuple[Clause, ...]) -> None:
        """Instalments name clauses that exist, and what is asked before payments is asked before some payment."""
        named: set[str] = set()
        for node in self.fields.maps(self.top, "instalments") if schedules else ():
            for part in self.fields.maps(node, "parts"):
                for name in self.fields.names(part, "recheck"):
                    named.add(name)
                    if name not in self.ids:
                        choices = ", ".join(self.ids)
                        self.fields.add("unknown_clause", part.key_place("recheck"), id=name, choices=choices)
        for clause in later:
            if clause.id not in named:
                self.fields.add("never_rechecked", clause.place, id=clause.id)
