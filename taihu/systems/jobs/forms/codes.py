"""Fields for codes that people write as words: a text field that completes, and that works without completion too."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.labels import code_label, reader_language
from taihu.systems.jobs.suggestions import suggest

WORDS = _("用顿号或逗号分开")
SURE = 0.65


def split_words(text: str) -> list[str]:
    for mark in "，,;；\n":
        text = text.replace(mark, "、")
    return [word.strip() for word in text.split("、") if word.strip()]


def suggestions_url(*kinds: str) -> str:
    return f"{reverse('jobs_api:suggestions')}?{urlencode([('kind', str(kind)) for kind in kinds])}"


class SuggestInput(forms.TextInput):
    """Text with a list of names below it while one types; without script it is a plain text field."""

    template_name = "jobs/forms/suggest_input.html"

    def __init__(self, kind: str) -> None:
        super().__init__({"autocomplete": "off"})
        self.kind = kind

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["source"] = suggestions_url(self.kind)
        return context


class SuggestArea(SuggestInput):
    """The same for several words."""

    template_name = "jobs/forms/suggest_area.html"


class CodeField(forms.CharField):
    """One code of a list, written as its name; cleans to the code."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(widget=SuggestInput(kind), max_length=120, **kwargs)
        self.kind = kind

    def prepare_value(self, value: Any) -> Any:
        """A code is shown as its name; words that were typed stay as they are."""
        known = isinstance(value, str) and taxonomy.is_code(self.kind, value)
        return code_label(self.kind, value) if known else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return find_code(self.kind, text) if text else ""


def find_code(kind: str, text: str) -> str:
    """The code that the words mean, or an error that says what comes near."""
    exact = taxonomy.code_of(kind, text) or taxonomy.code_labelled(kind, text, reader_language())
    if exact:
        return exact
    if kind == Kind.OCCUPATION:
        guess = taxonomy.guess_occupation(text)
        if guess.confidence >= SURE:
            return guess.code
    near = suggest([kind], text, limit=5)
    if len(near) == 1:
        return near[0].code
    if near:
        names = "、".join(found.name for found in near)
        raise forms.ValidationError(
            _("“%(text)s”不够明确，请从中选一个：%(names)s。"), params={"text": text, "names": names}
        )
    raise forms.ValidationError(_("没有找到“%(word)s”，请换一个说法。"), params={"word": text})


class CodesField(forms.CharField):
    """Several codes, written as words; cleans to a sorted list of codes."""

    def __init__(self, kind: str, *, most: int = 30, **kwargs: Any) -> None:
        super().__init__(help_text=WORDS, max_length=1000, widget=SuggestArea(kind), **kwargs)
        self.kind, self.most = kind, most

    def prepare_value(self, value: Any) -> Any:
        return "、".join(code_label(self.kind, code) for code in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = split_words(super().clean(value) or "")
        if len(words) > self.most:
            raise forms.ValidationError(_("最多写 %(most)s 项。"), params={"most": self.most})
        return sorted({find_code(self.kind, word) for word in words})


class WordsField(forms.CharField):
    """Several words without a list behind them."""

    def __init__(self, *, most: int = 20, **kwargs: Any) -> None:
        super().__init__(help_text=WORDS, max_length=1000, **kwargs)
        self.most = most

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = list(dict.fromkeys(split_words(super().clean(value) or "")))
        if len(words) > self.most or any(len(word) > 40 for word in words):
            raise forms.ValidationError(_("最多写 %(most)s 项，每项不超过 40 字。"), params={"most": self.most})
        return words


def labelled(choices: Sequence[tuple[str, str]], *, empty: str = "—") -> list[tuple[str, str]]:
    return [("", empty), *choices]


def with_present(kind: Kind, present: Any, offered: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """A code that the list does not offer, such as a place in another city, stays choosable."""
    known = {code for code, label in offered if not isinstance(label, list)}
    known |= {code for _group, rows in offered if isinstance(rows, list) for code, _label in rows}
    if not present or present in known:
        return offered
    return [(present, taxonomy.path_label(kind, present, reader_language())), *offered]
