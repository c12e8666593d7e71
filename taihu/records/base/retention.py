"""How long records are kept, by law; what is over is deleted by `taihu retention`, and nothing else deletes them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

YEAR = timedelta(days=366)


@dataclass(frozen=True)
class RetentionRule:
    """`expired(before)` gives the rows that ended before that moment; `law` is why they were kept until then.

    `file` names the field whose files go with the rows.
    """

    name: str
    law: str
    keep: timedelta
    expired: Callable[[datetime], "QuerySet[Any]"]
    file: str = ""


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
            counts[rule.name] = rows.count() if is_trial else _delete(rows, rule.file)
    return counts


def _delete(rows: "QuerySet[Any]", file: str) -> int:
    """The files go once the rows are gone for good: a file too many is better than a row without its file."""
    files = [getattr(row, file) for row in rows if getattr(row, file)] if file else []
    count = rows.delete()[0]
    for stored in files:
        transaction.on_commit(partial(stored.storage.delete, stored.name))
    return count
