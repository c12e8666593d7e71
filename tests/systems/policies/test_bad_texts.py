"""What may be pasted into the text of a policy or a call: a clear word in the page, what was typed kept, nothing else changed."""

import pytest
from django.urls import reverse
from factories import AT
from records.cases.office import make_hall
from systems.policies.makers import TINY
from systems.policies.test_calls import TEXT

from taihu.records.cases.actions import load_shipped
from taihu.systems.policies.actions.calls import save_call
from taihu.systems.policies.actions.policies import save_draft

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))


def bad_texts(text):
    """Name → what is pasted, what the page says, whether it may be kept."""
    return {
        "bomb": (BOMB, "锚点与别名", True),
        "deep": ("[" * 50_000, "嵌套超过", True),
        "tag": (text + "x: !!python/object/apply:os.system ['id']\n", "类型标签", True),
        "huge": (text + "#" + "长" * 3_500_000, "文本超过 1 MB", False),
        "another encoding, replaced": (text.encode("gbk").decode("utf-8", "replace"), "U+FFFD", True),
        "utf-16": (text.encode("utf-16-le").decode("latin1"), "空字符（NUL）", False),
        "null as an escape": (text.replace("title:", 'title: "a\\0b" #', 1), "U+0000", True),
        "tabs": (text.replace("  ", "\t"), "制表符", True),
        "twice": (text + "title: x\n", "键“title”重复", True),
        "table": ("姓名,证件号\n张三,123\n", "最外层应是“键: 值”", True),
        "two": (f"{text}---\n{text}", "多份文档", True),
        "empty": ("", "这个字段是必填项", False),
    }


@pytest.fixture
def hall():
    load_shipped(at=AT, only=("taihu-plan",))
    return make_hall()


@pytest.mark.parametrize("kind", ["office_call", "editor"])
def test_a_bad_text_is_named_and_kept_and_becomes_nothing(client, hall, kind):
    officer = hall.officer
    if kind == "editor":
        draft, text, field = save_draft(acting_user=officer, at=AT, text=TINY), TINY, "text"
    else:
        draft, text, field = save_call(acting_user=officer, at=AT, source=TEXT, office=hall.office), TEXT, "source"
    client.force_login(officer)
    address, form = (reverse(f"policies:{kind}_{tab}", args=[draft.pk]) for tab in ("text", "form"))
    before, revision = getattr(draft, field), 0

    for name, (bad, words, may_be_kept) in bad_texts(text).items():
        answer = client.post(address, {"text": bad, "revision": revision, "do": "save"})
        revision += answer.status_code == 302
        page = client.get(address) if may_be_kept else answer

        draft = type(draft).objects.get(pk=draft.pk)
        assert (name, answer.status_code == 302, page.status_code) == (name, may_be_kept, 200)
        assert words in page.content.decode(), name
        assert getattr(draft, field) == before, name
        if may_be_kept:
            assert draft.working_text.text == bad, name
            assert client.get(form).status_code in (200, 302), name


@pytest.mark.parametrize("kind", ["office_call", "editor"])
def test_marks_and_pictures_of_other_scripts_are_texts_like_others(client, hall, kind):
    if kind == "editor":
        draft, text, field = save_draft(acting_user=hall.officer, at=AT, text=TINY), TINY, "text"
    else:
        draft, text, field = save_call(acting_user=hall.officer, at=AT, source=TEXT, office=hall.office), TEXT, "source"
    client.force_login(hall.officer)
    pasted = "\ufeff" + text.replace("title:", "title: 😀👨‍👩‍👧 #", 1).replace("\n", "\r\n")

    client.post(reverse(f"policies:{kind}_text", args=[draft.pk]), {"text": pasted, "revision": "0", "do": "save"})

    draft.refresh_from_db()
    assert (draft.title, getattr(draft, field)) == ("😀👨‍👩‍👧", pasted.replace("\r\n", "\n"))


@pytest.mark.parametrize("kind", ["office_call", "editor"])
def test_a_form_that_comes_back_damaged_takes_nothing_away(client, hall, kind):
    if kind == "editor":
        draft = save_draft(acting_user=hall.officer, at=AT, text=TINY)
    else:
        draft = save_call(acting_user=hall.officer, at=AT, source=TEXT, office=hall.office)
    client.force_login(hall.officer)
    address = reverse(f"policies:{kind}_form", args=[draft.pk])

    answer = client.post(address, {"document": "a: [", "revision": "0", "do": "save"})

    assert (answer.status_code, "什么也没有保存" in answer.content.decode()) == (409, True)
    assert not hasattr(type(draft).objects.get(pk=draft.pk), "working_text")
