"""What the engine answers: arrays for everybody (`Evaluation`), words for one (`Explanation`), comparisons, cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import Problem
from .tree import Policy

Array = npt.NDArray[Any]


class Status(IntEnum):
    """Where a person stands under a policy version."""

    NOT_APPLICABLE = 0  # another version of the policy is selected by its dates
    NO = 1
    UNKNOWN = 2  # a fact is missing that decides: to a person, never a refusal
    YES = 3
    NEEDS_DECISION = 4  # all conditions hold; the amount waits for a recorded decision (一事一议)


class Lost(IntEnum):
    """Why an entitlement is not payable; values >= 0 are the index of the policy that won."""

    NOTHING = -1
    HOUSEHOLD = -2  # another member of the household receives it
    CHOICE = -3  # several are open and the person has not chosen
    CAP = -4  # a ceiling shared with other policies is used up


def _bits(planes: npt.NDArray[np.uint8], index: int) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (planes[index // 8] & np.uint8(1 << index % 8)) != 0
    return found


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """One policy version for n people.

    Attributes
    ----------
    status : uint8 (n,)
        `Status`.
    holds, unknown : uint8 (planes, n)
        Bit ``i % 8`` of plane ``i // 8`` belongs to the clause with ``index == i``; neither bit set = false.
        `unknown` is None when nothing was unknown.
    rows : int32 (m,)
        People with status YES, ascending; the arrays below run along it.
    amount, payable : int64 (m,)
        Fen, before and after household rules, exclusion groups and shared caps.
    lost_to : int16 (m,)
        `Lost`, or the index of the winning policy in the set.
    ground : int16 (m,)
        For classifications the index of the clause that is the ground used; -1 otherwise.
    payers : mapping of payer to int64 (m,)
        Split of `payable`.
    due, parts : int32 (m, k), int64 (m, k)
        Instalments of `payable`: day number (0 = no such part) and fen.
    """

    policy: Policy
    status: npt.NDArray[np.uint8]
    holds: npt.NDArray[np.uint8]
    unknown: npt.NDArray[np.uint8] | None
    rows: Array
    amount: npt.NDArray[np.int64]
    payable: npt.NDArray[np.int64]
    lost_to: Array
    ground: Array
    payers: Mapping[str, npt.NDArray[np.int64]]
    due: Array
    parts: npt.NDArray[np.int64]

    def clause_holds(self, index: int) -> npt.NDArray[np.bool_]:
        """True where the clause with this index is true, bool (n,)."""
        return _bits(self.holds, index)

    def clause_unknown(self, index: int) -> npt.NDArray[np.bool_]:
        """True where a missing fact leaves the clause open, bool (n,)."""
        if self.unknown is None:
            return np.zeros(len(self.status), np.bool_)
        return _bits(self.unknown, index)

    def clause_fails(self, index: int) -> npt.NDArray[np.bool_]:
        """True where the clause is definitely false, bool (n,)."""
        return ~(self.clause_holds(index) | self.clause_unknown(index))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All policies of a set for all people of a table, in the order of the set."""

    at: int | Array
    results: tuple[PolicyResult, ...]

    def __getitem__(self, key: str) -> PolicyResult:
        """The result of a policy key (id@version) or of the id of a policy with one version."""
        found = [item for item in self.results if key in (item.policy.key, item.policy.id)]
        if len(found) != 1:
            known = ", ".join(item.policy.key for item in self.results)
            raise KeyError(f"{len(found)} policies match {key!r}; use one of: {known}")
        return found[0]

    @property
    def total(self) -> int:
        """Fen payable to everybody."""
        return sum(int(item.payable.sum()) for item in self.results)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that was read: of which fact, what it was, where it came from and how fresh it is."""

    fact: str
    label: str
    value: str
    is_known: bool
    source: str
    valid_from: str
    fetched_at: str


def outcome_of(state: str, *, is_unwanted: bool) -> str:
    """The state of a clause as it counts for the person; see `ClauseFinding`."""
    if not is_unwanted or state == "unknown":
        return state
    return "holds" if state == "fails" else "fails"


@dataclass(frozen=True, slots=True)
class ClauseFinding:
    """One clause for one person. `state`: holds, exempt, fails, unknown.

    `is_unwanted`: one of several of which none may hold, so that it is fulfilled where its state is "fails".
    `is_choice`: a group of which one is enough.
    `requires` says what is asked, `gap` what stands in the way, `missing_text` what is not known and `advice` what to do
    next: sentences, "" where there is nothing to say. `worked` is the formula with the values read.
    `becomes_true_on` is the first date (ISO) on which it would hold if facts continue as they are, "" if none is found.
    `before_payment`: not a condition of the entitlement, only asked again before an instalment.
    """

    id: str
    index: int
    depth: int
    is_leaf: bool
    state: str
    text: str
    article: str
    missing: tuple[str, ...]
    evidence: tuple[str, ...]
    worked: str = ""
    readings: tuple[Reading, ...] = ()
    becomes_true_on: str = ""
    before_payment: bool = False
    is_unwanted: bool = False
    is_choice: bool = False
    requires: str = ""
    gap: str = ""
    missing_text: str = ""
    advice: str = ""

    @property
    def outcome(self) -> str:
        """The state as it counts for the person: fulfilled or not."""
        return outcome_of(self.state, is_unwanted=self.is_unwanted)


@dataclass(frozen=True, slots=True)
class StepFinding:
    """One line of the calculation: what was done and the amount after it, in fen."""

    layer: str
    text: str
    article: str
    amount: int


@dataclass(frozen=True, slots=True)
class PartFinding:
    """One instalment in fen, its due date (ISO) and the clauses to be checked again."""

    due: str
    amount: int
    recheck: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A policy explained to one person. Amounts in fen, dates ISO, texts in the language asked for.

    counts : how many months and years of the benefit the payment uses up, where the policy defines it (`COUNTED`).
    """

    policy: str
    title: str
    document: str
    notice: str
    status: Status
    amount: int
    payable: int
    lost_to: str
    ground: str
    talent_class: str
    clauses: tuple[ClauseFinding, ...]
    steps: tuple[StepFinding, ...]
    payers: Mapping[str, int]
    instalments: tuple[PartFinding, ...]
    failing: tuple[str, ...]
    unknown: tuple[str, ...]
    missing_facts: tuple[str, ...]
    evidence_missing: tuple[str, ...]
    becomes_true_on: str
    next_question: str
    next_question_text: str
    sentences: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What changes for one policy between two sets.

    gained, lost : rows payable only in the new / only in the old.
    raised, lowered : rows paid in both, more / less.
    rows, before, after : all of these, ascending, with their fen in the old and in the new.
    cost : {(year, payer): (old fen, new fen)} by due year.
    """

    policy: str
    gained: Array
    lost: Array
    raised: Array
    lowered: Array
    rows: Array
    before: Array
    after: Array
    old_total: int
    new_total: int
    cost: Mapping[tuple[int, str], tuple[int, int]]
    now_unknown: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`what_if`: per policy id, and the total in fen."""

    changes: tuple[PolicyChange, ...]
    old_total: int
    new_total: int

    def cost_by_year(self) -> dict[tuple[int, str], tuple[int, int]]:
        """Old and new cost in fen over all policies, by (year, payer)."""
        total: dict[tuple[int, str], tuple[int, int]] = {}
        for change in self.changes:
            for key, (old, new) in change.cost.items():
                before = total.get(key, (0, 0))
                total[key] = (before[0] + old, before[1] + new)
        return dict(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A worked case of a policy file: `differences` is empty when it came out as written."""

    policy: str
    case: str
    place: str
    differences: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return not self.differences
