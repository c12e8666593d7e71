import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.fold import fold
from taihu.engines.text.similar import Lexicon

PHRASES = ["电工", "电工证", "维修电工", "java", "javascript", "c", "c++", "go", "机器学习", "学习", "machine learning"]
LEXICON = Lexicon([(phrase, phrase) for phrase in PHRASES])


def find_slowly(text: str) -> list[tuple[int, str]]:
    """Reference: try every phrase at every place, longest first."""
    folded, at, found = fold(text), 0, []
    latin = "abcdefghijklmnopqrstuvwxyz0123456789"
    while at < len(folded):
        for phrase in sorted(PHRASES, key=len, reverse=True):
            end = at + len(phrase)
            starts_word = not at or not (folded[at - 1] in latin and folded[at] in latin + "+#")
            ends_word = end >= len(folded) or not (folded[end - 1] in latin and folded[end] in latin + "+#")
            if folded.startswith(phrase, at) and starts_word and ends_word:
                found.append((at, phrase))
                at = end
                break
        else:
            at += 1
    return found


@given(st.lists(st.sampled_from([*PHRASES, " ", "、", "x", "维", "+", "1", "学"]), max_size=10).map("".join))
def test_finding_equals_the_slow_reference(text: str) -> None:
    assert [(hit.start, hit.phrase) for hit in LEXICON.find(text)] == find_slowly(text)


def test_a_latin_phrase_matches_whole_words_only() -> None:
    assert LEXICON.codes("JavaScript") == ("javascript",)
    assert LEXICON.codes("Django、C++、Go语言") == ("c++", "go")
    assert LEXICON.codes("category") == ()


def test_one_phrase_may_stand_for_several_codes() -> None:
    assert Lexicon([("会计", "a"), ("会计", "b"), ("会计", "a")]).codes("會計") == ("a", "b")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("软件工程师", "software"),
        ("資深軟體工程師", "software"),
        ("Java软件开发工程师（双休）", "software"),
        ("Software Engineer", "software"),
        ("维修电工", "electrician"),
        ("Electrician", "electrician"),
        ("养老护理员", "care"),
    ],
)
def test_a_free_title_gets_its_occupation(title: str, code: str) -> None:
    occupations = Lexicon(
        [
            ("软件工程师", "software"),
            ("电工", "electrician"),
            ("养老护理员", "care"),
            ("护士", "nurse"),
            ("机械工程师", "mechanic"),
        ]
    )

    found = occupations.best(title, least=0.3)

    assert found is not None
    assert found.code == code
    assert 0 < found.confidence <= 1


def test_an_unknown_title_gets_no_code_and_an_exact_one_is_certain() -> None:
    occupations = Lexicon([("电工", "e"), ("焊工", "w")])

    assert occupations.best("首席快乐官") is None
    assert occupations.best("焊工").confidence == 1.0
    assert occupations.rank("") == ()


def test_a_blank_phrase_is_refused() -> None:
    with pytest.raises(ValueError, match="has a blank phrase"):
        Lexicon([(" ", "x")])
