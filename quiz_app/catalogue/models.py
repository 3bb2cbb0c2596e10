"""What can be studied and asked: items and their immutable versions, sets, modules, lessons, documents."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
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
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


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


class ItemVersion(Base):
    """An edition of an item. Immutable once written; a correction is a new version."""

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
    rationale_html: Mapped[str] = mapped_column(Text)
    source_document: Mapped[str] = mapped_column(String(80))
    source_section: Mapped[str] = mapped_column(String(80))
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
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    lessons: Mapped[list[Lesson]] = relationship(order_by="Lesson.position")


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
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]

    sections: Mapped[list[DocumentSection]] = relationship(order_by="DocumentSection.position")
    files: Mapped[list[DocumentFile]] = relationship(order_by="DocumentFile.id")


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
