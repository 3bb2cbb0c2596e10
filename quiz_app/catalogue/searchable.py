"""What of the catalogue is searched. Whoever publishes something puts it into the index, in the same transaction.

Of items only those of lessons and practice ever enter it: keys and rationales of contest sets are not there to be
found. Who may see a thing is asked when it is searched, by the rules of the pages that show it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from html.parser import HTMLParser

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank.model import Use
from quiz_app.catalogue.models import Document, Item, ItemSet, ItemVersion, StudyModule
from quiz_app.kernel import fulltext
from quiz_app.kernel.fulltext import SearchEntry, Wording

USES = (Use.LESSON.value, Use.PRACTICE.value)
_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "br", "tr", "td", "th", "blockquote", "ul", "ol", "div"}


class Kind(StrEnum):
    """What can be found. Its subjects are documents, sections, lessons, and items of lessons and practice."""

    DOCUMENT = "document"
    SECTION = "section"
    LESSON = "lesson"
    RATIONALE = "rationale"


def put_document(session: Session, row: Document) -> None:
    """Index a document and its sections as they are now."""
    particulars = " · ".join(part for part in (row.kind, row.number, row.issuer) if part)
    body = f"{particulars}. {row.abstract}"
    fulltext.write(session, Kind.DOCUMENT, {row.id: Wording(row.title, body)})
    live = {one.id: Wording(one.heading, plain(one.abstract_html)) for one in row.sections if one.retired_at is None}
    fulltext.write(session, Kind.SECTION, live, gone=[one.id for one in row.sections])


def put_module(session: Session, row: StudyModule) -> None:
    """Index the lessons of a module as they are now."""
    lessons = [] if row.retired_at is not None else [one for one in row.lessons if one.retired_at is None]
    live = {one.id: Wording(one.title, plain(one.body_html)) for one in lessons}
    fulltext.write(session, Kind.LESSON, live, gone=[one.id for one in row.lessons])


def put_set(session: Session, row: ItemSet) -> None:
    """Index the rationales of a set for lessons or practice, as they are now. A set for contests is left out whole."""
    live = _rationales(session, row) if row.use in USES and row.retired_at is None else {}
    gone = session.scalars(select(Item.id).where(Item.set_id == row.id)).all()
    fulltext.write(session, Kind.RATIONALE, live, gone=gone)


def put_everything(session: Session) -> int:
    """Make the index anew from what is published; how many entries it has."""
    session.query(SearchEntry).delete()
    for document in session.scalars(select(Document)):
        put_document(session, document)
    for module in session.scalars(select(StudyModule)):
        put_module(session, module)
    for item_set in session.scalars(select(ItemSet)):
        put_set(session, item_set)
    return session.query(SearchEntry).count()


def is_empty(session: Session) -> bool:
    """Whether something is published and nothing is in the index: it was never made, or a new release asks for it."""
    return (
        session.scalar(select(SearchEntry.id).limit(1)) is None
        and session.scalar(select(Document.id).limit(1)) is not None
    )


def plain(html: str) -> str:
    """The words of rendered text, its blocks apart."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.parts).split())


def _rationales(session: Session, row: ItemSet) -> Mapping[int, Wording]:
    versions: Collection[ItemVersion] = session.scalars(
        select(ItemVersion)
        .join(Item, Item.current_version_id == ItemVersion.id)
        .where(Item.set_id == row.id, Item.retired_at.is_(None))
    ).all()
    return {one.item_id: Wording(plain(one.stem_html), plain(one.rationale_html)) for one in versions}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or any(name == "role" for name, _ in attrs):  # a stem's paragraphs are spans with a role
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
