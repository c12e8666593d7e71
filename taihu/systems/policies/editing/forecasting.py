"""What a draft would do to the city: who gains, who loses, what it costs, and which clause stops how many."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max, Min

from taihu.engines.rules.both import touched
from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.compare import what_if
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.results import Comparison, Lost, PolicyChange, PolicyResult, Status
from taihu.engines.rules.sets import PolicySet, fact_names
from taihu.engines.rules.table import FactsTable
from taihu.engines.rules.tree import Clause
from taihu.records.base.clock import city_date
from taihu.records.facts.parts import join, read_employers, read_part
from taihu.records.facts.reading import Belief, Scope
from taihu.records.facts.tables import LoadedFacts, load_facts_of
from taihu.records.identity.models import Person as Citizen
from taihu.systems.policies.enums import RunState
from taihu.systems.policies.files import KEEP_RUNS, facts_folder
from taihu.systems.policies.models import PolicyRun

Array = npt.NDArray[Any]
Progress = Callable[[float], None]
#: People read straight from the database; more come from the files of the last evaluation.
AT_ONCE = 60_000
#: Record numbers that are read between two reports of progress.
STRIDE = 8_192
#: People on whom a text is tried while it is being typed.
SAMPLE = 2_000


def _quiet(share: float) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class CityFacts:
    """The facts a forecast is made on, the record number of each row. `known_at`: the moment whose knowledge they are."""

    ids: Array
    table: FactsTable
    digest: str
    known_at: datetime
    is_whole_city: bool


def city_facts(
    catalogue: Catalogue,
    *,
    at: datetime,
    at_most: int | None = None,
    only: frozenset[str] | None = None,
    progress: Progress = _quiet,
) -> CityFacts:
    """Facts of everybody, or of at most so many people spread evenly over the register.

    `only` names the facts that are needed: reading files, nothing else is read.

    A city of moderate size is read as it is known now. Of a larger one the files of its last evaluation are read, which
    takes seconds; before its first evaluation there is only a sample.
    """
    people = Citizen.objects.filter(merged_into__isnull=True, erased_at__isnull=True).order_by("pk")
    total = people.count()
    wanted = total if at_most is None else at_most
    if min(total, wanted) > AT_ONCE and (found := _of_last_run(catalogue, wanted, only, progress)) is not None:
        return found
    size, belief = min(wanted, AT_ONCE), Belief(city_date(at), at)
    if total > size:
        chosen = tuple(people.values_list("pk", flat=True)[:: -(-total // size)])
        loaded = load_facts_of(catalogue, Scope(people=chosen), belief)
    else:
        loaded = _read_everybody(catalogue, belief, progress)
    return CityFacts(loaded.ids, loaded.table, loaded.digest, at, total <= size)


def _read_everybody(catalogue: Catalogue, belief: Belief, progress: Progress) -> LoadedFacts:
    """The register from end to end in strides, so that whoever waits sees it move."""
    ends = Citizen.objects.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 0, ends["high"] or 0
    employers = read_employers(catalogue, belief)
    parts = []
    for start in range(low, high + 1, STRIDE):
        parts.append(load_facts_of(catalogue, Scope(start, start + STRIDE), belief, employers=employers))
        progress(min(1.0, (start + STRIDE - low) / (high + 1 - low)))
    return parts[0] if len(parts) == 1 else join(catalogue, parts)


def _of_last_run(
    catalogue: Catalogue, wanted: int, only: frozenset[str] | None, progress: Progress
) -> CityFacts | None:
    """What the newest evaluation that is still on this node was made on."""
    for run in PolicyRun.objects.filter(state=RunState.DONE).order_by("-pk")[:KEEP_RUNS]:
        files = sorted(facts_folder(run).glob("*.npz"))
        if files:
            kept = files[:: max(1, -(-run.people // max(wanted, 1)))]
            parts = []
            for number, path in enumerate(kept, 1):
                parts.append(read_part(path, only))
                progress(number / len(kept))
            loaded = join(catalogue, parts)
            return CityFacts(loaded.ids, loaded.table, loaded.digest, run.known_at, len(kept) == len(files))
    return None


def facts_needed(old: PolicySet, new: PolicySet, key: str) -> frozenset[str]:
    """Names of the facts that a forecast of a draft reads."""
    before, after, _ids = touched(old, new)
    return fact_names([*before.policies, *after.policies, *new.only([key]).policies])


@dataclass(frozen=True)
class Effect:
    """What a draft does: the figures, ready to be stored, and policy → rows whose amount changes, fen before and after."""

    report: dict[str, Any]
    changed: dict[str, tuple[Array, Array, Array]]


def effect_of(old: PolicySet, new: PolicySet, key: str, table: FactsTable, day: date) -> Effect:
    """Published rules against published rules plus the draft. Money in fen, years 0 = no date."""
    comparison = what_if(old, new, table, day, only_touched=True)
    result = evaluate(new.only([key]), table, day)[key]
    changed = {item.policy: (item.rows, item.before, item.after) for item in comparison.changes}
    return Effect(_report(comparison, result, old, new), changed)


def _report(comparison: Comparison, result: PolicyResult, old: PolicySet, new: PolicySet) -> dict[str, Any]:
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
