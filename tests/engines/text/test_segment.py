import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.segment import Query, Segmenter, default_segmenter, query, terms
from taihu.engines.text.synonyms import default_synonyms


def answers(question: Query, text: str) -> bool:
    present = set(terms(text))
    return all(any(term in present for term in group) for group in question.required)


@pytest.mark.parametrize("question", ["软件", "軟體", "Software", "ＳＯＦＴＷＡＲＥ", "軟件"])
@pytest.mark.parametrize("text", ["招聘软件工程师", "徵軟體工程師", "Senior software developer wanted"])
def test_one_word_in_three_scripts_finds_the_same_texts(question: str, text: str) -> None:
    assert answers(query(question), text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("electrician", "电工，需持证"),
        ("电工", "Electrician needed"),
        ("計程車司機", "出租车司机"),
        ("machine learning", "机器学习算法工程师"),
        ("机器学习", "Machine-Learning Engineer"),
        ("程式設計師", "招程序员"),
        ("R&D", "研发中心"),
        ("焊工", "高薪诚聘焊工"),
        ("保安", "保安员若干"),
        ("产品", "产品经理"),
        ("核心技術", "掌握核心技术"),
        ("豆包", "使用豆包写文案"),
        ("新吴区", "工作地点：无锡新吴区硕放"),
        ("软件工程师", "软件高级工程师"),
        ("c++", "精通C++/Java"),
        ("node.js", "NodeJS后端"),
    ],
)
def test_question_finds_text(question: str, text: str) -> None:
    assert answers(query(question), text)


@pytest.mark.parametrize(
    ("question", "text"), [("java", "JavaScript前端"), ("ai", "email"), ("c++", "C语言"), ("电工", "电子工程师")]
)
def test_question_does_not_find_another_word(question: str, text: str) -> None:
    assert not answers(query(question), text)


@given(st.sampled_from(sorted(default_synonyms().canonical)))
def test_every_spelling_of_a_concept_finds_its_canonical_term(spelling: str) -> None:
    canonical = default_synonyms().canonical[spelling]

    assert answers(query(canonical), f"招聘 {spelling} 一名")
    assert answers(query(spelling), f"招聘 {canonical} 一名")


@given(st.text(alphabet="锡湖鑫淼犇喆甪鼋頔赟睿博科技", min_size=2, max_size=5))
def test_any_text_is_found_by_asking_for_itself(text: str) -> None:
    assert answers(query(text), text)


def test_unknown_names_of_two_characters_are_found_inside_a_sentence() -> None:
    assert answers(query("鼋渚"), "地点在鼋渚附近")


def test_words_of_the_caller_are_cut_as_one() -> None:
    assert "揭榜挂帅项目" in Segmenter(["揭榜挂帅项目"]).index_terms("参加揭榜挂帅项目申报")


def test_a_long_word_asks_for_its_parts_and_prefers_the_whole() -> None:
    asked = query("前端开发工程师")

    assert asked.required == (("前端",), ("开发",), ("工程师",))
    assert asked.preferred == ("前端开发工程师",)


def test_punctuation_and_emptiness_ask_for_nothing() -> None:
    assert query("，。 ！") == Query(())
    assert terms("") == []
    assert default_segmenter() is default_segmenter()
