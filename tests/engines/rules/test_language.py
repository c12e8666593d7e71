"""What authors of policies ran into: the two readers agree on it, and a mistake is told where it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.evaluate import evaluate
from taihu.engines.rules.explain import explain
from taihu.engines.rules.people import Person
from taihu.engines.rules.results import Status
from taihu.engines.rules.sets import PolicySet, load_policies
from taihu.engines.rules.table import FactsTable

from .test_two_readers import assert_equal

AT = dt.date(2024, 6, 1)
HEAD = "version: '1'\ntitle: t\ndocument: d\neffective: {from: 2020-01-01}\n"
ADULT = 'conditions: {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}\n'
GROWN: Mapping[str, Any] = {"birth_date": "1990-01-01"}


def policy(rest: str, *, name: str = "tiny", head: str = HEAD) -> str:
    return f"policy: {name}\n{head}{'' if 'conditions:' in rest or 'classes:' in rest else ADULT}{rest}\n"


def loaded(*texts: str) -> PolicySet:
    return load_policies({f"{number}.yaml": text for number, text in enumerate(texts)})


def both_ways(policies: PolicySet, given: Mapping[str, Any], at: dt.date = AT) -> dict[str, tuple[Status, int]]:
    """Status and amount by policy, after both readers agreed on every clause and fen."""
    person = Person.of(policies.catalogue, "1", given)
    found = evaluate(policies, FactsTable.from_people(policies.catalogue, [person]), at)
    assert_equal(policies, found, 0, person, (at - dt.date(1970, 1, 1)).days)
    return {
        item.policy.key: (Status(int(item.status[0])), int(item.amount[0]) if len(item.amount) else 0)
        for item in found.results
    }


def mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policies({"p.yaml": text})
    return [f"{item.place.line} {item.code}" for item in caught.value.problems if item.is_error]


def test_words_that_nobody_has_are_still_told_apart() -> None:
    policies = loaded(
        policy(
            "define: {kind: \"if is_native then 'near' else 'far'\"}\namount: \"if kind == 'near' then 1元 else 2元\""
        )
    )

    assert both_ways(policies, {**GROWN, "is_native": False}) == {"tiny@1": (Status.YES, 200)}


def test_a_fact_with_history_is_read_on_the_day_of_a_record() -> None:
    test = "any(home where at(hukou_in_city, home.deed_on))"
    policies = loaded(policy(f'conditions: {{id: then, text: t, test: "{test}"}}\namount: 1元'))
    given = {"hukou_in_city": [{"value": False, "to": "2022-01-01"}, {"value": True, "from": "2022-01-01"}]}

    assert both_ways(policies, {**given, "home": [{"deed_on": "2021-12-31"}]}) == {"tiny@1": (Status.NO, 0)}
    assert both_ways(policies, {**given, "home": [{"deed_on": "2022-01-01"}]}) == {"tiny@1": (Status.YES, 100)}


def test_what_no_person_of_the_city_has_is_unknown_to_both_readers() -> None:
    test = "at(hukou_in_city, if is_native then 2022-01-01 else 2023-01-01)"
    policies = loaded(policy(f'conditions: {{id: then, text: t, test: "{test}"}}\namount: 1元'))

    assert both_ways(policies, {"hukou_in_city": [{"value": True, "to": "2022-06-01"}]}) == {
        "tiny@1": (Status.UNKNOWN, 0)
    }


def test_the_date_on_which_facts_are_read_may_come_out_of_a_table() -> None:
    text = """
as_of: due_day
define: {due_day: "start_of_year(applied) + 30 days", kind: "if early[sex] then 'a' else 'b'"}
tables:
  early: {keys: [sex], of: bool, rows: {male: true, female: false}}
  pay: {keys: [kind], rows: {a: 7元, b: 3元}, else: 0元}
