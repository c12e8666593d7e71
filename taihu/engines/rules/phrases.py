"""Conditions as sentences: "申请日距首次认定日期不满3年", for nobody in particular and without formulas.

A condition is said as it stands or as its opposite, so that "not" never stands before a whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from taihu.engines.text.script import TRADITIONAL, in_script

from .checker_numbers import widened
from .kinds import Kind
from .people import Person
from .reader import Reader
from .sets import PolicySet
from .tree import (
    Aggregate,
    Applied,
    Arith,
    Call,
    Clause,
    Compare,
    Defined,
    Expr,
    Fact,
    FactAt,
    Field,
    If,
    Known,
    LayerAmount,
    Listed,
    Literal,
    Logic,
    Lookup,
    Member,
    Not,
    Other,
    Policy,
    Running,
    Shift,
)
from .words import Wording

OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
SWAPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_NUMBERS = {
    "eq": ("是", "is"),
    "ne": ("不是", "is not"),
    "lt": ("少于", "is less than"),
    "le": ("不超过", "is at most"),
    "gt": ("超过", "is more than"),
    "ge": ("至少", "is at least"),
}
_DATES = {
    "eq": ("是", "is"),
    "ne": ("不是", "is not"),
    "lt": ("早于", "is before"),
    "le": ("不晚于", "is not after"),
    "gt": ("晚于", "is after"),
    "ge": ("不早于", "is not before"),
}
_AFTER = {
    "eq": ("正好是{b}之后{span}", "is exactly {span} after {b}"),
    "ne": ("不是{b}之后{span}那一天", "is not exactly {span} after {b}"),
    "lt": ("距{b}不满{span}", "is less than {span} after {b}"),
    "le": ("距{b}不超过{span}", "is at most {span} after {b}"),
    "gt": ("距{b}超过{span}", "is more than {span} after {b}"),
    "ge": ("距{b}已满{span}", "is at least {span} after {b}"),
}
_ORDERED = {
    "lt": ("低于{}", "below {}"),
    "le": ("{}及以下", "{} or below"),
    "gt": ("高于{}", "above {}"),
    "ge": ("{}及以上", "{} or above"),
}
_UNITS = {"years": ("年", " years"), "months": ("个月", " months"), "days": ("天", " days")}
_MONTHS = {
    "months_covered": ("累计", "{what} adds up to {count} months{first} up to {last}"),
    "days_covered": ("累计", "{what} adds up to {count} days{first} up to {last}"),
    "months_run": ("连续", "{what} has run unbroken for {count} months{first} up to {last}"),
    "longest_run": ("最长一段连续", "{what} has once run unbroken for {count} months{first} up to {last}"),
}
_AGES = {"lt": ("不满", "is under"), "ge": ("已满", "is at least"), "gt": ("超过", "is over")}
#: Longer than this no sentence helps; the text that the policy's authors wrote says it better.
LONGEST = {"zh": 120, "en": 320}
_DATE_CALLS = {
    "start_of_year": ("{}当年1月1日", "1 January of the year of {}"),
    "end_of_last_year": ("{}上年12月31日", "31 December of the year before {}"),
    "start_of_month": ("{}当月1日", "the first of the month of {}"),
    "start_of_next_month": ("{}次月1日", "the first of the month after {}"),
    "year": ("{}所在年份", "the year of {}"),
    "month": ("{}所在月份", "the month of {}"),
}
_ROUNDED = {
    "round_down": ("{}向下取整到{}", "{} rounded down to {}"),
    "round_up": ("{}向上取整到{}", "{} rounded up to {}"),
    "round_half_up": ("{}四舍五入到{}", "{} rounded to {}"),
}
_ARITH = {"add": ("加", "plus"), "sub": ("减", "less"), "mul": ("乘以", "times"), "div": ("除以", "divided by")}


def clause_phrase(policies: PolicySet, policy: Policy, clause: Clause, language: str, *, holds: bool = True) -> str:
    """What the test of a clause asks, "" where no sentence could say it; made once per set and language.

    For a clause among those of which none may hold, its opposite.

    Examples
    --------
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: tiny
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: recent, text: 三年内, test: applied < arrived_on + 3 years and not on_bad_list}
    ... amount: 100元
    ... '''
    >>> policies = load_policies({"tiny.yaml": text})
    >>> clause_phrase(policies, policies.policies[0], policies.policies[0].root, "zh")
    '申请日距来本市工作日期不满3年，并且没有“失信被执行人”的情况'
    """
    assert clause.test is not None
    key = (id(clause), language, holds)
    if key not in policies.phrases:
        spoken = _spoken(language)
        said = Phrases(policies, policy, spoken).condition(clause.test, holds=holds)
        policies.phrases[key] = in_script(said if len(said) <= LONGEST[spoken] else "", language)
    return policies.phrases[key]


def value_phrase(policies: PolicySet, policy: Policy, expr: Expr, language: str) -> str:
    """What a value of a policy is computed from, as a noun."""
    return str(in_script(Phrases(policies, policy, _spoken(language)).say(expr), language))


def _spoken(language: str) -> str:
    return "zh" if language == TRADITIONAL else language


def rule_phrases(policies: PolicySet, policy: Policy, language: str = "zh") -> dict[str, str]:
    """Clause id to what its test asks."""
    return {
        clause.id: clause_phrase(policies, policy, clause, language)
        for clause in policy.clauses
        if clause.test is not None
    }


class Phrases(Wording):
    """Sentences for the conditions of one policy; values of other kinds as nouns.

    `is_brief`: records are named by their kind alone, for a reader who has just read which of them count.
    """

    is_brief = False

    def __init__(self, policies: PolicySet, policy: Policy, language: str) -> None:
        reader = Reader(policies.catalogue, Person(""), policy.effective_from)
        reader.use(policy)
        super().__init__(reader, language)

    def condition(self, expr: Expr, *, holds: bool = True) -> str:
        """That an expression is true, or that it is false."""
        while isinstance(expr, Defined):
            expr = expr.item
        method = _CONDITIONS.get(type(expr))
        if method is not None:
            return method(self, expr, holds)
        noun = self.say(expr)
        return self.pick(f"{noun}为“{'是' if holds else '否'}”", f"{noun}: {'yes' if holds else 'no'}")

    def say(self, expr: Expr) -> str:
        """A value as a noun."""
        while isinstance(expr, Defined):
            expr = expr.item
        if type(expr) in _CONDITIONS and expr.type.kind is Kind.BOOL and not isinstance(expr, Fact | FactAt | Field):
            return self.condition(expr)
        method = _NOUNS.get(type(expr))
        return method(self, expr) if method else self.value(expr, getattr(expr, "value", None))

    # --- conditions

    def _flag(self, expr: Fact | FactAt, holds: bool) -> str:
        label = self._said_label(expr)
        return label if holds else self.pick(f"没有“{label}”的情况", f"“{label}” does not apply")

    def _field_flag(self, expr: Field, holds: bool) -> str:
        label = self._said_label(expr)
        return label if holds else self.pick(f"不是“{label}”", f"not “{label}”")

    def _either(self, expr: Logic, holds: bool) -> str:
        op = expr.op if holds else {"and": "or", "or": "and"}[expr.op]
        joint = self.pick("，并且", ", and ") if op == "and" else self.pick("，或者", ", or ")
        return joint.join(self._part(item, op, holds) for item in expr.items)

    def _part(self, expr: Expr, outer: str, holds: bool) -> str:
        """A part of a longer sentence; brackets only where "and" and "or" meet."""
        while isinstance(expr, Defined):
            expr = expr.item
        while isinstance(expr, Not):
            expr, holds = expr.item, not holds
        text = self.condition(expr, holds=holds)
        if not isinstance(expr, Logic):
            return text
        inner = expr.op if holds else {"and": "or", "or": "and"}[expr.op]
        return text if inner == outer else self.pick(f"（{text}）", f"({text})")

    def _opposite(self, expr: Not, holds: bool) -> str:
        return self.condition(expr.item, holds=not holds)

    def _is_known(self, expr: Known, holds: bool) -> str:
        noun = self.say(expr.item)
        if holds:
            return self.pick(f"查得到{noun}", f"{noun} is known")
        return self.pick(f"查不到{noun}", f"{noun} is not known")

    def _is_member(self, expr: Member, holds: bool) -> str:
        noun, options = self.say(expr.item), [self.value(expr.item, value) for value in expr.values]
        if self.is_chinese:
            return f"{noun}{'是' if holds else '不是'}{'、'.join(options)}" + ("之一" if len(options) > 1 else "")
        joint = " or ".join([", ".join(options[:-1]), options[-1]] if len(options) > 1 else options)
        return f"{noun} is {'' if holds else 'not '}{joint}"

    def _is_listed(self, expr: Listed, holds: bool) -> str:
        label = self.reader.catalogue.lists[expr.name].label.say(self.language)
        noun, zh, en = self.say(expr.item), "" if holds else "不", "" if holds else "not "
        day = "" if isinstance(expr.when, Applied) else self.say(expr.when)
        as_of = self.pick(f"（以{day}的名单为准）", f" (as it stood on {day})") if day else ""
        return self.pick(f"{noun}{zh}在“{label}”上", f"{noun} is {en}on “{label}”") + as_of

    def _exists(self, expr: Aggregate, holds: bool) -> str:
        if expr.name != "any":
            return self.say(expr)
        what = self._records(expr)
        if holds:
            return self.pick(f"有{what}", f"there is a record of {what}")
        return self.pick(f"没有{what}", f"there is no record of {what}")

    def _policy_holds(self, expr: Other, holds: bool) -> str:
        title = self.reader.catalogue.named("policy", expr.policy, self.language)
        if holds:
            return self.pick(f"符合“{title}”", f"“{title}” is met")
        return self.pick(f"不符合“{title}”", f"“{title}” is not met")

    def _compared(self, expr: Compare, holds: bool) -> str:
        left, right, op = _unwrapped(expr.left), _unwrapped(expr.right), expr.op
        if not holds:
            op = OPPOSITE[op]
        if isinstance(left, Literal) or (isinstance(left, Shift) and not isinstance(right, Shift)):
            left, right, op = right, left, SWAPPED[op]
        kind = left.type.kind
        if kind is Kind.BOOL and isinstance(right, Literal):
            return self.condition(left, holds=bool(right.value) is (op == "eq"))
        if kind is Kind.DATE:
            return self._dates(left, op, right)
        if isinstance(left, Call) and left.name in _UNITS:
            return self._spans(left, op, right)
        if isinstance(left, Aggregate) and left.name in _MONTHS:
            return self._month_counts(left, op, right)
        other = self.value(left, right.value) if isinstance(right, Literal) else self.say(right)
        if kind is Kind.ENUM and op in _ORDERED:
            zh, en = _ORDERED[op]
            return self.pick(f"{self.say(left)}为{zh.format(other)}", f"{self.say(left)} is {en.format(other)}")
        zh, en = _NUMBERS[op]
        noun = self.say(left)
        return self.pick(f"{noun}{zh}{other}", f"{noun} {agreeing(en, noun)} {other}")

    def _dates(self, left: Expr, op: str, right: Expr) -> str:
        noun = self.say(left)
        if isinstance(right, Shift) and right.months >= 0 and right.days >= 0:
            zh, en = _AFTER[op]
            item, span = self.say(right.item), self.span(right)
            return self.pick(f"{noun}{zh.format(b=item, span=span)}", f"{noun} {en.format(b=item, span=span)}")
        zh, en = _DATES[op]
        other = self.say(right)
        return self.pick(f"{noun}{zh}{other}", f"{noun} {en} {other}")

    def _spans(self, left: Call, op: str, right: Expr) -> str:
        start, end = (_unwrapped(item) for item in left.args)
        zh, en = _NUMBERS[op]
        if is_age(left):
            zh, en = _AGES.get(op, (zh, en))
            return self.pick(f"{self.say(left)}{zh}{self.say(right)}周岁", f"{self.say(left)} {en} {self.say(right)}")
        unit = self.pick(*_UNITS[left.name])
        zh = {"lt": "不满", "ge": "至少满"}.get(op, zh)
        return self.pick(
            f"从{self.say(start)}到{self.say(end)}{zh}{self.say(right)}{unit}",
            f"the time from {self.say(start)} to {self.say(end)} {en} {self.say(right)}{unit}",
        )

    def _month_counts(self, left: Aggregate, op: str, right: Expr) -> str:
        zh, en = _NUMBERS[op]
        number, unit = self.say(right), "day" if left.name == "days_covered" else "month"
        if self.is_chinese:
            return f"{self.say(left)}{zh}{number}{'天' if left.name == 'days_covered' else '个月'}"
        return self._months(left, f"{en.removeprefix('is').strip()} {number}".strip()).replace(
            f" 1 {unit}s ", f" 1 {unit} "
        )

    def _months(self, expr: Aggregate, count: str) -> str:
        bounds = [self.say(item) for item in expr.bounds]
        first = f" from {bounds[0]}" if len(bounds) > 1 else ""
        return _MONTHS[expr.name][1].format(what=self._records(expr), count=count, first=first, last=bounds[-1])

    # --- nouns

    def span(self, expr: Shift) -> str:
        """The period of a shift, without its direction."""
        months, days = abs(expr.months), abs(expr.days)
        if days or not months:
            return self.pick(f"{days}天", _plural(days, "day"))
        if months % 12:
            return self.pick(f"{months}个月", _plural(months, "month"))
        return self.pick(f"{months // 12}年", _plural(months // 12, "year"))

    def _moved(self, expr: Shift) -> str:
        item, span = self.say(expr.item), self.span(expr)
        if expr.months + expr.days < 0:
            return self.pick(f"{item}之前{span}", f"{span} before {item}")
        return self.pick(f"{item}之后{span}", f"{span} after {item}")

    def _said_label(self, expr: Fact | FactAt | Field) -> str:
        fact = self._fact_of(expr)
        assert fact is not None
        return fact.label.say(self.language)

    def _label(self, expr: Fact | FactAt | Field) -> str:
        label = self._said_label(expr)
        label = label if self.is_chinese or isinstance(expr, Field) else f"the {label}"
        if isinstance(expr, FactAt) and not isinstance(expr.when, Applied):
            day = self.say(expr.when)
            return self.pick(f"{day}的{label}", f"{label} on {day}")
        return label

    def _arithmetic(self, expr: Arith) -> str:
        whole = widened(expr)
        if whole is not None:
            return self.say(whole)
        zh, en = _ARITH[expr.op]
        has_money = Kind.MONEY in (expr.left.type.kind, expr.right.type.kind)
        left, right = (self.say_share(item) if has_money else self.say(item) for item in (expr.left, expr.right))
        return self.pick(f"{left}{zh}{right}", f"{left} {en} {right}")

    def _choice(self, expr: If) -> str:
        test, then, other = self.condition(expr.test), self.say(expr.then), self.say(expr.other)
        return self.pick(f"（{test}的，为{then}，否则为{other}）", f"({then} where {test}, else {other})")

    def _called(self, expr: Call) -> str:
        if expr.name in ("min", "max"):
            return self._extreme(expr)
        items = [self.say(item) for item in expr.args]
        if is_age(expr):
            return self.pick(f"{items[1]}的年龄", f"the age on {items[1]}")
        if expr.name in _UNITS:
            zh, en = _UNITS[expr.name]
            return self.pick(f"从{items[0]}到{items[1]}的{zh}数", f"{en.strip()} from {items[0]} to {items[1]}")
        if expr.name == "add_months":
            return self.pick(f"{items[0]}之后{items[1]}个月", f"{items[1]} months after {items[0]}")
        zh, en = {**_DATE_CALLS, **_ROUNDED}[expr.name]
        return self.pick(zh, en).format(*items)

    def _extreme(self, expr: Call) -> str:
        items = [self.say(item) for item in _alternatives(expr)]
        rest = [item for item in _alternatives(expr) if not (isinstance(item, Literal) and item.value == 0)]
        if expr.name == "max" and expr.type.is_number and len(rest) == 1:
            noun = self.say(rest[0])
            return self.pick(f"{noun}（不足零按零计）", f"{noun} (zero where it is less)")
        if expr.type.kind is Kind.DATE:
            zh, en = {"min": ("最早", "earliest"), "max": ("最晚", "latest")}[expr.name]
        else:
            zh, en = {"min": ("最小", "smallest"), "max": ("最大", "largest")}[expr.name]
        return self.pick(f"{'、'.join(items)}中{zh}的", f"the {en} of {', '.join(items[:-1])} and {items[-1]}")

    def _looked_up(self, expr: Lookup) -> str:
        keys = self.pick("、", ", ").join(self.say(item) for item in expr.keys)
        return self.pick(f"按{keys}查表所得", f"the table's value for {keys}")

    def _records(self, expr: Aggregate) -> str:
        """The records that count: 住房（在市区，第几套不超过2）."""
        label = self.reader.catalogue.records[expr.record].label.say(self.language)
        where = None if expr.where is None else _unwrapped(expr.where)
        if where is None or self.is_brief:
            return label
        parts = where.items if isinstance(where, Logic) and where.op == "and" else (where,)
        said = self.pick("，", ", ").join(self._part(item, "and", True) for item in parts)
        return self.pick(f"{label}（{said}）", f"{label} ({said})")

    def _folded(self, expr: Aggregate) -> str:
        what, bounds = self._records(expr), [self.say(item) for item in expr.bounds]
        if expr.name in _MONTHS:
            first = f"从{bounds[0]}" if len(bounds) > 1 else ""
            return self.pick(
                f"{first}到{bounds[-1]}，{what}{_MONTHS[expr.name][0]}",
                f"the {'days' if expr.name == 'days_covered' else 'months'} of {what} up to {bounds[-1]}",
            )
        if expr.name == "run_start":
            return self.pick(f"到{bounds[0]}连续{what}的起始月", f"the start of the unbroken {what} up to {bounds[0]}")
        if expr.name == "month_reached":
            return self.pick(f"{what}满{bounds[0]}个月的月份", f"the month in which {what} reaches {bounds[0]} months")
        if expr.name in ("any", "count"):
            return self.pick(f"{what}的条数", f"the number of records of {what}")
        field = self.say(expr.value) if expr.value is not None else ""
        if expr.by is not None:
            zh, en = {"latest": ("最近", "latest"), "earliest": ("最早", "earliest")}[expr.name]
            return self.pick(f"{zh}一条{what}的{field}", f"{field} of the {en} {what}")
        zh, en = _fold_words(expr)
        return self.pick(zh.format(field, what), en.format(field, what))

    def _result(self, expr: Other) -> str:
        title = self.reader.catalogue.named("policy", expr.policy, self.language)
        if expr.name == "class_of":
            return self.pick(f"“{title}”认定的类别", f"the class by “{title}”")
        return self.pick(f"“{title}”的金额", f"the amount of “{title}”")

    def _amount(self, _: Running | LayerAmount) -> str:
        return self.pick("金额", "the amount")

    def _today(self, _: Applied) -> str:
        return self.pick("申请日", "the application date")


def _fold_words(expr: Aggregate) -> tuple[str, str]:
    if expr.name == "sum":
        return "{1}的{0}合计", "the total {0} of {1}"
    is_date = expr.value is not None and expr.value.type.kind is Kind.DATE
    if expr.name == "max":
        return ("{1}中最晚的{0}", "the latest {0} of {1}") if is_date else ("{1}中最高的{0}", "the highest {0} of {1}")
    return ("{1}中最早的{0}", "the earliest {0} of {1}") if is_date else ("{1}中最低的{0}", "the lowest {0} of {1}")


def _unwrapped(expr: Expr) -> Expr:
    while isinstance(expr, Defined):
        expr = expr.item
    return expr


def is_age(expr: Expr) -> bool:
    """Full years since birth."""
    first = _unwrapped(expr.args[0]) if isinstance(expr, Call) and expr.name == "years" else None
    return isinstance(first, Fact) and first.name == "birth_date"


class Brief(Phrases):
    """The same without saying again which records count."""

    is_brief = True


def _alternatives(expr: Call) -> list[Expr]:
    """What the larger or smaller of is taken, the same asked inside it included; each once."""
    found: list[Expr] = []
    for item in map(_unwrapped, expr.args):
        inner = _alternatives(item) if isinstance(item, Call) and item.name == expr.name else [item]
        found.extend(part for part in inner if part not in found)
    return found


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def agreeing(verb: str, noun: str) -> str:
    """ "is" or "are" by the noun that leads: "the homes of the household" are, "the talent class" is."""
    head = re.split(r" (?:of|in|on|who|by|among) ", noun)[0].split(" (")[0]
    return verb.replace("is", "are", 1) if head.endswith("s") and not head.endswith("ss") else verb


_CONDITIONS: dict[type[Expr], Callable[[Phrases, Any, bool], str]] = {
    Fact: Phrases._flag,
    FactAt: Phrases._flag,
    Field: Phrases._field_flag,
    Logic: Phrases._either,
    Not: Phrases._opposite,
    Known: Phrases._is_known,
    Member: Phrases._is_member,
    Listed: Phrases._is_listed,
    Aggregate: Phrases._exists,
    Other: Phrases._policy_holds,
    Compare: Phrases._compared,
}
_NOUNS: dict[type[Expr], Callable[[Phrases, Any], str]] = {
    Applied: Phrases._today,
    Fact: Phrases._label,
    FactAt: Phrases._label,
    Field: Phrases._label,
    Arith: Phrases._arithmetic,
    Shift: Phrases._moved,
    If: Phrases._choice,
    Call: Phrases._called,
    Lookup: Phrases._looked_up,
    Aggregate: Phrases._folded,
    Other: Phrases._result,
    Running: Phrases._amount,
    LayerAmount: Phrases._amount,
}
