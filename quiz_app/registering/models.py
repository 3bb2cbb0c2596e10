"""Where and how people who are on no roster register themselves. What they send is `members.models.Registration`."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Way(StrEnum):
    """How somebody gets in: not at all, by the code that was given out, or once somebody has said yes."""

    OFF = "off"
    CODE = "code"
    APPROVAL = "approval"


class RegistrationDesk(Base):
    """How people register in the subtree of a unit, from `opens_on` to the end of `closes_on` (None: without limit).

    `receiving_unit_id` takes those who name no unit. `revision` counts the changes: who edits names the one he saw.
    """

    __tablename__ = "registration_desk"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    way: Mapped[str] = mapped_column(String(10))
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    receiving_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str] = mapped_column(String(12))
    is_on_posters: Mapped[bool]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
