"""The figures of large desks as they are stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.participation.figures import Figures, counted
from quiz_app.participation.models import DeskSnapshot, DeskTally

FIGURES = (
    *("members", "exempt", "rostered_participants", "participants", "attempts"),
    *("done", "sitting", "outside", "elsewhere", "needing"),
)


def figures_of(tally: DeskTally) -> Figures:
    """The figures that are stored of a unit."""
    return counted(tally.unit_id, **{name: getattr(tally, name) for name in FIGURES})


def stored(session: Session, round_id: int, unit_id: int) -> tuple[DeskTally | None, datetime | None]:
    """What is stored of a large unit with everything below it, and of when that is."""
    row = session.execute(
        select(DeskTally, DeskSnapshot.taken_at)
        .join(DeskSnapshot, DeskSnapshot.round_id == DeskTally.round_id)
        .where(DeskTally.round_id == round_id, DeskTally.is_whole.is_(True), DeskTally.unit_id == unit_id)
    ).one_or_none()
    return (None, None) if row is None or row[0].newcomers is None else (row[0], row[1])
