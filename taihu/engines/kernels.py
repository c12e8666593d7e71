"""How kernels are compiled: without the interpreter's lock, and kept for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taihu.engines.kernel_cache import choose_kernel_cache

choose_kernel_cache()

from numba import njit  # noqa: E402 - it reads where to keep kernels when it is imported

Kernel = Callable[..., Any]


def kernel(function: Kernel) -> Kernel:
    """Compile a function of numbers and arrays."""
    compiled: Kernel = njit(nogil=True, cache=True)(function)
    return compiled


def inlined(function: Kernel) -> Kernel:
    """The same for a function that is written into every kernel that calls it."""
    compiled: Kernel = njit(nogil=True, cache=True, inline="always")(function)
    return compiled
