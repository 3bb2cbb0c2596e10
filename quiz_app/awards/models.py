"""Whom a contest rewards, what is kept to pay a prize, and certificates as they were handed out."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class CertificateKind(StrEnum):
    PARTICIPATION = "participation"
    MODULE = "module"
    PRIZE = "prize"


class PaymentWay(StrEnum):
    CASH = "cash"
    BANK = "bank"


class AwardList(Base):
    """Whom one person proposed to reward by a published final table, and another approved.

    A later version takes the place of the one before; nothing changes in a list that was approved.
    """

    __tablename__ = "award_list"
    __table_args__ = (
        UniqueConstraint("scope", "version"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        CheckConstraint("published_at IS NULL OR approved_by IS NOT NULL", name="approved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("final_table.id"))
    scope: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    published_at: Mapped[datetime | None]


class Award(Base):
    """A prize of a person, or of a unit where `member_id` is None. A special one was added by hand, with its reason."""

    __tablename__ = "award"
    __table_args__ = (
        UniqueConstraint("list_id", "member_id", "title"),
        CheckConstraint("(added_by IS NULL) = (reason = '')", name="special_with_reason"),
        Index(
            "uq_award_unit",
            "list_id",
            "unit_id",
            "title",
            unique=True,
            sqlite_where=text("member_id IS NULL"),
            postgresql_where=text("member_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("award_list.id"))
    position: Mapped[int]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(400), default="")
    added_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class PrizeHandler(Base):
    """Who may see what is kept to pay the prizes of a contest: nobody else does, organisers included."""

    __tablename__ = "prize_handler"

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    named_at: Mapped[datetime]
    named_by: Mapped[int] = mapped_column(ForeignKey("member.id"))


class PrizePayment(Base):
    """What is kept to pay one prize. Of a winner's identity and account nothing is left once it was paid, or in time.

    `sealed` holds it, read only by the secret key (kernel/sealing.py); it is in no export, log or archive.
    """

    __tablename__ = "prize_payment"
    __table_args__ = (CheckConstraint("paid_at IS NULL OR sealed = ''", name="erased_when_paid"),)

    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), primary_key=True)
    way: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int | None]
    sealed: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime]
    entered_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    received_on: Mapped[date | None]
    receipt: Mapped[str] = mapped_column(String(200), default="")
    erased_at: Mapped[datetime | None]


class CertificateSeries(Base):
    """The certificates of one occasion, for people of a unit's subtree, and the words that stand on new ones.

    `subject` names the occasion: `round:5`, `contest:1`, `module:3`, or `prize:` before the scope of a final table.
    """

    __tablename__ = "certificate_series"
    __table_args__ = (UniqueConstraint("subject", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(14))
    subject: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    superior: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(80))
    signs_for: Mapped[str] = mapped_column(String(120))
    office: Mapped[str] = mapped_column(String(120))
    signer: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    closed_at: Mapped[datetime | None]


class CertificateCounter(Base):
    """The last number given of a kind in a year."""

    __tablename__ = "certificate_counter"

    kind: Mapped[str] = mapped_column(String(14), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Certificate(Base):
    """A certificate as it was handed out, every word of it: a corrected name makes another one.

    `code` leads whoever holds the paper to the page that verifies it. A person has one alive of a series and merit.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("kind", "year", "number"),
        CheckConstraint("(revoked_at IS NULL) = (revoke_reason = '')", name="revoked_with_reason"),
        Index(
            "uq_certificate_person",
            "series_id",
            "member_id",
            "merit",
            unique=True,
            sqlite_where=text("revoked_at IS NULL AND member_id IS NOT NULL"),
            postgresql_where=text("revoked_at IS NULL AND member_id IS NOT NULL"),
        ),
        Index(
            "uq_certificate_unit",
            "series_id",
            "unit_id",
            "merit",
            unique=True,
            sqlite_where=text("revoked_at IS NULL AND member_id IS NULL"),
            postgresql_where=text("revoked_at IS NULL AND member_id IS NULL"),
        ),
        Index("ix_certificate_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("certificate_series.id"))
    kind: Mapped[str] = mapped_column(String(14))
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(16), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(160))
    unit_name: Mapped[str] = mapped_column(String(160))
    merit: Mapped[str] = mapped_column(String(120))
    superior: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(80))
    signs_for: Mapped[str] = mapped_column(String(120))
    office: Mapped[str] = mapped_column(String(120))
    signer: Mapped[str] = mapped_column(String(120))
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    revoke_reason: Mapped[str] = mapped_column(String(400), default="")
