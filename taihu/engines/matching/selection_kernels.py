"""Compiled kernels that keep the best of a stream: keys gather in a pool, and a full pool is cut back to the best ``k``.

Appending is one store; the cut is a selection without branches that depend on the data. A heap would sift for every key.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.kernels import inlined, kernel

ROW_MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)


@inlined
def key_of(score: int, row: int) -> Any:
    """One number that orders pairs: larger score first, then smaller row."""
    return (np.uint64(score) << SHIFT) | (ROW_MASK - np.uint64(row))


@inlined
def row_of_key(key: Any) -> Any:
    """Row of a key."""
    return np.int64(ROW_MASK - (key & ROW_MASK))


@kernel
def cut_back(keys: Any, start: int, count: int, k: int) -> Any:
    """Move the ``k`` largest of ``count`` distinct keys to the front, ``k <= count``; returns the smallest of them.

    Places are unsigned, because a compiled index that cannot be negative needs no test.
    """
    one = np.uint64(1)
    low, high, wanted = np.uint64(start), np.uint64(start + count - 1), np.uint64(start + k - 1)
    while low < high:
        half = (low + high) >> one
        first, middle, last = keys[low], keys[half], keys[high]
        pivot = max(min(first, middle), min(max(first, middle), last))
        at = low if pivot == first else (high if pivot == last else half)
        keys[at], keys[high] = keys[high], pivot
        store, t = low, low
        while t < high:
            key = keys[t]
            keys[t] = keys[store]
            keys[store] = key
            store += np.uint64(key > pivot)
            t += one
        keys[high], keys[store] = keys[store], pivot
        if store == wanted:
            break
        if store < wanted:
            low = store + one
        else:
            high = store - one
    return keys[wanted]


@kernel
def number_from(scores: Any, level: Any) -> Any:
    """How many scores are at least ``level``; small counters, so that the compiler adds many at a time."""
    total = np.int64(0)
    for block in range(0, scores.size, 16384):
        part = scores[block : block + 16384]
        count = np.int16(0)
        for t in range(part.size):
            count = np.int16(count + np.int16(part[t] >= level))
        total += count
    return total


@kernel
def level_of(scores: Any, wanted: int) -> Any:
    """Largest positive level that ``wanted`` scores reach, or 1."""
    kind = scores.dtype.type
    low, high = kind(1), kind(1)
    for t in range(scores.size):
        high = max(high, scores[t])
    while low < high:
        middle = kind(low + ((np.int64(high) - low + 1) >> 1))
        if number_from(scores, middle) >= wanted:
            low = middle
        else:
            high = kind(middle - 1)
    return low


@kernel
def cut_all(keys: Any, count: Any, room: int, k: int) -> None:
    """Cut every pool of a table back to its best ``k``."""
    for at in range(count.size):
        if count[at] > k:
            cut_back(keys, at * room, count[at], k)
            count[at] = k


@kernel
def merge_pools(keys: Any, count: Any, more: Any, more_count: Any, room: int, k: int) -> None:
    """Add every pool of one table, ``room`` places each, to the ``k`` best of another, ``k`` places each."""
    both = np.empty(k + room, np.uint64)
    for at in range(count.size):
        n, extra = count[at], more_count[at]
        both[:n] = keys[at * k : at * k + n]
        both[n : n + extra] = more[at * room : at * room + extra]
        total = n + extra
        if total > k:
            cut_back(both, 0, total, k)
            total = k
        keys[at * k : at * k + total] = both[:total]
        count[at] = total
