"""Planning, changing and canceling meetings."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading, Work
from quiz_app.meetings import labels, policy, queries
from quiz_app.meetings.errors import MeetingChanged, MeetingHeld
from quiz_app.meetings.models import Meeting, MeetingPoint
from quiz_app.meetings.policy import Action
from quiz_app.meetings.state import may_change
from quiz_app.units import queries as units
from quiz_app.units.tree import hold_open, reason_given

MOST_POINTS = 20
MOST_MINUTES = 240
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class PointPlan:
    text: str
    minutes: int
    module_id: int | None = None
    lesson_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be held, by which unit, when and where."""

    unit_id: int
    title: str
    starts_at: datetime
    place: str
    chair: str
    points: tuple[PointPlan, ...]

    @property
    def minutes(self) -> int:
        return sum(point.minutes for point in self.points)


def plan(w: Work, wanted: Plan) -> Meeting:
    """Put a meeting into the unit's calendar. Raises Missing for another's unit, UnitClosed, BadInput."""
    units.covered_unit(w.session, w.actor, wanted.unit_id, *policy.ROLES)
    hold_open(w, wanted.unit_id)
    _judge(w, wanted)
    made = Meeting(
        unit_id=wanted.unit_id,
        title=wanted.title,
        starts_at=wanted.starts_at,
        minutes=wanted.minutes,
        place=wanted.place,
        chair=wanted.chair,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        revision=1,
        list_revision=1,
        created_at=w.now,
        created_by=w.actor.member_id,
        changed_at=w.now,
    )
    w.session.add(made)
    w.session.flush()
    _put_points(w, made, wanted.points)
    w.record(Action.PLANNED, f"meeting:{made.id}", unit_id=made.unit_id, title=made.title)
    return made


def change(w: Work, meeting_id: int, wanted: Plan, *, seen: int) -> Meeting:
    """Plan it otherwise; its unit stays. `seen` is the revision that was looked at.

    Raises Missing, MeetingChanged, MeetingHeld, BadInput.
    """
    own = _changeable(w, meeting_id, seen)
    _judge(w, wanted, kept=own)
    own.title, own.place, own.chair = wanted.title, wanted.place, wanted.chair
    own.starts_at, own.minutes = wanted.starts_at, wanted.minutes
    own.revision, own.changed_at = own.revision + 1, w.now
    w.session.execute(delete(MeetingPoint).where(MeetingPoint.meeting_id == own.id))
    _put_points(w, own, wanted.points)
    w.record(Action.CHANGED, f"meeting:{own.id}", title=own.title, revision=own.revision)
    return own


def cancel(w: Work, meeting_id: int, *, seen: int, reason: str) -> Meeting:
    """It does not take place. Raises Missing, MeetingChanged, MeetingHeld, BadInput."""
    own = _changeable(w, meeting_id, seen)
    own.cancel_reason = reason_given(reason)
    own.canceled_at, own.revision, own.changed_at = w.now, own.revision + 1, w.now
    w.record(Action.CANCELED, f"meeting:{own.id}", reason=own.cancel_reason)
    return own


def held(w: Work, meeting_id: int) -> Meeting:
    """One that the actor keeps, locked until the work ends. Raises Missing."""
    query = select(Meeting).where(Meeting.id == meeting_id).with_for_update()
    w.session.execute(query.execution_options(populate_existing=True))
    return queries.kept(w, meeting_id)


def _changeable(w: Work, meeting_id: int, seen: int) -> Meeting:
    own = held(w, meeting_id)
    if own.revision != seen or own.canceled_at is not None:
        raise MeetingChanged
    if not may_change(own, w.now):
        raise MeetingHeld
    return own


def _judge(r: Reading, wanted: Plan, kept: Meeting | None = None) -> None:
    """What is planned lies ahead; one going on may be changed in everything else."""
    wrong: dict[str, list[str]] = {}
    is_moved = kept is None or wanted.starts_at != kept.starts_at
    if is_moved and wanted.starts_at <= r.now:
        wrong["starts_at"] = [labels.PAST]
    said = _judge_points(r, wanted.points)
    if said:
        wrong["points"] = said
    if wrong:
        raise BadInput(wrong)


def _judge_points(r: Reading, points: Sequence[PointPlan]) -> list[str]:
    if not points:
        return [labels.NO_POINTS]
    if len(points) > MOST_POINTS:
        return [labels.TOO_MANY_POINTS.format(most=MOST_POINTS)]
    known = queries.materials(r.session)
    modules = {None, *(module.id for module, _ in known)}
    lessons = {None, *(lesson.id for _, lessons in known for lesson in lessons)}
    said = []
    for number, point in enumerate(points, start=1):
        if not 1 <= point.minutes <= MOST_MINUTES:
            said.append(labels.NO_MINUTES.format(number=number))
        if point.module_id not in modules or point.lesson_id not in lessons:
            said.append(labels.NO_MATERIAL.format(number=number))
    return said


def _put_points(w: Work, meeting: Meeting, points: Sequence[PointPlan]) -> None:
    w.session.add_all(
        MeetingPoint(
            meeting_id=meeting.id,
            position=position,
            text=point.text,
            minutes=point.minutes,
            module_id=point.module_id,
            lesson_id=point.lesson_id,
        )
        for position, point in enumerate(points, start=1)
    )
    w.session.flush()
