"""How a run treats groups, and how well it spreads: numbers only, made after the run and never read by one.

The tables follow New York City's rules for automated employment decisions (6 RCNY 5-300 ff.): rates by group and by
intersection, ratios to the highest rate, groups under two percent counted but without a ratio, unknowns counted.
What could tell of single people is left out before anything is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines import matching
from taihu.engines.matching import audit

#: A group of fewer people is shown as "fewer than": no count, no rate.
SMALLEST_GROUP = 10
#: An opening with this many suitable people per place is crowded, one with less than half a person starved.
CROWDED_TIMES = 5.0
STARVED_SHARE = 0.5
ENVY_PAIRS = 10_000
UNKNOWN = -1


@dataclass(frozen=True)
class RunArrays:
    """What a finished run left: candidates, chances and slates, with the ids of their rows."""

    people: npt.NDArray[np.int64]
    opening_ids: npt.NDArray[np.int64]
    edges: matching.Edges
    chances: matching.Probabilities
    slate_edges: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    vacancies: npt.NDArray[np.int64]
    loads: npt.NDArray[np.float64]

    @property
    def slate_openings(self) -> npt.NDArray[np.int64]:
        shown = self.slate_edges >= 0
        return (
            np.where(shown, self.edges.opening[np.maximum(self.slate_edges, 0)], -1)
            if len(self.edges)
            else (np.full(self.slate_edges.shape, -1, np.int64))
        )


def fairness_report(
    run: RunArrays,
    *,
    recommended: Mapping[int, float],
    may_be_recommended: frozenset[int],
    labels: Mapping[str, Sequence[str]],
    seed: int,
) -> dict[str, Any]:
    """Everything that the page shows.

    `recommended` is the exposure of each person in the lists of employers, by person id; `labels` gives for each kind of
    group the label of every row of `run.people`, "" for unknown.
    """
    received = np.array([recommended.get(int(number), 0.0) for number in run.people])
    agreed = np.array([int(number) in may_be_recommended for number in run.people], bool)
    everybody = np.ones(len(run.people), bool)
    has_any = ((run.slate_edges >= 0).sum(axis=1) > 0).astype(np.float64)
    measures: dict[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]] = {
        "selection": ((received > 0).astype(np.float64), agreed),
        "exposure": (received, agreed),
        "shown": (has_any, everybody),
        "score": (audit.above_median(_best_chance(run)), everybody),
    }
    return {
        "people": len(run.people),
        "declared": int(sum(any(labels[kind][row] for kind in labels) for row in range(len(run.people)))),
        "tables": [
            _table(kind, name, labels[kind], values, sample, seed=seed)
            for kind in labels
            for name, (values, sample) in measures.items()
        ],
        "market": _market(run, received[agreed], seed=seed),
    }


def _best_chance(run: RunArrays) -> npt.NDArray[np.float64]:
    """How likely an employer says yes at the best place of each person's slate: the score that decides about people."""
    if not len(run.edges):
        return np.zeros(len(run.people))
    chance = run.chances.q[np.maximum(run.slate_edges, 0)].astype(np.float64)
    best: npt.NDArray[np.float64] = np.where(run.slate_edges >= 0, chance, 0.0).max(axis=1, initial=0.0)
    return best


def _table(
    kind: str,
    measure: str,
    labels: Sequence[str],
    values: npt.NDArray[np.float64],
    sample: npt.NDArray[np.bool_],
    *,
    seed: int,
) -> dict[str, Any]:
    names = sorted({label for label in labels if label})
    number_of = {name: number for number, name in enumerate(names)}
    numbers = np.array([number_of.get(label, UNKNOWN) for label in labels], np.int64)
    found = audit.impact_ratios(numbers[sample], values[sample], seed=seed)
    rows = [
        {
            "group": names[row.group],
            "people": row.people,
            "rate": row.rate,
            "ratio": row.ratio,
            "low": row.low,
            "high": row.high,
        }
        for row in found.groups
    ]
    return {"by": kind, "measure": measure, "unknown": found.unknown, "groups": suppressed(rows)}


def suppressed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Small groups lose count and rates; when that hides a single one, the next smallest loses its count as well.

    >>> [row["people"] for row in suppressed([{"group": "a", "people": 4}, {"group": "b", "people": 90}])]
    [None, None]
    """
    small = [row for row in rows if row["people"] < SMALLEST_GROUP]
    hidden = {row["group"] for row in small}
    if len(small) == 1 and len(rows) > 1:
        rest = [row for row in rows if row["group"] not in hidden]
        hidden.add(min(rest, key=lambda row: (row["people"], row["group"]))["group"])
    silent = {row["group"] for row in small}
    return [
        row
        | ({"people": None} if row["group"] in hidden else {})
        | (dict.fromkeys(("rate", "ratio", "low", "high")) if row["group"] in silent else {})
        for row in rows
    ]


def _market(run: RunArrays, received: npt.NDArray[np.float64], *, seed: int) -> dict[str, Any]:
    """How evenly attention is spread, who is crowded or starved, who envies, and who would rather have each other."""
    openings = len(run.opening_ids)
    given = audit.exposure(run.slate_openings, run.weights, openings)
    wanted = run.vacancies > 0
    outcome = matching.simulate(run.edges, run.chances, run.vacancies, run.slate_edges, run.weights, seed=seed)
    blocking = audit.blocking_pairs(run.edges, run.chances, run.vacancies, outcome.hired_edge)
    crowded = audit.crowded(run.loads, run.vacancies, times=CROWDED_TIMES)
    starved = audit.starved(run.loads, run.vacancies, share=STARVED_SHARE)
    return {
        "openings": int(wanted.sum()),
        "gini_openings": audit.gini(given[wanted] / run.vacancies[wanted]),
        "gini_people": audit.gini(received),
        "crowded": int(crowded.size),
        "starved": int(starved.size),
        "most_crowded": _extremes(run, crowded, largest=True),
        "most_starved": _extremes(run, starved, largest=False),
        "envy": audit.envy_share(run.edges, run.chances, run.slate_openings, run.weights, seed=seed, pairs=ENVY_PAIRS),
        "pairs": len(run.edges),
        "blocking": int(blocking.sum()),
        "simulated_hires": outcome.hires,
        "well_served": outcome.well_served,
    }


def _extremes(run: RunArrays, rows: npt.NDArray[np.int64], *, largest: bool) -> list[dict[str, Any]]:
    share = run.loads[rows] / np.maximum(run.vacancies[rows], 1)
    order = np.argsort(-share if largest else share, kind="stable")[:10]
    return [
        {
            "opening": int(run.opening_ids[row]),
            "vacancies": int(run.vacancies[row]),
            "expected": round(float(run.loads[row]), 2),
        }
        for row in rows[order].tolist()
    ]
