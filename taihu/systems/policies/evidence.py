"""Which documents a track asks of whom, given what was filled in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from taihu.records.base.clock import city_date
from taihu.records.cases.models import Attachment, Case
from taihu.systems.policies.models import Track


@dataclass(frozen=True)
class Item:
    """One item of the list with what was handed in for it."""

    data: dict[str, Any]
    files: tuple[Attachment, ...]
    applies: bool
    outdated: bool = False

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def is_missing(self) -> bool:
        has_valid = bool(self.files) and not self.outdated
        return bool(self.applies and self.data["required"] and self.data["by"] != "system" and not has_valid)


def applies(item: dict[str, Any], form: dict[str, Any]) -> bool:
    """Whether an item is asked for: `when: {field, equals}` names the ground that needs it."""
    rule = item.get("when") or {}
    return not rule or form.get(str(rule.get("field"))) == rule.get("equals")


def items_of(track: Track, case: Case, *, today: date, files: Iterable[Attachment] | None = None) -> list[Item]:
    """The list in its order; a document older than its validity counts as missing."""
    current = list(case.attachments.filter(replaced_at__isnull=True).order_by("pk")) if files is None else list(files)
    found = []
    for data in track.attachments:
        mine = tuple(file for file in current if file.kind == data["kind"])
        found.append(Item(data, mine, applies(data, case.data), _outdated(data, mine, today)))
    return found


def _outdated(item: dict[str, Any], files: tuple[Attachment, ...], today: date) -> bool:
    if not files:
        return False
    newest = files[-1]
    if newest.valid_until is not None:
        return newest.valid_until < today
    days = item.get("valid_days") or 0
    return bool(days) and city_date(newest.uploaded_at) + timedelta(days=days) < today


def missing_of(track: Track, case: Case, by: str, *, today: date) -> list[Item]:
    return [item for item in items_of(track, case, today=today) if item.is_missing and item.data["by"] == by]
