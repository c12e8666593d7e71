from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from django.utils import translation
from django.utils.translation import gettext

from taihu.portal.catalogue.extraction import extract, find_missing
from taihu.portal.catalogue.fragments import HEADER, CatalogueError, add_missing, compile_catalogues, read_entries


def write_fragment(folder: Path, name: str, *pairs: tuple[str, str]) -> Path:
    path = folder / "en" / f"{name}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f'\nmsgid "{a}"\nmsgstr "{b}"\n' for a, b in pairs), encoding="utf-8")
    return path


def compiled(folder: Path, language: str) -> dict[str, str]:
    with (folder / language / "LC_MESSAGES" / "django.mo").open("rb") as handle:
        return {message.id: message.string for message in read_mo(handle) if message.id}


def test_fragments_are_merged_and_traditional_chinese_is_generated(tmp_path):
    write_fragment(tmp_path, "one", ("软件工程师", "Software engineer"))
    write_fragment(tmp_path, "two", ("共 %(n)s 个岗位", "%(n)s openings"))

    compile_catalogues(tmp_path / "out", tmp_path)

    assert compiled(tmp_path / "out", "en") == {"软件工程师": "Software engineer", "共 %(n)s 个岗位": "%(n)s openings"}
    assert compiled(tmp_path / "out", "zh_Hant") == {"软件工程师": "軟體工程師", "共 %(n)s 个岗位": "共 %(n)s 個崗位"}


def test_an_override_corrects_one_generated_message(tmp_path):
    write_fragment(tmp_path, "one", ("岗位", "Opening"), ("单位", "Employer"))
    (tmp_path / "zh_Hant").mkdir()
    (tmp_path / "zh_Hant" / "overrides.po").write_text(HEADER + '\nmsgid "岗位"\nmsgstr "職缺"\n', encoding="utf-8")

    compile_catalogues(tmp_path / "out", tmp_path)

    assert compiled(tmp_path / "out", "zh_Hant") == {"岗位": "職缺", "单位": "單位"}


def test_fragments_that_disagree_are_refused_with_both_places(tmp_path):
    write_fragment(tmp_path, "one", ("岗位", "Opening"))
    write_fragment(tmp_path, "two", ("岗位", "Job"))

    with pytest.raises(CatalogueError, match=r"two\.po:7.*one\.po:7"):
        compile_catalogues(tmp_path / "out", tmp_path)

    assert not (tmp_path / "out").exists()


def test_a_translation_that_lost_a_placeholder_is_refused(tmp_path):
    write_fragment(tmp_path, "one", ("共 %(n)s 个", "many"))

    with pytest.raises(CatalogueError, match=r"needs \['%\(n\)s'\]"):
        read_entries(tmp_path / "en")


def test_text_is_found_in_python_and_templates_with_its_place(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "views.py").write_text('x = _("你好")\ny = ngettext("%(n)s 人", "%(n)s 人们", 2)\nz = _("plain")\n')
    (tmp_path / "templates" / "a.html").write_text(
        '<p>{% trans "再见" %} {{ _("谢谢")|upper }}</p>\n'
        "{% blocktrans count n=n trimmed %}\n  {{ n }} 个\n{% plural %}\n  {{ n }} 些\n{% endblocktrans %}"
        '{% translate "打开" context "门" %}\n'
    )

    found = {(m.context, m.id, m.locations[0][1]) for m in extract(tmp_path)}

    assert found == {
        (None, "再见", 1),
        (None, "谢谢", 1),
        (None, ("%(n)s 个", "%(n)s 些"), 2),
        ("门", "打开", 6),
        (None, "你好", 1),
        (None, ("%(n)s 人", "%(n)s 人们"), 2),
    }


def test_missing_text_is_added_once_to_a_fragment(tmp_path):
    (tmp_path / "views.py").write_text('x = _("带\\"引号\\"的话")\n')
    missing = find_missing(extract(tmp_path), {})

    counts = [add_missing(tmp_path / "area.po", missing), add_missing(tmp_path / "area.po", missing)]

    assert counts == [1, 0]
    assert 'msgid "带\\"引号\\"的话"\nmsgstr ""\n' in (tmp_path / "area.po").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "text"), [("zh-hans", "护照"), ("zh-hant", "護照"), ("en", "Passport")])
def test_pages_speak_three_languages(language, text):
    with translation.override(language):
        assert gettext("护照") == text
