"""From free words to codes: job titles, skills, industries and places."""

import csv
import gzip
from pathlib import Path

import pytest

from taihu.records.taxonomy import queries
from taihu.records.taxonomy.mapping import (
    EXACT_ENOUGH,
    NOTHING,
    Guess,
    guess_area,
    guess_industry,
    guess_occupation,
    guess_skills,
)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("软件工程师", "2-02-10-03"),
        ("高级Java开发工程师（双休）", "2-02-10-03"),
        ("軟體工程師", "2-02-10-03"),
        ("嵌入式软件开发工程师", "2-02-10-06"),
        ("电机控制算法工程师", "2-02-38-01"),
        ("数控操作工", "6-18-01-07"),
        ("急聘CNC操作", "6-18-01-07"),
        ("护士", "2-05-08-01"),
        ("会计", "2-06-03-00"),
        ("行政专员", "3-01-02-02"),
        ("电焊工", "6-18-02-04"),
        ("模拟IC设计工程师", "2-02-38-09"),
        ("平面设计/UI工程师", "2-09-06-01"),
        ("新媒体运营+提供住宿", "4-13-01-05"),
        ("Software engineer", "2-02-10-03"),
        ("汽车维修工", "4-12-01-01"),
    ],
)
def test_a_common_title_means_an_occupation(title: str, code: str) -> None:
    guess = guess_occupation(title)

    assert guess.code == code
    assert guess.confidence >= EXACT_ENOUGH


def test_an_unsure_title_gives_a_group_and_says_so() -> None:
    guess = guess_occupation("银行白班节假日休")

    assert guess.code == "4-05-01"
    assert guess.confidence < EXACT_ENOUGH


def test_a_title_of_no_known_word_gives_nothing() -> None:
    assert guess_occupation("???") == NOTHING
    assert guess_occupation("") == NOTHING


def test_skills_decide_where_the_title_says_only_engineer() -> None:
    assert guess_occupation("研发工程师").code == "2-02-99"
    assert guess_occupation("研发工程师", ["organic-synthesis", "drug-registration"]).code == "2-02-32"
    assert guess_occupation("研发工程师（胶粘剂）").code == "2-02-07"


def test_every_word_of_the_title_list_finds_its_own_occupation() -> None:
    wrong = [
        (term.name, guess_occupation(term.name))
        for term in queries.tree("job_title").terms
        if guess_occupation(term.name).code not in (term.extra["occupation"], term.extra["occupation"][:7])
    ]

    assert wrong == []


def test_skills_are_found_in_running_text_in_their_order() -> None:
    text = "熟悉Java、Spring Boot，了解MySQL；能看懂机械制图，会操作加工中心"

    assert [guess.code for guess in guess_skills(text)] == [
        "java",
        "spring-boot",
        "mysql",
        "mechanical-drawing",
        "machining-centre-operation",
    ]


def test_a_latin_skill_inside_a_longer_word_is_not_found() -> None:
    assert [guess.code for guess in guess_skills("精通JavaScript")] == ["javascript"]
    assert guess_skills("Gossip") == []


def test_a_tag_that_is_a_skill_is_surer_than_a_word_in_text() -> None:
    assert guess_skills("PLC") == [Guess("plc-programming", 0.98)]
    assert guess_skills("我们用PLC")[0].confidence < 0.98


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("互联网", "I64"),
        ("医药制造业", "C27"),
        ("电子/半导体/集成电路", "C397"),
        ("C36", "C36"),
        ("无锡某某医疗器械有限公司", "C358"),
    ],
)
def test_an_industry_name_means_a_code(text: str, code: str) -> None:
    assert guess_industry(text).code == code


def test_an_unknown_industry_means_nothing() -> None:
    assert guess_industry("") == NOTHING
    assert guess_industry("zzz") == NOTHING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("无锡", "320200"),
        ("无锡·新吴区", "320214"),
        ("江苏省无锡市滨湖区蠡湖街道金城西路", "320211004"),
        ("北京", "110000"),
        ("无锡经开区", "3202JK"),
        ("江阴", "320281"),
    ],
)
def test_a_place_means_an_area(text: str, code: str) -> None:
    assert guess_area(text).code == code


def test_a_name_that_many_cities_have_needs_the_city() -> None:
    assert guess_area("鼓楼区").confidence < 0.5
    assert guess_area("鼓楼区", within="320100") == Guess("320106", 0.95)
    assert guess_area("某路1号", within="320200") == Guess("320200", 0.5)


@pytest.mark.shared_data
@pytest.mark.slow
def test_nine_of_ten_real_titles_get_an_occupation_group(shared_data: Path) -> None:
    with gzip.open(shared_data / "zhaopin_9cities_2026" / "postings.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::10]

    guesses = [guess_occupation(row["职位"]) for row in rows]
    grouped = sum(queries.is_code("occupation", g.code) and g.code.count("-") >= 2 for g in guesses)

    assert grouped / len(rows) > 0.95
    assert {row["行业"] for row in rows if row["行业"] and not guess_industry(row["行业"]).code} == set()
    assert all(guess_area(row["城市"]).confidence > 0.9 for row in rows)
