"""The inside of a further process. Imports nothing of Django before Django is set up, hence the pickled task."""

import os
import pickle
import threading
import time
from typing import Any

LOOK_SECONDS = 1.0
_reading: Any = None


def start(task: bytes, parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import django

    django.setup()
    from taihu.systems.jobs.imports.understanding import Understanding

    global _reading  # noqa: PLW0603 - one reader per process
    _reading = Understanding(pickle.loads(task))  # noqa: S301 - made by the parent process


def understand(rows: list[Any]) -> list[Any]:
    return [_reading.row(row) for row in rows]


def _end_with(parent: int) -> None:
    """A parent that was killed can tell nobody: its children would wait for rows forever."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
