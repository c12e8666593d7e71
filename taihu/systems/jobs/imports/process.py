"""The inside of a further process. Imports nothing of Django before Django is set up, hence the pickled task."""

import pickle
from typing import Any

_reading: Any = None


def start(task: bytes) -> None:
    import django

    django.setup()
    from taihu.systems.jobs.imports.understanding import Understanding

    global _reading  # noqa: PLW0603 - one reader per process
    _reading = Understanding(pickle.loads(task))  # noqa: S301 - made by the parent process


def understand(rows: list[Any]) -> list[Any]:
    return [_reading.row(row) for row in rows]
