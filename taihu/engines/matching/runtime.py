"""Threads, and the pieces into which work is cut for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.errors import MarketError


def thread_count(threads: int | None) -> int:
    """Number of threads to use: all cores by default; results never depend on it."""
    if threads is None:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if threads < 1:
        raise MarketError("bad_threads", f"threads is {threads}: give 1 or more, or None for all cores")
    return threads


def run_tasks(tasks: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """Run tasks, results in the order of the tasks. Kernels release the lock of the interpreter."""
    if threads == 1 or len(tasks) < 2:
        return [task() for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


def cut(rows: int, pieces: int) -> npt.NDArray[np.int64]:
    """Boundaries that cut ``rows`` into at most ``pieces`` even pieces.

    Examples
    --------
    >>> cut(10, 3).tolist()
    [0, 3, 6, 10]
    """
    count = max(1, min(pieces, rows))
    return (np.arange(count + 1, dtype=np.int64) * rows) // count
