"""An official document as a .docx file, drawn by python-docx without a template.

The same document gives the same bytes: the archive carries the day of the document instead of that of its making.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.table import Table as DocxTable
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph as DocxParagraph
from PIL import ImageFont

from quiz_app.reports import official
from quiz_app.reports.official import (
    AFTER_PT,
    BANNER,
    FIRST_LINE_MM,
    LINE_PT,
    MARGINS_MM,
    PAGE_MM,
    RULE,
    SIZES,
    Block,
    Dash,
    Heading,
    Official,
    Paragraph,
    Picture,
)

MIME_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "Times New Roman"
HEAD_MM = (77, 88)  # the two columns of the head, of what the margins leave: a city's name stands on one line
MM_PER_PT = 25.4 / 72
LONGEST_PROPERTY = 255  # letters, of what a file says about itself
CELL_EDGE_MM = 1.9  # what a cell keeps free at either side
_BOLD = Path(__file__).parents[1] / "web" / "fonts" / "Tinos_700Bold.ttf"


def written(document: Official) -> bytes:
    """The document as a file."""
    made = docx.Document()
    _prepare(made, document)
    _head(made, document)
    _title(made, document)
    for block in official.body(document):
        _draw(made, block)
    last = made.paragraphs[-1].paragraph_format
    last.keep_with_next = True  # no signature on a page of its own
    last.space_after = Pt(2 * AFTER_PT)
    _close(made, document)
    for annex in document.annexes:
        _turn_landscape(made)
        _line(made.add_paragraph(), annex.title, SIZES["subject"], bold=True, align=ALIGN.CENTER)
        for block in annex.blocks:
            _draw(made, block)
    kept = io.BytesIO()
    made.save(kept)
    return _dated(kept.getvalue(), document)


def _prepare(made: Document, document: Official) -> None:
    style: Any = made.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZES["body"])
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_after = Pt(0)
    section = made.sections[0]
    _size(section, *PAGE_MM)
    section.different_first_page_header_footer = True
    _number_pages(section)
    properties = made.core_properties
    properties.title, properties.author = document.subject[:LONGEST_PROPERTY], document.issuer[:LONGEST_PROPERTY]
    properties.language = "vi-VN"
    properties.comments = ""
    properties.created = properties.modified = datetime.combine(document.dated_on, time(), UTC)


def _size(section: Section, width_mm: int, height_mm: int) -> None:
    section.page_width, section.page_height = Mm(width_mm), Mm(height_mm)
    section.top_margin, section.bottom_margin = Mm(MARGINS_MM["top"]), Mm(MARGINS_MM["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS_MM["left"]), Mm(MARGINS_MM["right"])
    section.header_distance = Mm(MARGINS_MM["top"] // 2)


def _number_pages(section: Section) -> None:
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER
    run = paragraph.add_run()
    run.font.size = Pt(SIZES["page_number"])
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text
        run._r.append(element)


def _head(made: Document, document: Official) -> None:
    table = made.add_table(rows=1, cols=2)
    _fix_widths(table, HEAD_MM)
    left, right = table.rows[0].cells
    _line(left.paragraphs[0], document.superior.upper(), SIZES["organisation"], align=ALIGN.CENTER)
    _line(left.add_paragraph(), document.issuer.upper(), SIZES["organisation"], bold=True, align=ALIGN.CENTER)
    _line(left.add_paragraph(), "*", SIZES["organisation"], align=ALIGN.CENTER)
    _line(left.add_paragraph(), official.number_words(document), SIZES["number"], align=ALIGN.CENTER)
    banner = right.paragraphs[0]
    _line(banner, BANNER, SIZES["banner"], bold=True, align=ALIGN.CENTER)
    _rule_below(banner, HEAD_MM[1])
    right.add_paragraph()
    _line(right.add_paragraph(), official.date_words(document), SIZES["date"], italic=True, align=ALIGN.CENTER)


def _rule_below(paragraph: DocxParagraph, cell_mm: float) -> None:
    """A line under the text, as long as the text: a border of the paragraph, which is drawn in by what is left over."""
    free_mm = (cell_mm - 2 * CELL_EDGE_MM - _bold_width_mm(paragraph.text, SIZES["banner"])) / 2
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(max(0.0, free_mm - 0.5))
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "8"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


@cache
def _bold_width_mm(text: str, size_pt: int) -> float:
    """How wide a bold line is: Tinos has the widths of Times New Roman."""
    measured_at = 1000
    return ImageFont.truetype(str(_BOLD), measured_at).getlength(text) * size_pt / measured_at * MM_PER_PT


def _title(made: Document, document: Official) -> None:
    kind = made.add_paragraph()
    _line(kind, document.kind.upper(), SIZES["kind"], bold=True, align=ALIGN.CENTER)
    kind.paragraph_format.space_before = Pt(18)
    _line(made.add_paragraph(), document.subject, SIZES["subject"], bold=True, align=ALIGN.CENTER)
    rule = made.add_paragraph()
    _line(rule, RULE, SIZES["subject"], align=ALIGN.CENTER)
    rule.paragraph_format.space_after = Pt(AFTER_PT)


def _draw(made: Document, block: Block) -> None:
    if isinstance(block, official.Table):
        _table(made, block)
    elif isinstance(block, Picture):
        _picture(made, block)
    else:
        _text(made, block)


def _text(made: Document, block: Heading | Paragraph | Dash) -> None:
    paragraph = made.add_paragraph()
    words = f"- {block.text}" if isinstance(block, Dash) else block.text
    is_heading = isinstance(block, Heading)
    _line(paragraph, words, SIZES["body"], bold=is_heading, align=ALIGN.JUSTIFY)
    form = paragraph.paragraph_format
    form.first_line_indent = Mm(FIRST_LINE_MM)
    form.space_after = Pt(AFTER_PT)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE_PT)
    form.keep_with_next = is_heading


def _table(made: Document, block: official.Table) -> None:
    caption = made.add_paragraph()
    _line(caption, block.caption, SIZES["table"], italic=True, align=ALIGN.LEFT)
    caption.paragraph_format.keep_with_next = True
    table = made.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
        _line(cell.paragraphs[0], column.heading, SIZES["table"], bold=True, align=ALIGN.CENTER)
    _mark_row(table, 0, "w:tblHeader")
    section = made.sections[-1]
    free_mm = ((section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)) / Mm(1)
    total = sum(column.share for column in block.columns)
    _fix_widths(table, [free_mm * column.share / total for column in block.columns])
    for words in block.rows:
        table._tbl.append(_row(block, words))
    if block.sums is not None:
        table._tbl.append(_row(block, block.sums, is_bold=True))
    made.add_paragraph().paragraph_format.space_after = Pt(AFTER_PT)


def _row(block: official.Table, words: Sequence[str], *, is_bold: bool = False) -> Any:
    row = OxmlElement("w:tr")
    _within(_within(row, "w:trPr"), "w:cantSplit")
    for column, text in zip(block.columns, words, strict=True):
        paragraph = _within(_within(row, "w:tc"), "w:p")
        form = _within(paragraph, "w:pPr")
        _within(form, "w:spacing", after="0")
        _within(form, "w:jc", val="right" if column.is_number else "left")
        run = _within(paragraph, "w:r")
        look = _within(run, "w:rPr")
        if is_bold:
            _within(look, "w:b")
        _within(look, "w:sz", val=str(2 * SIZES["table"]))  # in half points
        _within(run, "w:t").text = text
    return row


def _within(parent: Any, name: str, **attributes: str) -> Any:
    element = OxmlElement(name)
    for attribute, value in attributes.items():
        element.set(qn(f"w:{attribute}"), value)
    parent.append(element)
    return element


def _picture(made: Document, block: Picture) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = ALIGN.CENTER
    shape = paragraph.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width_mm))
    shape._inline.docPr.set("descr", block.words)


def _close(made: Document, document: Official) -> None:
    table = made.add_table(rows=1, cols=2)
    _fix_widths(table, (82, 83))
    _mark_row(table, 0, "w:cantSplit")
    left, right = table.rows[0].cells
    head = left.paragraphs[0]
    _line(head, "Nơi nhận:", SIZES["recipients_head"], underline=True, align=ALIGN.LEFT)
    for line in official.recipient_lines(document):
        _line(left.add_paragraph(), line, SIZES["recipients"], align=ALIGN.LEFT)
    _line(right.paragraphs[0], document.authority.upper(), SIZES["signature"], bold=True, align=ALIGN.CENTER)
    _line(right.add_paragraph(), document.office.upper(), SIZES["signature"], align=ALIGN.CENTER)
    for _ in range(4):
        _line(right.add_paragraph(), "", SIZES["signature"], align=ALIGN.CENTER)
    _line(right.add_paragraph(), document.signer, SIZES["signature"], bold=True, align=ALIGN.CENTER)


def _turn_landscape(made: Document) -> None:
    section = made.add_section(WD_SECTION.NEW_PAGE)
    ending = made.paragraphs[-1].paragraph_format  # it would else take a page of its own below a full one
    ending.line_spacing_rule, ending.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
    section.orientation = WD_ORIENT.LANDSCAPE
    _size(section, *reversed(PAGE_MM))
    section.different_first_page_header_footer = False


def _line(
    paragraph: DocxParagraph,
    text: str,
    size_pt: int,
    *,
    align: ALIGN,
    bold: bool = False,
    italic: bool = False,
    underline: bool = False,
) -> None:
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size_pt), FONT
    run.bold, run.italic, run.underline = bold, italic, underline


def _fix_widths(table: DocxTable, widths_mm: Any) -> None:
    table.autofit = False
    for at, width_mm in enumerate(widths_mm):
        table.columns[at].width = Mm(width_mm)
        for cell in table.columns[at].cells:
            _fix_width(cell, width_mm)


def _fix_width(cell: Cell, width_mm: float) -> None:
    cell.width = Mm(width_mm)


def _mark_row(table: DocxTable, at: int, name: str) -> None:
    table.rows[at]._tr.get_or_add_trPr().append(OxmlElement(name))


def _dated(file: bytes, document: Official) -> bytes:
    kept = io.BytesIO()
    day = document.dated_on
    with zipfile.ZipFile(io.BytesIO(file)) as made, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as dated:
        for name in made.namelist():
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            dated.writestr(info, made.read(name), zipfile.ZIP_DEFLATED)
    return kept.getvalue()
