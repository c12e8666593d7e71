"""Compiled readers of JSON texts say what the standard library says."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.records.facts import texts

KEYS = ("level", "from", "学历")
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=6)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
VALUES = st.recursive(PLAIN, lambda item: st.lists(item, max_size=3) | st.dictionaries(WORDS, item, max_size=3))
RECORDS = st.dictionaries(st.sampled_from(KEYS) | WORDS, VALUES, max_size=5)
LINES = st.lists(RECORDS, max_size=3) | st.lists(RECORDS | PLAIN, max_size=3) | VALUES
WRITERS = (
    json.dumps,
    lambda item: json.dumps(item, ensure_ascii=False, separators=(",", ":")),
    lambda item: json.dumps(item, ensure_ascii=False, separators=(" ,\t", " : ")),
)


@pytest.fixture(params=[0, 10**9], ids=["compiled", "plain"])
def readers(request, monkeypatch):
    monkeypatch.setattr(texts, "WORTH_KERNELS", request.param)


def compiled_and_plain(function, *arguments):
    found = []
    for size in (0, 10**9):
        before, texts.WORTH_KERNELS = texts.WORTH_KERNELS, size
        try:
            found.append(function(*arguments))
        finally:
            texts.WORTH_KERNELS = before
    return found


def values(coded):
    """What a column says, one value per record; (,) where there is none."""
    return [() if code < 0 else (json.loads(coded.texts[code]),) for code in coded.codes.tolist()]


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from(WRITERS))
def test_lists_of_records_come_apart_as_the_standard_library_reads_them(lines, write):
    text = "\n".join(map(write, lines))
    wanted = [item if isinstance(item, list) and all(isinstance(one, dict) for one in item) else None for item in lines]

    for found in compiled_and_plain(texts.code_records, text, KEYS):
        assert found.counts.tolist() == [-1 if item is None else len(item) for item in wanted]
        for key in KEYS:
            records = [record for item in wanted if item for record in item]
            assert values(found.fields[key]) == [(record[key],) if key in record else () for record in records]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["true", "false", '"2024-06-30"', '""', ""]) | WORDS, min_size=1, max_size=900))
def test_equal_lines_get_equal_codes_in_the_order_in_which_they_turn_up(lines):
    for found in compiled_and_plain(texts.code_lines, "\n".join(lines)):
        assert found.texts == list(dict.fromkeys(lines))
        assert [found.texts[code] for code in found.codes] == lines


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(-(2**62), 2**62), max_size=5), min_size=1, max_size=6), st.sampled_from(WRITERS))
def test_lists_of_whole_numbers_are_read_whatever_their_size(lines, write):
    for counts, numbers in compiled_and_plain(texts.number_lists, "\n".join(map(write, lines))):
        assert counts.tolist() == [len(item) for item in lines]
        assert numbers.tolist() == [number for item in lines for number in item]


@pytest.mark.usefixtures("readers")
def test_the_last_of_two_fields_of_one_name_counts_and_escaped_names_are_understood():
    found = texts.code_records('[{"level": 1, "level": 2}, {"\\u006cevel": 3}]', ["level"])

    assert values(found.fields["level"]) == [(2,), (3,)]


@pytest.mark.usefixtures("readers")
def test_what_is_no_json_is_an_error_and_never_a_value():
    for text in ('[{"level": 1}', '[{"level": "', '[{"level', "[{", "["):
        with pytest.raises(json.JSONDecodeError):
            texts.code_records(text, ["level"])


def test_texts_that_are_taken_are_numbered_as_they_turn_up():
    found = texts.Coded(np.array([0, 1, -1, 2, 1]), ["a", "b", "c"]).take(np.array([3, 2, 4, 1]))

    assert (found.codes.tolist(), found.texts) == ([0, -1, 1, 1], ["c", "b"])
