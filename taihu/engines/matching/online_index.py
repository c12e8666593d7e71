"""People laid out for `Online`: grouped by accepted area, long experience first, one list of people per group and feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Int32, Int64, UInt8, row_pointer
from taihu.engines.matching.market import Market, People

#: A person that accepts more areas than this is kept once, in the group that every opening visits, and not in each area.
MOST_AREAS = 4
#: Bits of `PeopleIndex.facts` between the types (bits 8..23, degree below) and the rank of the pay floor (from bit 32).
NAMES_AREAS, SHUNS = 1 << 24, 1 << 25
#: A rank of pay floor that no opening reaches: the person has been removed.
GONE = (1 << 31) - 1


@dataclass(frozen=True)
class PeopleIndex:
    """Groups of people. A place counts inside its group, in the order of falling experience.

    Attributes
    ----------
    areas : int32 array of shape (groups - 1,)
        Area of each group, rising; the last group holds the people that accept many areas or all of them.
    group_start : int64 array of shape (groups + 1,)
    member : int32 array, person row at each place
    experience : int32 array, falling inside each group
    floors : int64 array
        Distinct pay floors, rising.
    facts : int64 array, one word per place
        Rank of the pay floor, flags, types and degree. Removal writes to it.
    list_start : int64 array of shape (groups x features + 1,)
        The list of feature ``f`` in group ``g`` starts at entry ``g x features + f``.
    list_place : int32 array
    list_weight : uint8 array
    holder_start, holder_place
        The same for certificates: who holds one.
    heaviest : int64 array of shape (features,)
        Largest weight of the feature among all people.
    """

    areas: Int32
    group_start: Int64
    member: Int32
    experience: Int32
    floors: Int64
    facts: Int64
    list_start: Int64
    list_place: Int32
    list_weight: UInt8
    holder_start: Int64
    holder_place: Int32
    heaviest: Int64

    def groups_for(self, area: int) -> Int64:
        """Groups in which people for an opening of this area are found."""
        last = self.areas.size
        at = int(np.searchsorted(self.areas, area))
        return np.array([at, last] if at < last and self.areas[at] == area else [last], np.int64)

    def remove(self, row: int) -> None:
        """Let nobody find a person again."""
        self.facts[self.member == row] = GONE << 32


def build_people_index(market: Market) -> PeopleIndex:
    """Lay out the people of a market."""
    from taihu.engines.matching import online_kernels as kernels

    people, features = market.people, market.vocabulary.total
    areas, group, row = _groups(people)
    order = np.lexsort((row, -people.experience[row].astype(np.int64), group))
    member, groups = row[order].astype(np.int32), areas.size + 1
    group_start = row_pointer(np.bincount(group, minlength=groups))
    certificates = int(people.certificates.ids.max(initial=-1)) + 1
    profile = (people.features.indptr, people.features.ids, people.features.weights)
    held = (people.certificates.indptr, people.certificates.ids, np.ones(people.certificates.ids.size, np.uint8))
    list_start, list_place, list_weight = kernels.lists_by_group(member, group_start, *profile, features)
    holder_start, holder_place, _ = kernels.lists_by_group(member, group_start, *held, certificates)
    floors, rank = np.unique(people.pay_floor.astype(np.int64), return_inverse=True)
    heaviest = np.zeros(features, np.int64)
    np.maximum.at(heaviest, people.features.ids, people.features.weights)
    return PeopleIndex(
        areas=areas,
        group_start=group_start,
        member=member,
        experience=people.experience[member].astype(np.int32),
        floors=floors,
        facts=((rank.astype(np.int64) << 32) | _flags(people))[member],
        list_start=list_start,
        list_place=list_place,
        list_weight=list_weight,
        holder_start=holder_start,
        holder_place=holder_place,
        heaviest=heaviest,
    )


def _groups(people: People) -> tuple[Int32, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Areas with a group, and group and person row of every membership."""
    counts = np.diff(people.areas.indptr)
    wide = (counts == 0) | (counts > MOST_AREAS)
    row = np.repeat(np.arange(len(people)), counts)
    narrow = ~wide[row]
    areas = np.unique(people.areas.ids[narrow]).astype(np.int32)
    group = np.searchsorted(areas, people.areas.ids[narrow])
    others = np.flatnonzero(wide)
    return areas, np.append(group, np.full(others.size, areas.size)), np.append(row[narrow], others)


def _flags(people: People) -> Int64:
    counts = np.diff(people.areas.indptr)
    shuns = (np.diff(people.never_openings.indptr) > 0) | (np.diff(people.never_employers.indptr) > 0)
    flags: Int64 = people.degree.astype(np.int64) | people.types.astype(np.int64) << 8
    flags[counts > MOST_AREAS] |= NAMES_AREAS
    flags[shuns] |= SHUNS
    return flags
