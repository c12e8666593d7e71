"""Ragged rows (CSR) and the array checks that every input passes through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.errors import MarketError

Int8 = npt.NDArray[np.int8]
UInt8 = npt.NDArray[np.uint8]
UInt16 = npt.NDArray[np.uint16]
Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
#: Whole numbers of any width; checked and stored in the documented one.
Ints = npt.NDArray[np.integer[Any]]
Bool = npt.NDArray[np.bool_]


def frozen_array(values: npt.ArrayLike, dtype: npt.DTypeLike, name: str) -> npt.NDArray[Any]:
    """Return ``values`` as a read-only contiguous array of ``dtype``; the input is never changed.

    Raises
    ------
    MarketError
        ``bad_shape`` unless one-dimensional, ``out_of_range`` when a value does not fit ``dtype``.
    """
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise MarketError("bad_shape", f"{name} must be one-dimensional, not of shape {raw.shape}")
    target = np.dtype(dtype)
    if raw.size and raw.dtype.kind not in "iufb":
        raise MarketError("bad_dtype", f"{name} must be numbers, not {raw.dtype}")
    if target.kind in "iu" and raw.size:
        _refuse_misfit(raw, target, name)
    same = raw.dtype == target and raw.flags.c_contiguous
    result = raw.view() if same else raw.astype(target)
    result.flags.writeable = False
    return result


def _refuse_misfit(raw: npt.NDArray[Any], target: np.dtype[Any], name: str) -> None:
    limits = np.iinfo(target)
    if raw.dtype == target:
        return
    if raw.dtype.kind == "f":
        wrong = ~np.isfinite(raw) | (raw != np.floor(raw))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise MarketError("not_an_integer", f"{name} is {raw[row]}: give a whole number", row=row)
    wrong = (raw < limits.min) | (raw > limits.max)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MarketError("out_of_range", f"{name} is {raw[row]}: must lie in {limits.min}..{limits.max}", row=row)


@dataclass(frozen=True)
class Lists:
    """Ragged rows of sorted, distinct ids.

    Attributes
    ----------
    indptr : int64 array of shape (rows + 1,)
        Row ``r`` is ``ids[indptr[r]:indptr[r + 1]]``.
    ids : int32 array of shape (total,)
        Strictly increasing inside each row, never negative.

    Examples
    --------
    >>> Lists.from_rows([[3, 1], [], [2]]).ids.tolist()
    [1, 3, 2]
    """

    indptr: Int64
    ids: Int32

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", frozen_array(self.indptr, np.int64, "indptr"))
        object.__setattr__(self, "ids", frozen_array(self.ids, np.int32, "ids"))
        check_indptr(self.indptr, self.ids.size)
        _check_sorted(self.indptr, self.ids)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.indptr.size - 1)

    def row(self, number: int) -> Int32:
        """Ids of one row."""
        return self.ids[self.indptr[number] : self.indptr[number + 1]]

    def take(self, start: int, stop: int) -> Lists:
        """Rows ``start`` to ``stop`` (end exclusive) as lists of their own."""
        low, high = self.indptr[start], self.indptr[stop]
        return Lists(self.indptr[start : stop + 1] - low, self.ids[low:high])

    @classmethod
    def empty(cls, rows: int) -> Lists:
        """``rows`` empty rows."""
        return cls(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32))

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[int]]) -> Lists:
        """Build from Python sequences; each row is sorted and freed of repeats."""
        distinct = [sorted(set(row)) for row in rows]
        flat = [value for row in distinct for value in row]
        return cls(row_pointer([len(row) for row in distinct]), np.asarray(flat, np.int64))

    @classmethod
    def from_pairs(cls, row: npt.ArrayLike, ids: npt.ArrayLike, rows: int) -> Lists:
        """Build from parallel arrays (row number, id) in any order; repeats are merged.

        Examples
        --------
        >>> Lists.from_pairs([1, 0, 1], [5, 9, 2], rows=2).row(1).tolist()
        [2, 5]
        """
        row_of, values = _pairs(row, ids, rows)
        order = np.lexsort((values, row_of))
        row_of, values = row_of[order], values[order]
        if row_of.size:
            keep = np.ones(row_of.size, bool)
            keep[1:] = (row_of[1:] != row_of[:-1]) | (values[1:] != values[:-1])
            row_of, values = row_of[keep], values[keep]
        return cls(row_pointer(np.bincount(row_of, minlength=rows)), values)


@dataclass(frozen=True)
class Features:
    """Weighted features, one ragged row per profile.

    Attributes
    ----------
    indptr : int64 array of shape (rows + 1,)
    ids : int32 array of shape (total,)
        Feature numbers of a `Vocabulary`, strictly increasing inside each row.
    weights : uint8 array of shape (total,)
        From 1 to 255. Whole numbers make every sum exact, whatever the order of addition.

    Examples
    --------
    >>> features = Features.from_pairs(row=[0, 0], ids=[4, 2], weights=[10, 20], rows=2)
    >>> features.ids.tolist(), features.weights.tolist(), features.indptr.tolist()
    ([2, 4], [20, 10], [0, 2, 2])
    """

    indptr: Int64
    ids: Int32
    weights: UInt8

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", frozen_array(self.indptr, np.int64, "indptr"))
        object.__setattr__(self, "ids", frozen_array(self.ids, np.int32, "ids"))
        object.__setattr__(self, "weights", frozen_array(self.weights, np.uint8, "weights"))
        check_indptr(self.indptr, self.ids.size)
        _check_sorted(self.indptr, self.ids)
        if self.weights.size != self.ids.size:
            raise MarketError("bad_shape", f"{self.ids.size} feature ids but {self.weights.size} weights")
        if self.weights.size and not self.weights.all():
            entry = int(np.argmin(self.weights))
            row = int(np.searchsorted(self.indptr, entry, side="right") - 1)
            raise MarketError("zero_weight", "a feature has weight 0: leave it out or give it 1..255", row=row)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.indptr.size - 1)

    def row(self, number: int) -> tuple[Int32, UInt8]:
        """Feature ids and weights of one row."""
        where = slice(self.indptr[number], self.indptr[number + 1])
        return self.ids[where], self.weights[where]

    def take(self, start: int, stop: int) -> Features:
        """Rows ``start`` to ``stop`` (end exclusive) as features of their own."""
        low, high = self.indptr[start], self.indptr[stop]
        return Features(self.indptr[start : stop + 1] - low, self.ids[low:high], self.weights[low:high])

    @classmethod
    def from_pairs(cls, row: npt.ArrayLike, ids: npt.ArrayLike, weights: npt.ArrayLike, rows: int) -> Features:
        """Build from parallel arrays in any order; of repeated (row, id) the largest weight is kept."""
        row_of, values = _pairs(row, ids, rows)
        weight = frozen_array(weights, np.uint8, "weights")
        if weight.size != values.size:
            raise MarketError("bad_shape", f"{values.size} feature ids but {weight.size} weights")
        order = np.lexsort((255 - weight.astype(np.int16), values, row_of))
        row_of, values, weight = row_of[order], values[order], weight[order]
        if row_of.size:
            keep = np.ones(row_of.size, bool)
            keep[1:] = (row_of[1:] != row_of[:-1]) | (values[1:] != values[:-1])
            row_of, values, weight = row_of[keep], values[keep], weight[keep]
        return cls(row_pointer(np.bincount(row_of, minlength=rows)), values, weight)


def row_pointer(counts: npt.ArrayLike) -> Int64:
    """Cumulative row starts from row lengths.

    Examples
    --------
    >>> row_pointer([2, 0, 1]).tolist()
    [0, 2, 2, 3]
    """
    lengths = np.asarray(counts, np.int64)
    pointer = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=pointer[1:])
    return pointer


def check_indptr(indptr: Int64, total: int) -> None:
    """Refuse row pointers that do not start at 0, fall, or do not end at ``total``."""
    if indptr.size == 0 or indptr[0] != 0:
        raise MarketError("bad_indptr", "indptr must start with 0 and have one entry more than there are rows")
    falls = np.diff(indptr) < 0
    if falls.any():
        raise MarketError("bad_indptr", "indptr falls: rows must be in order", row=int(np.argmax(falls)))
    if indptr[-1] != total:
        raise MarketError("bad_indptr", f"indptr ends at {int(indptr[-1])} but there are {total} entries")


def _check_sorted(indptr: Int64, ids: Int32) -> None:
    if ids.size == 0:
        return
    if int(ids.min()) < 0:
        entry = int(np.argmax(ids < 0))
        row = int(np.searchsorted(indptr, entry, side="right") - 1)
        raise MarketError("out_of_range", f"id {int(ids[entry])} is negative: ids start at 0", row=row)
    wrong = ids[1:] <= ids[:-1]
    starts = indptr[1:-1]
    starts = starts[(starts > 0) & (starts < ids.size)]
    wrong[starts - 1] = False
    if wrong.any():
        entry = int(np.argmax(wrong)) + 1
        row = int(np.searchsorted(indptr, entry, side="right") - 1)
        what = "repeated" if ids[entry] == ids[entry - 1] else "not sorted"
        raise MarketError(
            "unsorted_ids", f"id {int(ids[entry])} is {what}: use from_pairs, which sorts and merges", row=row
        )


def _pairs(row: npt.ArrayLike, ids: npt.ArrayLike, rows: int) -> tuple[Int64, Int32]:
    row_of = frozen_array(row, np.int64, "row")
    values = frozen_array(ids, np.int32, "ids")
    if row_of.size != values.size:
        raise MarketError("bad_shape", f"{row_of.size} row numbers but {values.size} ids")
    wrong = (row_of < 0) | (row_of >= rows)
    if wrong.any():
        entry = int(np.argmax(wrong))
        raise MarketError("out_of_range", f"entry {entry} names row {int(row_of[entry])} of {rows} rows")
    return row_of, values
