"""Candidate pairs as one compact table, person by person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int32, Int64, UInt8, check_indptr, frozen_array
from taihu.engines.matching.errors import MarketError

#: Bits of `Edges.source`: among the person's best, among the opening's best, added so that few-seen openings are seen.
FROM_PERSON, FROM_OPENING, FROM_EXPLORATION = 1, 2, 4


@dataclass(frozen=True)
class Edges:
    """Who may be shown what: edge ``e`` joins a person row to ``opening[e]``.

    Attributes
    ----------
    indptr : int64 array of shape (people + 1,)
        The edges of person row ``i`` are ``indptr[i]`` to ``indptr[i + 1]`` (end exclusive).
    opening : int32 array of shape (edges,)
        Row of the opening, strictly increasing inside each person.
    score : int32 array of shape (edges,)
    source : uint8 array of shape (edges,)
        Any of `FROM_PERSON`, `FROM_OPENING`, `FROM_EXPLORATION`, added up.
    openings : int
        Number of opening rows in the market.

    Examples
    --------
    >>> edges = Edges([0, 2, 2], [0, 3], [5, 9], [1, 3], openings=4)
    >>> edges.ranked(0).tolist()
    [3, 0]
    """

    indptr: Int64
    opening: Int32
    score: Int32
    source: UInt8
    openings: int

    def __post_init__(self) -> None:
        for name, dtype in (("indptr", np.int64), ("opening", np.int32), ("score", np.int32), ("source", np.uint8)):
            object.__setattr__(self, name, frozen_array(getattr(self, name), dtype, name))
        check_edges(self.indptr, self.opening, self.openings)
        if not self.opening.size == self.score.size == self.source.size:
            raise MarketError("bad_shape", "opening, score and source must have one value per edge")

    def __len__(self) -> int:
        return int(self.opening.size)

    @property
    def people(self) -> int:
        """Number of person rows."""
        return int(self.indptr.size - 1)

    def person_of_edges(self) -> Int32:
        """Person row of every edge, int32 array of shape (edges,)."""
        return np.repeat(np.arange(self.people, dtype=np.int32), np.diff(self.indptr))

    def row(self, person: int) -> slice:
        """The edges of one person as a slice."""
        return slice(int(self.indptr[person]), int(self.indptr[person + 1]))

    def ranked(self, person: int) -> Int32:
        """Opening rows of one person, best score first, ties by row."""
        where = self.row(person)
        order = np.lexsort((self.opening[where], -self.score[where].astype(np.int64)))
        ranked: Int32 = self.opening[where][order]
        return ranked

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Plain arrays to be stored, for example by ``numpy.savez``; `from_arrays` is the inverse."""
        return {
            "indptr": self.indptr,
            "opening": self.opening,
            "score": self.score,
            "source": self.source,
            "openings": np.array([self.openings], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[np.generic]]) -> Edges:
        """Rebuild from `to_arrays`."""
        columns = {name: arrays[name] for name in ("indptr", "opening", "score", "source")}
        return cls(**columns, openings=int(arrays["openings"][0]))  # type: ignore[arg-type]


def check_edges(indptr: Int64, opening: Int32, openings: int) -> None:
    """Refuse edge tables whose rows are out of range, unsorted or repeated, naming the row."""
    check_indptr(indptr, opening.size)
    if opening.size == 0:
        return
    low, high = int(opening.min()), int(opening.max())
    if low < 0 or high >= openings:
        entry = int(np.argmax((opening < 0) | (opening >= openings)))
        row = int(np.searchsorted(indptr, entry, side="right") - 1)
        raise MarketError("out_of_range", f"opening row {int(opening[entry])} is not in 0..{openings - 1}", row=row)
    wrong = opening[1:] <= opening[:-1]
    starts = indptr[1:-1]
    starts = starts[(starts > 0) & (starts < opening.size)]
    wrong[starts - 1] = False
    if wrong.any():
        entry = int(np.argmax(wrong)) + 1
        row = int(np.searchsorted(indptr, entry, side="right") - 1)
        what = "repeated" if opening[entry] == opening[entry - 1] else "not sorted"
        raise MarketError("unsorted_edges", f"opening row {int(opening[entry])} is {what}: sort each row", row=row)
