"""One JSON object per benchmark: the command, versions, seconds, peak memory and the figures."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and wall seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def measured(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Result, wall and processor seconds of all threads; on a busy machine the second is the one to compare."""
    spent = time.process_time()
    result, seconds = timed(work)
    return result, {"seconds": round(seconds, 2), "processor_seconds": round(time.process_time() - spent, 2)}


def versions(*packages: str) -> dict[str, str]:
    """Installed versions."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


def report(figures: dict[str, Any], *packages: str) -> None:
    """Print the result of a benchmark."""
    print(
        json.dumps(
            {
                "command": " ".join(["python", "-m", f"bench.{Path(sys.argv[0]).stem}", *sys.argv[1:]]),
                "versions": versions("numpy", "numba", *packages),
                "cores": len(os.sched_getaffinity(0)),
                "load": round(os.getloadavg()[0], 1),
                "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                **figures,
            },
            ensure_ascii=False,
        ),
        flush=True,
    )
