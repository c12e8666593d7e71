"""The reader's language, as stored texts in two languages are picked by it: "zh", "zh-hant" or "en"."""

from django.utils.translation import get_language

from taihu.engines.text.script import TRADITIONAL, in_language


def language() -> str:
    """The language in which the engines speak to the reader."""
    spoken = get_language() or ""
    return "en" if spoken.startswith("en") else TRADITIONAL if spoken == TRADITIONAL else "zh"


def said(zh: str, en: str) -> str:
    """One of two stored texts for the reader."""
    return in_language(zh, en, language())
