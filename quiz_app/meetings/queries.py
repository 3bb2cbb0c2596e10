"""Meetings as members, those who keep them and reports find them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Case, Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.meetings import policy
from quiz_app.meetings.models import Attendance, Meeting, MeetingPoint, Presence
from quiz_app.meetings.state import state
from quiz_app.units import policy as units_policy
from quiz_app.units.models import Unit
from quiz_app.web.paging import USUAL_SIZE, Page

MOST_OFFERED = 200
MOST_PAST = 20
LONGEST_MEETING = timedelta(days=1)
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Row:
    """A meeting in a list; `state` is a key of the labels' STATES. Counts are of those expected, once confirmed."""

    meeting: Meeting
    unit_name: str
    state: str
    present: int
    expected: int


@dataclass(frozen=True, slots=True)
class Coming:
    """A meeting as it is announced to who is expected."""

    id: int
    title: str
    starts_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda with what it leads to, while that is in force."""

    point: MeetingPoint
    module: StudyModule | None
    lesson: Lesson | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Attendance of the confirmed meetings of a unit, over those who were expected at each."""

    meetings: int
    expected: int
    present: int
    excused: int
    unexcused: int
    unknown: int

    @property
    def turnout(self) -> float | None:
        return self.present / self.expected if self.expected else None


def own(r: Reading) -> tuple[list[Meeting], list[Meeting]]:
    """The meetings of the actor's unit: to come or going on, the next first; and the last ones."""
    of_unit = select(Meeting).where(policy.attended(r.actor.unit_id), Meeting.canceled_at.is_(None))
    begun_lately = of_unit.where(Meeting.starts_at > r.now - LONGEST_MEETING).order_by(Meeting.starts_at, Meeting.id)
    coming = [one for one in r.session.scalars(begun_lately) if one.ends_at > r.now]
    past = of_unit.where(Meeting.starts_at <= r.now).order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    return coming, [one for one in r.session.scalars(past.limit(MOST_PAST)) if one.ends_at <= r.now]


COMING = (
    select(Meeting.id, Meeting.title, Meeting.starts_at, Meeting.place, Meeting.minutes)
    .where(
        policy.attended(bindparam("unit")),
        Meeting.canceled_at.is_(None),
        Meeting.starts_at > bindparam("lately"),
        Meeting.starts_at < bindparam("soon"),
    )
    .order_by(Meeting.starts_at, Meeting.id)
)
"""The meetings of the `unit` that begin after `lately` and before `soon`, the next first."""
_COMING = Prepared(COMING)


def coming(r: Reading) -> Coming | None:
    """The next meeting of the actor's unit within two weeks, or the one going on."""
    about = {"unit": r.actor.unit_id, "lately": r.now - LONGEST_MEETING, "soon": r.now + SOON}
    r.session.flush()
    for *told, minutes in _COMING.rows(r.session, about):
        meeting = Coming(*told)
        if meeting.starts_at + timedelta(minutes=minutes) > r.now:
            return meeting
    return None


def meeting(r: Reading, meeting_id: int) -> Meeting:
    """One of the actor's own unit, or of a unit that he covers. Raises Missing."""
    known = policy.attended(r.actor.unit_id) | Meeting.unit_id.in_(units_policy.covered_units(r.actor))
    return _one(r, select(Meeting).where(known), meeting_id)


def covered(r: Reading, meeting_id: int) -> Meeting:
    """One of a unit that the actor covers. Raises Missing."""
    return _one(r, _covered(r), meeting_id)


def kept(r: Reading, meeting_id: int) -> Meeting:
    """One that the actor plans. Raises Missing."""
    own_units = units_policy.covered_units(r.actor, *policy.ROLES)
    return _one(r, select(Meeting).where(Meeting.unit_id.in_(own_units)), meeting_id)


def by_token(r: Reading, token: str) -> Meeting:
    """The meeting of a QR code, whoever holds it. Raises Missing."""
    found = r.session.scalars(select(Meeting).where(Meeting.token == token)).one_or_none()
    if found is None:
        raise Missing
    return found


def page(r: Reading, number: int, unit_id: int | None, *, is_past: bool, size: int = USUAL_SIZE) -> Page[Row]:
    """A page of the meetings of the actor's units: to come, the next first; or begun, the last first."""
    asked = _covered(r).where(Meeting.starts_at <= r.now if is_past else Meeting.starts_at > r.now)
    if unit_id is not None:
        asked = asked.where(Meeting.unit_id == unit_id)
    total = r.session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    order = Meeting.starts_at.desc() if is_past else Meeting.starts_at
    asked = asked.order_by(order, Meeting.id).limit(size).offset((number - 1) * size)
    found = r.session.execute(asked.join(Unit, Unit.id == Meeting.unit_id).add_columns(Unit.name)).all()
    sums = _sums(r.session, [one.id for one, _ in found if one.confirmed_at is not None])
    rows = [Row(one, name, state(one, r.now), *sums.get(one.id, (0, 0))) for one, name in found]
    return Page(rows, number, size, total)


