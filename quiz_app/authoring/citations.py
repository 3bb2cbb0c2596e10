"""What cites a document that another replaces or amends: questions and lessons that somebody has to read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.authoring.policy import Action
from quiz_app.catalogue.models import (
    CitationLook,
    Document,
    DocumentRelation,
    DocumentSection,
    Item,
    ItemSet,
    ItemVersion,
    Lesson,
    StudyModule,
)
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work


@dataclass(frozen=True, slots=True)
class Citation:
    """A question or a lesson in force that leans on the earlier document. `subject` reads `item:id` or `lesson:id`."""

    subject: str
    owner: str
    owner_title: str
    name: str
    heading: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """An earlier document with the newer one that replaces or amends it, and who still cites it unread. Questions of
    sealed sets are counted and not told."""

    newer: Document
    earlier: Document
    kind: str
    citations: Sequence[Citation]
    sealed: int


def overtaken(r: Reading) -> list[Overtaken]:
    """Every tie between documents of the library under which something is left to be looked at, the newest first."""
    rows = r.session.execute(
        select(Document, DocumentRelation.kind, DocumentRelation.target)
        .join(DocumentRelation, DocumentRelation.document_id == Document.id)
        .order_by(Document.published_at.desc(), Document.id, DocumentRelation.target)
    ).all()
    known = {one.slug: one for one in r.session.scalars(select(Document))}
    sealed = {one.id for one in seals.sealed_sets(r.session, r.now)}
    found = [_overtaken(r.session, newer, known[slug], kind, sealed) for newer, kind, slug in rows if slug in known]
    return [one for one in found if one.citations or one.sealed]


def keep_citation(w: Work, document_id: int, subject: str) -> None:
    """Say that a question or a lesson was read again and still stands beside the newer document; once is enough.

    Raises Missing where it is not among those to be looked at.
    """
    pending = {one.subject for each in overtaken(w) if each.newer.id == document_id for one in each.citations}
    if w.session.get(CitationLook, (document_id, subject)) is not None:
        return
    if subject not in pending:
        raise Missing
    try:
        with w.session.begin_nested():
            look = {"looked_at": w.now, "looked_by": w.actor.member_id}
            w.session.add(CitationLook(document_id=document_id, subject=subject, **look))
    except IntegrityError:  # somebody said so a moment ago
        return
    w.record(Action.CITATION_KEPT, f"document:{document_id}", cited=subject)


def _overtaken(session: Session, newer: Document, earlier: Document, kind: str, sealed: set[int]) -> Overtaken:
    looked = set(session.scalars(select(CitationLook.subject).where(CitationLook.document_id == newer.id)))
    outline = select(DocumentSection.anchor, DocumentSection.heading).where(DocumentSection.document_id == earlier.id)
    headings = {anchor: heading for anchor, heading in session.execute(outline)}  # noqa: C416 - no pairs to mypy
    lessons = [one for one in _lessons(session, earlier, headings) if one.subject not in looked]
    items = [(set_id, one) for set_id, one in _items(session, earlier, headings) if one.subject not in looked]
    told = [one for set_id, one in items if set_id not in sealed]
    return Overtaken(newer, earlier, kind, [*lessons, *told], len(items) - len(told))


def _lessons(session: Session, earlier: Document, headings: dict[str, str]) -> list[Citation]:
    rows = session.execute(
        select(Lesson, StudyModule)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(StudyModule.document == earlier.slug, StudyModule.retired_at.is_(None), Lesson.retired_at.is_(None))
        .order_by(StudyModule.position, Lesson.position)
    )
    return [
        Citation(
            subject=f"lesson:{lesson.id}",
            owner=module.slug,
            owner_title=module.title,
            name=lesson.title,
            heading="; ".join(headings.get(anchor, anchor) for anchor in lesson.sections),
        )
        for lesson, module in rows
    ]


def _items(session: Session, earlier: Document, headings: dict[str, str]) -> list[tuple[int, Citation]]:
    rows = session.execute(
        select(Item.id, Item.code, ItemSet, ItemVersion.source_section)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(ItemVersion.source_document == earlier.slug, Item.retired_at.is_(None), ItemSet.retired_at.is_(None))
        .order_by(ItemSet.title, Item.code)
    )
    return [
        (item_set.id, Citation(f"item:{id_}", item_set.slug, item_set.title, code, headings.get(anchor, anchor)))
        for id_, code, item_set, anchor in rows
    ]
