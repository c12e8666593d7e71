"""Openings laid out for the candidate scan: cells of hard conditions, and one list of openings per feature and cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int32, Int64, Ints, Lists, UInt8, row_pointer
from taihu.engines.matching.market import Market, Openings, People

#: A feature that more than one in this many openings of a cell carry is stored as a full row there, not as a list.
DENSE_ONE_IN = 24
#: Openings of one area and type are split by degree as long as every cell keeps this many.
CELL_OPENINGS = 1024
#: Bits of `OpeningIndex.special`.
NEEDS_CERTIFICATES, SHUNS_PEOPLE = 1, 2


@dataclass(frozen=True)
class Ladder:
    """Distinct values of a condition as ranks of one byte.

    ``exact`` is false when there are more values than ranks; then a pair that passes must still be checked.
    """

    steps: Int64
    exact: bool

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Ladder:
        """Ladder for the values that openings have."""
        distinct = np.unique(values).astype(np.int64)
        if distinct.size <= 254:
            return cls(distinct, True)
        return cls(np.unique(distinct[(np.arange(254) * distinct.size) // 254]), False)

    def rank(self, values: npt.NDArray[Any]) -> UInt8:
        """Number of steps not above each value."""
        return np.searchsorted(self.steps, values, side="right").astype(np.uint8)


@dataclass(frozen=True)
class OpeningIndex:
    """Openings by position: in order of cell (area, type, degree), then falling pay, then row.

    Attributes
    ----------
    row_of : int32 array of shape (m,)
        Opening row at each position.
    cell_start : int64 array of shape (cells + 1,)
        First position of each cell.
    cell_area : int32 array of shape (cells,)
    cell_type : int8 array of shape (cells,)
    cell_degree : uint8 array of shape (cells,)
        Lowest degree rank in the cell.
    degree_rank, experience_rank : uint8 arrays of shape (m,)
    pay : int64 array of shape (m,), falling inside each cell
    special : uint8 array of shape (m,)
    list_start : int64 array of shape (cells x features + 1,)
        The list of feature ``f`` in cell ``c`` starts at entry ``c x features + f``.
    list_place : int32 array, place inside the cell
    list_weight : uint8 array
    dense_start : int64 array of shape (cells x features,)
        Start of the full row in ``dense_weight``, -1 for a list.
    dense_weight : uint8 array
    heaviest : uint8 array of shape (features,)
        Largest weight of the feature among all openings.
    """

    row_of: Int32
    cell_start: Int64
    cell_area: Ints
    cell_type: Ints
    cell_degree: UInt8
    degree_rank: UInt8
    experience_rank: UInt8
    pay: Ints
    special: UInt8
    list_start: Int64
    list_place: Int32
    list_weight: UInt8
    dense_start: Int64
    dense_weight: UInt8
    heaviest: UInt8
    degree: Ladder
    experience: Ladder

    @property
    def exact(self) -> bool:
        """Whether the ranks need no second look."""
        return self.degree.exact and self.experience.exact


def build_index(market: Market) -> OpeningIndex:
    """Lay out the openings of a market."""
    openings, features = market.openings, market.vocabulary.total
    degree, experience = Ladder.of(openings.degree_min), Ladder.of(openings.experience_min)
    rank = degree.rank(openings.degree_min)
    cell = _cells(openings, rank)
    order = np.lexsort((np.arange(len(openings)), -openings.pay_max, cell))
    cells = int(cell.max(initial=-1)) + 1
    counts = np.bincount(cell, minlength=cells)
    cell_start = row_pointer(counts)
    first = order[cell_start[:-1]]
    lowest = np.full(cells, 254, np.uint8)
    np.minimum.at(lowest, cell, rank)
    place_of = np.empty(order.size, np.int64)
    place_of[order] = np.arange(order.size) - np.repeat(cell_start[:-1], counts)
    row = np.repeat(np.arange(len(openings)), np.diff(openings.features.indptr))
    key, place = cell[row] * features + openings.features.ids, place_of[row].astype(np.int32)
    length = np.bincount(key, minlength=cells * features)
    dense = length * DENSE_ONE_IN > np.repeat(counts, features)
    dense_start, dense_weight = _dense_rows(dense, counts, key, place, openings.features.weights, features)
    listed = np.flatnonzero(~dense[key])
    listed = listed[np.lexsort((place[listed], key[listed]))]
    heaviest = np.zeros(features, np.uint8)
    np.maximum.at(heaviest, openings.features.ids, openings.features.weights)
    return OpeningIndex(
        row_of=order.astype(np.int32),
        cell_start=cell_start,
        cell_area=openings.area[first],
        cell_type=openings.type[first],
        cell_degree=lowest,
        degree_rank=rank[order],
        experience_rank=experience.rank(openings.experience_min)[order],
        pay=openings.pay_max[order],
        special=_special(openings)[order],
        list_start=row_pointer(np.where(dense, 0, length)),
        list_place=place[listed],
        list_weight=openings.features.weights[listed],
        dense_start=dense_start,
        dense_weight=dense_weight,
        heaviest=heaviest,
        degree=degree,
        experience=experience,
    )


def _cells(openings: Openings, rank: UInt8) -> Int64:
    """Cell of every opening: area and type, split by degree where many openings are."""
    fine = (openings.area.astype(np.int64) * 16 + openings.type) * 256 + rank
    values, where, counts = np.unique(fine, return_inverse=True, return_counts=True)
    number = np.zeros(values.size, np.int64)
    cell, held = 0, 0
    for at in range(1, values.size):
        held += int(counts[at - 1])
        same = values[at] >> 8 == values[at - 1] >> 8
        rest = int(counts[at:][values[at:] >> 8 == values[at] >> 8].sum()) if same and held >= CELL_OPENINGS else 0
        if not same or rest >= CELL_OPENINGS:
            cell, held = cell + 1, 0
        number[at] = cell
    result: Int64 = number[where]
    return result


def _dense_rows(
    dense: npt.NDArray[np.bool_], counts: Int64, key: Int64, place: Int32, weight: UInt8, features: int
) -> tuple[Int64, UInt8]:
    chosen = np.flatnonzero(dense)
    sizes = counts[chosen // features] if features else counts[:0]
    start = np.full(dense.size, -1, np.int64)
    ends = row_pointer(sizes)
    start[chosen] = ends[:-1]
    table = np.zeros(int(ends[-1]), np.uint8)
    entries = np.flatnonzero(dense[key])
    table[start[key[entries]] + place[entries]] = weight[entries]
    return start, table


def _special(openings: Openings) -> UInt8:
    flags = np.zeros(len(openings), np.uint8)
    flags[np.diff(openings.certificates.indptr) > 0] |= NEEDS_CERTIFICATES
    flags[np.diff(openings.never_people.indptr) > 0] |= SHUNS_PEOPLE
    return flags


def certificate_bits(lists: Lists) -> npt.NDArray[np.uint64]:
    """One bit per certificate held or required, of 64: a required bit that is not held is a certificate that is not held."""
    bits = np.zeros(lists.rows, np.uint64)
    row = np.repeat(np.arange(lists.rows), np.diff(lists.indptr))
    np.bitwise_or.at(bits, row, np.uint64(1) << (lists.ids % 64).astype(np.uint64))
    return bits


def cells_of_areas(index: OpeningIndex) -> tuple[Ints, Int64]:
    """Area numbers that have cells, rising, and the first cell of each."""
    areas, first = np.unique(index.cell_area, return_index=True)
    return areas, np.append(first, index.cell_area.size).astype(np.int64)


def area_numbers(index: OpeningIndex, people: People) -> tuple[Int64, Int32]:
    """Accepted areas as places in the list of `cells_of_areas`, a ragged row per person; no wish means all of them."""
    areas, _ = cells_of_areas(index)
    found = np.searchsorted(areas, people.areas.ids)
    known = np.zeros(found.size, bool)
    if areas.size:
        known = areas[np.minimum(found, areas.size - 1)] == people.areas.ids
    row = np.repeat(np.arange(len(people)), np.diff(people.areas.indptr))
    anywhere = np.flatnonzero(np.diff(people.areas.indptr) == 0)
    rows = np.concatenate([row[known], np.repeat(anywhere, areas.size)])
    numbers = np.concatenate([found[known], np.tile(np.arange(areas.size), anywhere.size)])
    order = np.argsort(rows, kind="stable")
    return row_pointer(np.bincount(rows, minlength=len(people))), numbers[order].astype(np.int32)
