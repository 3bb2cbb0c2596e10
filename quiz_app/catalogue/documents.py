"""Publishing source documents: particulars, outline, what they replace or amend, and each edition for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from question_bank import model as bank_model
from question_bank.document_writing import document_to_plain
from question_bank.identity import document_hash
from question_bank.markup import render
from quiz_app.catalogue import published, searchable
from quiz_app.catalogue.models import Document, DocumentEdition, DocumentRelation, DocumentSection, Relation
from quiz_app.catalogue.outcome import Outcome, refuse_findings
from quiz_app.catalogue.policy import Action
from quiz_app.kernel.work import Work


def publish_documents(
    w: Work, documents: Sequence[bank_model.Document], *, replaces_written: bool = False
) -> list[Outcome]:
    """Publish the documents of a bank, what others replace or amend before these. One that was changed on the pages
    since stays as it is, unless `replaces_written`. Raises HasFindings."""
    by_age = sorted(documents, key=lambda one: (bool(one.replaces or one.amends), one.dated_on or date.min))
    return [_document_of_files(w, one, replaces_written=replaces_written) for one in by_age]


def publish_document(
    w: Work, document: bank_model.Document, *, is_from_files: bool = True, originals: Sequence[dict[str, Any]] = ()
) -> Outcome:
    """Put a document and its outline into the library, as its next edition.

    A section that left the outline is retired: sources name it. `originals` are the files that come with it, to be
    kept in the edition. Raises HasFindings.
    """
    query = select(Document).where(Document.slug == document.slug).with_for_update()
    row = w.session.scalars(query).one_or_none()
    digest = document_hash(document)
    if row is not None and row.content_hash == digest and not originals:
        if latest_edition(w, row) is None:  # published before editions were kept
            _keep_edition(w, row, document, is_from_files, originals)
        return Outcome("document", document.slug, document.title, unchanged=len(document.sections))
    refuse_findings(document.title, published.findings_of_document(w.session, document))
    if row is None:
        row = Document(slug=document.slug)
        w.session.add(row)
    row.number, row.dated_on, row.issuer = document.number, document.dated_on, document.issuer
    row.title, row.kind, row.abstract = document.title, document.kind, document.abstract
    row.effective_on, row.expired_on = document.effective_on, document.expired_on
    row.content_hash, row.published_at = digest, w.now
    _relate(row, document)
    added, changed, gone = _put_outline(w, row, document)
    _keep_edition(w, row, document, is_from_files, originals)
    searchable.put_document(w.session, row)
    w.record(Action.DOCUMENT_PUBLISHED, f"document:{row.id}", slug=row.slug, content_hash=digest)
    unchanged = len(document.sections) - added - changed
    return Outcome("document", row.slug, row.title, added, changed, unchanged, gone)


def latest_edition(w: Work, row: Document) -> DocumentEdition | None:
    query = select(DocumentEdition).where(DocumentEdition.document_id == row.id).order_by(DocumentEdition.number.desc())
    return w.session.scalars(query.limit(1)).one_or_none()


def _document_of_files(w: Work, document: bank_model.Document, *, replaces_written: bool) -> Outcome:
    row = w.session.scalars(select(Document).where(Document.slug == document.slug)).one_or_none()
    latest = latest_edition(w, row) if row is not None else None
    is_written = latest is not None and not latest.is_from_files and latest.content_hash != document_hash(document)
    if latest is not None and is_written and not replaces_written:
        title = latest.content["title"]
        return Outcome("document", document.slug, title, unchanged=len(document.sections), kept_edition=latest.number)
    return publish_document(w, document)


def _relate(row: Document, document: bank_model.Document) -> None:
    wanted = {(Relation.REPLACES.value, slug) for slug in document.replaces}
    wanted |= {(Relation.AMENDS.value, slug) for slug in document.amends}
    known = {(one.kind, one.target): one for one in row.relations}
    row.relations = [known.get((kind, slug)) or DocumentRelation(kind=kind, target=slug) for kind, slug in wanted]


def _put_outline(w: Work, row: Document, document: bank_model.Document) -> tuple[int, int, int]:
    known = {section.anchor: section for section in row.sections}
    added = changed = 0
    for position, section in enumerate(document.sections, start=1):
        kept = known.get(section.anchor)
        if kept is None:
            kept = DocumentSection(anchor=section.anchor)
            row.sections.append(kept)
            added += 1
        before = (kept.heading, kept.depth, kept.abstract_html, kept.retired_at)
        kept.position, kept.depth, kept.heading = position, section.depth, section.heading
        kept.abstract_html, kept.retired_at = render(section.abstract), None
        changed += section.anchor in known and before != (kept.heading, kept.depth, kept.abstract_html, None)
    anchors = {section.anchor for section in document.sections}
    gone = [section for section in known.values() if section.anchor not in anchors and section.retired_at is None]
    for section_row in gone:
        section_row.retired_at = w.now
    w.session.flush()
    return added, changed, len(gone)


def _keep_edition(
    w: Work,
    row: Document,
    document: bank_model.Document,
    is_from_files: bool,
    originals: Sequence[dict[str, Any]],
) -> None:
    """Keep what is published now as it is: the rows that readers see change with the next publication."""
    latest = latest_edition(w, row)
    w.session.add(
        DocumentEdition(
            document_id=row.id,
            number=latest.number + 1 if latest else 1,
            content=document_to_plain(document) | {"originals": list(originals)},
            content_hash=row.content_hash,
            published_at=w.now,
            published_by=w.actor.member_id,
            is_from_files=is_from_files,
        )
    )
    w.session.flush()
