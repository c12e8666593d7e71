from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.fold import fold, fold_plain


def test_traditional_words_become_mainland_words_and_simplified_text_is_left_alone() -> None:
    assert fold("資料庫 網路 滑鼠") == "数据库 网络 鼠标"
    assert fold_plain("資料庫") == "资料库"
    assert fold("核心技术 整合 建立 文件 进行 有效") == "核心技术 整合 建立 文件 进行 有效"


def test_a_mixed_run_exchanges_characters_only() -> None:
    assert fold("内核心資料与数据") == "内核心资料与数据"


@given(
    st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x9FFF, exclude_categories=["Cs"]), max_size=40)
)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold_plain(text)

    assert fold_plain(once) == once


@given(st.text(alphabet="軟體工程師软件核心資料庫计程車 Java1，。", max_size=30))
def test_folding_a_folded_job_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
