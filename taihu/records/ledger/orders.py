"""What a caller asks the ledger to promise: plain data, so that ten thousand can be asked for at once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.ledger.money import check_fen, divide

MOST_PARTS = 120


@dataclass(frozen=True)
class Part:
    """One instalment: fen, due date, and what must still hold then (data of the system that asks)."""

    amount: int
    due_date: date
    recheck: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """One commitment as asked for.

    `split` says which budget line pays how much of the whole: pairs of line id and fen, the first taking odd fen of
    each instalment. `key` makes the order idempotent. Exactly one of `person_id` and `organisation_id` is paid;
    `beneficiary_id` is the person for whom an organisation receives it.
    """

    key: str
    origin: str
    origin_ref: str
    purpose: str
    parts: tuple[Part, ...]
    split: tuple[tuple[int, int], ...]
    person_id: int | None = None
    organisation_id: int | None = None
    beneficiary_id: int | None = None
    document: str = ""
    deducted: int = 0

    @property
    def total(self) -> int:
        return sum(part.amount for part in self.parts)

    def digest(self) -> str:
        body = [
            *(self.key, self.origin, self.origin_ref, self.purpose, self.document, self.deducted),
            *(self.person_id, self.organisation_id, self.beneficiary_id, [list(pair) for pair in self.split]),
            [[part.amount, part.due_date.isoformat(), dict(part.recheck)] for part in self.parts],
        ]
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class OverrideOrder:
    """The wish to go beyond a line: who decided (a DECIDER other than the one who commits), why, by which document."""

    approved_by: Any
    reason: str
    document: str


def check_order(order: Order) -> None:
    """Refuse what cannot be promised; says which order by its reference."""
    for name in ("key", "origin", "origin_ref", "purpose"):
        if not str(getattr(order, name)).strip():
            raise Refused("order_incomplete", _("资金承诺缺少“%(name)s”。") % {"name": name}, field=name)
    if (order.person_id is None) == (order.organisation_id is None):
        raise Refused("one_payee", _("收款人必须是一个人或一家单位。"), field="payee", order=order.origin_ref)
    if not 1 <= len(order.parts) <= MOST_PARTS:
        raise Refused("parts", _("分期数应在 1 至 %(most)s 之间。") % {"most": MOST_PARTS}, order=order.origin_ref)
    for part in order.parts:
        check_fen(part.amount)
    total = check_fen(order.total)
    if order.deducted:
        check_fen(order.deducted, field="deducted")
    lines = [line for line, _amount in order.split]
    if not lines or len(set(lines)) != len(lines):
        raise Refused("split_lines", _("请为每个付款方指定一个预算项目，不要重复。"), field="split")
    for _line, amount in order.split:
        check_fen(amount, field="split")
    if sum(amount for _line, amount in order.split) != total:
        raise Refused(
            "split_sum",
            _("各付款方金额之和与总额不一致。"),
            _("请使各预算项目的金额相加等于各期之和。"),
            field="split",
            order=order.origin_ref,
        )


def less_paid(order: Order, already: int) -> Order:
    """The order with what was already paid taken off its first instalments (补差: level-up pays the difference)."""
    if already == 0:
        return order
    left, parts = already, []
    for part in order.parts:
        taken = min(left, part.amount)
        left -= taken
        if part.amount > taken:
            parts.append(replace(part, amount=part.amount - taken))
    if left or not parts:
        raise Refused(
            "nothing_left",
            _("已支付的金额不低于新标准，没有差额。"),
            _("如需减少，请办理取消或追回。"),
            already=already,
        )
    total = sum(part.amount for part in parts)
    amounts = divide(total, [amount for _line, amount in order.split])
    split = tuple((line, amount) for (line, _old), amount in zip(order.split, amounts, strict=True) if amount)
    return replace(order, parts=tuple(parts), split=split, deducted=order.deducted + already)


def split_by(total: int, shares: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Pairs of line and weight → pairs of line and fen; lines that come to nothing are left out."""
    amounts = divide(total, [weight for _line, weight in shares])
    return tuple((line, amount) for (line, _weight), amount in zip(shares, amounts, strict=True) if amount)
