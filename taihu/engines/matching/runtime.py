"""Threads and the cache of compiled kernels."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.errors import MarketError


def use_kernel_cache(folder: str | Path) -> None:
    """Keep compiled kernels in ``folder`` (made if need be) instead of beside the source.

    Call it before the first matching. Without it, the environment variable ``NUMBA_CACHE_DIR`` decides, then the
    folder of the package when it can be written, then a folder of the current user's cache (``XDG_CACHE_HOME``), then one
    under the system's temporary folder.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    os.environ["NUMBA_CACHE_DIR"] = str(path)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(path)


def prepare_kernels() -> None:
    """Choose a writable cache folder; kernel modules call this before numba is imported."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    beside = Path(__file__).parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return
    for folder in _own_folders():
        if _is_private(folder):
            use_kernel_cache(folder)
            return
    use_kernel_cache(tempfile.mkdtemp(prefix="taihu-kernels-"))


def _own_folders() -> list[Path]:
    """Folders for a cache when the installation cannot be written, best first."""
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    home = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache" if "HOME" in os.environ else None)
    folders = [Path(tempfile.gettempdir()) / f"taihu-kernels-{owner}"]
    return [Path(home) / "taihu-kernels", *folders] if home else folders


def _is_private(folder: Path) -> bool:
    """Make the folder if need be; false unless it is ours alone, because a compiled kernel is code that will be run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return ours and not state.st_mode & stat.S_IWOTH and os.access(folder, os.W_OK)


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
