"""What an officer reads after a run: how full, how fair, who is crowded and who is starved."""

from typing import Any

import numpy as np

from taihu.engines import matching
from taihu.systems.jobs.matching.load import Snapshot
from taihu.systems.jobs.matching.outcomes import Acceptance

LISTED = 20


def market_report(snapshot: Snapshot, slates: matching.Slates, acceptance: Acceptance) -> dict[str, Any]:
    """Plain numbers for storage; ids where a page wants to link."""
    openings = snapshot.market.openings
    places = np.maximum(openings.vacancies, 1)
    crowd = slates.loads / places
    open_rows = np.flatnonzero(openings.vacancies > 0)
    by_crowd = open_rows[np.argsort(-crowd[open_rows], kind="stable")]
    last = slates.sweeps[-1]
    return {
        "expected_fills": last.expected_fills,
        "interest": last.interest,
        "gap": last.gap,
        "sweeps": [{"objective": s.objective, "upper_bound": s.upper_bound, "gap": s.gap} for s in slates.sweeps],
        "people_without_any": int((slates.opening[:, 0] < 0).sum()) if slates.opening.size else 0,
        "crowded": _rows(openings, slates, by_crowd[:LISTED]),
        "starved": _rows(openings, slates, by_crowd[::-1][:LISTED]),
        "price_histogram": np.histogram(slates.prices[open_rows], bins=10, range=(0.0, 1.0))[0].tolist(),
        "acceptance_outcomes": acceptance.outcomes,
        "acceptance_reliability": acceptance.reliability,
    }


def _rows(openings: matching.Openings, slates: matching.Slates, rows: Any) -> list[dict[str, Any]]:
    return [
        {
            "opening": int(openings.ids[row]),
            "vacancies": int(openings.vacancies[row]),
            "expected": round(float(slates.loads[row]), 2),
            "price": round(float(slates.prices[row]), 4),
        }
        for row in np.asarray(rows).tolist()
    ]
