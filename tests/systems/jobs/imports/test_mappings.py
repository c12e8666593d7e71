"""A mapping is data: columns, units, words and dates of any source, without code."""

from datetime import UTC, datetime

import pytest
from factories import AT
from import_files import write

from taihu.engines.tables import Row
from taihu.records.base.errors import Refused
from taihu.systems.jobs.imports.mapping import read_mapping, shipped_mappings, shipped_text
from taihu.systems.jobs.imports.understanding import Task, Understanding, split_requirements

BASE = {
    "title": 'title = "t"', "description": 'description = "d"', "employer": 'employer = "e"', "area": 'area = "a"',
}  # fmt: skip
CELLS = {"t": "电工", "d": "负责厂区电气设备的日常巡检、维护与维修。", "e": "无锡示例有限公司", "a": "无锡市滨湖区"}


def understand(cells=None, *, rules="", own=False, **fields):
    lines = {**BASE, **{name: f"{name} = {toml}" for name, toml in fields.items()}}
    mapping = read_mapping(f'source = "x"\n{rules}\n[fields]\n' + "\n".join(lines.values()), name="test")
    row = {**CELLS, **(cells or {})}
    task = Task(mapping, tuple(row), AT, "x", own)
    return Understanding(task).row(Row(2, list(row.values())))


def value(name, cells=None, **fields):
    return understand(cells, **fields).values[name]


def test_a_field_may_join_columns_choose_one_or_be_constant():
    row = {"x": "上", "y": "", "z": "下"}

    assert value("address", row, address='{ columns = ["x", "y", "z"], join = "-" }') == "上-下"
    assert value("address", row, address='{ columns = ["y", "z"], first = true }') == "下"
    assert value("address", row, address='{ constant = "示例路 1 号" }') == "示例路 1 号"
    assert value("address", row, address='{ template = "{x}（{z}）" }') == "上（下）"
    assert value("address", row, address='{ column = "y", default = "不详" }') == "不详"


def test_a_field_may_be_a_part_of_a_column():
    row = {"x": "无锡·新吴区·硕放", "y": "编号：A-77/2026"}

    assert value("area_code", row, area='{ column = "x", split = "·", take = 1 }') == "320214"
    assert value("address", row, address='{ column = "x", split = "·", take = -1 }') == "硕放"
    assert value("address", row, address='{ column = "x", split = "·", take = 9 }') == ""
    assert understand(row, source_id='{ column = "y", match = "[A-Z]-([0-9]+)" }').identity[1] == "77"
    assert value("address", row, address='{ column = "x", replace = [["·", "/"]] }') == "无锡/新吴区/硕放"


def test_words_of_the_source_become_words_of_ours():
    field = '{ column = "x", values = { "Ｆ" = "full", "P" = "part" }, otherwise = "hold" }'

    assert value("employment_type", {"x": "f"}, employment_type=field) == "full"
    assert value("employment_type", {"x": "P"}, employment_type=field) == "part"
    assert understand({"x": "Q"}, employment_type=field).reasons[0][:2] == ("value_unknown", "employment_type")


@pytest.mark.parametrize(
    ("cells", "fields", "expected"),
    [
        ({"x": "8000", "y": "12,000"}, {}, (800_000, 1_200_000)),
        ({"x": "8", "y": "12"}, {"pay_min": '{ column = "x", unit = "千元" }'}, (800_000, 1_200_000)),
        ({"x": "0.8", "y": "1.2"}, {"pay_unit": '{ constant = "万元" }'}, (800_000, 1_200_000)),
        (
            {"x": "12", "y": "24"},
            {"pay_unit": '{ constant = "万" }', "pay_per": '{ constant = "year" }'},
            (1_000_000, 2_000_000),
        ),
        ({"x": "200", "y": "300", "u": "元/天"}, {"pay_per": '"u"'}, (435_000, 652_500)),
        ({"x": "12000", "y": "8000"}, {}, (800_000, 1_200_000)),
        ({"x": "8000", "y": ""}, {}, (800_000, 800_000)),
        ({"x": "0", "y": "0"}, {}, (None, None)),
        ({"x": "面议", "y": ""}, {}, (None, None)),
        ({"x": "800000", "y": "1200000"}, {"pay_min": '{ column = "x", unit = "分" }'}, (800_000, 1_200_000)),
    ],
)
def test_pay_may_be_two_columns_with_a_unit_and_a_period(cells, fields, expected):
    outcome = understand(cells, **{"pay_min": '"x"', "pay_max": '"y"', **fields})

    assert (outcome.values["pay_min"], outcome.values["pay_max"]) == expected
    assert outcome.state != "held"


