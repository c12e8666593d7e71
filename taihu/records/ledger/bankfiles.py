"""Files to and from the bank: CSV or XLSX, safe from formulas, the same bytes for the same payments."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.base.uploads import sniff
from taihu.records.ledger.money import MOST_FEN

CSV, XLSX = "csv", "xlsx"
REFERENCE, AMOUNT, RESULT, REASON, DAY, BANK = "流水号", "金额", "结果", "失败原因", "付款日期", "银行流水号"
ORDER_COLUMNS = (REFERENCE, "户名", "账号", "开户银行", AMOUNT, "用途")
ANSWER_COLUMNS = (REFERENCE, AMOUNT, RESULT)
PAID_WORDS = frozenset({"成功", "支付成功", "已支付", "交易成功", "SUCCESS"})
FAILED_WORDS = frozenset({"失败", "支付失败", "退回", "已退回", "退汇", "已退汇", "交易失败", "FAIL", "FAILED"})
MOST_ROWS = 500_000
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Order:
    reference: str
    payee: str
    account: str
    bank: str
    amount: int
    purpose: str

    def cells(self) -> tuple[str, ...]:
        names = (plain(self.payee), self.account, plain(self.bank))
        return (self.reference, *names, yuan_text(self.amount), plain(self.purpose))


@dataclass(frozen=True)
class Answer:
    """One row of a bank's file; `problem` says why it cannot be read."""

    place: int
    reference: str
    amount: int | None = None
    is_paid: bool = False
    reason: str = ""
    settled_on: date | None = None
    bank_reference: str = ""
    problem: str = ""


def plain(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is made text."""
    cell = " ".join(cell.split())
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell


def yuan_text(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def write_csv(orders: Iterable[Order]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(ORDER_COLUMNS)
    writer.writerows(order.cells() for order in orders)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(orders: Iterable[Order]) -> bytes:
    """Every cell is text, so that account numbers keep their digits; packed again without the present time."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("支付明细")

    def text(value: str) -> Any:
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"
        return cell

    sheet.append([text(name) for name in ORDER_COLUMNS])
    for order in orders:
        sheet.append([text(value) for value in order.cells()])
    book.properties.created = book.properties.modified = datetime(1980, 1, 1)  # noqa: DTZ001 - the file format has no zone
    packed = io.BytesIO()
    book.save(packed)
    return _same_bytes(packed)


def _same_bytes(packed: io.BytesIO) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _without_time(content)
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return target.getvalue()


def _without_time(content: bytes) -> bytes:
    """openpyxl writes the moment of saving as `modified`."""
    import re

    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*(<)", rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)


EXPORTS: dict[str, Callable[[Iterable[Order]], bytes]] = {CSV: write_csv, XLSX: write_xlsx}


def read_answers(content: bytes) -> list[Answer]:
    """The rows of a bank's answer. Wrong columns are refused as a whole; a bad row is told by its place."""
    if not content:
        raise Refused("empty_file", _("文件是空的。"), _("请重新选择文件。"), field="file")
    kind = sniff(io.BytesIO(content))
    rows = _sheet_rows(content) if kind == XLSX else _text_rows(content)
    return [_answer(place, row) for place, row in _named(rows)]


def _text_rows(content: bytes) -> list[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(
            "answer_encoding", _("文件不是 UTF-8 或 GB18030 编码的 CSV。"), _("请另存为 CSV 后再上传。"), field="file"
        )
    try:
        return list(csv.reader(io.StringIO(text.replace("\x00", ""), newline="")))
    except csv.Error as error:
        raise Refused(
            "answer_csv", _("文件不是完整的 CSV：%(error)s") % {"error": error}, _("请重新导出。"), field="file"
        ) from error


def _sheet_rows(content: bytes) -> list[Sequence[Any]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [row for row, _limit in zip(sheet.iter_rows(values_only=True), range(MOST_ROWS + 2), strict=False)]
    except Exception as error:  # a damaged workbook fails in many ways inside the reader
        raise Refused(
            "answer_sheet", _("这个 XLSX 文件打不开。"), _("请用表格软件另存为 CSV 后再上传。"), field="file"
        ) from error


def _named(rows: list[Sequence[Any]]) -> list[tuple[int, dict[str, Any]]]:
    head = [str(cell or "").strip() for cell in rows[0]] if rows else []
    missing = [name for name in ANSWER_COLUMNS if name not in head]
    if missing:
        raise Refused(
            "answer_columns",
            _("缺少列：%(names)s。") % {"names": "、".join(missing)},
            _("回单需要“流水号”“金额”“结果”三列，可以有“失败原因”“付款日期”“银行流水号”。"),
            field="file",
            missing=missing,
        )
    if len(rows) - 1 > MOST_ROWS:
        raise Refused("answer_long", _("文件超过 %(most)s 行。") % {"most": MOST_ROWS}, field="file")
    found = []
    for place, row in enumerate(rows[1:], start=2):
        if any(str(cell or "").strip() for cell in row):
            found.append((place, dict(zip(head, row, strict=False))))
    return found


def _cell(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value).replace("\x00", "").strip().lstrip("'")


def _answer(place: int, row: dict[str, Any]) -> Answer:
    reference, word, day = _cell(row, REFERENCE)[:40], _cell(row, RESULT).upper(), _cell(row, DAY)
    amount, settled_on = _fen(_cell(row, AMOUNT)), _day(day)
    problem = ""
    if not reference:
        problem = _("没有流水号")
    elif amount is None:
        problem = _("金额读不懂")
    elif word not in PAID_WORDS | FAILED_WORDS:
        problem = _("结果应为“成功”或“失败”")
    elif day and settled_on is None:
        problem = _("日期应写成 2026-03-10 这样")
    return Answer(
        place=place,
        reference=reference,
        amount=amount,
        is_paid=word in PAID_WORDS,
        reason=_cell(row, REASON)[:200],
        settled_on=settled_on,
        bank_reference=_cell(row, BANK)[:60],
        problem=problem,
    )


def _fen(text: str) -> int | None:
    try:
        value = Decimal(text.replace(",", "").replace("，", "").removeprefix("¥")) * 100
        if not value.is_finite() or value != value.to_integral_value() or not 0 < value <= MOST_FEN:
            return None
    except InvalidOperation:
        return None
    return int(value)


def _day(text: str) -> date | None:
    text = text.replace("/", "-").replace(".", "-")
    if len(text) == 8 and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        year, month, day = (int(part) for part in text[:10].split("-"))
        return date(year, month, day)
    except ValueError:
        return None
