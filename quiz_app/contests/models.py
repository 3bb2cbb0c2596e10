"""Contests, their stages and rounds, blueprints, frozen pools, rules as published, and the rosters of rates."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz_app.kernel.db import Base


class Shown(StrEnum):
    """From when on a member may see a thing about his attempt."""

    NEVER = "never"
    AFTER_SUBMISSION = "after_submission"
    AFTER_CLOSING = "after_closing"
    AFTER_FINAL = "after_final"


class NamesShown(StrEnum):
    """Whose names a board carries: nobody's, those of members who agreed, or the same within the own chi bộ alone."""

    NOBODY = "nobody"
    CONSENTED = "consented"
    OWN_UNIT = "own_unit"


class ItemKinds(StrEnum):
    """Which items of its sets a round may draw."""

    ANY = "any"
    SINGLE = "single"
    MULTIPLE = "multiple"


class UnitClasses(StrEnum):
    """Among which units a unit is ranked: all, those of its size, or those of its kind (block)."""

    NONE = "none"
    SIZE = "size"
    KIND = "kind"


class PrizeScope(StrEnum):
    ROUND = "round"
    STAGE = "stage"
    OVERALL = "overall"


class Contest(Base):
    """A competition held for the subtree of `unit_id`. A rehearsal is seen by its organisers alone, counts nowhere.

    Units are ranked by `unit_weights` (rules.unit_mix measure to whole weight; empty: no such ranking) in
    `unit_classes`, from `unit_minimum` members upwards; `unit_threshold` are the points of a good score. Nobody wins
    more than `most_prizes` of the round prizes (None: no cap). `anonymised_at`: since when its attempts are nobody's.
    """

    __tablename__ = "contest"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_demonstration: Mapped[bool]
    is_rehearsal: Mapped[bool] = mapped_column(default=False, server_default=false())
    most_prizes: Mapped[int | None]
    unit_weights: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    unit_threshold: Mapped[int | None]
    unit_minimum: Mapped[int] = mapped_column(default=0, server_default="0")
    unit_classes: Mapped[str] = mapped_column(
        String(12), default=UnitClasses.SIZE.value, server_default=UnitClasses.SIZE.value
    )
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    anonymised_at: Mapped[datetime | None]


class Prize(Base):
    """A kind of prize, given in each round, in each stage or once overall, to people or to units."""

    __tablename__ = "prize"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    scope: Mapped[str] = mapped_column(String(12))
    is_for_units: Mapped[bool]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    count: Mapped[int]


