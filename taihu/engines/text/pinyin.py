"""Readings of Chinese names, so that 吴新华 is found by ``wuxinhua``, ``wu xinhua`` and ``wxh``."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin import pinyin as _pinyin

from taihu.engines.text.fold import fold

__all__ = ["name_terms", "readings"]


@lru_cache(maxsize=4096)
def readings(character: str) -> frozenset[str]:
    """Return every reading of one Han character, without tones.

    Examples
    --------
    >>> sorted(readings("重"))
    ['chong', 'tong', 'zhong']
    >>> readings("x")
    frozenset()
    """
    if not "\u3400" <= character <= "\u9fff":
        return frozenset()
    return frozenset(_pinyin(character, style=Style.NORMAL, heteronym=True)[0])


def name_terms(name: str) -> tuple[str, ...]:
    """Return the search terms of a person's or company's name: syllables, the joined reading and the initials.

    Parameters
    ----------
    name : str
        Any script. Han characters are read in the commonest way in this context; other letters are kept.

    Examples
    --------
    >>> name_terms("吴新华")
    ('wu', 'xin', 'hua', 'wuxinhua', 'wxh')
    >>> name_terms("Li Lei")
    ('li', 'lei', 'lilei', 'll')
    >>> name_terms("")
    ()
    """
    syllables = [
        part for item in lazy_pinyin(fold(name)) for part in "".join(c if c.isalnum() else " " for c in item).split()
    ]
    if not syllables:
        return ()
    joined, initials = "".join(syllables), "".join(part[0] for part in syllables)
    return tuple(dict.fromkeys((*syllables, joined, initials)))