def test_pay_that_no_unit_makes_plausible_is_held():
    outcome = understand({"x": "8", "y": "12"}, pay_min='"x"', pay_max='"y"')

    assert [reason.code for reason in outcome.reasons] == ["pay_doubtful"]


def test_yearly_pay_counts_its_months():
    fields = {"pay_min": '"x"', "pay_max": '"x"', "pay_per": '{ constant = "year" }', "pay_months": '"m"'}

    outcome = understand({"x": "130000", "m": "13"}, **fields)

    assert (outcome.values["pay_min"], outcome.values["pay_months"], outcome.values["pay_basis"]) == (
        1_000_000,
        13,
        "yearly",
    )


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("2026-03-01", "[]", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026年3月1日 08:30", "[]", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
        ("01/03/2026", '["%d/%m/%Y"]', datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("03.01.26", '["%d/%m/%Y", "%m.%d.%y"]', datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("46082", '["excel"]', datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("46082", "[]", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("1772323200", '["unix"]', datetime(2026, 3, 1, tzinfo=UTC)),
        ("1772323200000", '["unix_ms"]', datetime(2026, 3, 1, tzinfo=UTC)),
        ("3天前", "[]", datetime(2026, 3, 7, 2, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", "[]", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_dates_come_in_many_shapes(text, formats, expected):
    assert value("published_at", {"x": text}, posted_at=f'{{ column = "x", formats = {formats} }}') == expected


def test_lists_have_the_separators_that_the_mapping_says():
    row = {"x": "Python#Django#AutoCAD"}

    codes = value("skill_codes", row, skills='{ column = "x", separators = "#" }')

    assert codes[:3] == ["python", "django", "autocad"]


def test_experience_may_be_numbers_in_years_or_months():
    row = {"x": "2", "y": "18"}
    outcome = understand(
        row, experience_min='{ column = "x", unit = "years" }', experience_max='{ column = "y", unit = "months" }'
    )

    assert (outcome.values["experience_min"], outcome.values["experience_max"], outcome.state) == (18, 24, "repaired")


def test_rules_hold_or_reject_rows_by_what_a_column_says():
    rules = '[[rules]]\ncolumn = "s"\nis = ["停招", "下线"]\nthen = "reject"\nreason = "来源已下线"\n'
    rules += '[[rules]]\ncolumn = "s"\nmatches = "^外包"\nthen = "hold"\n'

    found = [understand({"s": word}, rules=rules) for word in ("停招", "外包岗位", "在招")]

    assert [(o.state, o.reasons[0].detail if o.reasons else "") for o in found] == [
        ("rejected", "来源已下线"), ("held", "外包岗位"), ("accepted", ""),
    ]  # fmt: skip


def test_words_that_mean_nothing_are_nothing():
    assert value("benefits", {"x": " - "}, benefits='{ column = "x", default = "无" }') == "无"
    assert value("benefits", {"x": "NULL"}, benefits='"x"') == ""


def test_text_is_repaired_and_traditional_words_are_understood():
    outcome = understand({"t": "<b>電工</b>\u200b", "a": "無錫市濱湖區"})

    assert (outcome.values["title"], outcome.values["area_code"], outcome.state) == ("電工", "320211", "repaired")
    assert outcome.values["occupation_code"].startswith("6-31-01")


def test_certificates_that_are_no_codes_stay_readable():
    outcome = understand({"x": "驾照、江湖郎中证"}, certificates='"x"')

    assert (outcome.values["certificate_codes"], outcome.values["requirements"]) == (
        ["driving-licence-c1"],
        "江湖郎中证",
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[fields", "TOML"),
        ("[feilds]\n", "feilds"),
        ("", "fields.title"),
        ('[fields]\ntitle = "a"\npya = "b"', "fields.pya"),
        ('[fields]\ntitle = { colunm = "a" }', "fields.title.colunm"),
        ("[fields]\ntitle = 3", "fields.title"),
        ("[fields]\ntitle = { required = true }", "fields.title"),
        ('[fields]\ntitle = { column = "a", match = "(" }', "fields.title.match"),
        ('[fields]\ntitle = { column = "a", take = "x" }', "fields.title.take"),
        ('[fields]\ntitle = { column = "a", otherwise = "maybe" }', "fields.title.otherwise"),
        ('[fields]\ntitle = { column = "a", values = "x" }', "fields.title.values"),
        ('[fields]\ntitle = "a"\npay = "b"\npay_min = "c"', "fields.pay"),
        ('[fields]\ntitle = "a"\npay_min = { column = "b", unit = "两" }', "fields.pay_min.unit"),
        ('[fields]\ntitle = "a"\npay_per = { constant = "fortnight" }', "fields.pay_per"),
        ('[file]\nencoding = "klingon"\n[fields]\ntitle = "a"', "klingon"),
        ('[file]\ndelimiter = "::"\n[fields]\ntitle = "a"', "file.delimiter"),
        ('[validity]\ndays = 0\n[fields]\ntitle = "a"', "validity.days"),
        ('[[rules]]\ncolumn = "a"\nthen = "hold"\n[fields]\ntitle = "a"', "rules[1]"),
    ],
)
def test_a_wrong_mapping_names_the_place(text, place):
    with pytest.raises(Refused) as refused:
        read_mapping(text, name="mine")

    assert refused.value.code == "mapping_wrong"
    assert place in str(refused.value)


def test_an_unknown_key_names_the_likely_one():
    with pytest.raises(Refused) as refused:
        read_mapping('[fields]\ntitle = "a"\nsalary_min = "b"\nexperiance = "c"', name="mine")

    assert "pay_min" in str(refused.value) or "experience" in str(refused.value)


def test_every_shipped_mapping_is_sound_and_none_but_shipped_ones_are_found_by_name():
    assert {mapping.name for mapping in shipped_mappings()} == {"zhaopin", "taihu", "mohrss"}
    for name in ("../zhaopin", "/etc/passwd", "zhaopin.toml", "", "ZHAOPIN"):
        with pytest.raises(Refused):
            shipped_text(name)


def test_a_text_with_headings_gives_work_and_requirements():
    text = "岗位职责：\n1、巡检；\n2、维修。\n任职要求：\n1、大专以上。"

    assert split_requirements(text) == ("岗位职责：\n1、巡检；\n2、维修。", "任职要求：\n1、大专以上。")
    assert split_requirements("负责巡检，满足客户要求。") == ("负责巡检，满足客户要求。", "")


def test_check_map_tells_what_would_be_understood(tmp_path, capsys):
    from import_files import posting, write_mapping

    from taihu.systems.jobs.imports.checking import explain_mapping
    from taihu.systems.jobs.imports.mapping import load_mapping

    path = write(tmp_path, [{**posting(1), "备注": ""}, posting(2, 薪资="薪酬优厚") | {"备注": ""}])

    lines = list(explain_mapping(load_mapping(str(write_mapping(tmp_path))), path, at=AT))

    assert "没有用到的列: 备注" in lines
    assert any(line.strip().startswith("pay") and "8千-1.1万·13薪 → 8,000–11,000 × 13" in line for line in lines)
    assert any("看不懂薪资" in line for line in lines)
