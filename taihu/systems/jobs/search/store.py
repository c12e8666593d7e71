"""Where the index lies, who may write it, and how readers notice a change.

Layout of the folder `search` in the data folder: `current` names the folder of the index in use; `write.lock` is held
by the one process of this node that writes. A rebuild writes a new folder and then changes `current`: readers go on
with the old one until that moment.
"""

import fcntl
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy
from django.conf import settings

from taihu.systems.jobs.search.schema import fingerprint, schema

HEAP_BYTES = 64_000_000
LOCK_SECONDS = 10.0
POLL_SECONDS = 0.02


class IndexMissing(Exception):
    """There is no index of this layout yet: `taihu search rebuild` makes one."""


class IndexBusy(Exception):
    """Another process writes the index; try again."""


def folder() -> Path:
    return Path(settings.DATA_FOLDER) / "search"


def current() -> Path | None:
    """The folder of the index in use, or None when there is none of this layout."""
    try:
        name = (folder() / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    path = folder() / name
    return path if name.endswith(fingerprint()) and (path / "meta.json").exists() else None


def create(name: str) -> tuple[tantivy.Index, Path]:
    """An empty index in a new folder; nobody reads it before `switch`."""
    path = folder() / f"{name}-{fingerprint()}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return tantivy.Index(schema(), path=str(path)), path


def switch(path: Path) -> None:
    """Make `path` the index in use and remove the others."""
    draft = folder() / "current.new"
    draft.write_text(path.name, encoding="utf-8")
    draft.replace(folder() / "current")
    for other in folder().iterdir():
        if other.is_dir() and other != path:
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def write_lock(*, wait_seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the right to write; raises IndexBusy when another holds it for longer than `wait_seconds`."""
    folder().mkdir(exist_ok=True)
    with (folder() / "write.lock").open("w") as file:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise IndexBusy("another process writes the search index") from None
                time.sleep(POLL_SECONDS)
        yield


@contextmanager
def writer(index: tantivy.Index, *, threads: int = 1) -> Iterator[tantivy.IndexWriter]:
    """Write and commit; on an error nothing of it is kept."""
    handle = index.writer(HEAP_BYTES * threads, threads)
    try:
        yield handle
        handle.commit()
    except BaseException:
        handle.rollback()
        raise
    finally:
        handle.wait_merging_threads()


@dataclass
class _Open:
    path: Path
    index: tantivy.Index
    changed_ns: int
    searcher: tantivy.Searcher


_open: _Open | None = None
_guard = threading.Lock()


def opened() -> _Open:
    """The index in use as of its last commit by any process of this node."""
    global _open  # noqa: PLW0603 - one reader per process
    path = current()
    if path is None:
        raise IndexMissing("the search index is missing or of another version: run `taihu search rebuild`")
    changed_ns = (path / "meta.json").stat().st_mtime_ns
    found = _open
    if found is not None and found.path == path and found.changed_ns == changed_ns:
        return found
    with _guard:
        if found is not None and found.path == path:
            index = found.index
            index.reload()
        else:
            index = tantivy.Index.open(str(path))
            index.config_reader("manual")
        index.reload()
        _open = _Open(path, index, changed_ns, index.searcher())
        return _open


def version() -> tuple[str, int]:
    """Changes whenever the content does: a key for cached answers."""
    found = opened()
    return found.path.name, found.changed_ns
