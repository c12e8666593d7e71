from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.phrases import (
    BEIJING,
    DegreeRank,
    Experience,
    PhraseNotUnderstood,
    Place,
    Size,
    parse_date,
    parse_day,
    parse_degree,
    parse_experience,
    parse_place,
    parse_size,
)


@pytest.mark.parametrize(
    ("phrase", "rank"),
    [
        ("学历不限", 0),
        ("不限", 0),
        ("小学", 0),
        ("初中", 1),
        ("高中", 2),
        ("中专/中技", 2),
        ("职高", 2),
        ("大专", 3),
        ("專科及以上", 3),
        ("本科", 4),
        ("統招本科", 4),
        ("专升本", 4),
        ("Bachelor", 4),
        ("硕士", 5),
        ("研究生", 5),
        ("MBA", 5),
        ("博士", 6),
        ("PhD", 6),
        ("大专/本科", 3),
    ],
)
def test_degree_phrase_becomes_a_rank(phrase: str, rank: int) -> None:
    assert parse_degree(phrase).rank == rank


def test_degree_keeps_an_upper_bound_and_full_time_study() -> None:
    assert parse_degree("初中及以下").maximum is DegreeRank.JUNIOR
    assert parse_degree("全日制本科及以上").full_time
    assert parse_degree("本科，特别优秀的再谈").confidence < 1


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("5-10年", Experience(60, 120)),
        ("1年以下", Experience(0, 12)),
        ("10年以上", Experience(120)),
        ("3+年", Experience(36)),
        ("经验不限", Experience(0)),
        ("无经验", Experience(0)),
        ("應屆畢業生", Experience(0, None, graduates=True)),
        ("1-3 years", Experience(12, 36)),
        ("三至五年", Experience(36, 60)),
        ("6个月以上", Experience(6)),
    ],
)
def test_experience_phrase_becomes_months(phrase: str, expected: Experience) -> None:
    assert parse_experience(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("20-99人", Size(20, 99)),
        ("10000人以上", Size(10_000)),
        ("20人以下", Size(0, 19)),
        ("少于50人", Size(0, 49)),
        ("1,000-9,999人", Size(1_000, 9_999)),
        ("500人以内", Size(0, 500)),
    ],
)
def test_company_size_becomes_bounds(phrase: str, expected: Size) -> None:
    assert parse_size(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("无锡", Place("无锡")),
        ("無錫·新吳區", Place("无锡", "新吴区")),
        ("北京 海淀区 中关村", Place("北京", "海淀区", "中关村")),
        ("江阴市", Place("江阴市")),
    ],
)
def test_place_is_cut_into_parts(phrase: str, expected: Place) -> None:
    assert parse_place(phrase) == expected


def test_a_time_without_a_zone_is_beijing_time() -> None:
    assert parse_date("2026-01-08 10:48:07") == datetime(2026, 1, 8, 10, 48, 7, tzinfo=BEIJING)
    assert parse_date("2026-01-08T02:48:07Z") == datetime(2026, 1, 8, 10, 48, 7, tzinfo=BEIJING)
    assert parse_day("2026-01-08T20:00:00Z").isoformat() == "2026-01-09"
    assert parse_day("二〇二六年一月八日").isoformat() == "2026-01-08"


@pytest.mark.parametrize("phrase", ["2026-02-30", "昨天", "soon", "", "2026-01-08 25:00"])
def test_an_impossible_or_relative_date_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseNotUnderstood, match="date phrase"):
        parse_date(phrase)


@pytest.mark.parametrize(
    ("parse", "phrase"),
    [(parse_degree, "勤奋"), (parse_experience, "勤奋"), (parse_size, "很大"), (parse_size, "=1+1")],
)
def test_anything_else_is_refused_with_an_example(parse, phrase: str) -> None:
    with pytest.raises(PhraseNotUnderstood, match="write for example"):
        parse(phrase)


@given(st.text(max_size=20))
def test_any_text_is_understood_or_refused(text: str) -> None:
    for parse in (parse_degree, parse_experience, parse_size, parse_date):
        with suppress(PhraseNotUnderstood):
            parse(text)
    assert isinstance(parse_place(text), Place)


@given(st.integers(10, 99).map(str))
def test_every_code_of_gbt_4658_has_a_rank_or_is_refused(code: str) -> None:
    if code[0] == "5":
        with pytest.raises(ValueError, match="GB/T 4658"):
            DegreeRank.from_gbt4658(code)
    else:
        assert DegreeRank.from_gbt4658(code) in DegreeRank
