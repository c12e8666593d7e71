"""The shipped code lists and the check that holds them."""

from pathlib import Path
from types import MappingProxyType

import pytest

from taihu.records.taxonomy import queries
from taihu.records.taxonomy.catalogue import DATA, CodeTree, manifest, read_terms
from taihu.records.taxonomy.check import check_lists, check_tree
from taihu.records.taxonomy.enums import Kind

HEADER = "code,name,name_en,parent,level,aliases\n"


def problems_of(tmp_path: Path, kind: Kind, rows: str, header: str = HEADER) -> list[str]:
    path = tmp_path / manifest()[kind].file
    path.write_text(header + rows, encoding="utf-8")
    tree = CodeTree(tuple(read_terms(kind, path)))
    found = check_tree(manifest()[kind], tree, {kind: tree})
    return [str(problem) for problem in found if "the manifest says" not in str(problem)]


def test_every_shipped_code_passes_the_check() -> None:
    assert check_lists() == []


def test_every_kind_has_a_file_and_every_file_a_kind() -> None:
    assert set(manifest()) == set(Kind)
    assert {path.name for path in DATA.glob("*.csv")} == {info.file for info in manifest().values()}


def test_official_counts_of_occupations_and_industries() -> None:
    assert manifest()[Kind.OCCUPATION].counts == (8, 79, 450, 1639)
    assert manifest()[Kind.INDUSTRY].counts[:3] == (20, 97, 473)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("9,军队,,,1,\n", "industry-2017.csv:2: code '9' does not look like a level 1 code ([A-T])"),
        ("A01,农业,,A,2,\n", "industry-2017.csv:2: the parent A of A01 is not in the list"),
        ("A,农业,,,1,\nB01,林业,,A,2,\n", "industry-2017.csv:3: B01 does not begin like its parent A"),
        ("A,农业,,,1,\nA,林业,,,1,\n", "industry-2017.csv:3: code A is already in line 2"),
        ("A01,农业,,,2,\n", "industry-2017.csv:2: A01 is of level 2 and has no parent"),
        ("A,农业,,,1,\nA011,谷物,,A,3,\n", "industry-2017.csv:3: the parent A of A011 is of level 1, not 2"),
        ("A,,,,1,\n", "industry-2017.csv:2: A has no name"),
        (
            "A, 农业,,,1,\n",
            "industry-2017.csv:2: the name ' 农业' of A has spaces around it or characters that cannot be seen",
        ),
        ("A,农业(种植),,,1,\n", "industry-2017.csv:2: the name '农业(种植)' of A uses half-width punctuation"),
    ],
)
def test_check_names_file_and_line_of_each_fault(tmp_path: Path, rows: str, message: str) -> None:
    assert problems_of(tmp_path, Kind.INDUSTRY, rows) == [message]


def test_check_follows_links_into_other_lists(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        Kind.AREA,
        "320000,江苏省,,,1,,320200\n",
        header="code,name,name_en,parent,level,aliases,managed_by\n",
    )

    assert found == ["area-2023-06-30.csv:2: managed_by of 320000 names 320200, which is no area code"]


def test_a_row_with_a_missing_column_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text(HEADER + "A,农业\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"short\.csv:2: 2 columns where the header has 6"):
        list(read_terms(Kind.INDUSTRY, path))


def test_labels_in_three_languages() -> None:
    assert queries.label("area", "320211") == "滨湖区"
    assert queries.label("area", "320211", "en") == "Binhu District"
    assert queries.label("area", "320211", "zh-hant") == "濱湖區"
    assert queries.label("industry", "I65", "en") == "Software and IT services"
    assert queries.label("occupation", "2-02-10-03", "en") == "计算机软件工程技术人员"
    assert queries.label("area", "999999") == "999999"


def test_wuxi_has_seven_districts_and_one_local_zone() -> None:
    districts = [t.code for t in queries.tree("area").children("320200")]

    assert districts == ["320205", "320206", "320211", "320213", "320214", "320281", "320282", "3202JK"]
    zone = queries.term("area", "3202JK")
    assert zone is not None
    assert zone.extra["kind"] == "zone"


def test_streets_run_by_the_zone_say_so() -> None:
    run = [t.name for t in queries.tree("area").terms if t.extra["managed_by"] == "3202JK"]

    assert run == ["华庄街道", "太湖街道"]


def test_ancestors_and_descendants_of_an_occupation() -> None:
    assert queries.ancestors("occupation", "2-02-10-03") == ("2", "2-02", "2-02-10")
    assert queries.ancestors("occupation", "2-02-10-03", include_self=True)[-1] == "2-02-10-03"
    assert len(queries.descendants("occupation", "2-02-10")) == 8
    assert queries.descendants("occupation", "2-02-10-03", include_self=True) == ("2-02-10-03",)
    assert queries.ancestors("occupation", "unknown") == ()


def test_path_label_leaves_grouping_levels_out() -> None:
    assert queries.path_label("area", "320211") == "江苏省 · 无锡市 · 滨湖区"
    assert queries.path_label("area", "110101") == "北京市 · 东城区"
    assert queries.path_label("area", "320211", "en", depth=2) == "Wuxi · Binhu District"
    assert queries.path_label("area", "nowhere") == "nowhere"


@pytest.mark.parametrize("text", ["滨湖", "濱湖區", "binhu", "ＢＩＮＨＵ", "320211"])
def test_search_ignores_script_width_and_case(text: str) -> None:
    assert queries.search("area", text, limit=1)[0].code == "320211"


def test_search_puts_exact_before_beginning_before_part() -> None:
    names = [t.name for t in queries.search("occupation", "护士", limit=3)]

    assert all("护士" in name for name in names)
    assert queries.search("occupation", "  ") == []


def test_choices_of_a_parent_and_of_a_level() -> None:
    assert queries.choices("area", parent="320200")[0] == ("320205", "锡山区")
    assert len(queries.choices("industry", level=1)) == 20
    assert queries.choices("education_rank", language="en")[0] == ("0", "Any")


def test_code_of_finds_one_meaning_or_none() -> None:
    assert queries.code_of("area", "北京") == "110000"
    assert queries.code_of("area", "鼓楼区") == ""
    assert queries.code_of("education_rank", "中专/中技") == "2"
    assert queries.code_of("company_size", "10000人以上") == "10000p"


def test_terms_cannot_be_changed_by_a_reader() -> None:
    term = queries.term("area", "320211")

    assert term is not None
    assert isinstance(term.extra, MappingProxyType)