conditions: {id: here, text: t, test: "hukou_in_city and early[sex]"}
amount: pay[kind]"""
    policies = loaded(
        policy(text),
        policy(text.replace("start_of_year(applied) +", "if early[sex] then 2024-02-01 else applied -"), name="own"),
    )
    given = {"sex": "male", "hukou_in_city": [{"value": True, "from": "2024-01-31"}]}

    assert both_ways(policies, given) == {"own@1": (Status.YES, 700), "tiny@1": (Status.YES, 700)}


def test_who_pays_and_when_may_depend_on_another_policy() -> None:
    other = policy("amount: 5元", name="other")
    mine = policy(
        "amount: 9元\npayers: [{when: holds('other'), split: {city: 100%}}, {split: {district: 100%}}]\n"
        "instalments: [{when: amount_of('other') > 4元, parts: [{share: 50%, due: applied, repeat: 2, every: 1 year}]}, "
        "{parts: [{share: 100%, due: applied}]}]"
    )

    assert both_ways(loaded(other, mine), GROWN)["tiny@1"] == (Status.YES, 900)


def test_a_sum_is_worked_out_record_by_record() -> None:
    base = "sum(min(10% * benefit.amount, 1万) * rate[benefit.by_household] where benefit.months > 0)"
    policies = loaded(
        policy(
            f'amount: "{base}"\ntables: {{rate: {{keys: [benefit.by_household], of: decimal, rows: {{true: 50%, false: 100%}}}}}}'
        )
    )
    records = [
        {"amount": "20万", "months": 1, "by_household": False}, {"amount": "1.23元", "months": 2, "by_household": True},
        {"amount": "9万", "months": 0, "by_household": True},
    ]  # fmt: skip

    # 2万 -> 1万; 0.12元 x 50% = 0.06元; nothing for no months
    assert both_ways(policies, {**GROWN, "benefit": records}) == {"tiny@1": (Status.YES, 1_000_006)}
    assert mistakes(policy("amount: sum(benefit.amount * home.ordinal)")) == ["7 field_outside"]
    assert mistakes(policy("amount: sum(project_grant)")) == ["7 want_record_field"]


def test_whole_numbers_beside_decimals_become_decimals() -> None:
    test = "shortage_points / 4 + work_years >= 10.25 and min(work_years, share_percent) == share_percent"
    policies = loaded(policy(f'conditions: {{id: sum, text: t, test: "{test}"}}\namount: 1元'))

    assert (
        both_ways(policies, {"shortage_points": 37, "work_years": 1, "share_percent": 0.5})["tiny@1"][0] is Status.YES
    )
    assert both_ways(policies, {"shortage_points": 36, "work_years": 1, "share_percent": 0.5})["tiny@1"][0] is Status.NO


CLASSES = "classes:\n  - {class: A, grounds: [{id: a, text: t, test: shortage_points >= 90}]}\n"
OTHER_CLASSES = CLASSES.replace("class: A", "class: X").replace("id: a", "id: x").replace("90", "95") + CLASSES[9:]


def test_a_class_is_read_by_its_name_whichever_version_gave_it_and_none_where_there_is_none() -> None:
    old = policy(CLASSES, name="classes", head=HEAD.replace("}", ", to: 2023-01-01}"))
    new = policy(OTHER_CLASSES, name="classes", head=HEAD.replace("'1'", "'2'").replace("2020", "2023"))
    reader = policy(
        "amount: \"if class_of('classes') == 'A' then 1元 else if class_of('classes') == 'none' then 0元 else 9元\""
    )
    policies = loaded(old, new, reader)

    assert both_ways(policies, {**GROWN, "shortage_points": 92})["tiny@1"] == (Status.YES, 100)
    assert both_ways(policies, {**GROWN, "shortage_points": 99})["tiny@1"] == (Status.YES, 900)
    assert both_ways(policies, {**GROWN, "shortage_points": 1})["tiny@1"] == (Status.YES, 0)
    assert both_ways(policies, GROWN)["tiny@1"] == (Status.UNKNOWN, 0)
    assert mistakes(policy(CLASSES.replace("class: A", "class: none"))) == ["7 name_taken"]


def test_a_percentage_of_another_policys_amount_or_of_all_payments_fits() -> None:
    other = policy("amount: project_grant", name="other")
    mine = policy(
        "amount: {base: \"30% * amount_of('other')\", steps: [{deduct: 50% * sum(benefit.amount)}, {add: 10% * amount}]}"
    )
    given = {**GROWN, "project_grant": "100万", "benefit": [{"amount": "10万"}, {"amount": "2万"}]}

    # 30 - 6 = 24, and a tenth of that on top
    assert both_ways(loaded(other, mine), given)["tiny@1"] == (Status.YES, 26_400_000)


def test_a_split_of_the_largest_amounts_is_exact() -> None:
    text = policy(
        "facts: {huge: {type: money, max: 1000000亿, zh: 大}}\namount: huge * 200\npayers: {city: 33.33%, district: 66.67%}"
    )
    policies = loaded(text)
    person = Person.of(policies.catalogue, "1", {**GROWN, "huge": 9_999_999_999_999_999})

    found = evaluate(policies, FactsTable.from_people(policies.catalogue, [person]), AT)["tiny"]

    total = 9_999_999_999_999_999 * 200
    assert found.amount.tolist() == [total]
    assert int(found.payers["district"][0]) == total * 6667 // 10_000
    assert both_ways(policies, {**GROWN, "huge": 9_999_999_999_999_999}) == {"tiny@1": (Status.YES, total)}


def test_steps_on_the_sum_may_not_leave_64_bits_either() -> None:
    layers = "layers: [{id: a, base: project_grant}, {id: b, base: project_grant}]\n"

    assert mistakes(policy(layers + "total: [{times: 1000000}]")) == ["8 overflow"]


def test_days_in_the_city_count_once_and_only_within_the_window() -> None:
    test = "days_covered(stay, start_of_year(applied), applied)"
    policies = loaded(policy(f'conditions: {{id: days, text: t, test: "{test} >= 30"}}\namount: 1元'))
    stays = [
        {"from": "2023-12-01", "to": "2024-01-10"},
        {"from": "2024-02-01", "to": "2024-02-15"},
        {"from": "2024-02-11", "to": "2024-02-20"},
    ]

    assert both_ways(policies, {"stay": stays}) == {"tiny@1": (Status.YES, 100)}
    assert both_ways(policies, {"stay": [{**stays[0], "to": "2024-01-09"}, *stays[1:]]}) == {"tiny@1": (Status.NO, 0)}


def test_whoever_fulfils_everything_is_asked_for_what_the_amount_needs() -> None:
    policies = loaded(policy("amount: {base: 800元, steps: [{cap: monthly_rent}]}"))

    found = explain(policies, Person.of(policies.catalogue, "1", GROWN), AT)[0]

    assert (found.status, found.unknown, found.missing_facts) == (Status.UNKNOWN, (), ("monthly_rent",))
    assert found.next_question_text == "请提供“月租金”。"


def test_what_a_record_leaves_out_is_asked_for_and_what_is_settled_is_not() -> None:
    test = "sum(benefit.months where benefit.programme == 'rent') < 36 and (is_native or is_returnee)"
    policies = loaded(policy(f'conditions: {{id: left, text: t, test: "{test}"}}\namount: 1元'))
    person = Person.of(policies.catalogue, "1", {"is_native": True, "benefit": [{"months": 3}]})

    assert explain(policies, person, AT)[0].missing_facts == ("benefit",)


def test_a_list_of_a_policys_own_changes_nothing_for_others() -> None:
    test = "conditions: {id: top, text: t, test: \"listed(major, 'shortage_majors', applied)\"}\namount: 1元\n"
    own = "lists: {shortage_majors: {zh: 自有, en: own, editions: [{from: 2020-01-01, members: [law]}]}}\n"
    policies = loaded(policy(test), policy(own + test, name="own"))

    assert [item.code for item in policies.advice if item.code != "no_cases"] == ["own_list_hides"]
    assert both_ways(policies, {"major": "law"}) == {"tiny@1": (Status.NO, 0), "own@1": (Status.YES, 100)}
    assert both_ways(policies, {"major": "software"}) == {"tiny@1": (Status.YES, 100), "own@1": (Status.NO, 0)}


def test_a_table_by_a_bounded_whole_number_can_be_listed_in_full() -> None:
    facts = "facts: {tier: {type: int, min: 1, max: 3, zh: 档次}}\namount: standard[tier]\n"
    rows = "tables: {standard: {keys: [tier], rows: {1: 5元, 2: 3元, 3: 1元}}}"

    assert both_ways(loaded(policy(facts + rows)), {**GROWN, "tier": 2}) == {"tiny@1": (Status.YES, 300)}
    assert mistakes(policy(facts + rows.replace(", 3: 1元", ""))) == ["9 table_gaps"]


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("amount: {base: 5元, steps: [{limit: 9元, used: sum(benefit.amount), per: household}]}", ["7 limit_household"]),
        ("amount: {base: 5元, steps: [{cap: -3元}]}", ["7 negative_step"]),
        ("amount: 5元\ndefine: {my-name: applied}", ["8 bad_name"]),
        ("amount: 5元\ndefine: {房价: applied}", ["8 bad_name"]),
        ("amount: 5元\nfacts: {then: {type: bool, zh: 那}}", ["8 bad_name"]),
        ("amount: 5元\nfacts: {x: {type: bool, zh: 那, history: yes}}", ["8 want_flag"]),
        ("amount: 5元\nfacts: {x: {type: bool}}", ["8 missing_key"]),
        ("amount: 5元\nlists: {x: {zh: 名, edition: []}}", ["8 list_empty", "8 unknown_key"]),
        ("amount: 5元\nlists: {x: {zh: 名, editions: [{from: 2024-01-01, to: 2023-01-01, members: [a]}]}}", ["8 empty_period"]),
        ("layers: [{id: a, base: 1元},\n  {id: a, base: 2元}]", ["8 duplicate_id"]),
        ("amount: 5元\ninstalments: [{when: amount > 9元, parts: [{share: 100%, due: applied}]}, {parts: [{share: 100%, due: applied}]}]",
         ["8 dead_clause"]),
    ],
)  # fmt: skip
def test_a_slip_is_told_once_and_at_its_line(rest: str, found: list[str]) -> None:
    assert sorted(mistakes(policy(rest))) == found


def test_a_ceiling_per_year_that_counts_every_year_is_remarked_on() -> None:
    step = 'amount: {{base: 5元, steps: [{{limit: 9元, used: "sum(benefit.amount{})", per: year}}]}}'
    advice = [
        [item.code for item in loaded(policy(step.format(where))).advice if item.code != "no_cases"]
        for where in ("", " where year(benefit.paid_on) == year(applied)")
    ]

    assert advice == [["limit_every_year"], []]


CASE = """amount: 5元
cases:
  - name: a
    at: 2024-06-01
    given: {birth_date: 1990-01-01}
    expect: {status: yes, amount: 5元}
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("birth_date:", "birthday:", "11 unknown_fact_given"),
        ("1990-01-01", "1990-02-30", "11 bad_value"),
        ("{birth_date: 1990-01-01}", "{birth_date: 1990-01-01, degree: [{grade: 1}]}", "11 unknown_field_given"),
        ("status: yes", "status: maybe", "12 unknown_choice"),
        ("amount: 5元}", "amount: 5}", "12 bad_money"),
        ("amount: 5元}", "fails: [grown]}", "12 unknown_choice"),
        ("amount: 5元}", "fails: adult}", "12 want_list"),
        ("amount: 5元}", "due: [2024-6-1]}", "12 bad_date"),
        ("amount: 5元}", "payers: [5元]}", "12 want_mapping"),
    ],
)  # fmt: skip
def test_a_case_that_cannot_be_is_told_at_its_line(old: str, new: str, found: str) -> None:
    assert mistakes(policy(CASE.replace(old, new))) == [found]


