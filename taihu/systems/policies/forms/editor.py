"""From the fields of the policy form back into the policy, and the small forms around the editor.

The name of a field says what it is and where it goes: ``v/`` a text, ``w/`` a text in one language, ``l/`` a list,
``e/`` the value of an entry with a name, ``n/`` the same where "?" stands for unknown, ``o/`` the words of a value to choose,
``y/`` a part written as YAML, ``t/`` the hour after a day, ``x/`` an exemption, ``s/`` a step, ``g/`` the kind of a group,
``k/`` the name of an entry.
"""

import re
from copy import deepcopy
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from taihu.engines.rules.documents import UNREADABLE
from taihu.engines.rules.errors import PolicyError
from taihu.systems.policies.editing.case_rows import UNKNOWN
from taihu.systems.policies.editing.nodes import STEPS
from taihu.systems.policies.editing.operations import operate
from taihu.systems.policies.editing.plain import Plain, put, read_part, split, value_at
from taihu.systems.policies.editing.rows import words_of

_SEPARATORS = re.compile(r"[、,，;；\n]+")


def apply_fields(document: dict[str, Plain], data: QueryDict) -> tuple[dict[str, Plain], dict[str, list[str]]]:
    """The document with what was typed, and findings by path for parts that cannot be read."""
    changed = deepcopy(document)
    findings: dict[str, list[str]] = {}
    languages: dict[str, dict[str, str]] = {}
    fields = [(name[0], name[2:], _typed(data.getlist(name)[-1])) for name in data if name[1:2] == "/"]
    for kind, path, text in fields:
        if kind == "v":
            _put_text(changed, path, text)
        elif kind == "l":
            put(changed, path, [item.strip() for item in _SEPARATORS.split(text) if item.strip()])
        elif kind == "w":
            above, language = split(path)
            languages.setdefault(above, {})[language] = text
        elif kind == "y":
            _put_part(changed, path, text, findings)
        elif kind in ("e", "n"):
            _put_entry(changed, path, None if kind == "n" and text in (UNKNOWN, "？") else text)
    for path, words in languages.items():
        put(changed, path, _words({**words_of(old := value_at(changed, path)), **words}, old))
    _put_hours(changed, [(path, text) for kind, path, text in fields if kind == "t"])
    _put_options(changed, [(path, text) for kind, path, text in fields if kind == "o"])
    _put_exemptions(changed, [(path, text) for kind, path, text in fields if kind == "x"])
    _put_steps(changed, [(path, text) for kind, path, text in fields if kind == "s"])
    for kind, path, text in fields:
        if kind == "g" and text:
            changed, _where = operate(changed, f"regroup:{text} {path}")
    names = [(path, text) for kind, path, text in fields if kind == "k"]
    for path, text in sorted(names, key=lambda item: -item[0].count("/")):  # what is inside still has its old address
        changed, _where = operate(changed, f"rename:{text} {path}")
    return changed, findings


def _typed(text: str) -> str:
    """Without what nobody sees and no text may hold: control characters that came along when copying."""
    return UNREADABLE.sub("", text.replace("\r\n", "\n")).strip()


def _put_text(document: dict[str, Plain], path: str, text: str) -> None:
    """A field of a mapping; an amount that is only an expression stays one until it gets steps."""
    above, last = split(path)
    holder = value_at(document, above)
    if above == "amount" and not isinstance(holder, dict):
        if not text and (holder is None or last != "base"):
            return
        if last == "base":
            put(document, "amount", text)
            return
        put(document, "amount", {"base": holder or ""})
    put(document, path, text)


def _words(words: dict[str, str], old: Plain = None) -> Plain:
    """One text where there is no English, unless it was written with its language."""
    zh, en = words.get("zh", ""), words.get("en", "")
    if zh and not en and isinstance(old, dict) and "en" not in old:
        return {"zh": zh}
    return {"zh": zh, "en": en} if en else zh


def _put_part(document: dict[str, Plain], path: str, text: str, findings: dict[str, list[str]]) -> None:
    try:
        put(document, path, read_part(text))
    except PolicyError as error:
        put(document, path, text)
        findings.setdefault(path, []).extend(item.message() for item in error.problems)


