"""Attempts that raise flags, and the search that finds them as the worker does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from quiz_app.attempts import services as attempts
from quiz_app.attempts.services import Assistance
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.members.models import Member
from quiz_app.results import flagging
from quiz_app.results.models import Flag, FlagAttempt
from tests.support import sitting
from tests.support.clock import Clock
from tests.support.sitting import PAPER_LENGTH, at
from tests.support.works import Work


def sit(
    work: Work,
    round_: Round,
    member: Member,
    *,
    begins: float = 0,
    gaps: Sequence[float] = (30,) * (PAPER_LENGTH - 1),
    device: str | None = None,
    assisted_by: int | None = None,
) -> int:
    """A whole attempt: answers at these intervals, submitted a second after the last; its id."""
    now = at(begins)
    with work(actor=member, now=now) as w:
        attempt_id = attempts.start(
            w,
            round_.id,
            is_demonstration_site=True,
            device_sha256=device,
            assistance=Assistance(assisted_by, "Khó đọc chữ") if assisted_by else None,
        )
    for place, gap in enumerate((1, *gaps), start=1):
        now += timedelta(seconds=gap)
        with work(actor=member, now=now) as w:
            sitting.answer(w, attempt_id, place, "A")
    with work(actor=member, now=now + timedelta(seconds=1)) as w:
        attempts.submit(w, attempt_id, 1)
    return attempt_id


def search_round(db: Database, work: Work, clock: Clock, round_: Round) -> Job:
    """Close the round and do what the worker does."""
    clock.set(at(130))
    flagging.look_after_closing(db)
    with work() as w:
        key = w.session.scalars(select(Job.key).where(Job.kind == flagging.KIND)).one()
    assert perform(db, flagging.JOBS, key) is JobState.DONE
    with work() as w:
        return w.session.scalars(select(Job).where(Job.key == key)).one()


def flags_of(db: Database) -> list[tuple[str, int, list[int]]]:
    with db.reading() as session:
        return [
            (
                flag.kind,
                flag.figure,
                sorted(session.scalars(select(FlagAttempt.attempt_id).where(FlagAttempt.flag_id == flag.id))),
            )
            for flag in session.scalars(select(Flag).order_by(Flag.kind, Flag.id))
        ]


def only_flag(db: Database) -> int:
    with db.reading() as session:
        return session.scalars(select(Flag.id)).one()
