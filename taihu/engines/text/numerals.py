"""Chinese numerals in running text: 八千 → 8000, 一万五 → 15000."""

from __future__ import annotations

import re

__all__ = ["read_chinese_numeral", "replace_chinese_numerals"]

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1_000}
_RUN = re.compile(f"[{''.join(_DIGITS)}十][{''.join(_DIGITS)}十百千万]*")


def read_chinese_numeral(text: str) -> int:
    """Return the value of a Chinese numeral below 100 million.

    Raises
    ------
    ValueError
        If `text` is not such a numeral.

    Examples
    --------
    >>> [read_chinese_numeral(t) for t in ("八千", "一万五", "十二", "三千五", "两万零五十", "二〇二六")]
    [8000, 15000, 12, 3500, 20050, 2026]
    """
    if not text or any(c not in _DIGITS and c not in _SCALES and c != "万" for c in text) or text.count("万") > 1:
        raise ValueError(f"{text[:20]!r} is not a Chinese numeral below 100 million")
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    head, wan, tail = text.partition("万")
    if not wan:
        return _below_ten_thousand(text)
    # 一万五 says 15,000: a lone last digit counts the next lower scale.
    rest = _DIGITS[tail] * 1_000 if len(tail) == 1 and tail in _DIGITS else _below_ten_thousand(tail) if tail else 0
    return _below_ten_thousand(head) * 10_000 + rest


def _below_ten_thousand(text: str) -> int:
    total, digit, last_scale = 0, 0, 0
    pending = False
    for character in text:
        if character in _DIGITS:
            digit, pending = _DIGITS[character], True
            if digit == 0:
                last_scale = 0
        else:
            scale = _SCALES[character]
            total += (digit if pending else 1) * scale
            digit, pending, last_scale = 0, False, scale
    return total + digit * (last_scale // 10 if pending and last_scale >= 100 else 1)


def replace_chinese_numerals(text: str) -> str:
    """Return `text` with every Chinese numeral of digits and scales written in Arabic digits.

    Examples
    --------
    >>> replace_chinese_numerals("五千到八千")
    '5000到8000'
    >>> replace_chinese_numerals("5千")
    '5千'
    """
    return _RUN.sub(lambda match: str(read_chinese_numeral(match.group())), text)
