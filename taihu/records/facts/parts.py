"""A city's facts in parts: blocks of record numbers, loaded by several processes, kept as files, joined to one table."""

import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max, Min

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.table import Column, FactsTable, RecordColumns
from taihu.records.facts import workers
from taihu.records.facts.contradictions import Contradiction
from taihu.records.facts.employers import Employers
from taihu.records.facts.reading import Belief, Scope
from taihu.records.facts.tables import LoadedFacts, arrays_of, load_facts_of, renumbered
from taihu.records.identity.models import Person

Array = npt.NDArray[Any]
Progress = Callable[[float], None]
BLOCK = 65_536
# Fewer blocks than this are read faster than another process starts.
WORTH_PROCESSES = 4


def _quiet(share: float) -> None:
    """Nobody watches."""


def blocks() -> list[int]:
    """Numbers of the blocks in which there are people: block k holds the records k * BLOCK and on."""
    found = Person.objects.aggregate(low=Min("pk"), high=Max("pk"))
    if found["low"] is None:
        return []
    return list(range(found["low"] // BLOCK, found["high"] // BLOCK + 1))


def load_city(
    catalogue: Catalogue, belief: Belief, folder: Path, *, processes: int = 1, progress: Progress = _quiet
) -> LoadedFacts:
    """The facts of everybody. Blocks that are in the folder already are not read again, so a killed run goes on.

    The folder belongs to one belief and one catalogue: it is the caller's to choose.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = blocks()
    missing = [number for number in numbers if not _file(folder, number).exists()]
    done = len(numbers) - len(missing)
    for _ in _load(catalogue, belief, folder, missing, processes):
        done += 1
        progress(done / len(numbers))
    return join(catalogue, [read_part(_file(folder, number)) for number in numbers])


def _load(catalogue: Catalogue, belief: Belief, folder: Path, numbers: list[int], processes: int) -> Iterable[int]:
    if processes < 2 or len(numbers) < WORTH_PROCESSES:
        employers = read_employers(catalogue, belief) if numbers else None
        for number in numbers:
            yield load_block(catalogue, belief, folder, number, employers)
        return
    start = (os.getpid(), catalogue, belief.day.isoformat(), belief.known_at.isoformat(), str(folder))
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=workers.start, initargs=start) as pool:
        yield from pool.map(workers.work, numbers)


def read_employers(catalogue: Catalogue, belief: Belief) -> Employers:
    return Employers.read(belief, [item for item in catalogue.facts.values() if item.subject == "employer"])


def load_block(catalogue: Catalogue, belief: Belief, folder: Path, number: int, employers: Employers | None) -> int:
    scope = Scope(low=number * BLOCK, high=(number + 1) * BLOCK)
    write_part(_file(folder, number), load_facts_of(catalogue, scope, belief, employers=employers))
    return number


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.npz"


def write_part(path: Path, loaded: LoadedFacts) -> None:
    """A part exists only under its final name, and then whole."""
    arrays = {name.replace("/", "|"): array for name, array in arrays_of(loaded.table).items()}
    for place, item in enumerate(loaded.contradictions):
        arrays[f"!{place}"] = item.rows
    note = {
        "digest": loaded.digest,
        "vocabulary": loaded.table.vocabulary,
        "spans": {name: item.span for name, item in loaded.table.records.items()},
        "contradictions": [[item.code, item.name] for item in loaded.contradictions],
    }
    text = np.frombuffer(json.dumps(note, ensure_ascii=False).encode(), np.uint8)
    draft = path.with_suffix(".part.npz")
    np.savez(draft, **{"ids": loaded.ids, "note": text, **arrays})  # type: ignore[arg-type]
    draft.replace(path)


def read_part(path: Path, only: frozenset[str] | None = None) -> LoadedFacts:
    """A part as it was written, or just these facts and kinds of records of it."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name.replace("|", "/"): stored[name] for name in stored.files if _is_wanted(name, only)}
    note = json.loads(arrays.pop("note").tobytes())
    ids = arrays.pop("ids")
    columns = {
        name[2:]: Column(array, arrays.get(name + "?"))
        for name, array in arrays.items()
        if name.startswith("c/") and not name.endswith("?")
    }
    vocabulary = tuple(note["vocabulary"])
    table = FactsTable(
        len(ids),
        columns,
        _records(arrays, "r/", note["spans"]),
        _records(arrays, "h/", {}),
        vocabulary,
        household=arrays.get("household"),
        codes={word: number for number, word in enumerate(vocabulary)},
    )
    found = tuple(Contradiction(code, name, arrays[f"!{n}"]) for n, (code, name) in enumerate(note["contradictions"]))
    return LoadedFacts(ids, table, found, note["digest"])


def _is_wanted(name: str, only: frozenset[str] | None) -> bool:
    """Households, ids and notes always; of the facts those asked for."""
    kind, bar, rest = name.partition("|")
    return only is None or not bar or kind.startswith("!") or rest.split("|")[0].rstrip("?") in only


def _records(arrays: Mapping[str, Array], letter: str, spans: Mapping[str, Any]) -> dict[str, RecordColumns]:
    found = {}
    for key, array in arrays.items():
        name = key[len(letter) :]
        if not key.startswith(letter) or "/" in name or name.endswith("?"):
            continue
        fields = {
            other[len(key) + 1 :]: Column(values, arrays.get(other + "?"))
            for other, values in arrays.items()
            if other.startswith(key + "/") and not other.endswith("?")
        }
        span = spans.get(name, ("from", "to"))
        found[name] = RecordColumns(array, fields, arrays.get(key + "?"), (span[0], span[1]))
    return found


def join(catalogue: Catalogue, parts: list[LoadedFacts]) -> LoadedFacts:
    """One table of all parts, in their order; its digest is that of theirs."""
    words = tuple(sorted({word for part in parts for word in part.table.vocabulary}))
    place = {word: number for number, word in enumerate(words)}
    tables = [
        renumbered(catalogue, part.table, np.array([place[word] for word in part.table.vocabulary], np.int32), words)
        for part in parts
    ]
    sizes = [table.n for table in tables]
    columns = {
        name: _join_column([t.columns.get(name) for t in tables], sizes) for name in _names(t.columns for t in tables)
    }
    home = None
    if any(table.household is not None for table in tables):
        home = np.concatenate([np.full(t.n, -1, np.int64) if t.household is None else t.household for t in tables])
    table = FactsTable(
        sum(sizes),
        columns,
        {name: _join_records([t.records[name] for t in tables]) for name in _names(t.records for t in tables)},
        {name: _join_records([t.histories[name] for t in tables]) for name in _names(t.histories for t in tables)},
        words,
        household=home,
        codes=place,
    )
    digest = sha256("".join(part.digest for part in parts).encode()).hexdigest()
    ids = np.concatenate([np.zeros(0, np.int64), *(part.ids for part in parts)])
    return LoadedFacts(ids, table, _join_contradictions(parts), digest)


def _names(groups: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for group in groups for name in group))


def _join_column(columns: list[Column | None], sizes: list[int]) -> Column:
    dtype = next(column.values.dtype for column in columns if column is not None)
    values = [np.zeros(n, dtype) if c is None else c.values for c, n in zip(columns, sizes, strict=True)]
    known = [_mask(column, n) for column, n in zip(columns, sizes, strict=True)]
    whole = np.concatenate(known)
    return Column(np.concatenate(values), None if whole.all() else whole)


def _mask(column: Column | None, n: int) -> Array:
    if column is None:
        return np.zeros(n, np.bool_)
    return np.ones(n, np.bool_) if column.known is None else column.known


def _join_records(items: list[RecordColumns]) -> RecordColumns:
    starts = np.cumsum([0, *(int(item.offsets[-1]) for item in items)])
    offsets = [item.offsets[:-1] + start for item, start in zip(items, starts, strict=False)]
    sizes = [int(item.offsets[-1]) for item in items]
    known = [np.ones(len(item.offsets) - 1, np.bool_) if item.known is None else item.known for item in items]
    whole = np.concatenate(known)
    return replace(
        items[0],
        offsets=np.concatenate([*offsets, starts[-1:]]).astype(np.int64),
        fields={name: _join_column([item.fields[name] for item in items], sizes) for name in items[0].fields},
        known=None if whole.all() else whole,
    )


def _join_contradictions(parts: list[LoadedFacts]) -> tuple[Contradiction, ...]:
    found: dict[tuple[str, str], list[Array]] = {}
    start = 0
    for part in parts:
        for item in part.contradictions:
            found.setdefault((item.code, item.name), []).append(item.rows + start)
        start += part.table.n
    return tuple(Contradiction(code, name, np.concatenate(rows)) for (code, name), rows in sorted(found.items()))


def pack(arrays: Mapping[str, Array], *, level: int = 1) -> bytes:
    """Arrays as one compressed blob; equal arrays give equal bytes."""
    note = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    head = json.dumps(note).encode()
    body = b"".join(
        [len(head).to_bytes(4, "little"), head, *(np.ascontiguousarray(a).tobytes() for a in arrays.values())]
    )
    return zlib.compress(body, level)


def unpack(data: bytes | memoryview) -> dict[str, Array]:
    body = zlib.decompress(bytes(data))
    size = int.from_bytes(body[:4], "little")
    place = 4 + size
    found: dict[str, Array] = {}
    for name, kind, shape in json.loads(body[4:place]):
        dtype = np.dtype(kind)
        count = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(body, dtype, count, place).reshape(shape)
        place += count * dtype.itemsize
    return found
