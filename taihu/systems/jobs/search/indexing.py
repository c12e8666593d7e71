"""Keep the index true to the database: some openings, what the outbox tells, or everything anew."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import tantivy
from django.db.models import Q, QuerySet

from taihu.records.base.models import OutboxEvent
from taihu.systems.jobs.events import OpeningListed, OpeningsImported, OpeningUnlisted
from taihu.systems.jobs.models import ImportBatch, Opening
from taihu.systems.jobs.search import store
from taihu.systems.jobs.search.schema import document, schema, stamp

EVENT_NAMES = (OpeningListed.name, OpeningUnlisted.name, OpeningsImported.name)
CHUNK = 1000
OVERLAP = 500
CURSOR = "cursor.json"
Progress = Callable[[int, int], None]


def refresh(ids: Iterable[int]) -> int:
    """Bring these openings up to date in the index; return how many documents changed."""
    with store.write_lock():
        opened = store.opened()
        changed = 0
        for chunk in _chunks(sorted(set(ids)), CHUNK):
            changed += _write_changes(opened.index, opened.searcher, chunk)
        return changed


def _write_changes(index: tantivy.Index, searcher: tantivy.Searcher, ids: list[int]) -> int:
    wanted = {}
    for opening in _listed().filter(pk__in=ids):
        fields = document(opening)
        wanted[opening.pk] = fields | {"stamp": stamp(fields)}
    present = _stamps(searcher, ids)
    stale = [pk for pk in ids if present.get(pk) != (wanted[pk]["stamp"] if pk in wanted else None)]
    if stale:
        with store.writer(index) as writer:
            for pk in stale:
                writer.delete_documents_by_query(tantivy.Query.term_query(schema(), "id", pk, "basic"))
                if pk in wanted:
                    writer.add_document(tantivy.Document.from_dict(wanted[pk], schema()))
    return len(stale)


def _stamps(searcher: tantivy.Searcher, ids: list[int]) -> dict[int, int]:
    query = tantivy.Query.term_set_query(schema(), "id", ids)
    addresses = [address for _, address in searcher.search(query, limit=len(ids)).hits]
    found = searcher.fast_field_values("id", addresses)
    return dict(zip(found, searcher.fast_field_values("stamp", addresses), strict=True))


def rebuild(*, on_progress: Progress | None = None) -> int:
    """Write a new index beside the old one and switch to it; return the number of openings in it."""
    with store.write_lock():
        recent = list(OutboxEvent.objects.order_by("-id").values_list("id", flat=True)[:OVERLAP])
        cursor = recent[0] if recent else 0
        index, path = store.create(f"openings-{cursor}-{_next_number()}")
        total, done = _listed().count(), 0
        handle = index.writer(store.HEAP_BYTES * 2, 2)
        for chunk in _in_order():
            for opening in chunk:
                fields = document(opening)
                handle.add_document(tantivy.Document.from_dict(fields | {"stamp": stamp(fields)}, schema()))
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, max(done, total))
        handle.commit()
        handle.wait_merging_threads()
        _save_cursor(path, cursor, set(recent))
        store.switch(path)
        return done


def _next_number() -> int:
    used = [int(path.name.split("-")[2]) for path in store.folder().glob("openings-*-*-*")]
    return max(used, default=0) + 1


def _in_order() -> Iterator[list[Opening]]:
    """Key by key: memory stays flat and a row that moves is seen once."""
    last = 0
    while chunk := list(_listed().filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _listed() -> QuerySet[Opening]:
    return Opening.objects.filter(is_listed=True).select_related("organisation")


def catch_up() -> int:
    """Index what the outbox told since this node last looked; return how many documents changed.

    Events may become visible out of order of their numbers: the last few hundred are looked at again, and those that
    were seen are remembered beside the cursor.
    """
    path = store.opened().path
    cursor, seen = _read_cursor(path)
    told = OutboxEvent.objects.filter(name__in=EVENT_NAMES, id__gt=cursor - OVERLAP).order_by("id")
    events = [event for event in told if event.pk not in seen]
    if not events:
        return 0
    changed = refresh(pk for event in events for pk in _told(event))
    _save_cursor(path, max(cursor, events[-1].pk), seen | {event.pk for event in events})
    return changed


def ensure_index(*, on_progress: Progress | None = None) -> int:
    """Rebuild when there is no index of this layout; return the number of openings written."""
    return rebuild(on_progress=on_progress) if store.current() is None else 0


def _told(event: OutboxEvent) -> Iterator[int]:
    if event.name != OpeningsImported.name:
        yield event.payload["opening_id"]
        return
    batch = ImportBatch.objects.filter(pk=event.payload["batch_id"]).first()
    if batch is not None:
        changed = Opening.objects.filter(Q(import_batch=batch) | Q(updated_at__gte=batch.started_at))
        yield from changed.values_list("pk", flat=True).iterator()


def _read_cursor(path: Path) -> tuple[int, set[int]]:
    try:
        found = json.loads((path / CURSOR).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return 0, set()
    return int(found["newest"]), set(found["seen"])


def _save_cursor(path: Path, newest: int, seen: set[int]) -> None:
    draft = path / f"{CURSOR}.new"
    recent = sorted(number for number in seen if number > newest - OVERLAP)
    draft.write_text(json.dumps({"newest": newest, "seen": recent}), encoding="utf-8")
    draft.replace(path / CURSOR)


def _chunks(items: list[int], size: int) -> Iterator[list[int]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
