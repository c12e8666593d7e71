"""Mistakes in a template: file, line, what is wrong, what to change."""

from __future__ import annotations

from dataclasses import dataclass

from taihu.engines.rules.errors import Place, Problem, RulesError
from taihu.engines.text.script import in_language

# code: what is wrong, what to change; each in Chinese and English
_MESSAGES: dict[str, tuple[str, str, str, str]] = {
    "bad_term": (
        "“{key}: {text}”不是期限",
        "'{key}: {text}' is no term",
        "写明单位，如 5 working days、15 days、1 month、month end、first working day + 25 working days",
        "name the unit: 5 working days, 15 days, 1 month, month end, first working day + 25 working days",
    ),
    "unknown_role": ("不认识的角色“{value}”", "unknown role '{value}'", "可选：{choices}", "use one of: {choices}"),
    "unknown_stage": (
        "没有环节“{to}”",
        "there is no stage '{to}'",
        "可选：{choices}",
        "use one of: {choices}",
    ),
    "unreachable": (
        "从开头走不到环节“{id}”",
        "the stage '{id}' is never reached",
        "让某个环节的 next 指向它，或删除它",
        "let another stage's next name it, or delete it",
    ),
    "no_exit": (
        "环节“{id}”走不到办结",
        "no way leads from the stage '{id}' to an end",
        "检查循环：至少一个环节要通向 kind: closed",
        "look for a circle: one stage on it must lead to a stage of kind: closed",
    ),
    "no_next": (
        "环节“{id}”之后没有去处",
        "nothing comes after the stage '{id}'",
        "写上 next，或改为 kind: closed",
        "add next, or make it kind: closed",
    ),
    "no_default": (
        "环节“{id}”的去处都有条件，可能一个也不满足",
        "every route from '{id}' has a condition: a case could fit none",
        "最后一个去处不要写 when",
        "leave `when` out of the last route",
    ),
    "after_default": (
        "环节“{id}”的这个去处永远轮不到",
        "this route from '{id}' is never taken",
        "有条件的写在前面，没有条件的写在最后",
        "put routes with `when` first and the one without it last",
    ),
    "kind_needs": (
        "{kind} 环节要有“{key}”",
        "a stage of kind {kind} needs '{key}'",
        "补上 {key}",
        "add {key}",
    ),
    "kind_has": (
        "“{key}”只用于 {kinds}",
        "'{key}' belongs to {kinds} only",
        "删除 {key}，或改 kind",
        "remove {key} or change the kind",
    ),
    "first_stage": (
        "第一个环节必须是 kind: draft",
        "the first stage must be kind: draft",
        "把填报环节放在最前面",
        "put the stage in which the applicant fills in first",
    ),
    "bad_share": ("“{text}”不是比例", "'{text}' is no share", "写成 2/3 或 50%", "write 2/3 or 50%"),
    "unknown_field": (
        "“{name}”没有在 facts 里声明",
        "'{name}' is not declared under facts",
        "在 facts 里声明，或改用：{choices}",
        "declare it under facts, or use: {choices}",
    ),
    "bad_join": (
        "“{id}”等待的环节“{other}”不通向它",
        "'{id}' waits for '{other}', which does not lead to it",
        "把 {other} 的 next 指向 {id}，或从 waits_for 中删去",
        "let {other} lead to {id}, or take it out of waits_for",
    ),
    "unknown_property": (
        "没有登记过“{name}”这种事实",
        "no fact '{name}' is registered",
        "可选：{choices}",
        "use one of: {choices}",
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class ProcedureProblem(Problem):
    def message(self, language: str = "zh") -> str:
        return self._said(0, language)

    def fix(self, language: str = "zh") -> str:
        return self._said(2, language)

    def _said(self, place: int, language: str) -> str:
        zh, en = _MESSAGES[self.code][place : place + 2]
        return in_language(zh, en, language).format(**dict(self.params))


def found(code: str, place: Place, **params: object) -> ProcedureProblem:
    return ProcedureProblem(code, place, tuple((key, str(value)) for key, value in params.items()))


class ProcedureError(RulesError):
    """A template cannot be used; `problems` lists every finding."""
