"""Append to and verify the hash chain."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from taihu.records.audit.models import AuditEntry, AuditHead

SYSTEM = "system"


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 of the canonical JSON of everything in the row, the previous hash included."""
    body = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "on_behalf_of": entry.on_behalf_of,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "data": entry.data,
        "previous_hash": entry.previous_hash,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    *,
    at: datetime,
    action: str,
    subject: models.Model | tuple[str, str],
    acting_user: Any = None,
    on_behalf_of: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit row inside the caller's transaction.

    `subject` is the object acted on, or `(type, id)` where there is none; `acting_user` is an account or None for
    the system itself. `data` says what changed: codes and ids, never a personal number.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit {action} outside a transaction: it could outlive a failed change")
    head = AuditHead.objects.select_for_update().get_or_create(pk=1)[0]
    object_type, object_id = subject if isinstance(subject, tuple) else (subject._meta.label_lower, str(subject.pk))
    entry = AuditEntry(
        number=head.number + 1,
        at=at,
        actor_id=getattr(acting_user, "pk", None),
        actor=str(acting_user) if acting_user is not None else SYSTEM,
        on_behalf_of=on_behalf_of,
        action=action,
        object_type=object_type,
        object_id=object_id,
        data=json.loads(json.dumps(data or {}, default=str)),
        previous_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    head.number, head.hash = entry.number, entry.hash
    head.save(update_fields=["number", "hash"])
    return entry


@dataclass(frozen=True)
class ChainReport:
    """What a walk over the whole chain found; `broken_at` is the first row that does not fit."""

    entries: int
    last_hash: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        return self.broken_at is None


def verify() -> ChainReport:
    """Walk the chain from the first row; report the first row that was changed, removed or slipped in."""
    previous, expected = "0" * 64, 1
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
        if entry.number != expected:
            return ChainReport(expected - 1, previous, expected, f"row {expected} is missing")
        if entry.previous_hash != previous:
            return ChainReport(expected - 1, previous, entry.number, "the link to the row before it was changed")
        if entry.hash != entry_hash(entry):
            return ChainReport(expected - 1, previous, entry.number, "the row's content was changed")
        previous, expected = entry.hash, expected + 1
    head = AuditHead.objects.filter(pk=1).first()
    if head is not None and (head.number, head.hash) != (expected - 1, previous):
        return ChainReport(
            expected - 1, previous, expected, f"the chain should end at row {head.number}: rows were cut off"
        )
    return ChainReport(expected - 1, previous)
