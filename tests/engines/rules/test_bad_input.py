"""What cannot be right is refused with place, cause and remedy."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from taihu.engines.rules.catalogue import shipped_catalogue
from taihu.engines.rules.consistency import check_person
from taihu.engines.rules.errors import FactsError, PolicyError
from taihu.engines.rules.people import Person
from taihu.engines.rules.sets import load_policies
from taihu.engines.rules.table import FactsTable

GOOD = """policy: tiny
version: "1"
title: {zh: 小例, en: Tiny}
document: none
effective: {from: 2024-01-01}
conditions:
  all:
    - {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}
amount: 100元
"""


def codes(text: str, *more: str) -> list[tuple[str, int]]:
    with pytest.raises(PolicyError) as caught:
        load_policies({f"{number}.yaml": item for number, item in enumerate((text, *more))})
    assert all(item.message("zh") and item.fix("en") for item in caught.value.problems)
    return [(item.code, item.place.line) for item in caught.value.problems if item.is_error]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: &x [1]\nb: *x\n", "anchor", 1),
        ("a: !!python/object/apply:os.system [ls]\n", "tag", 1),
        ("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "too_deep", 1),
        ("a: '" + "x" * 1_100_000 + "'\n", "too_large", 1),
        ("a: [" + "1," * 60_000 + "]\n", "too_many_nodes", 1),
        ("a: 1\n---\nb: 2\n", "two_documents", 2),
        ("a: 1\na: 2\n", "duplicate_key", 2),
        ("a: [1\n", "not_yaml", 2),
    ],
)
def test_dangerous_or_broken_yaml_is_refused(text: str, code: str, line: int) -> None:
    assert codes(text) == [(code, line)]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("birth_date,", "birthdate,", "unknown_fact", 8),
        (">= 18", ">= -30000", "dead_clause", 8),
        ("amount: 100元", "amount: 100", "money_unit", 9),
        ("amount: 100元", "amount: project_grant / applied_years", "division_by_zero", 9),
        ("amount: 100元", "amount: project_grant * 900000000 * 900000", "overflow", 9),
        (
            "amount: 100元",
            "amount: {base: project_grant, steps: [{times: n * 1000000}]}\ndefine: {n: work_years}",
            "overflow",
            9,
        ),
        ("amount: 100元", "amount: 99999999999亿", "bad_money", 9),
        ("amount: 100元", "amount: {base: 200元, steps: [{cap: 100元}]}", "over_cap", 9),
        ("amount: 100元", "amount: 1元\ndefine: {a: b, b: a}", "cycle", 10),
        ("amount: 100元", "amount: 1元\nhousehold: some", "unknown_choice", 10),
        ("amount: 100元", "amount: 1元\npayers: {city: 60%}", "payer_sum", 10),
        ("from: 2024-01-01", "from: 2024-13-01", "bad_date", 5),
        ("document: none\n", "", "missing_key", 1),
        ("amount: 100元", "amount: holds('other')", "unknown_policy", 9),
        ("amount: 100元", "amount: 100块", "unknown_unit", 9),
        ("amount: 100元", "amount: 100 dollars", "unknown_unit", 9),
        ("amount: 100元", "amount: 1,500元", "comma_in_number", 9),
        ("amount: 100元", "amount: 0.001元", "bad_money", 9),
        ("amount: 100元", "amount: -100元", "negative_amount", 9),
        ("amount: 100元", "amount: 1元\npayers: {city: 150%, district: -50%}", "bad_share", 10),
        ("amount: 100元", "amount: " + "+".join(["1元"] * 1000), "too_nested", 9),
        ("amount: 100元", "amount: " + "-" * 500 + "1元", "too_nested", 9),
        ("years(birth_date, applied) >= 18", "not " * 900 + "is_native", "too_nested", 8),
        ("years(birth_date, applied) >= 18", "(" * 10_000 + "true" + ")" * 10_000, "expression_too_long", 8),
        ("years(birth_date, applied) >= 18", "years（birth_date，applied）>= 18", "bad_character", 8),
        ("years(birth_date, applied) >= 18", "years(birth\u0301_date, applied) >= 18", "bad_character", 8),
        ("  all:", "\tall:", "tab", 7),
        ("2024-01-01", "0001-01-01", "date_range", 5),
        ("2024-01-01", "9999-12-31", "empty_period", 5),
        ('"1"', '"../../etc"', "bad_version", 2),
        ('"1"', '"' + "9" * 41 + '"', "bad_version", 2),
        ("小例", "长" * 161, "too_long", 3),
        ("document: none", "document: " + "长" * 121, "too_long", 4),
        ("years(birth_date, applied) >= 18", "年龄 >= 18", "chinese_name", 8),
        ("years(birth_date, applied) >= 18", "18 <= work_years <= 40", "chained_compare", 8),
        ("years(birth_date, applied) >= 18", "employer_kind == enterprise", "unquoted_value", 8),
        ("years(birth_date, applied) >= 18", "sex in [male]", "unquoted_value", 8),
        ("years(birth_date, applied) >= 18", "any(degree.level >= 'master')", "fold_shape", 8),
        ("years(birth_date, applied) >= 18", "months_run(insurance) >= 6", "fold_bounds", 8),
        ("years(birth_date, applied) >= 18", "applied >= 2024年1月1日", "bad_date", 8),
        ("years(birth_date, applied) >= 18", "applied >= 2024/1/1", "bad_date", 8),
        ("amount: 100元", "amount: ￥100", "symbol_operator", 9),
        ("amount: 100元", "amount: t\ntables: {t: {keys: [sex], rows: {}, else: 1元}}", "table_without_key", 9),
        ("amount: 100元", "amount: t(sex)\ntables: {t: {keys: [sex], rows: {}, else: 1元}}", "table_without_key", 9),
        ("amount: 100元", "amount: t[sex][sex]\ntables: {t: {keys: [sex, sex], rows: {}, else: 1元}}", "keys_apart", 9),
        ("amount: 100元", "amount: 1元\ninstalments: [{share: 100%, due: applied}]", "parts_missing", 10),
    ],
)
def test_a_mistake_names_its_line(old: str, new: str, code: str, line: int) -> None:
    assert (code, line) in codes(GOOD.replace(old, new))


TEST = '"years(birth_date, applied) >= 18"'
MESSAGES = [
    ((TEST, "work_years >= 0"),
     "a.yaml:8:49: 按取值范围恒真。改法：删去，或改正数值或目录中的范围",
     "a.yaml:8:49: always true given the possible values. To fix: remove it, or correct the number or the range in the catalogue"),
    (("\namount", '\n    - {id: young, text: 不满十六, test: "years(birth_date, applied) < 16"}\namount'),
     "a.yaml:9:7: “young”与第 8 行的“adult”不可能同时成立。改法：改正其中一个",
     "a.yaml:9:7: 'young' and 'adult' on line 8 can never both hold. To fix: correct one of them"),
    (("\namount", '\n    - {id: older, text: 十七, test: "years(birth_date, applied) >= 17"}\namount'),
     "a.yaml:9:7: 有了第 8 行的“adult”，“older”不起作用。改法：删去或改正",
     "a.yaml:9:7: 'older' has no effect beside 'adult' on line 8. To fix: remove or correct it"),
    (("100元", "{base: 200元, steps: [{cap: 100元}]}"),
     "a.yaml:9:16: 金额 200 元超过第 9 行的上限 100 元。改法：改金额或上限",
     "a.yaml:9:16: the amount 200 yuan is above the cap of 100 yuan on line 9. To fix: correct the amount or the cap"),
    (("100元", "if a then 1元 else 2元\ndefine: {a: not b, b: not a}"),
     "a.yaml:10:13: 定义成环：a → b → a。改法：断开其中一环",
     "a.yaml:10:13: definitions form a cycle: a → b → a. To fix: break the chain at one place"),
    ((TEST, "holds('tiny')"),
     "a.yaml:7:3: 政策互相引用成环：tiny → tiny。改法：断开其中一环",
     "a.yaml:7:3: policies refer to each other in a cycle: tiny → tiny. To fix: break the chain at one place"),
    (("100元", "project_grant / applied_years"),
     "a.yaml:9:23: 除数可能为零。改法：在目录中声明 min: 1，或写 if x > 0 then … else …",
     "a.yaml:9:23: the divisor can be zero. To fix: declare min: 1 in the catalogue, or write if x > 0 then ... else ..."),
    (("birth_date,", "birthdate,"),
     "a.yaml:8:45: 没有名为“birthdate”的事实。改法：是否想写 birth_date？或在 facts 里声明",
     "a.yaml:8:45: there is no fact 'birthdate'. To fix: did you mean birth_date? Or declare it under facts"),
    (("100元", "100块"),
     "a.yaml:9:12: 不认识的单位“块”。改法：金额写 800元、1.5万、2亿、50分；期限写 2 years、6 months、30 days",
     "a.yaml:9:12: unknown unit '块'. To fix: write amounts as 800元, 1.5万, 2亿 or 50分, periods as 2 years, 6 months or 30 days"),
    (("100元", "100"),
     "a.yaml:9:9: 金额 100 没有单位。改法：写成 100元 或 100万",
     "a.yaml:9:9: the amount 100 has no unit. To fix: write 100元 or 100万"),
    (("100元", "project_grant * 900000000"),
     "a.yaml:9:23: 可能达到 0..9000000000000000000000，超出 64 位整数。改法：在目录中给事实声明 max，或先封顶",
     "a.yaml:9:23: can reach 0..9000000000000000000000, beyond 64-bit integers. To fix: declare max for the fact, or cap it first"),
    ((TEST, "birth_date >= 18"),
     "a.yaml:8:49: 两边类型不同：日期 与 整数。改法：换成同一类型",
     "a.yaml:8:49: the two sides differ: a date and a whole number. To fix: make both the same type"),
    ((TEST, "sex >= 'male'"),
     "a.yaml:8:42: 选项 没有大小之分。改法：改用 == 或 in",
     "a.yaml:8:42: a choice has no order. To fix: use == or in"),
    ((TEST, "work_years"),
     "a.yaml:8:38: 这里应是真假条件，却是 整数。改法：加上比较，如 >= 1",
     "a.yaml:8:38: a condition is needed here, this is a whole number. To fix: compare it, for instance >= 1"),
    ((TEST, '"is_native && is_returnee"'),
     "a.yaml:8:49: “&”不是这里的写法。改法：写成 and",
     "a.yaml:8:49: '&' is not written here. To fix: write and"),
    (("amount:", "amuont:"),
     "a.yaml:9:1: 不认识的键“amuont”。改法：可用的键：amount",
     "a.yaml:9:1: unknown key 'amuont'. To fix: use one of: amount"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "zh", "en"), MESSAGES)
def test_a_mistake_says_where_it_stands_and_what_to_change(change: tuple[str, str], zh: str, en: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies({"a.yaml": GOOD.replace(*change)})

    found = next(item for item in caught.value.problems if item.is_error)
    assert (found.text("zh"), found.text("en")) == (zh, en)


def test_versions_that_overlap_are_both_named() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies({"a.yaml": GOOD, "b.yaml": GOOD.replace('"1"', '"2"')})

    assert [item.text("zh") for item in caught.value.problems] == [
        "b.yaml:7:3: tiny@1 与 tiny@2 的适用日期重叠。改法：用 effective 或 selects 分开"
    ]
    assert [item.text("en") for item in caught.value.problems] == [
        "b.yaml:7:3: the dates of tiny@1 and tiny@2 overlap. To fix: separate them by effective or selects"
    ]


def test_marks_of_other_editors_do_no_harm() -> None:
    for text in ("\ufeff" + GOOD, GOOD.replace("\n", "\r\n")):
        assert load_policies({"a.yaml": text}).policies
        assert codes(text.replace("birth_date,", "birthdate,")) == [("unknown_fact", 8)]


def test_definitions_cannot_grow_like_a_bomb() -> None:
    doubled = "".join(f"  a{n}: a{n - 1} and not a{n - 1}\n" for n in range(1, 40))
    chained = "".join(f"  a{n}: not a{n - 1}\n" for n in range(1, 900))
    for name, rest, code in (("a39", doubled, "too_large_expression"), ("a899", chained, "too_nested")):
        text = GOOD.replace("years(birth_date, applied) >= 18", name) + "define:\n  a0: not is_native\n" + rest
        assert (code, 8) in codes(text)


def test_clauses_that_contradict_or_repeat_each_other_are_found() -> None:
    second = '\n    - {id: young, text: 不满十六, test: "years(birth_date, applied) < 16"}\namount'
    assert codes(GOOD.replace("\namount", second)) == [("contradiction", 9)]
    same = '\n    - {id: again, text: 成年, test: "years(birth_date, applied) >= 18"}\namount'
    assert ("duplicate_clause", 9) in codes(GOOD.replace("\namount", same))
    weaker = '\n    - {id: older, text: 十七, test: "years(birth_date, applied) >= 17"}\namount'
    assert codes(GOOD.replace("\namount", weaker)) == [("implied", 9)]


def test_versions_may_not_overlap_nor_policies_form_a_ring() -> None:
    assert [code for code, _ in codes(GOOD, GOOD.replace('"1"', '"2"'))] == ["version_overlap"]
    first = GOOD.replace("years(birth_date, applied) >= 18", "holds('other')")
    other = GOOD.replace("policy: tiny", "policy: other").replace("years(birth_date, applied) >= 18", "holds('tiny')")
    assert [code for code, _ in codes(first, other)] == ["policy_cycle"]


def test_division_is_allowed_where_a_test_rules_out_zero() -> None:
    amount = "amount: if applied_years > 0 then project_grant / applied_years else 0元"

    assert load_policies({"a.yaml": GOOD.replace("amount: 100元", amount)}).policies


def test_a_division_may_stand_behind_its_guard_also_for_everybody() -> None:
    from taihu.engines.rules.evaluate import evaluate

    amount = "amount: if applied_years > 0 then project_grant / applied_years else 0元"
    policies = load_policies({"a.yaml": GOOD.replace("amount: 100元", amount)})
    given = [{"birth_date": "1990-01-01", "project_grant": 900, "applied_years": years} for years in (0, 2)]
    people = [Person.of(policies.catalogue, str(n), item) for n, item in enumerate(given)]

    found = evaluate(policies, FactsTable.from_people(policies.catalogue, people), dt.date(2024, 6, 1))

    assert found["tiny"].amount.tolist() == [0, 450]


def test_facts_that_do_not_fit_are_all_named() -> None:
    with pytest.raises(FactsError) as caught:
        Person.of(shipped_catalogue(), "7", {"birth_date": "1990-02-30", "height": 3, "project_grant": 10**30})

    assert [item.code for item in caught.value.problems] == ["bad_value", "unknown_fact_given", "value_range"]


def test_contradictory_facts_are_reported() -> None:
    catalogue = shipped_catalogue()
    person = Person.of(
        catalogue,
        "7",
        {
            "sex": [{"value": "male"}, {"value": "female"}],
            "birth_date": "2000-01-01",
            "degree": [{"level": "doctor", "degree_on": "2005-01-01"}],
            "insurance": [
                {"kind": "medical", "area": "1", "from": "2020-01-01", "to": "2020-06-30"},
                {"kind": "medical", "area": "1", "from": "2020-06-01"},
                {"kind": "injury", "area": "1", "from": "2020-06-01", "to": "2020-01-01"},
            ],
            "arrived_on": "2030-01-01",
        },
    )

    found = [item.code for item in check_person(catalogue, person, dt.date(2024, 1, 1))]

    assert sorted(found) == [
        "check_failed", "fact_conflict", "future_date", "no_household", "record_overlap", "span_reversed",
    ]  # fmt: skip


def test_columns_of_the_wrong_shape_are_refused() -> None:
    catalogue = shipped_catalogue()
    with pytest.raises(FactsError, match="has 2 rows, 3 wanted"):
        FactsTable.from_arrays(catalogue, 3, columns={"work_years": np.zeros(2, np.int64)})
    with pytest.raises(FactsError, match="cannot serve as an amount of money"):
        FactsTable.from_arrays(catalogue, 3, columns={"project_grant": np.zeros(3)})
    with pytest.raises(FactsError, match="offsets of home are wrong"):
        FactsTable.from_arrays(catalogue, 1, columns={}, records={"home": (np.array([0, 2, 1]), {})})


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ('"applied >\n        birthdate"', 11, 9),
        (">\n        years(birth_date, applied) >= 18\n        and birthdate < applied", 12, 13),
        ("|\n        applied\n        > birthdate", 12, 11),
        ("applied >= birth_date and\n        applied > birthdate", 11, 19),
        ("applied > birthdate", 10, 23),
        ('"applied > birthdate"', 10, 24),
    ],
)
def test_a_mistake_in_a_long_expression_names_its_line_and_column(written: str, line: int, column: int) -> None:
    one_line = '{id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}'
    text = GOOD.replace(one_line, f"id: adult\n      text: 满十八周岁\n      test: {written}")

    with pytest.raises(PolicyError) as caught:
        load_policies({"0.yaml": text})

    assert [(item.code, item.place.line, item.place.column) for item in caught.value.problems] == [
        ("unknown_fact", line, column)
    ]


def test_a_text_cut_at_a_comma_is_told_so() -> None:
    assert ("comma_in_text", 3) in codes(GOOD.replace("{zh: 小例, en: Tiny}", "{zh: 小例, en: small, tiny}"))


def test_a_half_character_is_found_where_it_stands() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies({"0.yaml": GOOD.replace("none", "no\ud800ne")})

    assert str(caught.value.problems[0].place) == "0.yaml:4:13"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("payment_conditions: [{id: later, text: t, test: is_full_time}]", "never_rechecked"),
        ("instalments: [{parts: [{share: 20%, repeat: 5, due: applied}]}]", "repeat_every"),
        ("instalments: [{parts: [{share: 20%, repeat: 4, every: 1 year, due: applied}]}]", "share_sum"),
        ("instalments: [{parts: [{share: 20%, repeat: 400, every: 1 year, due: applied}]}]", "too_many_parts"),
        ("define: {months_counted: 1元}", "counted_not_int"),
        ("shared_caps: [{group: g, per: nobody, limit: 1元}]", "unknown_choice"),
        ("shared_caps: [{group: g}]", "missing_key"),
        ("shared_caps: [{group: g, limit: 1元}, {group: g, limit: 2元}]", "duplicate_id"),
    ],
)
def test_payments_and_ceilings_written_wrongly_are_refused(more: str, code: str) -> None:
    assert code in [found for found, _ in codes(GOOD + more + "\n")]


def test_a_shared_cap_is_the_same_in_every_policy() -> None:
    first = GOOD + "shared_caps: [{group: g, limit: 1万, per: year}]\n"
    second = GOOD.replace("policy: tiny", "policy: other") + "shared_caps: [{group: g, limit: 2万, per: year}]\n"

    assert codes(first, second) == [("cap_rule", 10)]
