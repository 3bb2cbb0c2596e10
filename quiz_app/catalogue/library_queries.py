"""Questions about the library: which documents there are, whether they hold, and what they do to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from quiz_app.catalogue.models import Document, DocumentEdition, Relation
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Reading
from quiz_app.rules.validity import Validity, validity


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document with its validity today, and its ties in both directions."""

    document: Document
    validity: Validity
    replaces: Sequence[Document]
    amends: Sequence[Document]
    replaced_by: Sequence[Document]
    amended_by: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of documents is narrowed to; empty: everything."""

    kind: str = ""
    issuer: str = ""
    year: str = ""
    validity: str = ""

    def takes(self, one: Shelved) -> bool:
        document = one.document
        return (
            self.kind in ("", document.kind)
            and self.issuer in ("", document.issuer)
            and self.year in ("", year_of(document))
            and self.validity in ("", one.validity.value)
        )


def year_of(document: Document) -> str:
    return str(document.dated_on.year) if document.dated_on else ""


def today(r: Reading) -> date:
    """The day in Vietnam: documents hold from its beginning."""
    return r.now.astimezone(VIETNAM).date()


def documents(session: Session) -> list[Document]:
    """The library, by date (the latest first, undated ones at the end) and title."""
    found = session.scalars(select(Document).options(selectinload(Document.files), selectinload(Document.relations)))
    return sorted(found, key=lambda one: (-(one.dated_on.toordinal() if one.dated_on else 0), one.title))


def shelved(r: Reading) -> list[Shelved]:
    """The library as `documents` orders it. A library has hundreds of documents: it is read whole."""
    found = documents(r.session)
    by_slug = {one.slug: one for one in found}
    forth: dict[tuple[str, str], list[Document]] = {}
    back: dict[tuple[str, str], list[Document]] = {}
    for one in found:
        for relation in one.relations:
            if relation.target in by_slug:
                forth.setdefault((relation.kind, one.slug), []).append(by_slug[relation.target])
                back.setdefault((relation.kind, relation.target), []).append(one)
    return [_shelved(one, forth, back, today(r)) for one in found]


def shelved_document(r: Reading, slug: str) -> Shelved | None:
    return next((one for one in shelved(r) if one.document.slug == slug), None)


def latest_editions(session: Session) -> dict[int, DocumentEdition]:
    """The last edition of each document, by the id of the document."""
    query = select(DocumentEdition).order_by(DocumentEdition.number)
    return {edition.document_id: edition for edition in session.scalars(query)}


def editions(session: Session, document_id: int) -> list[DocumentEdition]:
    """The editions of a document, the latest first."""
    query = select(DocumentEdition).where(DocumentEdition.document_id == document_id)
    return list(session.scalars(query.order_by(DocumentEdition.number.desc())))


def _shelved(
    one: Document,
    forth: Mapping[tuple[str, str], Sequence[Document]],
    back: Mapping[tuple[str, str], Sequence[Document]],
    day: date,
) -> Shelved:
    replaces, amends = Relation.REPLACES.value, Relation.AMENDS.value
    replaced_by = back.get((replaces, one.slug), ())
    return Shelved(
        document=one,
        validity=validity(one.effective_on, one.expired_on, [other.effective_on for other in replaced_by], day),
        replaces=forth.get((replaces, one.slug), ()),
        amends=forth.get((amends, one.slug), ()),
        replaced_by=replaced_by,
        amended_by=back.get((amends, one.slug), ()),
    )
