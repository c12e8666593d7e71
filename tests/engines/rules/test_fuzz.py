"""Whatever is typed, the answer is a finding with a place, never a traceback."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taihu.systems.policies
from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.catalogue import load_catalogue, shipped_catalogue
from taihu.engines.rules.errors import FactsError, PolicyError, Problem
from taihu.engines.rules.people import Person
from taihu.engines.rules.sets import load_policies

SHIPPED = sorted((Path(taihu.systems.policies.__file__).parent / "data" / "policies").glob("*.yaml"))
TEXTS = [path.read_text("utf-8") for path in (*SHIPPED, *sorted((Path(__file__).parent / "trials").glob("*.yaml")))]
PIECES = [
    "", " ", "\n", "\t", "&a ", "*a", "!!python/object:os.system x", "{", "}", "[", "]", ":", ": ", "- ", "'", '"', "#", "%", "null", "~",
    "999999999999999999999999", "-1", "0", "1e9", "0.00001", "99999999999亿", "1分", "9999 years", "10000 months", "0元", "100%", "101%",
    "2024-02-30", "0001-01-01", "9999-12-31", "applied", "amount", "holds('wuxi-rent')", "amount_of(1)", "layer('x')", "known()",
    "if true then", "/ 0", "* 2亿", "sum(", "max()", "where", "by", "((((", "not " * 70, "- " * 70, "birth_date", "degree", "degree.level",
    "at(hukou_in_city, applied)", "months_run(insurance, 1)", "listed('a','b')", "x[", "\x00", "\ud800", "𝕏", "。", "＝", "≥", "any:",
    "define: {a: a}", "test: true", "repeat: 121", "every: 2", "share: 3", "cases: 1", "effective: x", "tables: {t: 1}",
]  # fmt: skip


def answer(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        run_cases(load_policies({"x.yaml": text}))
    except PolicyError as error:
        problems = error.problems
    for item in problems:
        assert item.text("zh")
        assert item.text("en")
        assert item.place.file == "x.yaml"
        assert min(item.place.line, item.place.column) >= 1


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=5)),
        min_size=1,
        max_size=3,
    ),
)
def test_a_damaged_policy_is_refused_with_a_place(text: str, damage: list[tuple[float, int, str]]) -> None:
    for where, length, piece in damage:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]

    answer(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_line_too_many_or_too_few_is_refused_with_a_place(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(TEXTS)).split("\n")
    first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[first] = data.draw(st.sampled_from(["", lines[second], "  " + lines[first], lines[first].strip()]))

    answer("\n".join(lines))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda item: item.decode("latin-1")))
def test_any_text_at_all_is_answered(text: str) -> None:
    answer(text)
    answer(
        f"policy: tiny\nversion: '1'\ntitle: t\ndocument: d\neffective: {{from: 2024-01-01}}\nconditions: {text}\namount: {text}\n"
    )
    with suppress(PolicyError):
        load_catalogue(text, "x.yaml")


EXPRESSIONS = st.lists(
    st.sampled_from(
        ["applied", "birth_date", "work_years", "project_grant", "degree", "degree.level", "insurance", "(", ")", "[", "]", ",",
         "and", "or", "not", "==", "<", ">=", "+", "-", "*", "/", "if", "then", "else", "in", "where", "by", "any", "sum", "max", "years",
         "add_months", "round_down", "1", "20%", "3万", "2 years", "2024-01-01", "'A1'", "true", ".", "known", "month_reached"]
    ),
    max_size=14,
).map(" ".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_any_row_of_words_is_answered(text: str) -> None:
    head = "policy: tiny\nversion: '1'\ntitle: t\ndocument: d\neffective: {from: 2024-01-01}\n"
    answer(
        head
        + f'conditions: {{id: a, text: a, test: "{text}"}}\namount: "{text}"\ninstalments: [{{parts: [{{share: 100%, due: "{text}"}}]}}]\n'
    )


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.dates()
    | st.sampled_from(["3万", "20%", "2024-02-30", "master"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "from", "to", "level", "amount", "source"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [*shipped_catalogue().facts, *shipped_catalogue().records]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_any_facts_are_taken_or_refused_by_name(facts: dict[str, Any]) -> None:
    with suppress(FactsError):
        Person.of(shipped_catalogue(), "1", facts)


@pytest.mark.parametrize("period", ["10000 years", "10000 months", "10000 days"])
@pytest.mark.parametrize("sign", ["+", "-"])
def test_dates_far_off_stay_within_the_calendar(sign: str, period: str) -> None:
    text = (
        "policy: tiny\nversion: '1'\ntitle: t\ndocument: d\neffective: {from: 2024-01-01}\n"
        f'conditions: {{id: a, text: a, test: "contract_to != applied {sign} {period}"}}\namount: 1元\n'
        f'instalments: [{{parts: [{{share: 100%, due: "applied {sign} {period}"}}]}}]\n'
        "cases: [{name: a, at: 2024-06-01, given: {contract_to: 2025-01-01}, expect: {status: yes}}]\n"
    )

    assert [item.differences for item in run_cases(load_policies({"x.yaml": text}))] == [()]
