"""What a draft would do to the city: who gains, who loses, what it costs, and which clause stops how many."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.compare import what_if
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.results import Comparison, Lost, PolicyChange, PolicyResult, Status
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.table import FactsTable
from taihu.engines.rules.tree import Clause
from taihu.records.base.clock import city_date
from taihu.records.facts.reading import Belief, Scope
from taihu.records.facts.tables import load_facts_of
from taihu.records.identity.models import Person as Citizen

#: People read straight from the database while an officer waits; more come from the files of the last evaluation.
AT_ONCE = 60_000
#: People on whom a text is tried while it is being typed.
SAMPLE = 2_000


@dataclass(frozen=True)
class CityFacts:
    """The facts a forecast is made on. `known_at`: the moment whose knowledge they are."""

    table: FactsTable
    digest: str
    known_at: datetime
    is_whole_city: bool


def city_facts(catalogue: Catalogue, *, at: datetime, at_most: int = AT_ONCE) -> CityFacts:
    """Facts as known now, of everybody or of at most so many people evenly spread over the register."""
    ids = list(
        Citizen.objects.filter(merged_into__isnull=True, erased_at__isnull=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    scope, is_whole = Scope(), len(ids) <= at_most
    if not is_whole:
        scope = Scope(people=tuple(ids[:: -(-len(ids) // at_most)]))
    loaded = load_facts_of(catalogue, scope, Belief(city_date(at), at))
    return CityFacts(loaded.table, loaded.digest, at, is_whole)


def forecast_report(old: PolicySet, new: PolicySet, key: str, table: FactsTable, day: date) -> dict[str, Any]:
    """The figures of a forecast, ready to be stored. Money in fen, years 0 = no date."""
    comparison = what_if(old, new, table, day)
    result = evaluate(new.only([key]), table, day)[key]
    titles = {policy.id: [policy.title.zh, policy.title.en] for policy in (*old.policies, *new.policies)}
    return {
        "standing": _standing(result),
        "clauses": clause_counts(result),
        "changes": [_change(item, titles[item.policy]) for item in comparison.changes if _is_changed(item)],
        "costs": _costs(comparison, result.policy.id),
        "all_costs": _costs(comparison, None),
        "old_total": comparison.old_total,
        "new_total": comparison.new_total,
    }


def _standing(result: PolicyResult) -> dict[str, int]:
    counts = np.bincount(result.status, minlength=len(Status))
    found = {status.name.lower(): int(counts[status]) for status in Status}
    found["paid"] = int((result.payable > 0).sum())
    found["payable"] = int(result.payable.sum())
    found["household"] = int((result.lost_to == Lost.HOUSEHOLD).sum())
    found["excluded"] = int((result.lost_to >= 0).sum())
    found["choice"] = int((result.lost_to == Lost.CHOICE).sum())
    found["capped"] = (
        int((result.payable < result.amount).sum()) - found["household"] - found["excluded"] - found["choice"]
    )
    return found


def clause_counts(result: PolicyResult) -> dict[str, list[int]]:
    """Clause id → people for whom it fails, is unknown, is the only thing in the way. Only people to whom the version applies."""
    applies = result.status != Status.NOT_APPLICABLE
    only = _only_obstacle(result)
    return {
        clause.id: [
            int((result.clause_fails(clause.index) & applies).sum()),
            int((result.clause_unknown(clause.index) & applies).sum()),
            int((only[clause.index] & applies).sum()) if clause.index in only else 0,
        ]
        for clause in result.policy.clauses
    }


def _only_obstacle(result: PolicyResult) -> dict[int, Any]:
    """For the conditions that must all hold: where everything but this one does."""
    leaves = _required(result.policy.root)
    missing = {clause.index: ~result.clause_holds(clause.index) for clause in leaves}
    total = sum((item.astype(np.int16) for item in missing.values()), np.zeros(len(result.status), np.int16))
    return {index: item & (total == 1) for index, item in missing.items()}


def _required(clause: Clause) -> list[Clause]:
    """Clauses each of which is needed: the members of nested "all" groups without exemption."""
    if clause.op != "all" or clause.exemptions:
        return [clause]
    return [found for item in clause.items for found in _required(item)]


def _is_changed(item: PolicyChange) -> bool:
    sizes = (len(item.gained), len(item.lost), len(item.raised), len(item.lowered))
    return any(sizes) or item.old_total != item.new_total or item.now_unknown > 0


def _change(item: PolicyChange, title: list[str]) -> dict[str, Any]:
    return {
        "policy": item.policy,
        "title": title,
        "gained": len(item.gained),
        "lost": len(item.lost),
        "raised": len(item.raised),
        "lowered": len(item.lowered),
        "now_unknown": item.now_unknown,
        "old_total": item.old_total,
        "new_total": item.new_total,
    }


def _costs(comparison: Comparison, policy: str | None) -> list[list[Any]]:
    """[year, payer, old fen, new fen], of one policy or of all."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for change in comparison.changes:
        if policy is None or change.policy == policy:
            for key, (old, new) in change.cost.items():
                before = found.get(key, (0, 0))
                found[key] = (before[0] + old, before[1] + new)
    return [[year, payer, old, new] for (year, payer), (old, new) in sorted(found.items())]
