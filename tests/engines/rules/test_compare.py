"""Two versions side by side, and only the changed people again."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np

from taihu.engines.rules.compare import what_if
from taihu.engines.rules.evaluate import evaluate, update
from taihu.engines.rules.sets import load_policies
from taihu.engines.rules.table import FactsTable

from .people_strategy import random_person
from .test_examples import examples

AT = dt.date(2024, 9, 1)


def test_raising_a_standard_moves_money_only_where_it_was_raised() -> None:
    old = examples()
    new = load_policies({p.file: p.source.replace("project_grant\n", "project_grant + 1万\n") for p in old.policies})
    rng = random.Random(5)
    people = [random_person(rng, old.catalogue, str(number)) for number in range(60)]
    table = FactsTable.from_people(old.catalogue, people)

    result = what_if(old, new, table, AT)

    changed = {item.policy for item in result.changes if item.old_total != item.new_total}
    assert changed == {"zhengzhou-team"}
    team = next(item for item in result.changes if item.policy == "zhengzhou-team")
    assert team.new_total - team.old_total == 1_000_000 * (len(team.raised) + len(team.gained))
    costs = result.cost_by_year()
    assert sum(new for _, new in costs.values()) == result.new_total
    assert sum(old for old, _ in costs.values()) == result.old_total


def test_changed_people_alone_come_out_as_in_a_full_run() -> None:
    policies = examples()
    rng = random.Random(6)
    people = [random_person(rng, policies.catalogue, str(number)) for number in range(50)]
    table = FactsTable.from_people(policies.catalogue, people)
    full = evaluate(policies, table, AT)

    rows, part = update(full, policies, table, [3, 17, 40])

    assert rows.tolist() == [3, 17, 40]
    for whole, some in zip(full.results, part.results, strict=True):
        assert some.status.tolist() == whole.status[rows].tolist()
        kept = np.isin(whole.rows, rows)
        assert some.payable.tolist() == whole.payable[kept].tolist()
        assert (some.holds == whole.holds[:, rows]).all()
