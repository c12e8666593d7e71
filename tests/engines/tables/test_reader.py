"""Tables of all kinds are read alike; what cannot be read says why and where."""

import gzip
import io
import random
import zipfile
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.tables import Layout, TableError, open_table
from taihu.engines.tables.delimited import records

HEADER = ["职位", "城市", "薪资"]
ROWS = [["电工", "无锡", "8千-1.1万"], ["软件工程师，资深", "无锡·新吴区", '5"屏'], ["焊工\n（急招）", "江阴", ""]]


def as_csv(rows, delimiter=",", end="\r\n"):
    import csv

    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def as_xlsx(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    done = io.BytesIO()
    book.save(done)
    return done.getvalue()


@pytest.fixture
def read(tmp_path):
    def reader(data, **layout):
        path = tmp_path / "table"
        path.write_bytes(data)
        with open_table(path, Layout(**layout)) as table:
            return table, list(table.rows)

    return reader


def refused(read, data, **layout):
    with pytest.raises(TableError) as error:
        read(data, **layout)
    return error.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("is_gzipped", [False, True])
def test_the_same_rows_come_out_of_every_encoding_and_delimiter(read, encoding, delimiter, is_gzipped):
    data = as_csv([HEADER, *ROWS], delimiter).encode(encoding)

    table, rows = read(gzip.compress(data) if is_gzipped else data)

    assert table.columns == HEADER
    assert [row.cells for row in rows] == ROWS
    assert [row.number for row in rows] == [2, 3, 4]
    assert {row.problem for row in rows} == {""}


def test_a_workbook_gives_the_same_rows(read):
    table, rows = read(as_xlsx({"岗位": [HEADER, *ROWS]}))

    assert (table.columns, table.sheet) == (HEADER, "岗位")
    assert [row.cells for row in rows] == ROWS


def test_a_gzipped_workbook_is_a_workbook(read):
    table, rows = read(gzip.compress(as_xlsx({"岗位": [HEADER, *ROWS]})))

    assert (table.contents.kind, len(rows)) == ("workbook", 3)


def test_the_sheet_with_the_wanted_columns_is_taken_and_title_rows_above_the_header_are_skipped(read):
    sheets = {"说明": [["请勿修改"]], "数据": [["2026 年 3 月岗位表"], [], HEADER, *ROWS]}

    table, rows = read(as_xlsx(sheets), columns=["职位", "薪资"])

    assert (table.sheet, table.header_row, [row.number for row in rows]) == ("数据", 3, [4, 5, 6])


def test_merged_cells_above_the_header_do_no_harm(read):
    book = openpyxl.Workbook()
    book.active.append(["岗位汇总"])
    book.active.merge_cells("A1:C1")
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)

    table, rows = read(data.getvalue(), columns=HEADER)

    assert (table.header_row, [row.cells for row in rows]) == (2, ROWS)


def test_numbers_and_dates_of_a_workbook_become_text(read):
    from datetime import datetime

    _, rows = read(as_xlsx({"a": [["甲", "乙", "丙", "丁"], [8000, 1.5, datetime(2026, 1, 8, 10), True]]}))  # noqa: DTZ001 - as in a sheet

    assert rows[0].cells == ["8000", "1.5", "2026-01-08 10:00:00", "是"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "=SUM(A1:A9)", "=cmd|' /C calc'!A0", "@SUM(1)", "+cmd|'/c x'!A1", " =HYPERLINK(1)"]
)
def test_a_formula_in_a_cell_is_a_row_with_a_problem(read, cell):
    _, rows = read(as_csv([HEADER, ["电工", "无锡", cell], ROWS[0]]).encode())

    assert [(row.number, row.problem) for row in rows] == [(2, "formula"), (3, "")]


@pytest.mark.parametrize("cell", ["-负责巡检", "+86 510", "@所有人 报名", "- 五险一金", "===岗位===", "=="])
def test_marks_that_people_write_are_no_formulas(read, cell):
    _, rows = read(as_csv([HEADER, ["电工", "无锡", cell]]).encode())

    assert rows[0].problem == ""


def test_a_formula_of_a_workbook_is_not_computed(read):
    _, rows = read(as_xlsx({"a": [HEADER, ["电工", "无锡", "=1+1"], ROWS[0]]}))

    assert [row.problem for row in rows] == ["formula", ""]


def test_broken_quotes_cost_their_own_row_only(read):
    data = '职位,城市,薪资\n"电工,无锡,1万\n焊工,江阴,2万\n"车工","无锡","3万"\n'.encode()

    _, rows = read(data)

    assert [(row.number, row.problem) for row in rows] == [(2, "quotes"), (3, ""), (4, "")]
    assert rows[2].cells == ["车工", "无锡", "3万"]


def test_a_quote_that_is_never_closed_costs_its_own_row_only(read):
    _, rows = read('职位,城市,薪资\n电工,无锡,"1万\n焊工,江阴,2万\n'.encode())

    assert [(row.number, row.problem) for row in rows] == [(2, "quotes"), (3, "")]


