"""Two versions side by side, and only the changed people again."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np
import pytest

from taihu.engines.rules.compare import compare, what_if
from taihu.engines.rules.evaluate import evaluate, update
from taihu.engines.rules.results import PolicyChange
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


GROUPED = """policy: {id}
version: "1"
title: {id}
document: none
effective: {{from: 2020-01-01}}
conditions: {{id: a, text: a, test: "{test}"}}
amount: {amount}
payers: {{city: 60%, district: 40%}}
instalments: [{{parts: [{{share: 50%, due: applied}}, {{share: 50%, due: applied + 1 year}}]}}]
{more}
"""


def grouped(identifier: str, test: str, amount: str, more: str = "") -> str:
    return GROUPED.format(id=identifier, test=test, amount=amount, more=more)


HOMES = "exclusion: {{group: homes, rule: best, order: {}}}"
CAP = "shared_caps: [{group: all, limit: 12万, used: sum(benefit.amount), per: household}]"
SETS = [
    {
        "pa": grouped("pa", "work_years > 10", "5万", HOMES.format(1)),
        "pb": grouped("pb", "is_full_time", "project_grant", HOMES.format(2) + "\n" + CAP),
        "pc": grouped("pc", "holds('pa') or hukou_in_city", "if holds('pb') then 1万 else 9万", CAP),
        "pd": grouped("pd", "not on_bad_list", "wage_tax_last_year", "household: higher"),
        "pe": grouped("pe", "homes_in_city < 2", "amount_of('pd') + 100元"),
    }
]
CHANGES = [
    {"pd": SETS[0]["pd"].replace("wage_tax_last_year", "wage_tax_last_year + 5元")},
    {"pa": SETS[0]["pa"].replace("> 10", "> 20")},
    {"pb": SETS[0]["pb"].replace("is_full_time", "is_full_time and not is_foreigner")},
    {"pc": SETS[0]["pc"].replace("9万", "8万")},
    {"pe": SETS[0]["pe"].replace("< 2", "< 3").replace("amount_of('pd')", "amount_of('pc')")},
    {"pa": SETS[0]["pa"].replace("title: pa", "title: pb")},
    {"pf": grouped("pf", "holds('pd')", "3万", CAP)},
    {"pb": SETS[0]["pb"].replace("60%", "50%").replace("40%", "50%"), "pd": SETS[0]["pd"].replace("not on", "on")},
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_short_way_finds_what_two_full_runs_find(change: dict[str, str]) -> None:
    old, new = load_policies(SETS[0]), load_policies({**SETS[0], **change})
    rng = random.Random(len(str(change)))
    people = [random_person(rng, old.catalogue, str(number)) for number in range(80)]
    table = replace(FactsTable.from_people(old.catalogue, people), household=np.arange(80) // 3)

    short = what_if(old, new, table, AT)

    full = compare(evaluate(old, table, AT), evaluate(new, table, AT), table.n)
    assert repr(short) == repr(full)
    assert short.old_total > 0
    least = what_if(old, new, table, AT, only_touched=True)
    assert {item.policy for item in least.changes} >= {item.policy for item in full.changes if _differs(item)}
    found = {item.policy: repr(item) for item in full.changes}
    assert all(found[item.policy] == repr(item) for item in least.changes)


def _differs(item: PolicyChange) -> bool:
    return bool(len(item.gained) + len(item.lost) + len(item.raised) + len(item.lowered) + item.now_unknown)


def test_a_policy_that_is_gone_loses_its_people() -> None:
    old = load_policies(SETS[0])
    new = load_policies({key: text for key, text in SETS[0].items() if key in ("pa", "pb")})
    rng = random.Random(8)
    people = [random_person(rng, old.catalogue, str(number)) for number in range(40)]
    table = FactsTable.from_people(old.catalogue, people)

    found = {item.policy: item for item in what_if(old, new, table, AT).changes}

    assert found["pd"].new_total == 0
    assert (
        found["pd"].lost.tolist()
        == evaluate(old, table, AT)["pd"].rows[evaluate(old, table, AT)["pd"].payable > 0].tolist()
    )
