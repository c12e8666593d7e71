"""Simplified text in the reader's script: traditional Chinese is generated, never written twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from operator import is_
from typing import Any

import opencc

#: The reader's language whose texts are generated from the Chinese ones.
TRADITIONAL = "zh-hant"

_PLAIN = frozenset((int, bool, float, type(None)))
_NAMES: dict[type[Any], tuple[str, ...]] = {}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


@lru_cache(maxsize=65_536)
def traditional(text: str) -> str:
    """Simplified Chinese in traditional characters with Taiwan's words.

    >>> traditional("软件工程师")
    '軟體工程師'
    """
    return text if text.isascii() else str(_converter().convert(text))


def in_language(zh: str, en: str, language: str) -> str:
    """One of two texts for a reader of "zh", "zh-hant" or "en"; Chinese where there is no English.

    >>> in_language("政策", "policy", "zh-hant"), in_language("政策", "", "en")
    ('政策', '政策')
    """
    if language == "en" and en:
        return en
    return traditional(zh) if language == TRADITIONAL else zh


def in_script(item: Any, language: str) -> Any:
    """A copy of data whose Chinese texts are in the script of the language; keys of mappings stay as they are.

    Goes through dataclasses, tuples, lists and mappings.

    >>> in_script({"title": ("软件", 3)}, "zh-hant")
    {'title': ('軟體', 3)}
    """
    return _converted(item) if language == TRADITIONAL else item


def _converted(item: Any) -> Any:
    kind = type(item)
    if kind is str:
        return item if item.isascii() else traditional(item)
    if kind in _PLAIN:
        return item
    names = _field_names(kind)
    if names:
        old = [getattr(item, name) for name in names]
        new = _all_converted(old)
        return item if all(map(is_, old, new)) else kind(**dict(zip(names, new, strict=True)))
    if isinstance(item, str) and not isinstance(item, Enum):
        return traditional(item)
    if isinstance(item, tuple | list):
        return kind(_all_converted(item)) if item else item
    if isinstance(item, dict):
        return {key: _converted(part) for key, part in item.items()}
    return item


def _all_converted(items: Iterable[Any]) -> list[Any]:
    """Each converted; most are plain text, numbers or empty, for which a call of their own would cost the most."""
    found = []
    for item in items:
        kind = type(item)
        if kind is str:
            found.append(item if item.isascii() else traditional(item))
        elif kind in _PLAIN or item == ():
            found.append(item)
        else:
            found.append(_converted(item))
    return found


def _field_names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass, none of anything else."""
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(part.name for part in fields(kind) if part.init) if is_dataclass(kind) else ()
    return names
