"""Understand rows on every core, in the order of the file, with a bounded number of rows in memory."""

import os
import pickle
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context

from taihu.engines.tables import Row
from taihu.systems.jobs.imports import process
from taihu.systems.jobs.imports.understanding import Outcome, Task, Understanding

CHUNK = 1000
#: Files shorter than this are read in the process itself: starting others takes longer.
WORTH_SHARING = 3 * CHUNK
Chunk = tuple[list[Row], list[Outcome]]


def understood(task: Task, rows: Iterator[Row], *, processes: int = 0) -> Iterator[Chunk]:
    """Yield (rows, outcomes) chunk by chunk. `processes` 0 means as many as there are cores; 1 means none besides."""
    processes = processes or len(os.sched_getaffinity(0))
    first = list(islice(rows, WORTH_SHARING))
    if processes == 1 or len(first) < WORTH_SHARING:
        reading = Understanding(task)
        for chunk in _chunks(chain(first, rows)):
            yield chunk, [reading.row(row) for row in chunk]
        return
    # Started anew and not forked: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=process.start,
        initargs=(pickle.dumps(task), os.getpid()),
    )
    try:
        yield from _shared(pool, chain(first, rows), 2 * processes)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _shared(pool: ProcessPoolExecutor, rows: Iterator[Row], ahead: int) -> Iterator[Chunk]:
    waiting: deque[tuple[list[Row], Future[list[Outcome]]]] = deque()
    for chunk in _chunks(rows):
        waiting.append((chunk, pool.submit(process.understand, chunk)))
        if len(waiting) > ahead:
            done, future = waiting.popleft()
            yield done, future.result()
    while waiting:
        done, future = waiting.popleft()
        yield done, future.result()


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
