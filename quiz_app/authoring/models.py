"""What is written before it is published: drafts of items and modules, who had a hand in them, what was said of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Kind(StrEnum):
    ITEM = "item"
    MODULE = "module"
    DOCUMENT = "document"


class State(StrEnum):
    """How far a draft has come. The last two are its end; everything before is open."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


class Intent(StrEnum):
    """What a draft would do to what is published; asked of its author, recorded with the version."""

    NEW = "new"
    TYPO = "typo"
    MEANING = "meaning"
    RETIRE = "retire"


class Part(StrEnum):
    AUTHOR = "author"
    REVIEWER = "reviewer"


class Verdict(StrEnum):
    APPROVED = "approved"
    CHANGES = "changes"


class SetDraft(Base):
    """A set that is worked on here. Its published form, once there is one, bears the same slug."""

    __tablename__ = "set_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    use: Mapped[str] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Draft(Base):
    """One item, module or document being written: what will be its next version.

    `content` is the bank's own plain form. `revision` counts what was saved; whoever saves names the one he started
    from. The columns after `content` repeat parts of it for lists and searches.
    """

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("(kind = 'item') = (set_id IS NOT NULL)", name="set"),
        Index(
            "uq_draft_open",
            "kind",
            "set_id",
            "code",
            unique=True,
            sqlite_where=text("state NOT IN ('published', 'discarded')"),
            postgresql_where=text("state NOT IN ('published', 'discarded')"),
        ),
        Index(  # no two NULLs are the same to an index
            "uq_draft_open_module",
            "kind",
            "code",
            unique=True,
            sqlite_where=text("set_id IS NULL AND state NOT IN ('published', 'discarded')"),
            postgresql_where=text("set_id IS NULL AND state NOT IN ('published', 'discarded')"),
        ),
        Index("ix_draft_set", "set_id", "state"),
        Index("ix_draft_state", "state", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    set_id: Mapped[int | None] = mapped_column(ForeignKey("set_draft.id"))
    code: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    intent: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int]
    basis: Mapped[int | None]  # the number of the published version or edition it started from
    content: Mapped[dict[str, Any]]
    title: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(40), default="")
    level: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(170), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    saved_at: Mapped[datetime]
    saved_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]


class DraftFile(Base):
    """An original that comes with a draft of a document; the bytes lie in the data folder under `stored_name`. What is
    there counts as written: sending and dropping one are revisions of the draft."""

    __tablename__ = "draft_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    sent_by: Mapped[int] = mapped_column(ForeignKey("member.id"))


class DraftHand(Base):
    """Who had which part in a draft. One row a person: the key alone keeps a reviewer from being its author."""

    __tablename__ = "draft_hand"
    __table_args__ = (
        CheckConstraint("part IN ('author', 'reviewer')", name="part"),
        UniqueConstraint("draft_id", "member_id", "part", name="uq_draft_hand_part"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime]


class DraftReview(Base):
    """A verdict on one revision. It points at a hand that reviews, so no author's can ever be stored."""

    __tablename__ = "draft_review"
    __table_args__ = (
        CheckConstraint("part = 'reviewer'", name="part"),
        ForeignKeyConstraint(
            ["draft_id", "member_id", "part"],
            ["draft_hand.draft_id", "draft_hand.member_id", "draft_hand.part"],
            name="fk_draft_review_hand",
        ),
        Index("ix_draft_review_draft", "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int]
    member_id: Mapped[int]
    part: Mapped[str] = mapped_column(String(10), default=Part.REVIEWER.value)
    revision: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(2000), default="")
    at: Mapped[datetime]


class DraftComment(Base):
    """A word on one field of a draft (`field` empty: on the whole), open until somebody ticks it off."""

    __tablename__ = "draft_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    field: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(String(2000))
    revision: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class DraftPresence(Base):
    """Who has a draft open for writing, as last told by his page: two people in one draft are told of each other."""

    __tablename__ = "draft_presence"

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    seen_at: Mapped[datetime]


class FindingWaiver(Base):
    """A finding that may stand, with the reason of whoever answers for it. It holds for these words alone."""

    __tablename__ = "finding_waiver"
    __table_args__ = (UniqueConstraint("set_id", "code", "message_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("set_draft.id"))
    code: Mapped[str] = mapped_column(String(30))
    message: Mapped[str] = mapped_column(Text)
    message_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(1000))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
