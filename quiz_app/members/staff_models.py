"""What staff come in with beside a password: the first operator's link, second factors and their recovery codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class FirstOperatorLink(Base):
    """A link by which the first operator of an installation comes in, once. Only the hash of its token is kept.

    `username` names an account that exists, or the one that is made for `full_name` when the link is used.
    """

    __tablename__ = "first_operator_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    username: Mapped[str] = mapped_column(String(60))
    full_name: Mapped[str] = mapped_column(String(120))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactor(Base):
    """What an account's authenticator shares with the server, sealed. Until `confirmed_at` it is only offered.

    `last_step` is the step of time of the last code that let in: no code of it or before opens anything again.
    """

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]


class RecoveryCode(Base):
    """Opens an account once in place of a code from its authenticator. Only the hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    code_sha256: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]