def test_a_case_that_comes_out_otherwise_says_so_in_the_words_of_the_file() -> None:
    text = policy(CASE.replace("amount: 5元}", "amount: 6元}").replace("1990-01-01}", "1990-01-01, sex: male}"))

    found = run_cases(loaded(text))[0].differences[0]

    assert found.text("zh") == "0.yaml:12:35: amount 应为 6元，核算结果是 5元。改法：改正规则，或改正算例的期望"
    assert found.message("en") == "amount should be 6元 and came out as 5元"


def test_a_case_that_asks_for_the_largest_of_nothing_says_so() -> None:
    rule = "amount: \"if max(degree.level) >= 'master' then 5元 else 1元\""
    text = policy(CASE.replace("amount: 5元\n", rule + "\n").replace("01-01}", "01-01, degree: []}"))

    assert [item.message("en") for item in run_cases(loaded(text))[0].differences][-1:] == [
        "it comes out unknown because no record of 'degree' fulfils the where, and max, min, latest, earliest, "
        "run_start and month_reached of nothing have no value"
    ]


def test_a_case_that_comes_out_unknown_says_what_was_not_given() -> None:
    rule = "amount: \"5元 + sum(benefit.amount where benefit.policy == 'x')\""
    text = policy(CASE.replace("amount: 5元\n", rule + "\n").replace("01-01}", "01-01, benefit: [{amount: 1元}]}"))

    assert [item.message("en") for item in run_cases(loaded(text))[0].differences][-1:] == [
        "it comes out unknown because nothing is given for: benefit.policy"
    ]
