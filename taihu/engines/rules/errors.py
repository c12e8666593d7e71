"""Errors of the rule engine. Each says where, what is wrong and what to change, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from taihu.engines.text.script import in_language

from .messages import MESSAGES


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def moved(self, columns: int) -> Place:
        return Place(self.file, self.line, self.column + columns)


NOWHERE = Place("-", 0, 0)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check.

    `code` is stable, `params` fill the texts, `is_error` is False for advice that does not stop loading.
    """

    code: str
    place: Place
    params: tuple[tuple[str, str], ...] = ()
    is_error: bool = True

    def at(self, place: Place) -> Problem:
        """The same finding, there."""
        return replace(self, place=place)

    def message(self, language: str = "zh") -> str:
        return self._said(0, language)

    def fix(self, language: str = "zh") -> str:
        return self._said(2, language)

    def _said(self, place: int, language: str) -> str:
        zh, en = MESSAGES[self.code][place : place + 2]
        params = {key: _named(key, value, language) for key, value in self.params}
        return in_language(zh, en, language).format(**params)

    def text(self, language: str = "zh") -> str:
        joint = in_language("。改法：", ". To fix: ", language)
        return f"{self.place}: {self.message(language)}{joint}{self.fix(language)}"


#: What kinds of values are called in messages.
_KINDS = {
    "bool": ("真假", "a truth"),
    "int": ("整数", "a whole number"),
    "decimal": ("小数或比例", "a decimal or share"),
    "money": ("金额", "an amount of money"),
    "date": ("日期", "a date"),
    "enum": ("选项", "a choice"),
    "code": ("代码", "a code"),
    "duration": ("期限", "a period"),
}
_KIND_PARAMS = ("kind", "left", "right", "wanted")


def _named(key: str, value: str, language: str) -> str:
    return in_language(*_KINDS[value], language) if key in _KIND_PARAMS and value in _KINDS else value


def problem(code: str, place: Place, **params: object) -> Problem:
    return Problem(code, place, tuple((key, str(value)) for key, value in params.items()))


def advice(code: str, place: Place, **params: object) -> Problem:
    return Problem(code, place, tuple((key, str(value)) for key, value in params.items()), is_error=False)


class RulesError(ValueError):
    """Base of what this engine raises on bad input; `problems` lists every finding."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(item.text("en") for item in self.problems))

    def text(self, language: str = "zh") -> str:
        return "\n".join(item.text(language) for item in self.problems)


class PolicyError(RulesError):
    """A policy, catalogue or list file cannot be used."""


class FactsError(RulesError):
    """Facts given to the engine do not fit the catalogue."""
