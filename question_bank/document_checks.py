"""What is to be said of source documents before they may be published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from question_bank.model import Document, Finding, Place

CODES = {
    "DOCUMENT_EMPTY": "văn bản chưa đủ thông tin",
    "SECTION_NONE": "văn bản chưa có mục nào",
    "SECTION_EMPTY": "mục chưa có tên",
    "ANCHOR_BAD": "tên neo của mục chưa đúng",
    "RELATION_UNKNOWN": "văn bản được thay thế, sửa đổi không có trong thư viện",
    "VALIDITY_ORDER": "ngày hết hiệu lực không sau ngày có hiệu lực",
}
_ANCHOR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ANCHOR = 80


def check_documents(documents: Sequence[Document]) -> Iterator[Finding]:
    """Findings of these documents; what they replace or amend has to be among them."""
    known = {document.slug for document in documents}
    for document in documents:
        yield from _particulars(document)
        yield from _sections(document)
        yield from _relations(document, known)


def _particulars(document: Document) -> Iterator[Finding]:
    asked = {
        "tên": document.title,
        "loại văn bản": document.kind,
        "cơ quan ban hành": document.issuer,
        "tóm tắt": document.abstract,
    }
    absent = ", ".join(name for name, text in asked.items() if not text.strip())
    if absent:
        yield _finding(document.place, "DOCUMENT_EMPTY", f"Văn bản “{document.slug}” chưa ghi: {absent}.")
    if document.effective_on and document.expired_on and document.expired_on <= document.effective_on:
        message = f"Văn bản “{document.slug}”: ngày hết hiệu lực phải sau ngày có hiệu lực."
        yield _finding(document.place, "VALIDITY_ORDER", message)


def _sections(document: Document) -> Iterator[Finding]:
    if not document.sections:
        message = f"Văn bản “{document.slug}” chưa có mục nào để bài học và câu hỏi dẫn nguồn."
        yield _finding(document.place, "SECTION_NONE", message)
    for number, section in enumerate(document.sections, start=1):
        if not section.heading.strip():
            yield _finding(section.place, "SECTION_EMPTY", f"Mục thứ {number} của “{document.slug}” chưa có tên.")
        if len(section.anchor) > _LONGEST_ANCHOR or not _ANCHOR.fullmatch(section.anchor):
            message = f"Tên neo “{section.anchor}” chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối."
            yield _finding(section.place, "ANCHOR_BAD", message)


def _relations(document: Document, known: set[str]) -> Iterator[Finding]:
    for slug in (*document.replaces, *document.amends):
        if slug not in known or slug == document.slug:
            message = f"Văn bản “{document.slug}” thay thế hoặc sửa đổi “{slug}”, nhưng thư viện không có văn bản ấy."
            yield _finding(document.place, "RELATION_UNKNOWN", message)


def _finding(place: Place, code: str, message: str) -> Finding:
    return Finding(place.file, place.line, code, message)
