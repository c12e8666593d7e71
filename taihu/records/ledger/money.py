"""Whole fen: what is an amount, and how one is divided so that nothing is lost."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused

# Ten thousand billion yuan: sums of thousands of such amounts still fit into 64 bits.
MOST_FEN = 10**15


def check_fen(value: Any, *, field: str = "amount") -> int:
    """The amount, or a refusal: a whole number of fen, above zero, not beyond `MOST_FEN`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(
            "amount_not_whole", _("金额必须是整数分。"), _("请填写精确到分的金额。"), field=field, value=str(value)[:40]
        )
    if value == 0:
        raise Refused("amount_zero", _("金额不能为零。"), _("请填写大于零的金额。"), field=field)
    if value < 0:
        raise Refused("amount_negative", _("金额不能为负。"), _("退回和调减请用相应的操作。"), field=field, value=value)
    if value > MOST_FEN:
        raise Refused(
            "amount_too_large", _("金额超过系统上限（10 万亿元）。"), _("请核对单位是元还是分。"), field=field
        )
    return value


def divide(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to `weights`; the first takes the odd fen.

    >>> divide(101, [1, 1])
    [51, 50]
    """
    whole = sum(weights)
    others = [total * weight // whole for weight in weights[1:]]
    return [total - sum(others), *others]


def spread(parts: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """A table with the given row sums and column sums (both add up to the same), as even as whole fen allow.

    Row k, column j is what column j had by row k minus what it had by the row before; the first column takes the odd
    fen of each row, so that rows and columns come out exactly.

    >>> spread([100, 101], [101, 100])
    [[51, 49], [50, 51]]
    """
    whole = sum(columns)
    if sum(parts) != whole:
        raise ValueError(f"rows add up to {sum(parts)}, columns to {whole}")
    table, done, before = [], 0, [0] * len(columns)
    for part in parts:
        done += part
        now = [done * column // whole for column in columns]
        row = [a - b for a, b in zip(now, before, strict=True)]
        row[0] = part - sum(row[1:])
        table.append(row)
        before = now
    return table
