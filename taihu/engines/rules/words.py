"""Expressions in words, with the values a person has: "申请日 2024-06-30 < 毕业证日期 2022-06-30 + 2年"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .catalogue import FactType
from .checker_numbers import widened
from .kinds import DECIMAL_ONE, Kind
from .reader import Reader
from .tree import (
    Aggregate,
    Applied,
    Arith,
    Call,
    Compare,
    Defined,
    Expr,
    Fact,
    FactAt,
    Field,
    If,
    Known,
    Listed,
    Literal,
    Logic,
    Lookup,
    Member,
    Not,
    Other,
    Shift,
)
from .values import show

_SIGNS = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "add": "+",
    "sub": "−",
    "mul": "×",
    "div": "÷",
}
_FUNCTIONS = {
    "years": ("满年数", "full years"),
    "months": ("满月数", "full months"),
    "days": ("天数", "days"),
    "year": ("年份", "year"),
    "month": ("月份", "month"),
    "start_of_year": ("当年1月1日", "1 January of the year"),
    "end_of_last_year": ("上年12月31日", "31 December of last year"),
    "start_of_month": ("当月1日", "first of the month"),
    "start_of_next_month": ("次月1日", "first of the next month"),
    "add_months": ("加月数", "plus months"),
    "round_down": ("向下取整", "rounded down"),
    "round_up": ("向上取整", "rounded up"),
    "round_half_up": ("四舍五入", "rounded"),
    "any": ("有符合的记录", "some record of"),
    "count": ("记录数", "number of"),
    "sum": ("合计", "sum of"),
    "latest": ("最近的", "latest"),
    "earliest": ("最早的", "earliest"),
    "months_covered": ("累计月数", "months covered by"),
    "days_covered": ("累计天数", "days covered by"),
    "months_run": ("连续月数", "consecutive months of"),
    "longest_run": ("最长连续月数", "longest run of months of"),
    "run_start": ("连续起始月", "start of the run of"),
    "month_reached": ("达到月份", "month reached by"),
    "holds": ("是否符合", "holds"),
    "amount_of": ("的金额", "amount of"),
    "class_of": ("认定的类别", "class by"),
}


class Wording:
    """Words for expressions in one language, for the person of a reader."""

    def __init__(self, reader: Reader, language: str) -> None:
        self.reader = reader
        self.language = language
        self.is_chinese = language == "zh"

    def pick(self, zh: str, en: str) -> str:
        return zh if self.is_chinese else en

    def value(self, expr: Expr, value: object) -> str:
        """A value of the type of an expression; enums by their label."""
        if value is None:
            return self.pick("未知", "unknown")
        assert isinstance(value, int | str)
        fact = self._fact_of(expr)
        if fact is not None and fact.type == expr.type:
            return self.reader.catalogue.said(fact, value, self.language)
        return show(expr.type, value, self.language)

    def _fact_of(self, expr: Expr) -> FactType | None:
        catalogue = self.reader.catalogue
        if isinstance(expr, Defined):
            return self._fact_of(expr.item)
        if isinstance(expr, Aggregate) and expr.value is not None:
            return self._fact_of(expr.value)
        if isinstance(expr, Fact | FactAt):
            return catalogue.facts[expr.name]
        return catalogue.records[expr.record].fields[expr.name] if isinstance(expr, Field) else None

    def function(self, name: str) -> str:
        zh, en = _FUNCTIONS[name]
        return self.pick(zh, en)

    def say(self, expr: Expr) -> str:
        """The expression with the values read."""
        method = _SAY.get(type(expr))
        return method(self, expr) if method else self.value(expr, self.reader.value(expr))

    def _labelled(self, expr: Expr) -> str:
        fact = self._fact_of(expr)
        label = fact.label.say(self.language) if fact else ""
        if isinstance(expr, Field):
            return label
        return f"{label} {self.value(expr, self.reader.value(expr))}"

    def _applied(self, expr: Applied) -> str:
        return self.pick("申请日 ", "application date ") + self.value(expr, self.reader.at)

    def _operation(self, expr: Arith) -> str:
        whole = widened(expr)
        if whole is not None:
            return self.say(whole)
        sides = (expr.left, expr.right)
        left, right = (
            self.say_share(item) if any(side.type.kind is Kind.MONEY for side in sides) else self.say(item)
            for item in sides
        )
        return f"{left} {_SIGNS[expr.op]} {right}"

    def say_share(self, expr: Expr) -> str:
        """The same with a fixed share, or one out of a table, as a percentage."""
        is_share = expr.type.kind is Kind.DECIMAL and isinstance(expr, Literal | Lookup | If)
        value = self.reader.value(expr) if is_share else None
        return self.say(expr) if value is None or not 0 <= value <= DECIMAL_ONE else f"{value / 100:g}%"

    def _compare(self, expr: Compare) -> str:
        right = expr.right
        if isinstance(right, Literal):
            shown = self.value(expr.left if right.type.kind is Kind.ENUM else right, right.value)
        else:
            shown = self.say(right)
        return f"{self.say(expr.left)} {_SIGNS[expr.op]} {shown}"

    def _shift(self, expr: Shift) -> str:
        sign = "+" if expr.months + expr.days >= 0 else "−"
        months, days = abs(expr.months), abs(expr.days)
        if days or not months:
            span = self.pick(f"{days}天", f"{days} days")
        elif months % 12:
            span = self.pick(f"{months}个月", f"{months} months")
        else:
            span = self.pick(f"{months // 12}年", f"{months // 12} years")
        return f"{self.say(expr.item)} {sign} {span}"

    def _member(self, expr: Member) -> str:
        options = "、".join(self.value(expr.item, value) for value in expr.values)
        return self.pick(f"{self.say(expr.item)} 属于 {options}", f"{self.say(expr.item)} is one of {options}")

    def _listed(self, expr: Listed) -> str:
        label = self.reader.catalogue.lists[expr.name].label.say(self.language)
        return self.pick(f"{self.say(expr.item)} 在“{label}”中", f"{self.say(expr.item)} is in “{label}”")

    def _logic(self, expr: Logic) -> str:
        joint = self.pick(" 且 ", " and ") if expr.op == "and" else self.pick(" 或 ", " or ")
        return joint.join(
            self.bracketed(self.say(item)) if isinstance(item, Logic) else self.say(item) for item in expr.items
        )

    def bracketed(self, text: str) -> str:
        return self.pick(f"（{text}）", f"({text})")

    def _not(self, expr: Not) -> str:
        return self.pick(f"并非（{self.say(expr.item)}）", f"not ({self.say(expr.item)})")

    def _known(self, expr: Known) -> str:
        return self.pick(f"已知（{self.say(expr.item)}）", f"known ({self.say(expr.item)})")

    def _if(self, expr: If) -> str:
        test = self.reader.truth(expr.test)
        return self.say(expr.then if test else expr.other) if test is not None else self.value(expr, None)

    def _call(self, expr: Call) -> str:
        value, items = self.value(expr, self.reader.value(expr)), [self.say(item) for item in expr.args]
        if expr.name in ("min", "max"):
            return f"{value}{self.pick('', ' ')}{self.bracketed(self._of_several(expr, items))}"
        inner = self.pick("，", ", ").join(items)
        return self.pick(
            f"{self.function(expr.name)}（{inner}） {value}", f"{self.function(expr.name)} ({inner}) {value}"
        )

    def _of_several(self, expr: Call, items: list[str]) -> str:
        """What the larger or smaller is taken of; with zero, that the value is not negative."""
        is_two = len(items) == 2
        zero = next((n for n, item in enumerate(expr.args) if isinstance(item, Literal) and item.value == 0), None)
        if is_two and expr.name == "max" and zero is not None:
            return self.pick(f"{items[1 - zero]}，不足零按零计", f"{items[1 - zero]}, zero where it is less")
        zh, en = _OF_TWO[expr.name] if is_two else _OF_MANY[expr.name]
        joined = (" 与 " if is_two else "、").join(items)
        return self.pick(f"{joined} {zh}", f"the {en} of {', '.join(items[:-1])} and {items[-1]}")

    def _aggregate(self, expr: Aggregate) -> str:
        label = self.reader.catalogue.records[expr.record].label.say(self.language)
        if expr.value is not None:
            fact = self._fact_of(expr.value)
            field = fact.label.say(self.language) if fact else ""
            label = self.pick(f"{label} {field}", f"{field} of {label}") if field else label
        value = self.value(expr, self.reader.value(expr))
        name = _EXTREMES.get(expr.name, ("", ""))
        function = self.pick(*name) if name[0] else self.function(expr.name)
        return self.pick(f"{label}{function} {value}", f"{function} {label} {value}")

    def _defined(self, expr: Defined) -> str:
        return self.say(expr.item)

    def _other(self, expr: Other) -> str:
        title = self.reader.catalogue.named("policy", expr.policy, self.language)
        value = self.value(expr, self.reader.value(expr))
        return self.pick(
            f"“{title}”{self.function(expr.name)} {value}", f"{self.function(expr.name)} “{title}” {value}"
        )


_EXTREMES = {"max": ("（最大）", "largest"), "min": ("（最小）", "smallest")}
_OF_TWO = {"min": ("两者中较小的", "smaller"), "max": ("两者中较大的", "larger")}
_OF_MANY = {"min": ("当中最小的", "smallest"), "max": ("当中最大的", "largest")}
_SAY: dict[type[Expr], Callable[[Wording, Any], str]] = {
    Applied: Wording._applied,
    Fact: Wording._labelled,
    FactAt: Wording._labelled,
    Field: Wording._labelled,
    Arith: Wording._operation,
    Shift: Wording._shift,
    Compare: Wording._compare,
    Member: Wording._member,
    Listed: Wording._listed,
    Logic: Wording._logic,
    Not: Wording._not,
    Known: Wording._known,
    If: Wording._if,
    Call: Wording._call,
    Aggregate: Wording._aggregate,
    Defined: Wording._defined,
    Other: Wording._other,
}
