"""Records become markets; nonsense and protected attributes are refused with their row."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from taihu.engines.matching import (
    Features,
    Lists,
    Market,
    MarketError,
    Openings,
    People,
    broken_words,
    candidates,
    explain,
    failing_conditions,
    is_protected,
    reference,
    why_not,
)
from tests.engines.matching.markets import random_market


@pytest.mark.parametrize(
    "name",
    ["sex", "Gender", "applicant_age", "birthDate", "ethnicity", "maritalStatus", "religion", "hukou", "性别", "年龄",
     "民族", "婚姻状况", "户籍地", "宗教信仰", "出生日期"],
)  # fmt: skip
def test_protected_attributes_are_refused_by_name(name: str) -> None:
    with pytest.raises(MarketError) as refused:
        Market.from_records(people=[{"id": 1}, {"id": 2, name: "x"}], openings=[])

    assert (refused.value.code, refused.value.row) == ("protected_attribute", 1)


@pytest.mark.parametrize("name", ["language", "page", "usage", "skills", "职业", "management"])
def test_ordinary_names_are_not_protected(name: str) -> None:
    assert not is_protected(name)


@pytest.mark.parametrize(
    ("people", "code", "row"),
    [
        ([{"id": 1}, {"id": 1}], "duplicate_id", 1),
        ([{"id": 1}, {"id": 2, "hobby": "go"}], "unknown_key", 1),
        ([{"id": 1}, {"skills": "x"}], "missing_id", 1),
        ([{"id": "x"}], "not_an_integer", 0),
        ([{"id": 1, "pay_floor": "1e"}], "not_an_integer", 0),
        ([{"id": 1, "pay_floor": -5}], "out_of_range", 0),
        ([{"id": 1, "degree": "博"}], "unknown_degree", 0),
        ([{"id": 1, "experience_months": 40000}], "out_of_range", 0),
    ],
)
def test_bad_records_are_refused_with_their_row(people: list[dict[str, object]], code: str, row: int) -> None:
    with pytest.raises(MarketError) as refused:
        Market.from_records(people=people, openings=[{"id": 9}])

    assert (refused.value.code, refused.value.row) == (code, row)


def features(rows: int) -> Features:
    return Features(np.zeros(rows + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint8))


@pytest.mark.parametrize(
    ("build", "code", "row"),
    [
        (lambda: People(ids=[1, 1], features=features(2)), "duplicate_id", 1),
        (lambda: People(ids=[2, 1], features=features(2)), "unsorted_ids", 1),
        (lambda: People(ids=[1, 2], features=features(3)), "bad_shape", None),
        (lambda: People(ids=[1, 2], features=features(2), degree=[0, 300]), "out_of_range", 1),
        (lambda: People(ids=[1, 2], features=features(2), pay_floor=[0.0, float("nan")]), "not_an_integer", 1),
        (lambda: Openings(ids=[1], features=features(1), vacancies=[-1]), "out_of_range", 0),
        (lambda: Openings(ids=[1], features=features(1), type=[16]), "out_of_range", 0),
        (lambda: Lists([0, 2], [3, 1]), "unsorted_ids", 0),
        (lambda: Lists([0, 2], [1, 1]), "unsorted_ids", 0),
        (lambda: Lists([0, 1, 2], [1, -1]), "out_of_range", 1),
        (lambda: Features([0, 1], [1], [0]), "zero_weight", 0),
        (lambda: Lists([1, 2], [1]), "bad_indptr", None),
    ],
)
def test_bad_arrays_are_refused_with_their_row(build, code: str, row: int | None) -> None:
    with pytest.raises(MarketError) as refused:
        build()

    assert (refused.value.code, refused.value.row) == (code, row)


def test_inputs_are_not_changed_and_not_writeable() -> None:
    ids = np.array([1, 2])
    people = People(ids=ids, features=features(2))
    ids[0] = 0

    assert not people.ids.flags.writeable


def test_an_occupation_earns_partial_credit_for_a_near_one() -> None:
    market = Market.from_records(
        people=[{"id": 1, "occupations": "弧焊工"}],
        openings=[
            {"id": 1, "occupations": "弧焊工"},
            {"id": 2, "occupations": "气焊工"},
            {"id": 3, "occupations": "厨师"},
        ],
        occupation_parents={"弧焊工": "焊工", "气焊工": "焊工", "焊工": "制造", "厨师": "餐饮"},
    )
    edges = candidates(market)

    assert edges.opening.tolist() == [0, 1]
    assert edges.score[0] > edges.score[1] > 0


def test_failing_conditions_agree_with_the_reference() -> None:
    market = random_market(8, 30, 30)

    for i in range(30):
        for j in range(30):
            assert (failing_conditions(market, i, j) == ()) == bool(reference.may_meet(market, i, j))
            assert all(broken_words(broken, "zh") and broken_words(broken, "en") for broken in why_not(market, i, j))
            assert explain(market, i, j).score == reference.score(market, i, j)


def test_the_crowd_is_told_in_words() -> None:
    market = Market.from_records(people=[{"id": 1, "skills": "焊工"}], openings=[{"id": 2, "skills": "焊工"}])
    told = explain(market, 0, 0, prices=np.array([0.12]), loads=np.array([14.2]))

    assert "Expects 14 suitable applicants for 1 place, so it is ranked at 12% of its value." in told.words("en")
    assert "预计有 14 名合适的求职者竞争 1 个名额，因此按原有价值的 12% 排序。" in told.words("zh")


def test_importing_the_package_does_not_import_numba_or_scipy() -> None:
    code = "import sys, taihu.engines.matching; print('numba' in sys.modules, 'scipy' in sys.modules)"

    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert out.stdout == "False False\n"
