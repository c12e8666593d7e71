"""Look into a stored run: totals, who stands where, one person's bits. Two or three statements whatever the city's size."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.rules.results import Lost, Status
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.tree import Policy
from taihu.records.facts.parts import BLOCK, unpack
from taihu.systems.policies.enums import Group, RunState
from taihu.systems.policies.models import PolicyRun, PolicyVersion, RunBlock, RunResult
from taihu.systems.policies.rulebook import rules_of
from taihu.systems.policies.standing import CODES, NUMBER

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Found:
    """One person under one policy in a run; `states` by clause index: holds, fails, unknown. Amounts in fen."""

    person_id: int
    status: Status
    group: Group
    amount: int = 0
    payable: int = 0
    lost_to: int = Lost.NOTHING
    states: Mapping[int, str] = field(default_factory=dict)

    def failing(self, policy: Policy) -> list[str]:
        """Ids of the leaves that fail."""
        return [item.id for item in policy.clauses if item.op == "test" and self.states[item.index] == "fails"]

    def open(self, policy: Policy) -> list[str]:
        """Ids of the leaves that a missing fact leaves open."""
        return [item.id for item in policy.clauses if item.op == "test" and self.states[item.index] == "unknown"]


def finished_runs() -> Any:
    return PolicyRun.objects.filter(state=RunState.DONE).order_by("-pk")


def latest_run() -> PolicyRun | None:
    found: PolicyRun | None = finished_runs().first()
    return found


def totals(run: PolicyRun, version: PolicyVersion) -> dict[Group, int]:
    """People per group, out of the report: no statement."""
    counts = run.report["policies"].get(version.key, {"groups": {}})["groups"]
    return {Group(name): count for name, count in counts.items()}


def policy_in(run: PolicyRun, version: PolicyVersion) -> Policy:
    """The tree that a version was evaluated with: published texts never change."""
    return next(item for item in _rules(run).policies if item.key == version.key)


def _rules(run: PolicyRun) -> PolicySet:
    return rules_of(sorted(run.versions.all(), key=lambda item: item.key))


def people_of(
    run: PolicyRun, version: PolicyVersion, group: Group, start: int, count: int, *, failing: int | None = None
) -> list[Found]:
    """People of a group in the order of their record numbers, `count` of them from place `start` on.

    With `failing` only those for whom the clause of that index fails. Two statements: the counts, then the blocks that the
    page touches (with `failing` all blocks that hold the group).
    """
    rows = RunResult.objects.filter(run=run, version=version).order_by("number")
    counts = [(number, found.get(group.value, 0)) for number, found in rows.values_list("number", "counts")]
    wanted, before = [], 0
    for number, here in counts:
        if here and (failing is not None or (before < start + count and start < before + here)):
            wanted.append((number, before))
        before += here
    if not wanted:
        return []
    return _page(run, version, group, start, count, dict(wanted), failing)


def _page(
    run: PolicyRun,
    version: PolicyVersion,
    group: Group,
    start: int,
    count: int,
    before: dict[int, int],
    failing: int | None,
) -> list[Found]:
    blocks = _blocks(run, version, list(before))
    found: list[Found] = []
    place = 0
    for number, ids, arrays in blocks:
        rows = np.flatnonzero(arrays["group"] == NUMBER[group])
        if failing is not None:
            rows = rows[_fails(arrays, failing)[rows]]
            first = max(0, start - place)
            place += len(rows)
        else:
            first = max(0, start - before[number])
        chosen = rows[first : first + count - len(found)].tolist()
        found += [_found(int(ids[row]), arrays, row) for row in chosen]
        if len(found) >= count:
            break
    return found


def _blocks(run: PolicyRun, version: PolicyVersion, numbers: list[int]) -> list[tuple[int, Array, dict[str, Array]]]:
    """One statement: results joined with the people of their block."""
    rows = RunResult.objects.filter(run=run, version=version, number__in=numbers).order_by("number")
    joined = rows.extra(
        select={"people": "policies_runblock.people"},
        tables=["policies_runblock"],
        where=[
            "policies_runblock.run_id = policies_runresult.run_id",
            "policies_runblock.number = policies_runresult.number",
        ],
    )
    return [
        (number, unpack(people)["ids"], unpack(data))
        for number, people, data in joined.values_list("number", "people", "data")
    ]


def _fails(arrays: Mapping[str, Array], index: int) -> Array:
    bit = np.uint8(1 << index % 8)
    said = arrays["holds"][index // 8] & bit
    if "unknown" in arrays:
        said = said | (arrays["unknown"][index // 8] & bit)
    fails: Array = said == 0
    return fails


def _found(person: int, arrays: Mapping[str, Array], row: int, policy: Policy | None = None) -> Found:
    paid = int(np.searchsorted(arrays["rows"], row))
    is_paid = paid < len(arrays["rows"]) and arrays["rows"][paid] == row
    return Found(
        person,
        Status(int(arrays["status"][row])),
        CODES[int(arrays["group"][row])],
        int(arrays["amount"][paid]) if is_paid else 0,
        int(arrays["payable"][paid]) if is_paid else 0,
        int(arrays["lost_to"][paid]) if is_paid else Lost.NOTHING,
        _states(arrays, row),
    )


def _states(arrays: Mapping[str, Array], row: int) -> dict[int, str]:
    """State by clause index, for as many clauses as there are bits."""
    holds = arrays["holds"][:, row]
    open_ = arrays["unknown"][:, row] if "unknown" in arrays else np.zeros_like(holds)
    states = {}
    for index in range(8 * len(holds)):
        bit = 1 << index % 8
        known = "fails" if not int(open_[index // 8]) & bit else "unknown"
        states[index] = "holds" if int(holds[index // 8]) & bit else known
    return states


def clause_states(policy: Policy, arrays: Mapping[str, Array], row: int) -> dict[int, str]:
    states = _states(arrays, row)
    return {clause.index: states[clause.index] for clause in policy.clauses}


def result_of(run: PolicyRun, version: PolicyVersion, person_id: int) -> Found | None:
    """One person's stored result; None for somebody who was not there yet. One statement beside the rules."""
    blocks = _blocks(run, version, [person_id // BLOCK])
    for _, ids, arrays in blocks:
        row = int(np.searchsorted(ids, person_id))
        if row < len(ids) and ids[row] == person_id:
            found = _found(person_id, arrays, row)
            policy = policy_in(run, version)
            return Found(**{**found.__dict__, "states": clause_states(policy, arrays, row)})
    return None


def contradictory_people(run: PolicyRun, start: int, count: int) -> tuple[int, list[tuple[int, list[tuple[str, str]]]]]:
    """How many people's facts contradict themselves, and some of them with (code, name) of each finding. One statement."""
    total: Counter[int] = Counter()
    found: dict[int, list[tuple[str, str]]] = {}
    for block in RunBlock.objects.filter(run=run).order_by("number").iterator(chunk_size=20):
        if not block.contradictions:
            continue
        arrays = unpack(bytes(block.people))
        for place, (code, name) in enumerate(block.contradictions):
            for person in arrays["ids"][arrays[f"rows{place}"]].tolist():
                total[person] += 1
                found.setdefault(person, []).append((code, name))
    people = sorted(total)
    return len(people), [(person, found[person]) for person in people[start : start + count]]
