"""Between two nightly runs: a new or changed person or opening, served against the present prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taihu.engines.matching.arrays import Features, Float64, Int32, row_pointer
from taihu.engines.matching.calibration import Calibration
from taihu.engines.matching.candidates import Scanner
from taihu.engines.matching.candidates_index import build_index
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.market import Market, Openings, People
from taihu.engines.matching.online_index import build_people_index
from taihu.engines.matching.probabilities import fits
from taihu.engines.matching.slates import Slates


@dataclass(frozen=True)
class Served:
    """Answer to one new or changed profile, best first.

    Attributes
    ----------
    rows : int32 array
        Opening rows of a person's slate, or person rows for an opening.
    p, q, value : float64 arrays
        Probabilities and ``price p q + mu p`` of each.
    """

    rows: Int32
    p: Float64
    q: Float64
    value: Float64


class Online:
    """Serves single profiles from indexes in memory; no full run is needed.

    Parameters
    ----------
    market : Market
    result : Slates
        Its prices, ``mu`` and slate length are used.
    candidates : int
        Candidates looked at for one profile.
    p_calibration, q_calibration : Calibration or None
        As in `probabilities`.

    Examples
    --------
    >>> from taihu.engines import matching
    >>> market = matching.Market.from_records(
    ...     people=[{"id": 1, "skills": "焊工"}, {"id": 2, "skills": "钳工"}],
    ...     openings=[{"id": 10, "skills": "焊工"}, {"id": 11, "skills": "钳工"}],
    ... )
    >>> edges = matching.candidates(market)
    >>> result = matching.slates(edges, matching.probabilities(market, edges), market.openings.vacancies)
    >>> online = Online(market, result)
    >>> online.serve_person(market.people.take(0, 1)).rows.tolist()
    [0]
    >>> online.remove_opening(0)
    >>> online.serve_person(market.people.take(0, 1)).rows.tolist()
    []
    """

    def __init__(
        self,
        market: Market,
        result: Slates,
        *,
        candidates: int = 50,
        p_calibration: Calibration | None = None,
        q_calibration: Calibration | None = None,
    ) -> None:
        if result.prices.size != len(market.openings):
            raise MarketError("bad_shape", f"{result.prices.size} prices for {len(market.openings)} openings")
        self.market, self.prices, self.mu, self.k = market, result.prices.copy(), result.mu, result.weights.size
        self._p = (p_calibration or Calibration.cold_start_p()).table()
        self._q = (q_calibration or Calibration.cold_start_q()).table()
        self._candidates = candidates
        index = build_index(market)
        ranks = index.degree_rank.copy()
        object.__setattr__(index, "degree_rank", ranks)
        self._scanner, self._ranks = Scanner(market, index, candidates), ranks
        self._position = np.empty(len(market.openings), np.int64)
        self._position[index.row_of] = np.arange(index.row_of.size)
        self._unmoved = {dtype: self._scanner.without_openings(np.dtype(dtype)) for dtype in ("int16", "int32")}
        self._lines = {dtype: np.empty(self._scanner.longest, dtype) for dtype in self._unmoved}
        self._people = build_people_index(market)
        largest = int(np.diff(self._people.group_start).max(initial=0))
        self._scratch = (
            np.zeros(largest, np.int32), np.empty(largest + 1, np.int32), np.empty(largest + 1, np.int32), np.zeros(4096, np.int64),
        )  # fmt: skip
        self._wanted = np.zeros(market.vocabulary.total, np.int32)
        for row in np.flatnonzero(market.openings.vacancies <= 0):
            self._ranks[self._position[row]] = 255

    def serve_person(self, person: People) -> Served:
        """Slate of one person (a `People` of one row, new or changed) at the present prices."""
        _one_row(len(person), "person")
        scanner = self._scanner
        dtype = str(scanner.score_dtype(person))
        unmoved, line = self._unmoved[dtype], self._lines[dtype]
        own, count, _ = scanner.scan_chunk(0, 1, 0, scanner.inputs(person), unmoved, line)
        found = own[: int(count[0])]
        rows = np.sort((np.uint64(0xFFFFFFFF) - (found & np.uint64(0xFFFFFFFF))).astype(np.int32))
        p, q = self._chances(person, self.market.openings, rows)
        return self._ranked(rows, p, q, self.prices[rows], self.k)

    def serve_opening(self, opening: Openings, *, price: float = 1.0) -> Served:
        """Best people for one opening (an `Openings` of one row, new or changed); a new one has price 1."""
        from taihu.engines.matching import online_kernels

        _one_row(len(opening), "opening")
        people, index = self.market.people, self._people
        keys = online_kernels.best_people(
            min(self._candidates, max(1, len(people))),
            index.groups_for(int(opening.area[0])),
            index.group_start,
            index.experience,
            index.heaviest,
            (index.list_start, index.list_place, index.list_weight, index.facts, index.member),
            (index.holder_start, index.holder_place),
            (int(np.searchsorted(index.floors, opening.pay_max[0], "right")), int(opening.degree_min[0]),
             int(opening.experience_min[0]), int(opening.type[0]), int(opening.ids[0]), int(opening.employer[0]),
             int(opening.area[0])),
            (opening.features.ids, opening.features.weights),
            opening.certificates.ids,
            opening.never_people.ids,
            (people.ids, people.certificates.indptr, people.certificates.ids, people.never_openings.indptr,
             people.never_openings.ids, people.never_employers.indptr, people.never_employers.ids,
             people.areas.indptr, people.areas.ids),
            (people.features.indptr, people.features.ids, people.features.weights),
            self._scratch,
            self._wanted,
        )  # fmt: skip
        rows = (np.uint64(0xFFFFFFFF) - (keys & np.uint64(0xFFFFFFFF))).astype(np.int32)
        p, q = self._opening_chances(rows, opening)
        return self._ranked(rows, p, q, np.full(rows.size, price), rows.size)

    def remove_opening(self, row: int) -> None:
        """From now on nobody is shown this opening."""
        self._ranks[self._position[row]] = 255
        self.prices[row] = 0.0

    def remove_person(self, row: int) -> None:
        """From now on no employer is shown this person."""
        self._people.remove(row)

    def _chances(self, person: People, openings: Openings, rows: Int32) -> tuple[Float64, Float64]:
        edges = Edges(
            np.array([0, rows.size]), rows, np.ones(rows.size, np.int32), np.ones(rows.size, np.uint8), len(openings)
        )
        raw = fits(Market(self.market.vocabulary, person, openings), edges, threads=1)
        return self._p[raw.person].astype(np.float64), self._q[raw.opening].astype(np.float64)

    def _opening_chances(self, rows: Int32, opening: Openings) -> tuple[Float64, Float64]:
        people = self.market.people
        features = [people.features.row(int(i)) for i in rows]
        chosen = People(
            ids=np.arange(rows.size),
            features=Features(
                row_pointer([ids.size for ids, _ in features]),
                np.concatenate([ids for ids, _ in features]) if features else np.zeros(0, np.int32),
                np.concatenate([weights for _, weights in features]) if features else np.zeros(0, np.uint8),
            ),
            pay_floor=people.pay_floor[rows],
        )
        ones = np.ones(rows.size, np.int32)
        edges = Edges(np.arange(rows.size + 1), np.zeros(rows.size, np.int32), ones, ones.astype(np.uint8), 1)
        raw = fits(Market(self.market.vocabulary, chosen, opening), edges, threads=1)
        return self._p[raw.person].astype(np.float64), self._q[raw.opening].astype(np.float64)

    def _ranked(self, rows: Int32, p: Float64, q: Float64, price: Float64, most: int) -> Served:
        value = price * p * q + self.mu * p
        order = np.lexsort((rows, -value))
        order = order[value[order] > 0][:most]
        return Served(rows[order], p[order], q[order], value[order])


def _one_row(rows: int, what: str) -> None:
    if rows != 1:
        raise MarketError("bad_shape", f"one {what} at a time, not {rows} rows")