class Stage(Base):
    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("contest_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))


class Round(Base):
    """One timed part of a contest: a draft until `published_at`, then fixed but for what may be extended.

    `draw_secret` keys the draw of papers and never leaves the server before the round is final. Of `attempts_allowed`,
    `attempts_per_day`, `time_limit_s` and `minimum_age` None means no limit; `entry_categories` empty means everybody.
    Hours of the day are minutes after midnight in Vietnam, `weekdays` count from 0, Monday. `extension_s` holds for
    all, `longest_extension_s` is the longest that any unit has. `first_attempt_at` locks what would change the meaning
    of attempts. `rules_number` is that of the rules in force.
    `prediction_truth` is scaled by `prediction_decimals`, None until it has been fixed; from `predictions_end_at`, when
    figures had come out and the round was opened once more, no attempt asks for one. Boards stand still for the last
    `freeze_minutes`, until results are final; complaints are taken for `complaint_days` after the close; with
    `moves_attempts` they follow a member whose unit is corrected. `lot_seed` is published with the final table, its
    hash from the close on; `finalised_at` is when the version of it that is in force was published.
    """

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("contest_id", "position"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("attempts_allowed >= 1", name="attempts_allowed"),
        CheckConstraint("attempts_per_day >= 1", name="attempts_per_day"),
        CheckConstraint("(daily_opens_minute IS NULL) = (daily_closes_minute IS NULL)", name="daily"),
        Index("ix_round_window", "published_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    daily_opens_minute: Mapped[int | None]
    daily_closes_minute: Mapped[int | None]
    weekdays: Mapped[list[int]] = mapped_column(default=lambda: list(range(7)), server_default="[0, 1, 2, 3, 4, 5, 6]")
    time_limit_s: Mapped[int | None]
    extension_s: Mapped[int] = mapped_column(default=0)
    longest_extension_s: Mapped[int] = mapped_column(default=0, server_default="0")
    grace_ms: Mapped[int] = mapped_column(default=5000)
    attempts_allowed: Mapped[int | None]
    attempts_per_day: Mapped[int | None]
    counted: Mapped[str] = mapped_column(String(20))
    tie_breaks: Mapped[list[str]]
    item_kinds: Mapped[str] = mapped_column(String(12), default=ItemKinds.ANY.value, server_default=ItemKinds.ANY.value)
    prediction_kind: Mapped[str | None] = mapped_column(String(20))
    prediction_decimals: Mapped[int] = mapped_column(default=0, server_default="0")
    prediction_truth: Mapped[int | None]
    prediction_fixed_at: Mapped[datetime | None]
    predictions_end_at: Mapped[datetime | None]
    minimum_age: Mapped[int | None]
    entry_categories: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    assisted_counts: Mapped[bool] = mapped_column(default=True, server_default=true())
    freeze_minutes: Mapped[int | None]
    complaint_days: Mapped[int] = mapped_column(default=3, server_default="3")
    moves_attempts: Mapped[bool] = mapped_column(default=True, server_default=true())
    show_score: Mapped[str] = mapped_column(String(20))
    show_marks: Mapped[str] = mapped_column(String(20))
    show_keys: Mapped[str] = mapped_column(String(20))
    names_shown: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    rules_number: Mapped[int] = mapped_column(default=0, server_default="0")
    rehearses_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    draw_secret: Mapped[str] = mapped_column(String(64))
    lot_seed: Mapped[str] = mapped_column(String(64), default="", server_default="")
    pool_hash: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    first_attempt_at: Mapped[datetime | None]
    finalised_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    contest: Mapped[Contest] = relationship()
    cells: Mapped[list[BlueprintCell]] = relationship(order_by="BlueprintCell.position", cascade="all, delete-orphan")

    @property
    def time_limit(self) -> timedelta | None:
        return None if self.time_limit_s is None else timedelta(seconds=self.time_limit_s)


class BlueprintCell(Base):
    """So many items of a topic and a level, each worth `points`; None: of any topic, of any level."""

    __tablename__ = "blueprint_cell"
    __table_args__ = (CheckConstraint("count >= 1", name="count"), CheckConstraint("points >= 0", name="points"))

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str | None] = mapped_column(ForeignKey("topic.code"))
    level: Mapped[int | None]
    count: Mapped[int]
    points: Mapped[int] = mapped_column(default=1, server_default="1")


class RoundSet(Base):
    """A set that a round draws from."""

    __tablename__ = "round_set"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("item_set.id"), primary_key=True)


class PinnedItem(Base):
    """An item that stands in every paper of a round, whatever version of it is in force when the round is published."""

    __tablename__ = "round_pinned_item"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)


class RoundUnit(Base):
    """A unit whose subtree may enter a round; a round without any invites the whole subtree of its contest."""

    __tablename__ = "round_unit"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class PoolItem(Base):
    """The pool, frozen when the round is published; pinned items stand in every paper."""

    __tablename__ = "pool_item"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    is_pinned: Mapped[bool] = mapped_column(default=False, server_default=false())


class RulesVersion(Base):
    """The rules page of a round as it was published: sections of a heading and its sentences. Never changed."""

    __tablename__ = "rules_version"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sections: Mapped[list[dict[str, Any]]]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class RoundNotice(Base):
    """A public notice of a round, to all or to a unit's subtree; `extension_s` closes it that much later for them."""

    __tablename__ = "round_notice"
    __table_args__ = (
        CheckConstraint("extension_s > 0", name="extension"),
        Index("ix_round_notice_round", "round_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str] = mapped_column(String(1000))
    extension_s: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Exclusion(Base):
    """A person whom the organisers leave out of a contest's ranking: he may practise, and is told so."""

    __tablename__ = "contest_exclusion"

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class RosterEntry(Base):
    """A member on a round's roster with the unit he counts for: the denominators of every rate of that round."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_entry_unit", "round_id", "unit_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_exempt: Mapped[bool]


class Accommodation(Base):
    """Extra time that one member has in one round."""

    __tablename__ = "accommodation"
    __table_args__ = (CheckConstraint("extra_time_s >= 0", name="extra_time"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    extra_time_s: Mapped[int]
    reason: Mapped[str] = mapped_column(String(400))
