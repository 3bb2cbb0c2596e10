"""What pages show of documents that are being written: as readers will see them, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank import model as bank
from question_bank.document_writing import outline_of
from question_bank.markup import render
from quiz_app.authoring import content, queries
from quiz_app.authoring.models import Draft
from quiz_app.authoring.module_diff import FieldChange, PartChange, field_changes
from quiz_app.catalogue.models import Document
from quiz_app.web.filters import format_date


@dataclass(frozen=True, slots=True)
class ShownSection:
    anchor: str
    depth: int
    heading: str
    text_html: str


def parts_of(session: Session, draft: Draft) -> dict[str, Any]:
    """What the page of a draft says of a document: itself, its files, and what it changes of what is published."""
    written = content.document_of(draft)
    known = queries.published_document(session, draft.code)
    titles = _titles(session)
    changes = _changes(known[0], written, titles) if known is not None else ()
    return {
        "document": written,
        "sections": [ShownSection(s.anchor, s.depth, s.heading, render(s.abstract)) for s in written.sections],
        "replaced": [titles.get(slug, slug) for slug in written.replaces],
        "amended": [titles.get(slug, slug) for slug in written.amends],
        "files": queries.draft_files(session, draft.id),
        "published_number": known[1] if known is not None else None,
        "document_changes": [PartChange("Văn bản", "", changes)] if changes else [],
    }


def _titles(session: Session) -> dict[str, str]:
    rows = session.execute(select(Document.slug, Document.title))
    return {slug: title for slug, title in rows}  # noqa: C416 - rows are no pairs to mypy


def _changes(before: bank.Document, after: bank.Document, titles: dict[str, str]) -> tuple[FieldChange, ...]:
    return field_changes(_fields(before, titles), _fields(after, titles))


def _fields(one: bank.Document, titles: dict[str, str]) -> dict[str, str]:
    return {
        "Tên": one.title,
        "Loại văn bản": one.kind,
        "Số, ký hiệu": one.number,
        "Cơ quan ban hành": one.issuer,
        "Ngày ban hành": format_date(one.dated_on),
        "Có hiệu lực từ ngày": format_date(one.effective_on),
        "Hết hiệu lực từ ngày": format_date(one.expired_on),
        "Thay thế": "\n".join(titles.get(slug, slug) for slug in one.replaces),
        "Sửa đổi, bổ sung": "\n".join(titles.get(slug, slug) for slug in one.amends),
        "Tóm tắt": one.abstract,
        "Các mục": outline_of(one.sections),
    }
