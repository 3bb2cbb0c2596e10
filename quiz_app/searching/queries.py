"""Questions put in words to everything that is published and that the one who asks may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from question_bank.model import Use
from quiz_app.catalogue import library_queries
from quiz_app.catalogue.models import Document, DocumentSection, Item, ItemSet, ItemVersion, Lesson, StudyModule
from quiz_app.catalogue.searchable import Kind
from quiz_app.kernel import fulltext
from quiz_app.kernel.db import bounded
from quiz_app.kernel.fulltext import SearchEntry
from quiz_app.kernel.text import Word
from quiz_app.kernel.work import Reading
from quiz_app.rules.validity import Validity
from quiz_app.searching import sight
from quiz_app.searching.snippets import Piece, marked, snippet
from quiz_app.web.paging import Page

LONGEST_S = 2.0
PAGE_SIZE = 20


class Shelf(StrEnum):
    """What somebody may keep to when he searches."""

    DOCUMENTS = "van-ban"
    LESSONS = "bai-hoc"
    RATIONALES = "giai-thich"


SHELVES: Mapping[Shelf, tuple[Kind, ...]] = {
    Shelf.DOCUMENTS: (Kind.DOCUMENT, Kind.SECTION),
    Shelf.LESSONS: (Kind.LESSON,),
    Shelf.RATIONALES: (Kind.RATIONALE,),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands: a document or a module, and the section or the lesson in it (empty: the whole)."""

    endpoint: str
    values: Mapping[str, str]
    name: str


@dataclass(frozen=True, slots=True)
class Hit:
    """`caution`: how it stands with a document that does not hold today."""

    kind: Kind
    title: Sequence[Piece]
    text: Sequence[Piece]
    place: Place
    caution: Validity | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, the best first, and how many there are on each shelf."""

    page: Page[Hit]
    counts: Mapping[Shelf, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def search(r: Reading, words: Sequence[Word], shelf: Shelf | None, number: int, size: int = PAGE_SIZE) -> Found:
    """What holds every word, whatever its marks; see `fulltext.matching` for the order.

    Raises Overloaded where it would take too long.
    """
    hits, order = fulltext.matching(r.session, words)
    seen = select(SearchEntry).join(hits, hits.c.id == SearchEntry.id).where(sight.visible(r.actor))
    with bounded(r.session, LONGEST_S):
        counts = _counts(r.session, seen)
        total = sum(counts.values()) if shelf is None else counts[shelf]
        number = max(1, min(number, -(-total // size)))
        kept = seen if shelf is None else seen.where(SearchEntry.kind.in_(SHELVES[shelf]))
        entries = r.session.scalars(kept.order_by(*order).limit(size).offset((number - 1) * size)).all()
    places = _places(r.session, entries)
    overtaken = _overtaken(r)
    rows = [_hit(entry, words, places[entry.kind, entry.subject_id], overtaken) for entry in entries]
    return Found(Page(rows, number, size, total), counts)


def _counts(session: Session, seen: Select[Any]) -> dict[Shelf, int]:
    by_kind = seen.with_only_columns(SearchEntry.kind, func.count()).group_by(SearchEntry.kind)
    counted = {Kind(kind): count for kind, count in session.execute(by_kind)}
    return {shelf: sum(counted.get(kind, 0) for kind in kinds) for shelf, kinds in SHELVES.items()}


def _overtaken(r: Reading) -> dict[str, Validity]:
    """The documents that do not hold today, by slug."""
    shelved = library_queries.shelved(r)
    return {one.document.slug: one.validity for one in shelved if one.validity is not Validity.IN_FORCE}


def _hit(entry: SearchEntry, words: Sequence[Word], place: Place, overtaken: Mapping[str, Validity]) -> Hit:
    caution = overtaken.get(place.values["slug"]) if place.endpoint == "catalogue.document" else None
    return Hit(Kind(entry.kind), marked(entry.title, words), snippet(entry.body, words), place, caution)


def _places(session: Session, entries: Sequence[SearchEntry]) -> dict[tuple[str, int], Place]:
    """Where each entry is to be read, by kind and subject."""
    ids: dict[Kind, set[int]] = {kind: {e.subject_id for e in entries if e.kind == kind.value} for kind in Kind}
    found: dict[tuple[str, int], Place] = {}
    documents = select(Document.id, Document.slug, Document.kind).where(Document.id.in_(ids[Kind.DOCUMENT]))
    for id_, slug, kind in session.execute(documents):
        found[Kind.DOCUMENT, id_] = Place("catalogue.document", {"slug": slug}, kind)
    sections = (
        select(DocumentSection.id, DocumentSection.anchor, Document.slug, Document.title)
        .join(Document, Document.id == DocumentSection.document_id)
        .where(DocumentSection.id.in_(ids[Kind.SECTION]))
    )
    for id_, anchor, slug, title in session.execute(sections):
        found[Kind.SECTION, id_] = Place("catalogue.document", {"slug": slug, "_anchor": anchor}, title)
    lessons = (
        select(Lesson.id, Lesson.slug, StudyModule.slug, StudyModule.title)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(Lesson.id.in_(ids[Kind.LESSON]))
    )
    for id_, slug, module, title in session.execute(lessons):
        found[Kind.LESSON, id_] = Place("study.lesson", {"module_slug": module, "lesson_slug": slug}, title)
    return found | _places_of_items(session, ids[Kind.RATIONALE])


def _places_of_items(session: Session, item_ids: set[int]) -> dict[tuple[str, int], Place]:
    """A check question is read in its lesson, one for practice leads to it; one without a lesson leads to the section
    that its answer stands in.
    """
    rows = session.execute(
        select(Item.id, ItemSet.use, Lesson.slug, Lesson.title, StudyModule.slug, ItemVersion, Document.title)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Lesson, (Lesson.id == Item.lesson_id) & Lesson.retired_at.is_(None))
        .outerjoin(StudyModule, (StudyModule.id == Lesson.module_id) & StudyModule.retired_at.is_(None))
        .outerjoin(Document, Document.slug == ItemVersion.source_document)
        .where(Item.id.in_(item_ids))
    )
    found: dict[tuple[str, int], Place] = {}
    for id_, use, lesson, lesson_title, module, version, title in rows:
        if not (lesson and module):
            values = {"slug": version.source_document, "_anchor": version.source_section}
            place = Place("catalogue.document", values, title or version.source_document)
        else:
            anchor = {"_anchor": "cau-hoi-on"} if use == Use.LESSON else {}
            values = {"module_slug": module, "lesson_slug": lesson} | anchor
            place = Place("study.lesson", values, lesson_title)
        found[Kind.RATIONALE, id_] = place
    return found
