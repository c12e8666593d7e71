"""A policy as a page: conditions, amounts, payments and worked cases in words, for nobody in particular."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from taihu.engines.rules.cases import person_of_case
from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.people import Person
from taihu.engines.rules.phrases import rule_phrases, value_phrase
from taihu.engines.rules.results import Explanation, Status
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.single import class_of, evaluate_one
from taihu.engines.rules.tree import Aggregate, Clause, Fact, FactAt, GivenCase, Policy, Step
from taihu.engines.rules.walking import step_expressions, walk
from taihu.records.base.language import language
from taihu.systems.policies.enums import Group
from taihu.systems.policies.standing import group_of
from taihu.systems.policies.words import (
    amount_tables,
    record_words,
    schedule_words,
    shares_words,
)


@dataclass(frozen=True)
class ConditionLine:
    """One condition as it is read: `lead` says how its parts go together, "" for a single one."""

    id: str
    depth: int
    text: str
    lead: str
    article: str
    evidence: tuple[str, ...]
    exemptions: tuple[str, ...]
    asks: str = ""


@dataclass(frozen=True)
class CaseLine:
    """A worked case: what is given, on which day, and what it comes to. Amounts in fen."""

    name: str
    day: date
    given: tuple[tuple[str, str], ...]
    status: Status
    payable: int
    talent_class: str
    parts: tuple[tuple[str, int], ...]
    payers: Mapping[str, int]


@dataclass(frozen=True)
class PolicyPage:
    conditions: tuple[ConditionLine, ...]
    grounds: tuple[tuple[str, str], ...]
    tables: list[dict[str, Any]]
    layers: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    total: tuple[str, ...]
    payers: tuple[str, ...]
    schedules: tuple[str, ...]
    cases: tuple[CaseLine, ...]
    rules: tuple[str, ...]


def page_of(rules: PolicySet, policy: Policy) -> PolicyPage:
    speak = language()
    skip = {policy.root.id} if policy.root.op == "all" else set()
    asks = rule_phrases(rules, policy, speak)
    return PolicyPage(
        conditions=tuple(
            replace(line, asks=asks.get(line.id, ""))
            for line in _conditions(policy.root, 0 if policy.root.id in skip else 1, skip)
        ),
        grounds=tuple((name, ground) for ground, name in policy.classes),
        tables=amount_tables(policy, rules.catalogue),
        layers=tuple(
            (
                layer.text.say(speak) if layer.text else layer.id,
                layer.article,
                ""
                if policy.decision and policy.decision.mode == "amount"
                else value_phrase(rules, policy, layer.base, speak),
                tuple(line for step in layer.steps if (line := _step(step))),
            )
            for layer in policy.layers
        ),
        total=tuple(line for step in policy.total_steps if (line := _step(step))),
        payers=tuple(dict.fromkeys(shares_words(rule.shares) for layer in policy.layers for rule in layer.payers)),
        schedules=tuple(schedule_words(schedule) for schedule in policy.schedules if len(schedule.parts) > 1),
        cases=tuple(_cases(rules, policy)),
        rules=tuple(_rules(rules, policy)),
    )


def _conditions(clause: Clause, depth: int, skip: set[str]) -> Iterable[ConditionLine]:
    if clause.id not in skip:
        yield ConditionLine(
            clause.id,
            depth,
            clause.text.say(language()) if clause.text else "",
            _lead(clause),
            clause.article,
            clause.evidence,
            tuple(item.text.say(language()) for item in clause.exemptions if item.text),
        )
    for item in clause.items:
        yield from _conditions(item, depth + 1, skip)


def _lead(clause: Clause) -> str:
    return {
        "all": _("以下各项都要符合："),
        "any": _("以下符合一项即可："),
        "none": _("没有以下任何一种情况："),
        "at_least": _("以下至少符合 %(count)s 项：") % {"count": clause.at_least},
    }.get(clause.op, "")


def _step(step: Step) -> str:
    return step.text.say(language()) if step.text else ""


def _rules(rules: PolicySet, policy: Policy) -> Iterable[str]:
    if policy.household_rule == "higher":
        yield _("同一家庭只给金额较高的一人。")
    elif policy.household_rule == "one":
        yield _("同一家庭只给一人。")
    if policy.exclusion is not None:
        rivals = [
            item.title.say(language())
            for item in rules.policies
            if item.exclusion and item.exclusion.group == policy.exclusion.group and item.id != policy.id
        ]
        words = {"best": _("取金额最高的一项"), "first": _("取排在前面的一项"), "choose": _("由本人选一项")}
        text = words[policy.exclusion.rule]
        yield (
            (_("与“%(others)s”不能同时享受，%(rule)s。") % {"others": "”“".join(rivals), "rule": text})
            if rivals
            else (_("与同类政策不能同时享受，%(rule)s。") % {"rule": text})
        )
    if policy.decision is not None and policy.decision.mode == "amount":
        yield _("金额由%(body)s逐个决定。") % {"body": policy.decision.body.say(language())}


def _cases(rules: PolicySet, policy: Policy) -> Iterable[CaseLine]:
    index = rules.index_of(policy.key)
    for case in policy.cases:
        try:
            person = person_of_case(rules.catalogue, case)
        except FactsError:
            continue
        found = evaluate_one(rules, person, case.at)[index]
        yield CaseLine(
            case.title.say(language()),
            from_days(case.at),
            tuple(_given(rules.catalogue, case, person)),
            found.status,
            found.payable,
            class_of(found),
            tuple((from_days(due).isoformat() if due else "", amount) for _part, due, amount in found.parts),
            {payer: fen for payer, fen in found.payers.items() if fen},
        )


def _given(catalogue: Catalogue, case: GivenCase, person: Person) -> Iterable[tuple[str, str]]:
    for name, _value in case.given:
        if name in person.facts:
            fact = catalogue.facts[name]
            values = [
                catalogue.said(fact, item.value, language()) for item in person.facts[name] if item.value is not None
            ]
            yield fact.label.say(language()), "；".join(values) or _("不知道")
        elif name in catalogue.records:
            kind = catalogue.records[name]
            records = person.records.get(name)
            lines = (
                _("不知道") if records is None else "；".join(record_words(catalogue, kind, item) for item in records)
            )
            yield kind.label.say(language()), lines or _("没有记录")


def record_line(catalogue: Catalogue, name: str, given: Mapping[str, Any]) -> str:
    """A record that was typed, in words."""
    person = Person.of(catalogue, "typed", {name: [dict(given)]})
    return record_words(catalogue, catalogue.records[name], person.records[name][0])


def facts_of_amount(policy: Policy) -> list[str]:
    """Facts and kinds of records that the amount is computed from."""
    found: dict[str, None] = {}
    tops = [item for layer in policy.layers for item in (layer.base, layer.when) if item is not None]
    tops += [expr for layer in policy.layers for step in layer.steps for expr in step_expressions(step)]
    tops += [expr for step in policy.total_steps for expr in step_expressions(step)]
    for top in tops:
        for expr in walk(top):
            if isinstance(expr, Fact | FactAt):
                found[expr.name] = None
            elif isinstance(expr, Aggregate):
                found[expr.record] = None
    return list(found)


def group_in_words(policy: Policy, found: Explanation) -> Group:
    return group_of(policy, found)
