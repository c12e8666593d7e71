"""Papers as PDF: headings, paragraphs, pairs and tables on A4. The same paper gives the same bytes.

Chinese is set in the fonts that every PDF reader knows by name (Adobe's song faces), so no font file travels with the software.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, HRFlowable, LongTable, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Text

from taihu.engines.text.script import TRADITIONAL
from taihu.records.base.language import language

#: Faces by the reader's language; text in letters of the Latin alphabet is set in Helvetica.
FACES = {"zh": "STSong-Light", TRADITIONAL: "MSung-Light", "en": "STSong-Light"}
#: What the page's frame keeps free on each side, in points.
FRAME = 6
_LATIN = re.compile(r"[\x20-\x7e]+")
_LATIN_AND_SIGNS = re.compile(r"[\x20-\x7e“”‘’·–—]+")
_BREAKS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str
    is_small: bool = False


@dataclass(frozen=True)
class Pairs:
    """What is called how: label and value on a line each."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Heading | Paragraph | Pairs | Table


def write_pdf(title: str, blocks: Iterable[Block], *, subtitle: str = "") -> bytes:
    """A paper in the reader's script, with the title on the first page and page numbers below."""
    face = _face(language())
    target = io.BytesIO()
    paper = SimpleDocTemplate(
        target, pagesize=A4, title=title, invariant=True,
        leftMargin=22 * mm, rightMargin=22 * mm, topMargin=22 * mm, bottomMargin=20 * mm,
    )  # fmt: skip
    story: list[Flowable] = [_text(title, _style(face, 18, after=6))]
    if subtitle:
        story.append(_text(subtitle, _style(face, 10, color=colors.HexColor("#4c5b5e"))))
    story.append(HRFlowable(width="100%", thickness=0.6, color=colors.HexColor("#788688"), spaceBefore=6, spaceAfter=8))
    for block in blocks:
        story.extend(_flowables(block, face, paper.width - 2 * FRAME))
    number = _numbering(face)
    paper.build(story, onFirstPage=number, onLaterPages=number)
    return target.getvalue()


@cache
def _face(spoken: str) -> str:
    face = FACES[spoken]
    registerFont(UnicodeCIDFont(face))
    return face


def _style(face: str, size: float, *, after: float = 3, before: float = 0, color: Any = colors.black) -> ParagraphStyle:
    return ParagraphStyle(
        f"{face}-{size}", fontName=face, fontSize=size, leading=size * 1.6, spaceBefore=before, spaceAfter=after,
        textColor=color, wordWrap="CJK",
    )  # fmt: skip


def _text(text: str, style: ParagraphStyle) -> Text:
    return Text("<br/>".join(_marked(line) for line in _BREAKS.split(text)), style)


def _marked(text: str) -> str:
    """Latin letters and digits in a Latin face; everything escaped, so that no text is read as markup."""
    parts, last = [], 0
    # In Chinese these signs take the room of a character.
    for found in (_LATIN_AND_SIGNS if language() == "en" else _LATIN).finditer(text):
        parts.append(escape(text[last : found.start()]))
        parts.append(f'<font name="Helvetica">{escape(found[0])}</font>')
        last = found.end()
    return "".join([*parts, escape(text[last:])])


def _flowables(block: Block, face: str, width: float) -> list[Flowable]:
    if isinstance(block, Heading):
        return [_text(block.text, _style(face, 13, before=10, after=4))]
    if isinstance(block, Paragraph):
        return [_text(block.text, _style(face, 9 if block.is_small else 10.5))]
    small, label = _style(face, 9), _style(face, 9, color=colors.HexColor("#4c5b5e"))
    if isinstance(block, Pairs):
        rows = [[_text(name, label), _text(value or "—", small)] for name, value in block.rows]
        return [_table(rows, [width * 0.24, width * 0.76]), Spacer(1, 4)] if rows else []
    if not block.rows:
        return []
    rows = [[_text(cell, label) for cell in block.head], *[[_text(cell, small) for cell in row] for row in block.rows]]
    return [_table(rows, [width / len(block.head)] * len(block.head), head=1), Spacer(1, 4)]


def _table(rows: list[list[Text]], widths: list[float], *, head: int = 0) -> LongTable:
    line = (0.4, colors.HexColor("#c9cbc4"))
    return LongTable(
        rows,
        colWidths=widths,
        repeatRows=head,
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), *line),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ],
    )


def _numbering(face: str) -> Any:
    def draw(canvas: Any, paper: Any) -> None:
        words = _("第 %(page)s 页") % {"page": paper.page}
        canvas.saveState()
        canvas.setFont("Helvetica" if words.isascii() else face, 8)
        canvas.drawRightString(A4[0] - 22 * mm, 11 * mm, words)
        canvas.restoreState()

    return draw
