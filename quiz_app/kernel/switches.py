"""Switches of the whole site that people set by hand, with a reason, and that may end by themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from quiz_app.kernel.db import Base, Database, table_of
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Work

REASON_LENGTH = 300


class Switch(StrEnum):
    """`READ_ONLY`: boards and study modules only show what is stored, so that the machine is left to those who sit.

    `SIGN_IN_BY_PHONE`, `SIGN_IN_BY_EMAIL`: these open an account too. `NO_SIGN_IN_BY_CARD`: card numbers do not.
    """

    READ_ONLY = "read-only"
    SIGN_IN_BY_PHONE = "sign-in-by-phone"
    SIGN_IN_BY_EMAIL = "sign-in-by-email"
    NO_SIGN_IN_BY_CARD = "no-sign-in-by-card"


class SiteSwitch(Base):
    """How a switch was set last; a switch never touched has no row and is off. Past `ends_at` it is off again."""

    __tablename__ = "site_switch"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_on: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ends_at: Mapped[datetime | None]


_switch = table_of(SiteSwitch)
_ON = Prepared(select(_switch.c.name, _switch.c.ends_at).where(_switch.c.is_on))


def setting(session: Session, switch: Switch, now: datetime) -> SiteSwitch | None:
    """How the switch was set, where it is on at this instant; None where it is off."""
    row = session.get(SiteSwitch, switch.value)
    return row if row is not None and row.is_on and (row.ends_at is None or now < row.ends_at) else None


def is_on(session: Session, switch: Switch, now: datetime) -> bool:
    """Whether the switch is on at this instant, by one read."""
    session.flush()
    return bool(on(session, (switch,), now))


def on(session: Session, switches: Collection[Switch], now: datetime) -> frozenset[Switch]:
    """Which of these switches are on at this instant, by one read."""
    return _among(_ON.rows(session, {}), switches, now)


def glance(db: Database, switches: Collection[Switch], now: datetime) -> frozenset[Switch]:
    """The same, asked by itself."""
    return _among(_ON.glance(db, {}), switches, now)


def _among(rows: Collection[Any], switches: Collection[Switch], now: datetime) -> frozenset[Switch]:
    return frozenset(
        switch
        for switch in switches
        if any(row.name == switch.value and (row.ends_at is None or now < row.ends_at) for row in rows)
    )


def turn_on(w: Work, switch: Switch, reason: str, lasts: timedelta | None) -> SiteSwitch:
    """Set the switch on from now, for as long as it `lasts` or until told; one that is on gets a new reason and end."""
    return _set(w, switch, is_on=True, reason=reason, ends_at=None if lasts is None else w.now + lasts)


def turn_off(w: Work, switch: Switch, reason: str) -> SiteSwitch:
    """Set the switch off from now."""
    return _set(w, switch, is_on=False, reason=reason, ends_at=None)


def _set(w: Work, switch: Switch, *, is_on: bool, reason: str, ends_at: datetime | None) -> SiteSwitch:
    row = w.session.get(SiteSwitch, switch.value, with_for_update=True) or _new(w, switch)
    row.is_on, row.reason, row.ends_at = is_on, reason, ends_at
    row.changed_at, row.changed_by = w.now, w.actor.member_id
    return row


def _new(w: Work, switch: Switch) -> SiteSwitch:
    row = SiteSwitch(name=switch.value, is_on=False, reason="", changed_at=w.now)
    try:
        with w.session.begin_nested():
            w.session.add(row)
            w.session.flush()
    except IntegrityError:
        return w.session.get_one(SiteSwitch, switch.value)  # somebody else was a moment faster
    return row