@pytest.mark.parametrize("cell", ["长" * 10_000_000, "行\n" * 5_000_000], ids=["one line", "many lines"])
def test_a_cell_of_ten_megabytes_is_a_row_with_a_problem(read, cell):
    _, rows = read(as_csv([HEADER, ROWS[0], ["电工", "无锡", cell], ROWS[0]], end="\n").encode())

    assert [(row.number, row.problem) for row in rows] == [(2, ""), (3, "cell_too_long"), (4, "")]
    assert max(len(text) for text in rows[1].cells) < 1000


def test_line_ends_may_be_mixed(read):
    _, rows = read("职位,城市\r\n电工,无锡\n焊工,江阴\r车工,宜兴\r\n".encode())

    assert [row.cells for row in rows] == [["电工", "无锡"], ["焊工", "江阴"], ["车工", "宜兴"]]


def test_blank_lines_are_no_rows_but_count_as_lines(read):
    _, rows = read("职位,城市\n\n电工,无锡\n,\n \n焊工,江阴\n".encode())

    assert [(row.number, row.cells[0]) for row in rows] == [(3, "电工"), (6, "焊工")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [("电工,无锡", "too_few_cells"), ("电工,无锡,1万,多", "too_many_cells"), ("电工,无锡,1万,", "")],
)
def test_a_row_with_shifted_cells_is_told(read, line, problem):
    _, rows = read(f"职位,城市,薪资\n{line}\n".encode())

    assert rows[0].problem == problem


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0), b"\n\n", "\ufeff".encode(), as_xlsx({"a": []})])
def test_an_empty_file_is_refused(read, data):
    assert refused(read, data).code == "empty"


def test_a_column_named_twice_is_refused_with_both_places(read):
    error = refused(read, "职位,城市,职 位\n电工,无锡,1\n".encode())

    assert (error.code, error.data["first"], error.data["second"]) == ("duplicate_column", 1, 3)


def test_a_missing_column_is_refused_with_the_likely_one(read):
    error = refused(read, as_csv([HEADER, *ROWS]).encode(), columns=["职位", "城市", "薪资待遇"])

    assert (error.code, error.data["missing"]) == ("missing_columns", ["薪资待遇"])
    assert "is it '薪资'?" in str(error)


def test_column_names_are_compared_without_width_script_and_spaces(read):
    table, _ = read("職位 ,ＵＲＬ\n电工,x\n".encode(), columns=["职位", "url"])

    assert table.places == {"职位": 0, "url": 1}


def test_a_truncated_gzip_is_refused_before_any_row(read):
    data = gzip.compress(as_csv([HEADER, *ROWS * 5000]).encode())

    assert refused(read, data[: len(data) // 2]).code == "truncated"


def test_a_damaged_gzip_is_refused(read):
    data = bytearray(gzip.compress(as_csv([HEADER, *ROWS * 5000]).encode()))
    data[-5] ^= 0xFF

    assert refused(read, bytes(data)).code == "truncated"


def test_a_byte_that_is_not_utf8_is_told_with_its_line(read):
    data = as_csv([HEADER, *ROWS * 20], end="\n").encode() + b"\xff\xff,\xff\n"

    error = refused(read, data)

    assert (error.code, error.data["encoding"], error.data["line"]) == ("encoding", "utf-8", data.count(b"\n"))


def test_an_encoding_that_is_named_wrongly_is_told(read):
    assert refused(read, as_csv([HEADER, *ROWS]).encode("gb18030"), encoding="utf-8").code == "encoding"


def test_a_gzip_bomb_is_refused(read):
    assert refused(read, gzip.compress(bytes(200 << 20), 9)).code == "too_large"


def test_a_zip_bomb_is_refused(read):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(200 << 20))

    assert refused(read, data.getvalue()).code == "too_large"


@pytest.mark.parametrize(
    "data", [b"\xd0\xcf\x11\xe0" + bytes(600), as_xlsx({"a": [HEADER]})[:900], b"PK\x03\x04" + bytes(100)],
    ids=["old", "cut off", "nothing"],
)  # fmt: skip
def test_a_workbook_that_cannot_be_opened_is_refused(read, data):
    assert refused(read, data).code == "workbook"


def test_an_archive_of_something_else_is_refused(read):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.csv", "职位\n")

    assert refused(read, data.getvalue()).code == "not_a_table"


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(read):
    error = refused(read, as_xlsx({"岗位": [HEADER], "说明": []}), sheet="数据")

    assert (error.code, error.data["sheets"]) == ("sheet", ["岗位", "说明"])


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_give_rows_or_a_told_error_and_nothing_else(tmp_path, seed):
    rng = random.Random(seed)
    kinds = [as_csv([HEADER, *ROWS * 30]).encode(), as_xlsx({"a": [HEADER, *ROWS * 30]})]
    data = bytearray(rng.choice([*kinds, gzip.compress(kinds[0])]))
    for _ in range(rng.randrange(1, 20)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path = tmp_path / "table"
    path.write_bytes(bytes(data[: rng.randrange(1, len(data))] if rng.random() < 0.3 else data))

    with suppress(TableError), open_table(path) as table:
        assert all(len(row.cells) == len(table.columns) for row in table.rows)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.sampled_from(",;\t|"))
def test_what_was_written_is_read(rows, delimiter):
    text = io.StringIO(as_csv(rows, delimiter), newline="")

    assert [record.cells for record in records(text, delimiter)] == rows
