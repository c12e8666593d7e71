"""Take the text out of an uploaded CV and say what was understood, line by line. Nothing is invented."""

import json
import threading
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

import docx
import pypdfium2
from django.utils.translation import gettext as _
from docx.opc.exceptions import PackageNotFoundError

from taihu.engines.text.json_resume import from_json_resume, to_json_resume
from taihu.engines.text.resume import Resume as Understood
from taihu.engines.text.resume import read_resume
from taihu.engines.text.similar import Lexicon
from taihu.records.base.errors import Refused
from taihu.records.base.uploads import JSON, PDF
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import tree

MOST_PAGES = 50
SOURCE = "x-source"
NOTE = "too_little_text"
_pdfium = threading.Lock()  # the library keeps global state


@dataclass(frozen=True)
class Reading:
    """A JSON Resume document and, per part, the line of the file that it was read from."""

    data: dict[str, Any]
    sources: dict[str, str]
    notes: tuple[str, ...]


def read_file(handle: IO[bytes], kind: str) -> Reading:
    """Read a CV of a sniffed type; an unreadable file is refused with what to send instead."""
    handle.seek(0)
    if kind == JSON:
        return _read_json(handle.read())
    text = _pdf_text(handle.read()) if kind == PDF else _docx_text(handle)
    understood = read_resume(text, skills=_skill_words())
    if NOTE in understood.notes:
        raise Refused(
            "scanned_file",
            _("这个文件里几乎没有文字，可能是扫描件或图片。我们不会猜测其中的内容。"),
            _("请上传可以选中文字的 PDF 或 DOCX，或手工填写。"),
            field="file",
        )
    return Reading(to_json_resume(understood), _sources(understood, text), understood.notes)


def _read_json(raw: bytes) -> Reading:
    try:
        understood = from_json_resume(json.loads(raw.decode("utf-8-sig")), skills=_skill_words())
    except (ValueError, RecursionError) as error:
        raise Refused(
            "not_json_resume",
            _("这不是 JSON Resume 文件。"),
            _("请上传含 basics、work、education 或 skills 的 JSON Resume 1.0 文件。"),
            field="file",
        ) from error
    return Reading(to_json_resume(understood), {}, understood.notes)


def _pdf_text(raw: bytes) -> str:
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(raw)
        except pypdfium2.PdfiumError as error:
            raise _unreadable() from error
        try:
            pages = range(min(len(document), MOST_PAGES))
            return "\n".join(_page_text(document[number]) for number in pages)
        finally:
            document.close()


def _page_text(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range()).replace("\r\n", "\n")
    finally:
        text_page.close()
        page.close()


def _docx_text(handle: IO[bytes]) -> str:
    try:
        document = docx.Document(handle)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise _unreadable() from error
    lines = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        for row in table.rows:
            cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
            lines.append("  ".join(text for text in cells if text))
    return "\n".join(lines)


def _unreadable() -> Refused:
    return Refused(
        "unreadable_file", _("这个文件打不开，可能已损坏或加了密码。"), _("请去掉密码或另存后再上传。"), field="file"
    )


@cache
def _skill_words() -> Lexicon:
    return Lexicon(
        (word, term.code) for term in tree(Kind.SKILL).terms for word in (term.name, *term.aliases) if len(word) > 1
    )


def _sources(understood: Understood, text: str) -> dict[str, str]:
    lines = text.split("\n")

    def line(number: int) -> str:
        return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""

    found = {
        name: line(value.line)
        for name in ("name", "phone", "email")
        if (value := getattr(understood, name)) is not None
    }
    found |= {f"work-{index}": line(item.line) for index, item in enumerate(understood.work)}
    found |= {f"education-{index}": line(item.line) for index, item in enumerate(understood.education)}
    return {key: value for key, value in found.items() if value}
