"""Rules in words for nobody in particular: what an expression asks, without the values of a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .people import Person
from .reader import Reader
from .sets import PolicySet
from .tree import Aggregate, Applied, Call, Expr, If, Lookup, Other, Policy, Running
from .words import Wording


def rule_words(policies: PolicySet, policy: Policy, language: str = "zh") -> dict[str, str]:
    """Clause id to what its test asks.

    Examples
    --------
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: tiny
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: recent, text: 三年内, test: applied < arrived_on + 3 years}
    ... amount: 100元
    ... '''
    >>> policies = load_policies({"tiny.yaml": text})
    >>> rule_words(policies, policies.policies[0])
    {'recent': '申请日 < 来本市工作日期 + 3年'}
    """
    wording = RuleWording(policies, policy, language)
    return {clause.id: wording.say(clause.test) for clause in policy.clauses if clause.test is not None}


class RuleWording(Wording):
    """Words for the expressions of one policy."""

    def __init__(self, policies: PolicySet, policy: Policy, language: str) -> None:
        reader = Reader(policies.catalogue, Person(""), policy.effective_from)
        reader.use(policy)
        super().__init__(reader, language)
        self.titles = {item.id: item.title.say(language) for item in policies.policies}

    def say(self, expr: Expr) -> str:
        own = _SAY.get(type(expr))
        return " ".join((own(self, expr) if own else super().say(expr)).split())

    def value(self, expr: Expr, value: object) -> str:
        return "" if value is None else super().value(expr, value)

    def _applied(self, _: Applied) -> str:
        return self.pick("申请日", "application date")

    def _running(self, _: Running) -> str:
        return self.pick("金额", "amount")

    def _if(self, expr: If) -> str:
        test, then, other = self.say(expr.test), self.say(expr.then), self.say(expr.other)
        return self.pick(f"若 {test} 则 {then} 否则 {other}", f"if {test} then {then} else {other}")

    def _call(self, expr: Call) -> str:
        inner = self.pick("，", ", ").join(self.say(item) for item in expr.args)
        return self.pick(f"{self.function(expr.name)}（{inner}）", f"{self.function(expr.name)} ({inner})")

    def _lookup(self, expr: Lookup) -> str:
        keys = self.pick("，", ", ").join(self.say(item) for item in expr.keys)
        return self.pick(f"表 {expr.table}（{keys}）", f"table {expr.table} ({keys})")

    def _aggregate(self, expr: Aggregate) -> str:
        label = self.reader.catalogue.records[expr.record].label.say(self.language)
        fact = self._fact_of(expr)
        where = self.say(expr.where) if expr.where is not None else ""
        what = f"{label} {fact.label.say(self.language)}" if fact else label
        if where:
            what += self.pick(f"（{where}）", f" where {where}")
        bounds = self.pick("，", ", ").join(self.say(item) for item in expr.bounds)
        until = self.pick(f"，至 {bounds}", f", to {bounds}") if bounds else ""
        return self.pick(f"{self.function(expr.name)}：{what}{until}", f"{self.function(expr.name)} {what}{until}")

    def _other(self, expr: Other) -> str:
        return f"{self.function(expr.name)} “{self.titles.get(expr.policy, expr.policy)}”"


_SAY: dict[type[Expr], Callable[[RuleWording, Any], str]] = {
    Applied: RuleWording._applied,
    Running: RuleWording._running,
    If: RuleWording._if,
    Call: RuleWording._call,
    Lookup: RuleWording._lookup,
    Aggregate: RuleWording._aggregate,
    Other: RuleWording._other,
}
