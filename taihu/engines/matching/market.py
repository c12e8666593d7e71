"""The two sides of a market as plain arrays: who and what, with the hard conditions each puts on the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import (
    Features,
    Int64,
    Ints,
    Lists,
    frozen_array,
)
from taihu.engines.matching.errors import MarketError

GROUPS = ("skills", "occupations", "majors", "industries", "terms")
#: `Openings.pay_max` of an opening that does not state its pay: it passes every person's floor.
PAY_NOT_STATED = np.int64(2**62)
#: `People.types` of a person who accepts every employment type.
ANY_TYPE = np.uint16(0xFFFF)


@dataclass(frozen=True)
class Vocabulary:
    """Which feature numbers belong to which group.

    Group ``g`` owns the numbers ``offsets[g]`` to ``offsets[g + 1]`` (end exclusive).

    Attributes
    ----------
    sizes : tuple of int
        Number of features per group, in the order of ``GROUPS``.
    labels : tuple of str
        One label per feature number for explanations; may be empty.
    areas, types, certificates : tuple of str
        Labels of area, employment type and certificate numbers; may be empty.

    Examples
    --------
    >>> vocabulary = Vocabulary(sizes=(3, 2, 0, 0, 1))
    >>> vocabulary.offsets
    (0, 3, 5, 5, 5, 6)
    >>> vocabulary.group_of(4)
    'occupations'
    """

    sizes: tuple[int, ...]
    labels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sizes) != len(GROUPS) or min(self.sizes) < 0:
            raise MarketError("bad_vocabulary", f"sizes must be {len(GROUPS)} counts, one for each of {GROUPS}")
        if self.labels and len(self.labels) != self.total:
            raise MarketError("bad_vocabulary", f"{len(self.labels)} labels for {self.total} features")

    @cached_property
    def total(self) -> int:
        """Number of features of all groups."""
        return sum(self.sizes)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """First feature number of every group, then the total."""
        return (0, *np.cumsum(self.sizes).tolist())

    def group_of(self, feature: int) -> str:
        """Name of the group that owns a feature number."""
        if not 0 <= feature < self.total:
            raise MarketError("out_of_range", f"feature {feature} is not in 0..{self.total - 1}")
        return GROUPS[bisect_right(self.offsets, feature) - 1]

    def label(self, feature: int) -> str:
        """Label of a feature, or ``group:number`` without labels."""
        if self.labels:
            return self.labels[feature]
        group = self.group_of(feature)
        return f"{group}:{feature - self.offsets[GROUPS.index(group)]}"


#: A column that is left out gets its documented default in ``__post_init__``.
_OMITTED: Any = None


def _column(size: int, value: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.full(size, value, dtype)


@dataclass(frozen=True)
class People:
    """One row per person, in increasing order of ``ids``. Every column but ``ids`` and ``features`` may be left out.

    Attributes
    ----------
    ids : int64 array of shape (n,), strictly increasing
    features : Features, n rows
    areas : Lists of area numbers the person accepts; an empty row accepts every area
    pay_floor : int64 array, fen a month; 0 for no floor
    degree : int8 array, rank of the highest degree held, 0 for none
    experience : int16 array, months
    types : uint16 array, bit ``t`` set when employment type ``t`` is accepted; 0 accepts nothing
    certificates : Lists of certificate numbers held
    never_openings : Lists of opening *ids* never to be shown (values that are not in the market are ignored)
    never_employers : Lists of employer numbers never to be shown
    """

    ids: Int64
    features: Features
    areas: Lists = _OMITTED
    pay_floor: Ints = _OMITTED
    degree: Ints = _OMITTED
    experience: Ints = _OMITTED
    types: Ints = _OMITTED
    certificates: Lists = _OMITTED
    never_openings: Lists = _OMITTED
    never_employers: Lists = _OMITTED

    def __post_init__(self) -> None:
        columns: dict[str, tuple[npt.DTypeLike, int]] = {
            "pay_floor": (np.int64, 0),
            "degree": (np.int8, 0),
            "experience": (np.int16, 0),
            "types": (np.uint16, int(ANY_TYPE)),
        }
        _finish(self, "people", columns, ("areas", "certificates", "never_openings", "never_employers"))
        _refuse_negative(self.pay_floor, "pay_floor")
        _refuse_negative(self.degree, "degree")
        _refuse_negative(self.experience, "experience")

    def __len__(self) -> int:
        return int(self.ids.size)

    def take(self, start: int, stop: int) -> People:
        """Rows ``start`` to ``stop`` (end exclusive) as people of their own."""
        rows: People = _take(self, start, stop)
        return rows


@dataclass(frozen=True)
class Openings:
    """One row per opening, in increasing order of ``ids``. Every column but ``ids`` and ``features`` may be left out.

    Attributes
    ----------
    ids : int64 array of shape (m,), strictly increasing
    features : Features, m rows
    area : int32 array, area number of the workplace
    pay_max : int64 array, fen a month, the most that is offered; `PAY_NOT_STATED` passes every floor
    degree_min : int8 array, lowest rank of degree accepted
    experience_min : int16 array, months
    type : int8 array, employment type number 0..15
    employer : int32 array, employer number
    certificates : Lists of certificate numbers, all of them required
    never_people : Lists of person *ids* the employer never wants to see
    vacancies : int32 array, places to fill, 0 or more
    """

    ids: Int64
    features: Features
    area: Ints = _OMITTED
    pay_max: Ints = _OMITTED
    degree_min: Ints = _OMITTED
    experience_min: Ints = _OMITTED
    type: Ints = _OMITTED
    employer: Ints = _OMITTED
    certificates: Lists = _OMITTED
    never_people: Lists = _OMITTED
    vacancies: Ints = _OMITTED

    def __post_init__(self) -> None:
        columns: dict[str, tuple[npt.DTypeLike, int]] = {
            "area": (np.int32, 0),
            "pay_max": (np.int64, int(PAY_NOT_STATED)),
            "degree_min": (np.int8, 0),
            "experience_min": (np.int16, 0),
            "type": (np.int8, 0),
            "employer": (np.int32, 0),
            "vacancies": (np.int32, 1),
        }
        _finish(self, "openings", columns, ("certificates", "never_people"))
        for name in columns:
            _refuse_negative(getattr(self, name), name)
        if len(self) and int(self.type.max()) > 15:
            row = int(np.argmax(self.type > 15))
            raise MarketError("out_of_range", f"type is {int(self.type[row])}: must lie in 0..15", row=row)

    def __len__(self) -> int:
        return int(self.ids.size)

    def take(self, start: int, stop: int) -> Openings:
        """Rows ``start`` to ``stop`` (end exclusive) as openings of their own."""
        rows: Openings = _take(self, start, stop)
        return rows


def _finish(
    side: People | Openings, name: str, columns: dict[str, tuple[npt.DTypeLike, int]], lists: Sequence[str]
) -> None:
    ids = frozen_array(side.ids, np.int64, f"{name}.ids")
    object.__setattr__(side, "ids", ids)
    _refuse_disorder(ids, name)
    for column, (dtype, default) in columns.items():
        given = getattr(side, column)
        values = _column(ids.size, default, dtype) if given is None else given
        array = frozen_array(values, dtype, f"{name}.{column}")
        if array.size != ids.size:
            raise MarketError("bad_shape", f"{name}.{column} has {array.size} rows, ids has {ids.size}")
        object.__setattr__(side, column, array)
    for column in lists:
        if getattr(side, column) is None:
            object.__setattr__(side, column, Lists.empty(ids.size))
    for column in ("features", *lists):
        rows = getattr(side, column).rows
        if rows != ids.size:
            raise MarketError("bad_shape", f"{name}.{column} has {rows} rows, ids has {ids.size}")


def _refuse_disorder(ids: Int64, name: str) -> None:
    wrong = ids[1:] <= ids[:-1]
    if not wrong.any():
        return
    row = int(np.argmax(wrong)) + 1
    if ids[row] == ids[row - 1]:
        raise MarketError("duplicate_id", f"{name} id {int(ids[row])} occurs twice: keep one of the rows", row=row)
    raise MarketError(
        "unsorted_ids", f"{name} id {int(ids[row])} follows {int(ids[row - 1])}: sort the rows by id", row=row
    )


def _refuse_negative(values: npt.NDArray[Any], name: str) -> None:
    if values.size and values.dtype.kind == "i" and values.min() < 0:
        row = int(np.argmax(values < 0))
        raise MarketError("out_of_range", f"{name} is {int(values[row])}: must be 0 or more", row=row)


def _take(side: Any, start: int, stop: int) -> Any:
    changes = {}
    for item in fields(side):
        value = getattr(side, item.name)
        changes[item.name] = value.take(start, stop) if isinstance(value, (Lists, Features)) else value[start:stop]
    return replace(side, **changes)


@dataclass(frozen=True)
class Market:
    """Both sides and the vocabulary they share.

    The score of a pair is the sum over the features both have of (person's weight x opening's weight), a whole number.
    Rows are in order of id, so "ties by id" is "ties by row".

    Examples
    --------
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "skills": ["welding"]}],
    ...     openings=[{"id": 9, "skills": ["welding"], "vacancies": 2}],
    ... )
    >>> len(market.people), len(market.openings)
    (1, 1)
    """

    vocabulary: Vocabulary
    people: People
    openings: Openings

    def __post_init__(self) -> None:
        for name, side in (("people", self.people), ("openings", self.openings)):
            ids = side.features.ids
            if ids.size and int(ids.max()) >= self.vocabulary.total:
                entry = int(np.argmax(ids >= self.vocabulary.total))
                row = int(np.searchsorted(side.features.indptr, entry, side="right") - 1)
                raise MarketError(
                    "out_of_range",
                    f"{name} feature {int(ids[entry])} is not in the vocabulary of {self.vocabulary.total}",
                    row=row,
                )

    @classmethod
    def from_records(
        cls,
        *,
        people: Sequence[Mapping[str, Any]],
        openings: Sequence[Mapping[str, Any]],
        occupation_parents: Mapping[Any, Any] | None = None,
    ) -> Market:
        """Build a market from plain dicts, for example rows of two CSV files.

        See `taihu.engines.matching.records` for the keys that a record may have.

        Raises
        ------
        MarketError
            ``protected_attribute`` when a record carries sex, age, ethnicity, marriage, household registration,
            religion or the like; ``unknown_key`` for a key that means nothing; both name the row.
        """
        from taihu.engines.matching.records import build_market

        return build_market(people, openings, occupation_parents)

    def person_row(self, person_id: int) -> int:
        """Row of a person id; `MarketError` ``unknown_id`` when absent."""
        return _row_of(self.people.ids, person_id, "person")

    def opening_row(self, opening_id: int) -> int:
        """Row of an opening id; `MarketError` ``unknown_id`` when absent."""
        return _row_of(self.openings.ids, opening_id, "opening")


def _row_of(ids: Int64, wanted: int, what: str) -> int:
    row = int(np.searchsorted(ids, wanted))
    if row == ids.size or ids[row] != wanted:
        raise MarketError("unknown_id", f"there is no {what} with id {wanted} in this market")
    return row
