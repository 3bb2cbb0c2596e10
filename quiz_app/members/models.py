"""People of the units, their accounts, sessions, roles and consents."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Category(StrEnum):
    FULL = "full"
    PROBATIONARY = "probationary"
    OTHER = "other"


class Standing(StrEnum):
    """How a member stands on his unit's roster."""

    ACTIVE = "active"
    EXEMPT = "exempt"
    ABSENT = "absent"
    MOVED = "moved"
    LEFT = "left"


class Member(Base):
    """A person of a unit. `born_on` is 1 January where only the year is known (`born_year_only`).

    A row with `merged_into_id` was a second one of that person: it has gone, and stays for what is signed with it.
    A stand-in is nobody: it holds somebody's place in a contest that was anonymised, and counts as gone, merged into
    itself or into that of his other row.
    """

    __tablename__ = "member"
    __table_args__ = (
        Index("ix_member_unit_sort", "unit_id", "sort_key"),
        Index("ix_member_unit_standing", "unit_id", "standing"),
        Index("ix_member_search_birth", "search_key", "born_on", "unit_id"),
        Index(
            "ix_member_merged_into",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    full_name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(String(400))
    search_key: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(20))
    standing: Mapped[str] = mapped_column(String(20), default=Standing.ACTIVE.value)
    gender: Mapped[str] = mapped_column(String(10), default="")
    born_on: Mapped[date | None]
    born_year_only: Mapped[bool] = mapped_column(default=False)
    card_number: Mapped[str | None] = mapped_column(String(9), unique=True)
    joined_on: Mapped[date | None]
    official_on: Mapped[date | None]
    position: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(20), default="", index=True)
    email: Mapped[str] = mapped_column(String(200), default="", index=True)
    note: Mapped[str] = mapped_column(String(400), default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    is_stand_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class MemberField(StrEnum):
    """What of a member's place on the rosters has a history."""

    STANDING = "standing"
    CATEGORY = "category"
    UNIT = "unit"
    MERGED = "merged"


class MemberChange(Base):
    """One change of a member by hand: codes or ids before and after, by whom, when and why. Never changed."""

    __tablename__ = "member_change"
    __table_args__ = (Index("ix_member_change_member", "member_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    field: Mapped[str] = mapped_column(String(12))
    before: Mapped[str] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime]
    by_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Account(Base):
    """What a member signs in with. `username` is stored lower-case.

    `notices_version` is that of the notices he has read and answered; None where he has never been asked.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), unique=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    notices_version: Mapped[str | None] = mapped_column(String(20))


class ActivationSlip(Base):
    """A printed slip that lets one member choose his secret, once. What is printed on it is kept only as hashes.

    Of a member's slips at most one is alive: neither used nor revoked. It also dies by `expires_at`, and by too many
    `wrong_tries` of its second factor.
    """

    __tablename__ = "activation_slip"
    __table_args__ = (
        Index(
            "uq_activation_slip_alive",
            "member_id",
            unique=True,
            sqlite_where=text("used_at IS NULL AND revoked_at IS NULL"),
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    code_mac: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    wrong_tries: Mapped[int] = mapped_column(default=0)


class UserSession(Base):
    """One sign-in on one device. The cookie's token is kept only as its hash; a revoked row is dead at once.

    With `only_attempt_id` it was opened by a helper for one sitting and opens nothing else. `device_sha256` is the hash
    of a random mark of the browser. With `awaits_second_factor` only the password was right so far: the member's roles
    sleep. `second_factor_at` is when the second factor was.
    """

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    is_shared_device: Mapped[bool]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_s: Mapped[int]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    only_attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    device_sha256: Mapped[str | None] = mapped_column(String(64))
    awaits_second_factor: Mapped[bool] = mapped_column(default=False)
    proved_at: Mapped[datetime | None]  # when its owner last showed who he is
    second_factor_at: Mapped[datetime | None]


class SignInThrottle(Base):
    """Failed sign-ins of one account name, known or not, so that its delay outlives processes and nodes."""

    __tablename__ = "sign_in_throttle"

    username: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int]
    blocked_until: Mapped[datetime | None]
    last_failed_at: Mapped[datetime]


class RoleGrant(Base):
    """A role held on a unit. Withdrawn grants stay as history."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_live",
            "member_id",
            "role",
            "unit_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    revoked_at: Mapped[datetime | None]


class Purpose(StrEnum):
    TAKE_PART = "take_part"
    PUBLISH_NAME = "publish_name"
    STATISTICS = "statistics"
    REMINDER_MAIL = "reminder_mail"


class RegistrationState(StrEnum):
    WAITING = "waiting"
    ADMITTED = "admitted"
    REFUSED = "refused"


class Registration(Base):
    """Somebody on no roster who asks to take part: `unit_id` would receive him, `desk_unit_id` lets people register.

    Until he is admitted his `password_hash` opens nothing but the word about this row; then it is the account's alone.
    The same person with the same phone has one that is not refused.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_live",
            "phone",
            "search_key",
            "born_on",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
        Index("ix_registration_unit", "unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_by_code: Mapped[bool]
    full_name: Mapped[str] = mapped_column(String(120))
    search_key: Mapped[str] = mapped_column(String(120))
    born_on: Mapped[date]
    born_year_only: Mapped[bool]
    phone: Mapped[str] = mapped_column(String(20), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    consents: Mapped[list[str]]
    consent_version: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default=RegistrationState.WAITING.value)
    reason: Mapped[str] = mapped_column(String(400), default="")
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), unique=True)


class Consent(Base):
    """A member's yes to one purpose, with the version of the text he saw; revoked ones stay as history."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("member_id", "purpose", "given_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    text_version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RosterImport(Base):
    """A roster that was applied, known by the hash of its file."""

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    file_sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    applied_at: Mapped[datetime]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
