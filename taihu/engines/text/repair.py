"""Undoing what careless copying did to a text, with a list of what was undone. Nothing is ever invented.

A wrong decoding is undone only when the undoing is exact: encoding the repaired text rightly and decoding it wrongly
gives back the damaged text byte for byte. What is lost (``锟斤拷``, U+FFFD) is reported and left as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from taihu.engines.text.pinyin import readings

__all__ = ["Repair", "Repaired", "repair"]


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of repair: how often, and its first example.

    Attributes
    ----------
    kind : str
        ``encoding``, ``control``, ``invisible``, ``symbol_font``, ``markup``, ``entity``, ``pinyin`` or
        ``unrecoverable`` (reported only).
    count : int
        Number of places.
    before, after : str
        The first place, at most 40 characters of it.
    """

    kind: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text and what was done to it; `repairs` is empty when nothing was."""

    text: str
    repairs: tuple[Repair, ...] = ()


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]+")
_SYMBOL_FONT = re.compile("[\ue000-\uf8ff]+")
_BLOCK_TAG = re.compile(
    r"<\s*/?\s*(?:br|p|div|li|ul|ol|tr|table|tbody|h[1-6]|section|article|hr)(?:\s[^<>]{0,500})?/?\s*>", re.I
)
_INLINE_TAG = re.compile(
    r"<\s*/?\s*(?:a|b|i|u|em|strong|span|font|td|th|img|sub|sup|small|big|label|code|s|strike|center|html|body|head|meta|link)(?:\s[^<>]{0,500})?/?\s*>",
    re.I,
)
_HIDDEN_OPEN = re.compile(r"<(?:(script|style)\b[^<>]{0,500}>|!--)", re.I)
_ENTITY_DEPTH = 3
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}\d{0,2});")
_TONED = "a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ"
_BRACKETED_PINYIN = re.compile(
    rf"([\u3400-\u9fff]{{1,4}})\s?[(（\[【]\s?([{_TONED}]{{1,6}}[1-5]?(?:[\s'][{_TONED}]{{1,6}}[1-5]?){{0,3}})\s?[)）\]】]"
)
_BARE_PINYIN = re.compile(rf"([\u3400-\u9fff])\s?((?=[a-z]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ])[{_TONED}]{{1,6}})(?![{_TONED}])")
_LOST = re.compile("锟斤拷|烫烫烫|\ufffd+|锘�")
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ", "aaaaeeeeiiiioooouuuuvvvvvnnn")
_LATIN_TRACE = re.compile(
    "[\u00c0-\u00ff][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_WRONG_GBK_TRACE = re.compile("[鍏鍙鍦鍜鍔鍒鍥鎴鏄鏈鏂鏁鐨鐢绋绠绯缁缃鑱鎷杞浠宸濮娴瀹寮闄锛銆]")


# Every step needs one of these to begin: nearly all texts hold none and need no closer look.
_SUSPECT = re.compile(
    "[<&\x00-\x08\x0b-\x1f\x7f-\x9f\xad\xc0-\xff\u0100-\u01dc\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff"
    "\ufff9-\ufffd鍏鍙鍦鍜鍔鍒鍥鎴鏄鏈鏂鏁鐨鐢绋绠绯缁缃鑱鎷杞浠宸濮娴瀹寮闄锛銆锟烫锘]"
    "|[(（\\[【]\\s?[a-zü]"
)


def repair(text: str) -> Repaired:
    """Return `text` with broken encodings, markup and invisible characters undone, and the list of repairs.

    O(n).

    Examples
    --------
    >>> repair("è½¯ä»¶å·¥ç¨\\x8bå¸\\x88").text
    '软件工程师'
    >>> repair("<p>招聘&nbsp;电工</p>").text
    '招聘 电工'
    >>> done = repair("重(chóng)庆\\u200b火锅")
    >>> done.text, [r.kind for r in done.repairs]
    ('重庆火锅', ['invisible', 'pinyin'])
    >>> repair("要求<5年经验，精通C++ & Java").repairs
    ()
    """
    if not _SUSPECT.search(text):
        return Repaired(text)
    repairs: list[Repair] = []
    for step in _STEPS:
        text = step(text, repairs)
    if lost := _LOST.findall(text):
        repairs.append(Repair("unrecoverable", len(lost), lost[0][:40], lost[0][:40]))
    return Repaired(text, tuple(repairs))


def _replace(
    pattern: re.Pattern[str], to: str | Callable[[re.Match[str]], str], kind: str, text: str, repairs: list[Repair]
) -> str:
    examples: list[tuple[str, str]] = []

    def change(match: re.Match[str]) -> str:
        after = to if isinstance(to, str) else to(match)
        if after != match.group():
            examples.append((match.group()[:40], after[:40]))
        return after

    changed = pattern.sub(change, text)
    if examples:
        repairs.append(Repair(kind, len(examples), *examples[0]))
    return changed


def _undo_encoding(text: str, repairs: list[Repair]) -> str:
    for _ in range(2):
        undone = _undone_once(text)
        if undone is None:
            return text
        repairs.append(Repair("encoding", 1, text[:40], undone[:40]))
        text = undone
    return text


def _undone_once(text: str) -> str | None:
    """Return the text rightly decoded, or None when no exact and plausible undoing exists."""
    if _LATIN_TRACE.search(text):
        for wrong in ("latin-1", "cp1252"):
            for right in ("utf-8", "gb18030"):
                if undone := _exact(text, wrong, right):
                    return undone
    if _WRONG_GBK_TRACE.search(text):
        return _exact(text, "gb18030", "utf-8")
    return None


def _exact(text: str, wrong: str, right: str) -> str | None:
    try:
        undone = text.encode(wrong).decode(right)
    except UnicodeError:
        return None
    exact = undone.encode(right).decode(wrong, "replace") == text
    return undone if exact and _plausible(undone) and _common_share(undone) > _common_share(text) else None


def _plausible(text: str) -> bool:
    han = [character for character in text if character > "\x7f"]
    return bool(han) and _common_share(text) >= 0.8


def _common_share(text: str) -> float:
    """Return the share of the characters beyond ASCII that are among the 3,755 commonest Han or Chinese punctuation."""
    beyond = [character for character in text if character > "\x7f"]
    return sum(map(_is_common, beyond)) / len(beyond) if beyond else 0.0


def _is_common(character: str) -> bool:
    try:
        row = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    # Rows 16-55 of GB 2312 hold the level-1 characters, rows 1 and 3 punctuation and full-width letters.
    return 0xB0 <= row <= 0xD7 or row in (0xA1, 0xA3)


def _undo_markup(text: str, repairs: list[Repair]) -> str:
    if "<" in text:
        text = _without_hidden(text, repairs)
        text = _replace(_BLOCK_TAG, "\n", "markup", text, repairs)
        text = _replace(_INLINE_TAG, "", "markup", text, repairs)
        text = text.strip("\n")
    return text


def _without_hidden(text: str, repairs: list[Repair]) -> str:
    """Return `text` without scripts, style sheets and comments; one forward pass, because a cell may be 10 MB."""
    kept: list[str] = []
    position, lowered, cut = 0, text.lower(), ""
    while opening := _HIDDEN_OPEN.search(text, position):
        closing = "-->" if opening.group(1) is None else f"</{opening.group(1).lower()}>"
        end = lowered.find(closing, opening.end())
        if end < 0:
            break
        kept.append(text[position : opening.start()])
        position = end + len(closing)
        cut = cut or text[opening.start() : opening.start() + 40]
    if kept:
        repairs.append(Repair("markup", len(kept), cut, ""))
    return "".join(kept) + text[position:]


def _undo_entities(text: str, repairs: list[Repair]) -> str:
    for _ in range(_ENTITY_DEPTH):
        if "&" not in text:
            break
        text = _replace(
            _ENTITY, lambda match: html.unescape(match.group()).replace("\xa0", " "), "entity", text, repairs
        )
    return text


def _undo_invisible(text: str, repairs: list[Repair]) -> str:
    text = _replace(_BREAKS, "\n", "control", text, repairs)
    text = _replace(_CONTROL, "", "control", text, repairs)
    text = _replace(_INVISIBLE, "", "invisible", text, repairs)
    return _replace(_SYMBOL_FONT, " ", "symbol_font", text, repairs)


def _undo_pinyin(text: str, repairs: list[Repair]) -> str:
    text = _replace(_BRACKETED_PINYIN, _without_reading, "pinyin", text, repairs)
    return _replace(_BARE_PINYIN, _without_reading, "pinyin", text, repairs)


def _without_reading(match: re.Match[str]) -> str:
    """Return the Han characters alone if the letters are their reading, else the whole match."""
    han, letters = match.group(1), match.group(2).translate(_TONES)
    syllables = re.sub(r"[1-5]", " ", letters).replace("'", " ").split()
    toned = letters != match.group(2) or len(syllables) > 1 or any(c.isdigit() for c in letters)
    tail = han[-len(syllables) :]
    is_reading = len(tail) == len(syllables) and all(
        syllable in {r.replace("ü", "v") for r in readings(c)} for c, syllable in zip(tail, syllables, strict=True)
    )
    return han if is_reading and toned else match.group()


_STEPS: tuple[Callable[[str, list[Repair]], str], ...] = (
    _undo_encoding,
    _undo_entities,
    _undo_markup,
    _undo_invisible,
    _undo_pinyin,
)
