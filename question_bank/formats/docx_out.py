"""A set as a Word file that authors can go on writing in, and that comes back equal.

A line of a text that looks like a part of a question ("A. …", "Nguồn: …") is led by an invisible joiner, which reading
takes away again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime

import docx
import docx.document
from docx.oxml import OxmlElement
from docx.shared import Cm, Emu, Pt
from docx.text.paragraph import Paragraph

from question_bank.formats.images import image_suffix
from question_bank.formats.wordings import LABELS, facts_of, letters_of
from question_bank.model import Item, ItemSet

_JOINER = "\u2060"
_LETTER = re.compile(r"(?<![^\s(*])(\(?\*?[A-Za-z]\s*[.)/:])")
_PICTURE = re.compile(r"!\[([^\]]*)\]\((/[^\s)]+)\)")
_WORD_PICTURES = {".png", ".jpg", ".gif"}
_WIDEST = Cm(15)
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - Word's own field has no zone; the same set gives the same file


def write(item_set: ItemSet, images: Mapping[str, bytes]) -> bytes:
    """Every item of the set with its pictures."""
    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = _EPOCH
    document.core_properties.author, document.core_properties.title = "", item_set.title
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Times New Roman", Pt(13)
    document.add_heading(item_set.title, level=1)
    for number, item in enumerate(item_set.items, start=1):
        _write_item(document, number, item, images)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _write_item(document: docx.document.Document, number: int, item: Item, images: Mapping[str, bytes]) -> None:
    facts = facts_of(item)
    _paragraph(document, f"Câu {number}. ", item.stem, images)
    for index, option in enumerate(item.options):
        _paragraph(document, f"{chr(ord('A') + index)}. ", option.text, images)
    _paragraph(document, f"{LABELS['key']}: ", letters_of(item, "is_key"), {}, is_text=False)
    for part, text in facts.items():
        is_text = part in ("rationale", "quote", "note")
        _paragraph(document, f"{LABELS[part]}: ", text, images if is_text else {}, is_text=is_text)
    _appended(document)


def _appended(document: docx.document.Document) -> Paragraph:
    # The library's own way looks through the whole document for each new paragraph: minutes for a large set.
    element = OxmlElement("w:p")
    document.element.body[-1].addprevious(element)
    return Paragraph(element, document._body)


def _paragraph(
    document: docx.document.Document, lead: str, text: str, images: Mapping[str, bytes], *, is_text: bool = True
) -> None:
    paragraph = _appended(document)
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.add_run(lead)
    start = 0
    for found in _PICTURE.finditer(text):
        content = images.get(found[2], b"")
        if image_suffix(content) not in _WORD_PICTURES:
            continue
        paragraph.add_run(_guarded(text[start : found.start()]))
        run = paragraph.add_run()
        shape = run.add_picture(io.BytesIO(content))
        if shape.width > _WIDEST:
            shape.width, shape.height = _WIDEST, Emu(shape.height * _WIDEST // shape.width)
        run._r.xpath(".//wp:docPr")[0].set("descr", found[1])
        start = found.end()
    paragraph.add_run(_guarded(text[start:]) if is_text else text)


def _guarded(text: str) -> str:
    lines = [_LETTER.sub(_JOINER + r"\1", line) for line in text.split("\n")]
    guarded = f"\n{_JOINER}".join(lines)
    return f"{_JOINER}{guarded}{_JOINER}" if guarded.strip(" ") else guarded
