"""From shared features to p (person applies when shown) and q (employer accepts when applied)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from taihu.engines.matching.arrays import Float32, UInt16
from taihu.engines.matching.calibration import Calibration
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.market import GROUPS, Market
from taihu.engines.matching.runtime import cut, run_tasks, thread_count

#: How much each group matters to a person's interest and to an employer's acceptance (whole numbers keep sums exact).
PERSON_IMPORTANCE = {"skills": 2, "occupations": 3, "majors": 1, "industries": 1, "terms": 1}
OPENING_IMPORTANCE = {"skills": 3, "occupations": 2, "majors": 1, "industries": 1, "terms": 1}
#: A fifth of a person's fit is pay: how far the offer exceeds her floor, full at twice the floor.
PAY_SHARE = 0.2
FULL_FIT = 65535


@dataclass(frozen=True)
class Fits:
    """How well each edge fits either side, before calibration.

    Attributes
    ----------
    person : uint16 array of shape (edges,)
        Share of what the person brings and wants that the opening meets, 0..65535.
    opening : uint16 array of shape (edges,)
        Share of what the opening asks for that the person has, 0..65535.
    """

    person: UInt16
    opening: UInt16


@dataclass(frozen=True)
class Probabilities:
    """Calibrated probabilities of every edge.

    Attributes
    ----------
    p : float32 array of shape (edges,)
        Probability that the person applies when the opening is shown to her in first place.
    q : float32 array of shape (edges,)
        Probability that the employer accepts when she applies.
    """

    p: Float32
    q: Float32


def fits(market: Market, edges: Edges, *, threads: int | None = None) -> Fits:
    """Compute the uncalibrated fit of every edge for either side.

    The fit for the person is ``0.8 x shared / own + 0.2 x pay``, where ``shared`` and ``own`` add up her feature
    weights times `PERSON_IMPORTANCE` over the shared and over all her features, and ``pay`` is ``offer / floor - 1``
    limited to 0..1 (0 when either is not stated). The fit for the opening is ``shared / own`` with
    `OPENING_IMPORTANCE`. All in whole numbers, so equal on every machine.
    """
    from taihu.engines.matching.probabilities_kernels import fill_fits

    if edges.people != len(market.people) or edges.openings != len(market.openings):
        raise MarketError("bad_shape", "the edges are of another market: they must have its people and openings")
    group = np.repeat(np.arange(len(GROUPS)), market.vocabulary.sizes)
    person_importance = np.array([PERSON_IMPORTANCE[name] for name in GROUPS], np.int64)[group]
    opening_importance = np.array([OPENING_IMPORTANCE[name] for name in GROUPS], np.int64)[group]
    for_person, for_opening = np.empty(len(edges), np.uint16), np.empty(len(edges), np.uint16)
    people, openings = market.people, market.openings
    workers = thread_count(threads)
    bounds = cut(edges.people, 8 * workers)
    run_tasks(
        [
            partial(
                fill_fits, start, stop, edges.indptr, edges.opening,
                people.features.indptr, people.features.ids, people.features.weights,
                openings.features.indptr, openings.features.ids, openings.features.weights,
                person_importance, opening_importance, people.pay_floor, openings.pay_max, for_person, for_opening,
            )
            for start, stop in pairwise(bounds.tolist())
        ],
        workers,
    )  # fmt: skip
    return Fits(for_person, for_opening)


def probabilities(
    market: Market,
    edges: Edges,
    *,
    p_calibration: Calibration | None = None,
    q_calibration: Calibration | None = None,
    threads: int | None = None,
) -> Probabilities:
    """Probabilities of every edge; without outcomes yet, by the documented cold start.

    Parameters
    ----------
    p_calibration, q_calibration : Calibration or None
        Fitted on logged outcomes; None takes `Calibration.cold_start_p` and `Calibration.cold_start_q`.

    Examples
    --------
    >>> import numpy as np
    >>> from taihu.engines.matching import Market, candidates, probabilities
    >>> market = Market.from_records(people=[{"id": 1, "skills": "welding"}], openings=[{"id": 2, "skills": "welding"}])
    >>> chances = probabilities(market, candidates(market, k=1))
    >>> round(float(chances.p[0]), 3), round(float(chances.q[0]), 3)
    (0.244, 0.4)
    """
    raw = fits(market, edges, threads=threads)
    p = p_calibration or Calibration.cold_start_p()
    q = q_calibration or Calibration.cold_start_q()
    return Probabilities(p.apply_fit(raw.person), q.apply_fit(raw.opening))
