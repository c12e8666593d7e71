"""The inside of a further process. Imports nothing of Django before Django is set up, hence the pickled task."""

import pickle
from typing import Any

from taihu.records.base.processes import end_with

_reading: Any = None


def start(task: bytes, parent: int) -> None:
    end_with(parent)
    import django

    django.setup()
    from taihu.systems.jobs.imports.understanding import Understanding

    global _reading  # noqa: PLW0603 - one reader per process
    _reading = Understanding(pickle.loads(task))  # noqa: S301 - made by the parent process


def understand(rows: list[Any]) -> list[Any]:
    return [_reading.row(row) for row in rows]
