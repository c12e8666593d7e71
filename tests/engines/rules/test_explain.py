"""One person reads why, in words, and what to do next."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from taihu.engines.rules.cases import person_of_case
from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Explanation, Status

from .people_strategy import random_person
from .test_examples import examples


def explained(policy: str, case: str, at: dt.date, language: str = "zh") -> Explanation:
    policies = examples().only([policy])
    given = next(item for item in policies.policies[0].cases if item.name == case)
    return explain(policies, person_of_case(policies.catalogue, given), at, language)[0]


def test_the_failing_clause_shows_its_article_and_the_values_read() -> None:
    found = explained("wuxi-rent", "T1 last day", dt.date(2024, 6, 30))

    assert found.status is Status.NO
    assert found.failing == ("recent",)
    recent = next(item for item in found.clauses if item.id == "recent")
    assert recent.article == "三"
    assert recent.worked == "申请日 2024-06-30 < 学历学位 毕业证日期（最大） 2022-06-30 + 2年"
    assert recent.readings[0].source == "学信网"


def test_the_calculation_is_shown_line_by_line() -> None:
    found = explained("wuxi-housing", "T3 price caps", dt.date(2025, 3, 1), "en")

    assert [item.amount for item in found.steps] == [100_000_000, 72_000_000]
    assert found.sentences[0] == "Wuxi home purchase subsidy for high-level talent: entitled to CNY 720,000."
    assert found.payers == {"city": 72_000_000}


def test_an_unknown_register_becomes_a_question_and_never_a_refusal() -> None:
    found = explained("wuxi-housing", "home register does not answer", dt.date(2025, 3, 1))

    assert found.status is Status.UNKNOWN
    assert found.failing == ()
    assert found.next_question == "home"
    assert found.next_question_text == "请提供“住房”。"
    assert found.evidence_missing == ("不动产权证书", "契税发票")


@pytest.mark.parametrize("language", ["zh", "en", "zh-hant"])
def test_a_grant_says_how_many_months_it_uses_up(language: str) -> None:
    assert explained("nanjing-rent", "two months left", dt.date(2024, 5, 1), language).counts == {"months": 2}
    assert explained("nanjing-rent", "a home of one's own", dt.date(2024, 5, 1), language).counts == {}
    assert explained("wuxi-housing", "T3 price caps", dt.date(2025, 3, 1), language).counts == {}


def test_missing_months_of_insurance_give_the_month_in_which_they_are_full() -> None:
    policies = examples().only(["hangzhou-living@from-2021-10-15"])
    case = policies.policies[0].cases[0]
    found = explain(policies, person_of_case(policies.catalogue, case), dt.date(2022, 2, 1))[0]
    assert found.failing == ("insured",)
    assert found.becomes_true_on == "2022-04-01"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_anybody_can_be_explained_anything(language: str) -> None:
    policies = examples()
    rng = random.Random(3)
    for number in range(10):
        person = random_person(rng, policies.catalogue, str(number))
        for item in explain(policies, person, dt.date(2024, 5, 1), language):
            assert item.sentences[0]
            assert (item.status is Status.NO) == bool(item.failing)
