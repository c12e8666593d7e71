import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.dedupe import (
    group_duplicates,
    is_duplicate,
    normalise_company,
    resemblance,
    shingles,
    signature,
)

TEXT = "负责公司核心业务系统的设计、开发与维护，参与需求评审和技术方案设计，编写单元测试并保证代码质量，五险一金双休"


def posting(company: str = "太湖科技有限公司", title: str = "软件工程师", text: str = TEXT, place: str = "无锡"):
    return signature(company=company, title=title, text=text, place=place)


@pytest.mark.parametrize(
    "other",
    [
        {"company": "太湖科技"},
        {"company": "太湖科技（有限公司）"},
        {"title": "軟體工程師"},
        {"title": "软件工程师（急招）"},
        {"text": "【急招】" + TEXT.replace("，", ", ")},
        {"text": TEXT + "。"},
    ],
)
def test_the_same_opening_written_otherwise_is_a_duplicate(other: dict[str, str]) -> None:
    assert is_duplicate(posting(), posting(**other))


@pytest.mark.parametrize(
    "other",
    [
        {"company": "蠡湖科技有限公司"},
        {"title": "行政前台"},
        {"place": "苏州"},
        {"text": "负责前台接待、来访登记、会议室预订与办公用品采购，协助组织公司活动，普通话标准，做事细致认真负责"},
        {"text": ""},
    ],
)
def test_another_opening_is_not(other: dict[str, str]) -> None:
    assert not is_duplicate(posting(), posting(**other))


def exact_resemblance(first: str, second: str) -> float:
    a, b = set(shingles(first).tolist()), set(shingles(second).tolist())
    return len(a & b) / len(a | b) if a | b else 1.0


@given(st.integers(0, len(TEXT) - 10), st.text(alphabet="薪资面议年终奖", max_size=20))
def test_the_estimate_is_near_the_exact_resemblance(cut: int, added: str) -> None:
    changed = TEXT[cut:] + added

    assert abs(resemblance(posting(), posting(text=changed)) - exact_resemblance(TEXT, changed)) < 0.25


@given(
    st.lists(
        st.tuples(st.sampled_from(["甲公司", "乙公司"]), st.sampled_from([TEXT, TEXT + "！", TEXT[::-1], "短"])),
        max_size=12,
    )
)
def test_groups_equal_comparing_every_pair(rows: list[tuple[str, str]]) -> None:
    signatures = [posting(company=company, text=text) for company, text in rows]
    slow = list(range(len(rows)))
    for later in range(len(rows)):
        for earlier in range(later):
            if is_duplicate(signatures[earlier], signatures[later]):
                low, high = sorted((slow[earlier], slow[later]))
                slow = [low if group == high else group for group in slow]

    assert group_duplicates(signatures) == slow


def test_the_signature_is_the_same_everywhere() -> None:
    first = posting()

    assert first.bands[:2] == posting().bands[:2]
    assert first.owner == 756516730914420515
    assert np.frombuffer(first.minima, "<u4").shape == (64,)
    assert all(0 <= band < 2**63 for band in first.bands)


def test_a_name_that_is_only_a_legal_form_is_kept() -> None:
    assert normalise_company("有限公司") == "有限公司"
