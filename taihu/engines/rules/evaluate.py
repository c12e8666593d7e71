"""All people by all policies: chunks of rows through every clause, three-valued, then amounts for those who qualify."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .caps import apply_shared_caps
from .civil import to_days
from .drafts import chunks_of, collect, draft_of, evaluate_chunk, rooms_drawn, with_payments
from .frames import Frame
from .groups import apply_exclusions, apply_households
from .program import Program, compile_policies
from .results import Evaluation
from .sets import PolicySet
from .table import FactsTable

__all__ = ["Program", "compile_policies", "evaluate", "update"]

Array = npt.NDArray[Any]


def evaluate(
    policies: PolicySet | Program, table: FactsTable, at: dt.date | Array, *, rows: Array | None = None
) -> Evaluation:
    """Evaluate every policy for every person (or only for `rows`, an ascending index array).

    Parameters
    ----------
    at
        The application date, or day numbers int64 (n,), one per person.

    Returns
    -------
    Evaluation
        Results for all rows of the table; people outside `rows` have status NOT_APPLICABLE and no entitlement.
        Household rules and exclusion groups look at the evaluated rows.

    Notes
    -----
    O(people x clauses) time; two bits per person and clause, and amounts only for people who qualify.

    Examples
    --------
    >>> import datetime as dt
    >>> from taihu.engines.rules.people import Person
    >>> from taihu.engines.rules.sets import load_policies
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: {zh: 小例, en: Tiny}
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}
    ... amount: 100元
    ... '''
    >>> policies = load_policies({"tiny.yaml": text})
    >>> people = [Person.of(policies.catalogue, "1", {"birth_date": "2000-01-01"}), Person("2")]
    >>> table = FactsTable.from_people(policies.catalogue, people)
    >>> evaluate(policies, table, dt.date(2024, 6, 1))["tiny"].status.tolist()
    [3, 2]
    """
    program = policies if isinstance(policies, Program) else compile_policies(policies)
    day: Any = to_days(at) if isinstance(at, dt.date) else np.asarray(at, np.int64)
    members = program.policies.policies
    drafts = [draft_of(policy, table.n) for policy in members]
    for chunk, n in chunks_of(table.n, rows):
        frame = Frame(program.plan, table, chunk, day, program.policies.catalogue.lists, n)
        for draft in drafts:
            evaluate_chunk(draft, frame, program)
    results = [collect(draft) for draft in drafts]
    results = apply_households(results, table)
    results = apply_exclusions(results, table)
    results = apply_shared_caps(results, [rooms_drawn(draft) for draft in drafts], table)
    paid = [with_payments(result, draft, program, table, day) for result, draft in zip(results, drafts, strict=True)]
    return Evaluation(day, tuple(paid))


def update(
    evaluation: Evaluation, policies: PolicySet | Program, table: FactsTable, rows: Sequence[int] | Array
) -> tuple[Array, Evaluation]:
    """Evaluate changed people only.

    Returns
    -------
    rows, evaluation
        The rows evaluated (those given and the other members of their households) and an evaluation of a table of just
        these rows, in that order. Storing them over the old results gives what a full evaluation would give.
    """
    wanted = np.unique(np.asarray(rows, np.int64))
    if table.household is not None:
        homes = np.unique(table.household[wanted])
        wanted = np.union1d(wanted, np.flatnonzero(np.isin(table.household, homes[homes >= 0])))
    at = evaluation.at
    small = table.take(wanted)
    day: Any = at[wanted] if isinstance(at, np.ndarray) else np.full(len(wanted), at)
    if not isinstance(at, np.ndarray):
        program = policies if isinstance(policies, Program) else compile_policies(policies)
        return wanted, evaluate(program, small, dt.date.fromordinal(int(at) + 719_163))
    return wanted, evaluate(policies, small, day)
