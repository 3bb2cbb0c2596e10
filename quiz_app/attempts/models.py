"""Attempts, the places of their papers with what was put there, and the result that counts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class AttemptState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    ANNULLED = "annulled"


class EndedBy(StrEnum):
    MEMBER = "member"
    DEADLINE = "deadline"
    ORGANISER = "organiser"


class Attempt(Base):
    """One sitting. `id` is random: it stands in addresses, where a counter would tell how many there are.

    `deadline_at` and `accepts_until_at` are computed once by rules.timing; `epoch` rises when another device takes
    over; `unit_id` is the member's unit at the start; `rules_number` is the version of the rules he accepted. The draw
    can be repeated from `seed` and the pool of `pool_hash`. A prediction is asked for where `asks_prediction`, stored
    scaled by the round's decimals. `assisted_by` started it for the member on a shared device. `device_sha256` is the
    hash of a random mark of the browser it was started in; `held_by_session` is the sign-in that opens the paper, which
    any other one has to take over first (None: whoever may sit it).
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("member_id", "round_id", "number"),
        Index(
            "uq_attempt_open",
            "member_id",
            "round_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_attempt_overdue",
            "accepts_until_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_attempt_round_state", "round_id", "state", "unit_id"),
        Index("ix_attempt_round_started", "round_id", "started_at"),
        Index("ix_attempt_round_ended", "round_id", "ended_at"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state = 'open' OR score IS NOT NULL", name="scored"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    epoch: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    accepts_until_at: Mapped[datetime]
    extra_time_s: Mapped[int] = mapped_column(default=0)
    extension_s: Mapped[int] = mapped_column(default=0)
    seed: Mapped[str] = mapped_column(String(64))
    pool_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    rules_number: Mapped[int] = mapped_column(default=0, server_default="0")
    asks_prediction: Mapped[bool] = mapped_column(default=False, server_default=false())
    prediction: Mapped[int | None]
    prediction_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    prediction_saved_at: Mapped[datetime | None]
    assisted_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    assist_reason: Mapped[str | None] = mapped_column(String(400))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(12))
    score: Mapped[int | None]
    max_score: Mapped[int | None]
    right_count: Mapped[int | None]
    answered_count: Mapped[int | None]
    duration_ms: Mapped[int | None]
    receipt_code: Mapped[str | None] = mapped_column(String(16), unique=True)
    device_sha256: Mapped[str | None] = mapped_column(String(64))
    held_by_session: Mapped[int | None]
    annulled_at: Mapped[datetime | None]
    annulled_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    annul_reason: Mapped[str | None] = mapped_column(String(1000))


class Response(Base):
    """One place of a paper and what was put there, written when the paper is drawn.

    `option_order` holds the option ids as drawn: letter A is the first. `chosen` is what is kept, as letters in order
    ("A", "BD"), empty for an answer taken back, NULL where nothing was ever put. `revision` only counts up.
    """

    __tablename__ = "response"
    __table_args__ = (CheckConstraint("revision >= 0", name="revision"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    option_order: Mapped[list[int]]
    letters: Mapped[str] = mapped_column(String(10))
    is_multiple: Mapped[bool]
    points: Mapped[int]
    chosen: Mapped[str | None] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime | None]
    is_right: Mapped[bool | None]


class LateArrival(Base):
    """What reached the server when the attempt accepted nothing any more: refused, and kept as evidence."""

    __tablename__ = "late_arrival"
    __table_args__ = (
        Index("ix_late_arrival_attempt", "attempt_id"),
        Index("ix_late_arrival_arrived", "arrived_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    what: Mapped[str] = mapped_column(String(12))
    position: Mapped[int | None]
    sent: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int | None]
    epoch: Mapped[int]
    arrived_at: Mapped[datetime]


class Result(Base):
    """A member's counted attempt in a round; `k1`–`k4`: its rank key by the round's tie-breaks, smaller is better."""

    __tablename__ = "result"
    __table_args__ = (
        Index("ix_result_round_key", "round_id", "is_ranked", "k1", "k2", "k3", "k4"),
        Index("ix_result_unit_key", "round_id", "unit_id", "is_ranked", "k1", "k2", "k3", "k4"),
        Index("ix_result_written", "round_id", "written_at"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), unique=True)
    attempts: Mapped[int]
    score: Mapped[int]
    max_score: Mapped[int]
    duration_ms: Mapped[int]
    submitted_at: Mapped[datetime]
    prediction: Mapped[int | None]
    is_ranked: Mapped[bool]
    k1: Mapped[int]
    k2: Mapped[int]
    k3: Mapped[int]
    k4: Mapped[int]
    written_at: Mapped[datetime | None]


class FrozenResult(Base):
    """A result as it was when the boards of its round froze, kept when it is written anew before they move again."""

    __tablename__ = "frozen_result"
    __table_args__ = (Index("ix_frozen_result_key", "round_id", "is_ranked", "k1", "k2", "k3", "k4"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    attempts: Mapped[int]
    score: Mapped[int]
    max_score: Mapped[int]
    duration_ms: Mapped[int]
    submitted_at: Mapped[datetime]
    prediction: Mapped[int | None]
    is_ranked: Mapped[bool]
    k1: Mapped[int]
    k2: Mapped[int]
    k3: Mapped[int]
    k4: Mapped[int]
    written_at: Mapped[datetime | None]


class CorrectionKind(StrEnum):
    """Of an item's points, of one attempt, or of every attempt started within a window."""

    ITEM = "item"
    ATTEMPT = "attempt"
    WINDOW = "window"


class CorrectionState(StrEnum):
    PROPOSED = "proposed"
    APPLYING = "applying"
    APPLIED = "applied"
    CANCELLED = "cancelled"


class Correction(Base):
    """An act on results after they were sat, with its reason, its author, and a second person who lets it happen.

    An item is put right by `remedy` (rules.rescoring), with `key` where that has one; an attempt or all attempts begun
    from `window_from` up to `window_until` are annulled, a window perhaps sat again in `rerun_round_id`.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR created_by IS NULL OR decided_by <> created_by", name="second_person"),
        Index("ix_correction_round", "round_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(1000))
    notice: Mapped[str] = mapped_column(String(1000), default="")
    item_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    remedy: Mapped[str | None] = mapped_column(String(16))
    key: Mapped[list[int]] = mapped_column(default=list)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    window_from: Mapped[datetime | None]
    window_until: Mapped[datetime | None]
    rerun_round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    applied_at: Mapped[datetime | None]


class CorrectionChange(Base):
    """What a correction made of one attempt; the marks before are kept for ever."""

    __tablename__ = "correction_change"

    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
    state_before: Mapped[str] = mapped_column(String(12))
    state_after: Mapped[str] = mapped_column(String(12))
    score_before: Mapped[int | None]
    score_after: Mapped[int | None]
    max_before: Mapped[int | None]
    max_after: Mapped[int | None]
    right_before: Mapped[int | None]
    right_after: Mapped[int | None]
    changed_at: Mapped[datetime]
