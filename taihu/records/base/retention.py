"""How long records are kept, by law; what is over is deleted by `taihu retention`, and nothing else deletes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

YEAR = timedelta(days=366)


@dataclass(frozen=True)
class RetentionRule:
    """`expired(before)` gives the rows that ended before that moment; `law` is why they were kept until then."""

    name: str
    law: str
    keep: timedelta
    expired: Callable[[datetime], "QuerySet[Any]"]


_rules: dict[str, RetentionRule] = {}


def register_retention(rule: RetentionRule) -> None:
    _rules[rule.name] = rule


def retention_rules() -> list[RetentionRule]:
    return [_rules[name] for name in sorted(_rules)]


def apply_retention(*, at: datetime, is_trial: bool = False) -> dict[str, int]:
    """Delete what is over; each rule in its own transaction. A trial only counts."""
    counts = {}
    for rule in retention_rules():
        with transaction.atomic():
            rows = rule.expired(at - rule.keep)
            counts[rule.name] = rows.count() if is_trial else rows.delete()[0]
    return counts
