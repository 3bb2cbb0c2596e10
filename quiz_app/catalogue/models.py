"""What can be studied and asked: items and their immutable versions, sets, modules, lessons, documents."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz_app.kernel.db import Base


class Topic(Base):
    __tablename__ = "topic"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    document: Mapped[str] = mapped_column(String(80), default="")
    section: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int]


class ItemSet(Base):
    """An authored set. `use` is lesson, practice or contest; a shipped set carries its keys in the repository."""

    __tablename__ = "item_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    use: Mapped[str] = mapped_column(String(20))
    is_shipped: Mapped[bool]
    summary: Mapped[str] = mapped_column(Text, default="")
    blueprint: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class SetSeal(Base):
    """A published set whose keys nobody is shown until the next round that draws from it opens.

    Before that a seal is broken only by two persons: one asks with a reason, another confirms.
    """

    __tablename__ = "set_seal"
    __table_args__ = (
        CheckConstraint("broken_by IS NULL OR broken_by <> asked_by", name="two_persons"),
        Index(
            "uq_set_seal_whole",
            "set_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("item_set.id"))
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]
    broken_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Item(Base):
    """The permanent identity of a question. `code` never changes and is never used again."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("set_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("item_set.id"))
    code: Mapped[str] = mapped_column(String(80))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"), index=True)
    current_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id", use_alter=True))
    retired_at: Mapped[datetime | None]


class Change(StrEnum):
    """What a version is to the one before it, in the words of whoever wrote it."""

    NEW = "new"
    TYPO = "typo"
    MEANING = "meaning"
    UNTOLD = "untold"  # published from a file, which does not say


class ItemVersion(Base):
    """An edition of an item. Immutable once written; a correction is a new version.

    Texts are kept as written (Markdown) beside what is shown of them.
    """

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"), Index("ix_item_version_cell", "topic", "level"))

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(ForeignKey("topic.code"))
    level: Mapped[int]
    stem: Mapped[str] = mapped_column(Text)
    stem_html: Mapped[str] = mapped_column(Text)
    rationale: Mapped[str] = mapped_column(Text)
    rationale_html: Mapped[str] = mapped_column(Text)
    source_document: Mapped[str] = mapped_column(String(80))
    source_section: Mapped[str] = mapped_column(String(80))
    source_quote: Mapped[str] = mapped_column(Text, default="")
    source_from: Mapped[date | None]
    source_until: Mapped[date | None]
    points: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    change: Mapped[str] = mapped_column(String(12), default=Change.UNTOLD.value)
    search_key: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]

    options: Mapped[list[Option]] = relationship(order_by="Option.position")


class Option(Base):
    """An option of one version. `code` is permanent within the item, so a correction can never swap a key silently."""

    __tablename__ = "item_option"
    __table_args__ = (UniqueConstraint("item_version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    code: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    text_html: Mapped[str] = mapped_column(Text)
    is_key: Mapped[bool]
    is_pinned: Mapped[bool]


class StudyModule(Base):
    __tablename__ = "study_module"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(80))
    section: Mapped[str] = mapped_column(String(80))
    topic: Mapped[str] = mapped_column(ForeignKey("topic.code"))
    is_restricted: Mapped[bool]
    audiences: Mapped[list[str]] = mapped_column(default=list)
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    lessons: Mapped[list[Lesson]] = relationship(order_by="Lesson.position")


class ModuleEdition(Base):
    """A module as it was published once, whole: `content` is what `question_bank.study_writing` makes of it. Immutable.

    `is_from_files`: published from the files of a bank; else it was written, reviewed and published on the pages.
    """

    __tablename__ = "module_edition"
    __table_args__ = (UniqueConstraint("module_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("study_module.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    is_from_files: Mapped[bool]


class Lesson(Base):
    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("module_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("study_module.id"))
    slug: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    minutes: Mapped[int]
    body_html: Mapped[str] = mapped_column(Text)
    sections: Mapped[list[str]]
    retired_at: Mapped[datetime | None]


class Document(Base):
    """A source document of the library."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[str] = mapped_column(String(60), default="")
    dated_on: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(400))
    kind: Mapped[str] = mapped_column(String(60))
    abstract: Mapped[str] = mapped_column(Text)
    effective_on: Mapped[date | None]
    expired_on: Mapped[date | None]
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]

    relations: Mapped[list[DocumentRelation]] = relationship(
        order_by="DocumentRelation.target", cascade="all, delete-orphan"
    )
    sections: Mapped[list[DocumentSection]] = relationship(order_by="DocumentSection.position")
    files: Mapped[list[DocumentFile]] = relationship(order_by="DocumentFile.id")


class Relation(StrEnum):
    REPLACES = "replaces"
    AMENDS = "amends"


class DocumentRelation(Base):
    """What a document does to an earlier one, named by its slug."""

    __tablename__ = "document_relation"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    target: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


class DocumentEdition(Base):
    """A document as it was published once, whole: `content` is what `question_bank.document_writing` makes of it, with
    the originals that came with it. Immutable. `is_from_files` as in ModuleEdition."""

    __tablename__ = "document_edition"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    is_from_files: Mapped[bool]


class CitationLook(Base):
    """Somebody looked at what cites a document that was replaced or amended, and found that it still stands.

    `document_id` is the newer document; `subject` reads `item:id` or `lesson:id`.
    """

    __tablename__ = "citation_look"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    looked_at: Mapped[datetime]
    looked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class DocumentSection(Base):
    """A heading of a document. One that left the outline stays: published items may name it as their source."""

    __tablename__ = "document_section"
    __table_args__ = (UniqueConstraint("document_id", "anchor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    anchor: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    depth: Mapped[int]
    heading: Mapped[str] = mapped_column(String(400))
    abstract_html: Mapped[str] = mapped_column(Text)
    retired_at: Mapped[datetime | None]


class DocumentFile(Base):
    """An original attached to a document; the bytes lie in the data folder under `stored_name`."""

    __tablename__ = "document_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    attached_at: Mapped[datetime]
    attached_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
