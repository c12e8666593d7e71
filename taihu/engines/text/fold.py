"""One spelling for width, letter case and Chinese script.

Folding happens *before* segmenting: a segmenter that sees 軟體 does not know it as a word, so folding its output is
too late.

Two conversions exist and both are needed. ``tw2sp`` also exchanges Taiwan words (軟體 → 软件), ``t2s`` only exchanges
characters (軟體 → 软体). ``tw2sp`` must never see simplified text, where it would turn 核心 into 内核 and 整合 into
集成; it is therefore applied only to a text, or in a mixed text to a run of Han characters, that holds a traditional
and no simplified character.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Protocol

import opencc

__all__ = ["fold", "fold_plain", "has_traditional", "normalise_width"]

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(f"[{HAN}]+")
# The handful of full-width marks that make nearly every Chinese text "not normalised": replacing them first lets the
# quick check of `is_normalized` spare the slow full normalisation.
_MARKS = (("，", ","), ("：", ":"), ("；", ";"), ("（", "("), ("）", ")"), ("！", "!"), ("？", "?"), ("\u3000", " "))


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _converter(name: str) -> _Converter:
    converter: _Converter = opencc.OpenCC(name)
    return converter


@cache
def _changed_by(name: str) -> frozenset[str]:
    """Han characters that, standing alone, the named conversion changes."""
    han = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    converted = _converter(name).convert("\n".join(han)).split("\n")
    return frozenset(before for before, after in zip(han, converted, strict=True) if before != after)


@cache
def _traditional() -> re.Pattern[str]:
    # Characters used in both scripts (后, 里, 干, 台) are changed by one of the conversions only in some words.
    return re.compile("[" + "".join(sorted(_changed_by("t2s") - _changed_by("s2t"))) + "]")


@cache
def _simplified() -> re.Pattern[str]:
    return re.compile("[" + "".join(sorted(_changed_by("s2t") - _changed_by("t2s"))) + "]")


def normalise_width(text: str) -> str:
    """Return `text` in Unicode form NFKC: full width becomes half width, ligatures and circled digits become plain.

    Examples
    --------
    >>> normalise_width("Ｊａｖａ，①（兼职）")
    'Java,1(兼职)'
    """
    for wide, narrow in _MARKS:
        if wide in text:
            text = text.replace(wide, narrow)
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def has_traditional(text: str) -> bool:
    """Return whether `text` holds a character that is written only in traditional Chinese.

    Examples
    --------
    >>> has_traditional("軟體工程師"), has_traditional("软件工程师"), has_traditional("后端")
    (True, False, False)
    """
    return _traditional().search(text) is not None


def _fold_run(match: re.Match[str]) -> str:
    run = match.group()
    if not has_traditional(run):
        return run
    return _converter("t2s" if _simplified().search(run) else "tw2sp").convert(run)


def fold(text: str) -> str:
    """Return the canonical spelling used for search, comparison and dictionaries.

    NFKC, lower case, traditional to simplified Chinese with Taiwan words exchanged for the mainland ones.
    Folding a folded text changes nothing. O(n).

    Examples
    --------
    >>> fold("軟體工程師　ＪＡＶＡ")
    '软件工程师 java'
    >>> fold("計程車司機"), fold("核心技术整合")
    ('出租车司机', '核心技术整合')
    """
    text = normalise_width(text).lower()
    if not has_traditional(text):
        return text
    if not _simplified().search(text):
        return _converter("tw2sp").convert(text)
    return _RUN.sub(_fold_run, text)


def fold_plain(text: str) -> str:
    """Return the canonical spelling without exchanging words: characters only.

    Search fields keep the terms of both spellings, because a word that looks Taiwanese may be meant literally.

    Examples
    --------
    >>> fold_plain("軟體"), fold("軟體")
    ('软体', '软件')
    """
    text = normalise_width(text).lower()
    return _converter("t2s").convert(text) if has_traditional(text) else text
