"""Where people stand under a policy, as they ask about it: from the engine's clause bits, for everybody and for one.

Near: a single condition fails and all others hold. To check: nothing fails, something holds, and at most two conditions
(or only the amount) are open, so that a human can settle it. Scarce: nothing fails, but too little is known to bother anybody.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.rules.results import Explanation, PolicyResult, Status
from taihu.engines.rules.tree import Clause, Policy
from taihu.systems.policies.enums import Group

Array = npt.NDArray[Any]
# The numbers in stored results: only ever add at the end.
CODES = (Group.ELSEWHERE, Group.NO, Group.NEAR, Group.SCARCE, Group.CHECK, Group.DECISION, Group.ENTITLED)
NUMBER: Mapping[Group, int] = {group: number for number, group in enumerate(CODES)}
MOST_OPEN = 2
_PLAIN = {
    Status.NOT_APPLICABLE: Group.ELSEWHERE,
    Status.NO: Group.NO,
    Status.UNKNOWN: Group.SCARCE,
    Status.YES: Group.ENTITLED,
    Status.NEEDS_DECISION: Group.DECISION,
}


def conditions_of(policy: Policy) -> tuple[Clause, ...]:
    """What a person would call the conditions: the parts of the topmost "all", or the one test there is."""
    root = policy.root
    return root.items if root.op == "all" and root.items and not root.exemptions else (root,)


def groups(result: PolicyResult) -> Array:
    """Number of the group of each person, uint8 (n,); see `CODES`."""
    table = np.array([NUMBER[_PLAIN[status]] for status in Status], np.uint8)
    found: Array = table[result.status]
    parts = conditions_of(result.policy)
    unsure = np.flatnonzero((result.status == Status.NO) | (result.status == Status.UNKNOWN))
    holds = _count(result.holds, parts, unsure)
    open_ = _count(result.unknown, parts, unsure) if result.unknown is not None else np.zeros(len(unsure), np.int16)
    fails = len(parts) - holds - open_
    said_no = result.status[unsure] == Status.NO
    near = said_no & (fails == 1) & (open_ == 0) & (holds > 0)
    check = ~said_no & (fails == 0) & (holds > 0) & (open_ <= MOST_OPEN)
    found[unsure[near]] = NUMBER[Group.NEAR]
    found[unsure[check]] = NUMBER[Group.CHECK]
    return found


def _count(planes: Array, parts: tuple[Clause, ...], rows: Array) -> Array:
    total = np.zeros(len(rows), np.int16)
    for clause in parts:
        total += (planes[clause.index // 8][rows] >> (clause.index % 8)) & 1
    return total


def group_of(policy: Policy, explanation: Explanation) -> Group:
    """The group of one person by the explanation of this policy."""
    plain = _PLAIN[explanation.status]
    if explanation.status not in (Status.NO, Status.UNKNOWN):
        return plain
    states = {finding.index: finding.state for finding in explanation.clauses}
    parts = [states[clause.index] for clause in conditions_of(policy)]
    fails, open_ = parts.count("fails"), parts.count("unknown")
    holds = len(parts) - fails - open_
    if explanation.status is Status.NO:
        return Group.NEAR if fails == 1 and not open_ and holds else plain
    return Group.CHECK if not fails and holds and open_ <= MOST_OPEN else plain
