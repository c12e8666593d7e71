"""What employers really answered, to make the engine's q come true."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from taihu.engines import matching
from taihu.engines.matching.calibration import FEWEST_OUTCOMES
from taihu.systems.jobs.enums import ApplicationState
from taihu.systems.jobs.matching.load import Snapshot
from taihu.systems.jobs.models import Application

GOOD = (ApplicationState.SHORTLISTED, ApplicationState.INTERVIEW, ApplicationState.OFFERED, ApplicationState.ACCEPTED)
BAD = (ApplicationState.REFUSED, ApplicationState.UNANSWERED)


@dataclass(frozen=True)
class Acceptance:
    """The calibration of q in use and how well it fits; None stands for the documented cold start."""

    calibration: matching.Calibration | None
    outcomes: int
    reliability: dict[str, Any] | None


def fit_acceptance(snapshot: Snapshot) -> Acceptance:
    """Fit on answered applications between people and openings that are still in the market."""
    market = snapshot.market
    answered = Application.objects.filter(state__in=(*GOOD, *BAD)).values_list("person_id", "opening_id", "state")
    found = [(person, opening, state in GOOD) for person, opening, state in answered.iterator()]
    people, openings = market.people.ids, market.openings.ids
    pairs = np.array(found, np.int64).reshape(-1, 3)
    known = np.isin(pairs[:, 0], people) & np.isin(pairs[:, 1], openings)
    pairs = pairs[known]
    if len(pairs) < FEWEST_OUTCOMES:
        return Acceptance(None, len(pairs), None)
    rows, columns = np.searchsorted(people, pairs[:, 0]), np.searchsorted(openings, pairs[:, 1])
    order = np.lexsort((columns, rows))
    rows, columns, happened = rows[order], columns[order], pairs[order, 2]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    rows, columns, happened = rows[first], columns[first], happened[first]
    if len(rows) < FEWEST_OUTCOMES:
        return Acceptance(None, len(rows), None)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(people)))])
    blank = np.zeros(len(rows), np.int32)
    edges = matching.Edges(indptr, columns.astype(np.int32), blank, blank.astype(np.uint8), openings=len(openings))
    fit = matching.fits(market, edges).opening
    calibration = matching.Calibration.fitted(fit, happened)
    table = matching.reliability(calibration.apply_fit(fit), happened)
    return Acceptance(calibration, len(rows), {"ece": table.ece})
