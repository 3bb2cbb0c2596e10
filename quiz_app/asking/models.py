"""What members ask, propose and report, and the answers of general interest that are published."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Kind(StrEnum):
    ASK = "ask"
    PROPOSE = "propose"
    REPORT = "report"


class State(StrEnum):
    NEW = "new"
    IN_REVIEW = "in_review"
    ANSWERED = "answered"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Subject(StrEnum):
    LESSON = "lesson"
    ITEM = "item"
    ATTEMPT = "attempt"
    PAGE = "page"


class Question(Base):
    """What one member wrote, about one thing of this site. Read by him and by who answers, by nobody else.

    An item is known by where he met it: `position` in a lesson or in his own paper. `unit_id` is his unit at the time.
    Of a merged one the answer is that of `merged_into_id`. `revision` counts what moderators and the sender changed;
    `touched_by` is the moderator who did so last. Texts end before the row does (`erased_at`): counts stay.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint(
            "(subject = 'lesson') = (lesson_id IS NOT NULL AND item_version_id IS NULL)", name="about_lesson"
        ),
        CheckConstraint(
            "(subject = 'attempt') = (attempt_id IS NOT NULL AND item_version_id IS NULL)", name="about_attempt"
        ),
        CheckConstraint("(subject = 'item') = (item_version_id IS NOT NULL)", name="about_item"),
        CheckConstraint("lesson_id IS NULL OR attempt_id IS NULL", name="one_place"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered"),
        CheckConstraint("erased_at IS NULL OR (text = '' AND answer = '')", name="erased"),
        CheckConstraint("state <> 'withdrawn' OR erased_at IS NOT NULL", name="withdrawn"),
        CheckConstraint("merged_into_id <> id", name="merged_into_other"),
        Index("ix_question_member", "member_id", "created_at"),
        Index("ix_question_unit", "unit_id", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(10))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))
    item_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int | None]
    page: Mapped[str] = mapped_column(String(60), default="")
    path: Mapped[str] = mapped_column(String(200), default="")
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    text: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int]
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"), index=True)
    answer: Mapped[str] = mapped_column(Text, default="")
    answer_html: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    read_at: Mapped[datetime | None]
    touched_at: Mapped[datetime | None]
    touched_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Entry(Base):
    """A place of the public list of questions and answers; what stands there is one of its editions."""

    __tablename__ = "question_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), unique=True)
    created_at: Mapped[datetime]


class EditionState(StrEnum):
    PROPOSED = "proposed"
    DECLINED = "declined"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Edition(Base):
    """One wording of an entry, naming nobody. Its words never change; nobody decides on what he proposed himself."""

    __tablename__ = "question_edition"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        *(
            Index(
                f"uq_question_edition_{state}",
                "entry_id",
                unique=True,
                sqlite_where=text(f"state = '{state}'"),
                postgresql_where=text(f"state = '{state}'"),
            )
            for state in (EditionState.PROPOSED.value, EditionState.PUBLISHED.value)
        ),
        Index("ix_question_edition_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("question_entry.id"))
    number: Mapped[int]
    module_id: Mapped[int | None] = mapped_column(ForeignKey("study_module.id"))
    question: Mapped[str] = mapped_column(String(500))
    answer: Mapped[str] = mapped_column(Text)
    answer_html: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str] = mapped_column(String(400), default="")
