"""Conditions read as sentences, whatever policy they stand in, and say what stands between a person and them."""

from __future__ import annotations

import datetime as dt

import pytest

from taihu.engines.rules.explain import explain
from taihu.engines.rules.people import Person
from taihu.engines.rules.phrases import LONGEST, rule_phrases
from taihu.engines.rules.results import ClauseFinding, Explanation
from taihu.engines.rules.sets import PolicySet, load_policies

from .test_examples import examples

DAY = dt.date(2024, 6, 1)


def policy_with(test: str, *, extra: str = "") -> PolicySet:
    text = f"""
policy: sample
version: "1"
title: {{zh: 样例, en: Sample}}
document: none
effective: {{from: 2024-01-01}}
{extra}
conditions: {{id: asked, text: {{zh: 条件, en: condition}}, test: "{test}"}}
amount: 100元
"""
    return load_policies({"sample.yaml": text})


def phrase(test: str, language: str = "zh") -> str:
    policies = policy_with(test)
    return rule_phrases(policies, policies.policies[0], language)["asked"]


def told(test: str, language: str = "zh", **facts: object) -> ClauseFinding:
    return explanation(policy_with(test), language, **facts).clauses[0]


def explanation(policies: PolicySet, language: str = "zh", **facts: object) -> Explanation:
    return explain(policies, Person.of(policies.catalogue, "1", facts), DAY, language)[0]


@pytest.mark.parametrize(
    ("test", "zh", "en"),
    [
        (
            "years(birth_date, applied) <= 50",
            "申请日的年龄不超过50周岁",
            "the age on the application date is at most 50",
        ),
        (
            "applied < class_recognised_on + 3 years",
            "申请日距首次认定日期不满3年",
            "the application date is less than 3 years after the date of first recognition",
        ),
        (
            "class_recognised_on + 3 years > applied",
            "申请日距首次认定日期不满3年",
            "the application date is less than 3 years after the date of first recognition",
        ),
        (
            "any(degree where degree.level >= 'bachelor' and not degree.is_joint_programme)",
            "有学历学位（学位为学士及以上，不是“中外合作办学”）",
            "there is a record of degree (degree level is bachelor or above, not “Sino-foreign joint programme”)",
        ),
        (
            "not any(benefit where benefit.programme == 'housing')",
            "没有已享受待遇（项目是购房补贴）",
            "there is no record of benefit received (programme is home purchase subsidy)",
        ),
        (
            "months_covered(insurance where insurance.in_city, applied) >= 60",
            "到申请日，参保（在本市）累计至少60个月",
            "insurance (in the city) adds up to at least 60 months up to the application date",
        ),
        (
            "not (is_full_time and homes_in_city == 0)",
            "没有“全职工作”的情况，或者家庭在本市住房套数不是0",
            "“works full time” does not apply, or the homes of the household in the city are not 0",
        ),
        (
            "any(degree where listed(degree.university, 'global_top_20', applied))",
            "有学历学位（毕业院校在“全球前20高校（示例名单）”上）",
            "there is a record of degree (university is on “Global top-20 universities (example list)”)",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(test: str, zh: str, en: str) -> None:
    assert (phrase(test), phrase(test, "en")) == (zh, en)


def test_and_and_or_are_kept_apart_by_brackets() -> None:
    text = phrase("is_full_time and (is_returnee or is_foreigner)")

    assert text == "全职工作，并且（留学回国人员，或者外籍）"


def test_a_reader_of_traditional_chinese_gets_traditional_characters() -> None:
    assert phrase("is_returnee", "zh-hant") == "留學回國人員"


def test_every_condition_of_every_example_reads_without_signs_and_codes() -> None:
    policies = examples()

    for language in ("zh", "en"):
        for policy in policies.policies:
            for text in rule_phrases(policies, policy, language).values():
                assert len(text) <= LONGEST[language]
                assert not set(text) & set("<>=≤≥≠+−×÷_")


def test_a_number_that_is_short_says_by_how_much() -> None:
    clause = told("paid_in_cash >= 100万", paid_in_cash="40万")

    assert clause.gap == "实缴货币出资是400,000元，还差600,000元。"


def test_missing_months_are_counted_and_the_day_is_named() -> None:
    records = [{"in_city": True, "from": "2024-03-01"}]
    test = "months_run(insurance where insurance.in_city, applied) >= 6"
    clause = told(test, insurance=records)
    english = told(test, "en", insurance=records)

    assert clause.gap == "到申请日，参保连续是4个月，还差2个月。"
    assert clause.advice == "情况不变的话，2024-08-01起符合，到那天再申报。"
    assert english.gap == "The months of insurance up to the application date are 4 months; 2 months short."


def test_a_date_that_passed_shows_both_dates() -> None:
    clause = told("applied < class_recognised_on + 3 years", class_recognised_on="2020-03-01")

    assert clause.gap == "申请日是2024-06-01，首次认定日期之后3年是2023-03-01。"
    assert "更正" in clause.advice


def test_records_are_shown_with_what_was_asked_of_them() -> None:
    clause = told(
        "any(degree where degree.level == 'doctor' and listed(degree.university, 'global_top_100', applied))",
        degree=[{"level": "doctor", "university": "jiangnan"}],
    )

    assert clause.readings[0].value == "博士，江南大学"
    assert clause.gap == "查到1条学历学位，不符合要求。"


def test_what_nobody_answered_is_asked_of_those_who_know_it() -> None:
    clause = told("hukou_in_city", "en")

    assert clause.missing_text == "Not known yet: household registered in the city (from police)."
    assert clause.gap == ""


def test_what_must_not_be_is_required_as_its_opposite() -> None:
    policies = load_policies(
        {
            "none.yaml": """
policy: none-of
version: "1"
title: 样例
document: none
effective: {from: 2024-01-01}
conditions:
  none:
    - {id: punished, text: 受过刑事处罚, test: has_criminal_record}
    - {id: listed, text: 失信, test: on_bad_list}
amount: 100元
"""
        }
    )
    found = explanation(policies, has_criminal_record=True, on_bad_list=False)
    punished, listed = found.clauses[1:]

    assert (punished.outcome, listed.outcome) == ("fails", "holds")
    assert punished.requires == "没有“受过刑事处罚”的情况"
    assert "不应有的情况：受过刑事处罚。查到受过刑事处罚：是。" in found.sentences


def test_codes_have_the_names_that_a_policy_gives_them() -> None:
    policies = policy_with(
        "not any(benefit where benefit.programme == 'special')",
        extra="codes: {programme: {special: [一事一议资助, case-by-case award]}}",
    )
    found = explanation(policies, "en", benefit=[{"programme": "special", "amount": "1万"}])

    assert found.clauses[0].requires == "there is no record of benefit received (programme is case-by-case award)"
    assert found.clauses[0].readings[0].value == "case-by-case award"


def test_an_explanation_in_traditional_chinese_says_the_same() -> None:
    policies = policy_with("on_bad_list == false")
    plain = explanation(policies, on_bad_list=True)
    found = explanation(policies, "zh-hant", on_bad_list=True)

    assert found.clauses[0].readings[0].label == "失信被執行人"
    assert (found.status, found.amount, len(found.sentences)) == (plain.status, plain.amount, len(plain.sentences))
