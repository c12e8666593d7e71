import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.repair import repair

SENTENCES = ["软件工程师招聘", "月薪8000元，五险一金", "无锡新吴区", "数据分析", "电工"]
DAMAGES = [("utf-8", "latin-1"), ("utf-8", "cp1252"), ("utf-8", "gb18030"), ("gb18030", "latin-1")]


@pytest.mark.parametrize(("right", "wrong"), DAMAGES)
@pytest.mark.parametrize("text", SENTENCES)
def test_a_wrong_decoding_is_undone_exactly_where_it_lost_nothing(text: str, right: str, wrong: str) -> None:
    try:
        damaged = text.encode(right).decode(wrong)
    except UnicodeDecodeError:
        return

    assert repair(damaged).text == text
    assert [r.kind for r in repair(damaged).repairs] == ["encoding"]


@given(
    st.text(
        alphabet="的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经",
        max_size=30,
    )
)
def test_common_chinese_is_never_changed(text: str) -> None:
    assert repair(text) == repair(repair(text).text)
    assert repair(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "Café Müller 招聘",
        "要求<5年，薪资>8000",
        "C++ & Java",
        "A/B测试（React）",
        "陶瓷瀹茶师",
        "重(chong)庆",
        "书(kos)",
        "品质主管 R&D;",
    ],
)
def test_what_only_looks_broken_is_left_alone(text: str) -> None:
    assert repair(text).text == text
    assert repair(text).repairs == ()


@pytest.mark.parametrize(
    ("text", "repaired", "kinds"),
    [
        ("\ufeff电\u200b工", "电工", ["invisible"]),
        ("电工\x00\x07", "电工", ["control"]),
        ("第一行\r\n第二行\x0b第三行", "第一行\n第二行\n第三行", ["control"]),
        ("\uf06c 负责", "  负责", ["symbol_font"]),
        ("<div class='a'>电工<br/>焊工</div>", "电工\n焊工", ["markup"]),
        ("&lt;p&gt;电工&lt;/p&gt;", "电工", ["entity", "markup"]),
        ("电工<script>alert(1)</script>", "电工", ["markup"]),
        ("五险&amp;一金&nbsp;双休", "五险&一金 双休", ["entity"]),
        ("重(chóng)庆", "重庆", ["pinyin"]),
        ("厦门（xia4 men2）", "厦门", ["pinyin"]),
        ("沉chén淀", "沉淀", ["pinyin"]),
        ("锟斤拷电工", "锟斤拷电工", ["unrecoverable"]),
        ("品质主管yuè nán", "品质主管yuè nán", []),
    ],
)
def test_each_kind_of_damage_is_undone_and_named(text: str, repaired: str, kinds: list[str]) -> None:
    done = repair(text)

    assert done.text == repaired
    assert [r.kind for r in done.repairs] == kinds


@given(st.text(max_size=60))
def test_nothing_is_invented_where_no_encoding_was_undone(text: str) -> None:
    done = repair(text)

    if not {"encoding", "entity"} & {r.kind for r in done.repairs}:
        assert set(done.text) <= set(text) | {" ", "\n"}


def test_ten_megabytes_of_open_tags_are_read_in_time() -> None:
    assert repair("<script>" * 100_000 + "重(c" * 100_000).repairs == ()