def _put_entry(document: dict[str, Plain], path: str, value: str | None) -> None:
    """An entry that has a name stays when its value is empty: it is removed by its button."""
    above, last = split(path)
    holder = value_at(document, above)
    if isinstance(holder, dict) and last in holder:
        holder[last] = value


def _put_hours(document: dict[str, Plain], fields: list[tuple[str, str]]) -> None:
    for path, text in fields:
        if text and isinstance(day := value_at(document, path), str):
            put(document, path, f"{day} {text}")


def _put_options(document: dict[str, Plain], fields: list[tuple[str, str]]) -> None:
    found: dict[str, dict[str, str]] = {}
    for path, text in fields:
        above, language = split(path)
        found.setdefault(above, {})[language] = text
    for path, words in found.items():
        above, last = split(path)
        holder = value_at(document, above)
        if isinstance(holder, dict) and last in holder:
            holder[last] = [words.get("zh", ""), words.get("en", "")]


def _put_exemptions(document: dict[str, Plain], fields: list[tuple[str, str]]) -> None:
    found: dict[str, dict[str, str]] = {}
    for path, text in fields:
        above, name = split(path)
        found.setdefault(above, {})[name] = text
    for path, item in found.items():
        words = _words({"zh": item.get("zh", ""), "en": item.get("en", "")})
        test = item.get("test", "")
        put(document, path, {"test": test, "text": words} if test and words else test)


def _put_steps(document: dict[str, Plain], fields: list[tuple[str, str]]) -> None:
    found: dict[str, dict[str, str]] = {}
    for path, text in fields:
        above, name = split(path)
        found.setdefault(above, {})[name] = text
    for path, item in found.items():
        step = value_at(document, path)
        if isinstance(step, dict) and item.get("op") in STEPS:
            rest = {key: value for key, value in step.items() if key not in STEPS}
            step.clear()
            step.update({item["op"]: item.get("value", ""), **rest})


class NewPolicyForm(forms.Form):
    """A policy from nothing: what its head needs."""

    policy = forms.RegexField(
        r"^[a-z][a-z0-9_-]{1,63}$",
        label=_("编号"),
        help_text=_("小写字母、数字和连字符，所有版本共用，如 young-rent。"),
        max_length=64,
    )
    version = forms.CharField(label=_("版本"), help_text=_("如 2026。"), max_length=40)
    title = forms.CharField(label=_("名称"), max_length=160)
    document = forms.CharField(label=_("文号"), help_text=_("如 锡人才办〔2026〕3号。"), max_length=120)
    effective_from = forms.DateField(label=_("生效日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class NewVersionForm(forms.Form):
    """A new version of a published policy."""

    version = forms.CharField(label=_("新版本"), help_text=_("如 2026，不能与已有版本相同。"), max_length=40)
    document = forms.CharField(label=_("文号"), max_length=120)
    effective_from = forms.DateField(
        label=_("生效日期"),
        help_text=_("从这一天起的申请按新版本办理，之前的申请仍按旧版本。"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class ForecastForm(forms.Form):
    scope = forms.ChoiceField(
        label=_("范围"), choices=[("city", _("全市")), ("sample", _("抽样，只作参考"))], initial="city"
    )
    day = forms.DateField(
        label=_("假定的申请日期"),
        help_text=_("假定全市的人都在这一天申请。"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("停用原因"), max_length=200, widget=forms.Textarea({"rows": 3}))


#: A text in another encoding, such as UTF-16, is full of them.
NULLS = {"null_characters_not_allowed": _("文本里有空字符（NUL），通常是编码不对。请另存为 UTF-8 后再粘贴。")}


class TextForm(forms.Form):
    text = forms.CharField(
        label=_("政策文本"),
        strip=False,
        error_messages=NULLS,
        widget=forms.Textarea({"rows": 32, "spellcheck": "false", "wrap": "off"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_text(self) -> str:
        text: Any = self.cleaned_data["text"]
        return str(text).replace("\r\n", "\n")