def units(r: Reading, *, keeps: bool) -> list[Unit]:
    """The open units whose meetings the actor follows, or plans; those of his roles first, of very many the nearest."""
    roles = policy.ROLES if keeps else units_policy.COVERING_ROLES
    granted = r.actor.units_as(*roles)
    asked = select(Unit).where(Unit.id.in_(units_policy.covered_units(r.actor, *roles)), Unit.closed_at.is_(None))
    asked = asked.order_by(Unit.sort_key, Unit.id).limit(MOST_OFFERED + 1)
    found = list(r.session.scalars(asked))
    if len(found) > MOST_OFFERED:
        found = list(r.session.scalars(asked.where(Unit.id.in_(granted) | Unit.parent_id.in_(granted))))
    return sorted(found, key=lambda unit: unit.id not in granted)


def points(session: Session, meeting_id: int) -> list[Point]:
    """The agenda in its order."""
    rows = session.execute(
        select(MeetingPoint, StudyModule, Lesson)
        .outerjoin(Lesson, (Lesson.id == MeetingPoint.lesson_id) & Lesson.retired_at.is_(None))
        .outerjoin(
            StudyModule,
            (StudyModule.id == func.coalesce(MeetingPoint.module_id, Lesson.module_id))
            & StudyModule.retired_at.is_(None),
        )
        .where(MeetingPoint.meeting_id == meeting_id)
        .order_by(MeetingPoint.position)
    )
    return [_in_force(*row) for row in rows]


def materials(session: Session) -> list[tuple[StudyModule, list[Lesson]]]:
    """The modules in force with their lessons: what a point may lead to."""
    rows = session.execute(
        select(StudyModule, Lesson)
        .join(Lesson, Lesson.module_id == StudyModule.id)
        .where(StudyModule.retired_at.is_(None), Lesson.retired_at.is_(None))
        .order_by(StudyModule.position, StudyModule.id, Lesson.position)
    )
    found: dict[int, tuple[StudyModule, list[Lesson]]] = {}
    for module, lesson in rows:
        found.setdefault(module.id, (module, []))[1].append(lesson)
    return list(found.values())


def attendance_figures(
    session: Session, unit_ids: Collection[int] | Select[int], since: datetime, until: datetime
) -> dict[int, Figures]:
    """Of each unit that held confirmed meetings beginning in `since <= t < until`: how many were there.

    People count where they were on the list when it was first confirmed, wherever they have gone since.
    """
    counted = [func.coalesce(func.sum(_is(presence)), 0) for presence in Presence]
    rows = session.execute(
        select(Meeting.unit_id, func.count(func.distinct(Meeting.id)), func.count(Attendance.member_id), *counted)
        .outerjoin(Attendance, (Attendance.meeting_id == Meeting.id) & Attendance.is_expected)
        .where(
            Meeting.unit_id.in_(unit_ids),
            Meeting.confirmed_at.is_not(None),
            Meeting.starts_at >= since,
            Meeting.starts_at < until,
        )
        .group_by(Meeting.unit_id)
    )
    return {row[0]: Figures(*(int(value) for value in row[1:])) for row in rows}


def _in_force(point: MeetingPoint, module: StudyModule | None, lesson: Lesson | None) -> Point:
    """A lesson of a module that was withdrawn is in force no more."""
    return Point(point, module, None if module is None else lesson)


def _sums(session: Session, meeting_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(Attendance.meeting_id, func.sum(_is(Presence.PRESENT)), func.count())
        .where(Attendance.meeting_id.in_(meeting_ids), Attendance.is_expected)
        .group_by(Attendance.meeting_id)
    )
    return {meeting_id: (int(present), expected) for meeting_id, present, expected in rows}


def _is(presence: Presence) -> Case[int]:
    return case((Attendance.presence == presence.value, 1), else_=0)


def _covered(r: Reading) -> Select[Meeting]:
    return select(Meeting).where(Meeting.unit_id.in_(units_policy.covered_units(r.actor)))


def _one(r: Reading, asked: Select[Meeting], meeting_id: int) -> Meeting:
    found = r.session.scalars(asked.where(Meeting.id == meeting_id)).one_or_none()
    if found is None:
        raise Missing
    return found
