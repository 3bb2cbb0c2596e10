"""Which modules units were asked to read, and how many of their members have; nothing of what they answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from quiz_app.assignments import policy
from quiz_app.assignments.models import ModuleAssignment
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Category, Member, Standing
from quiz_app.participation import policy as desks
from quiz_app.participation import queries as participation
from quiz_app.study.models import LessonProgress
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

FEWEST_SHOWN = 3  # of fewer people a share would tell what one of them has done
EXPECTED = Member.standing.in_([Standing.ACTIVE.value, Standing.ABSENT.value]) & Member.category.in_(
    [Category.FULL.value, Category.PROBATIONARY.value]
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A unit that the actor follows, and the units whose members' studies it tells of."""

    unit: Unit
    with_subtree: bool
    path: tuple[int, ...]

    @property
    def scope(self) -> Select[int]:
        return units.subtree_ids(self.unit.id) if self.with_subtree else select(Unit.id).where(Unit.id == self.unit.id)


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment with what came of it among the desk's members; `is_own`: the actor may withdraw it."""

    assignment: ModuleAssignment
    module: StudyModule
    unit_name: str
    expected: int
    finished: int
    late: int
    is_own: bool

    @property
    def due_on(self) -> date:
        return self.assignment.due_on


@dataclass(frozen=True, slots=True)
class ModuleShare:
    """A module with the part of the desk's members who have read it, 0 to 1."""

    module: StudyModule
    share: float


@dataclass(frozen=True, slots=True)
class UnitCount:
    unit_id: int
    name: str
    expected: int
    finished: int


@dataclass(frozen=True, slots=True)
class Task:
    """What a member was asked to read, as his first page shows it."""

    slug: str
    title: str
    due_on: date


def desk(r: Reading, unit_id: int) -> Desk:
    """Raises Missing for a unit that the actor does not follow."""
    unit = participation.followed_unit(r, unit_id)
    if unit is None:
        raise Missing
    path = units.path_ids(r.session, unit_id)
    return Desk(unit, desks.sees_subtree(r.actor, path, unit_id), path)


def modules(session: Session) -> list[StudyModule]:
    """The modules that may be assigned: those in force."""
    asked = select(StudyModule).where(StudyModule.retired_at.is_(None))
    return list(session.scalars(asked.order_by(StudyModule.position, StudyModule.id)))


def shares(r: Reading, desk: Desk) -> list[ModuleShare]:
    """For each module in force, assigned or not, how large a part of the desk's members has read it to the end."""
    asked = (EXPECTED, Member.unit_id.in_(desk.scope))
    members = r.session.scalar(select(func.count()).where(*asked)) or 0
    if members < FEWEST_SHOWN:
        return []
    return [ModuleShare(module, _finished(r.session, module.id, asked) / members) for module in modules(r.session)]


def _finished(session: Session, module_id: int, asked: Sequence[ColumnElement[bool]]) -> int:
    read = finishers(session, module_id)
    query = select(func.count()).select_from(Member).join(read, read.c.member_id == Member.id).where(*asked)
    return session.scalar(query) or 0


def assigned(r: Reading, desk: Desk) -> list[Assigned]:
    """What concerns the desk's members: asked of the unit, of one above it, or of one below that the actor sees."""
    near = ModuleAssignment.unit_id.in_(desk.path) | ModuleAssignment.unit_id.in_(desk.scope)
    rows = r.session.execute(
        select(ModuleAssignment, StudyModule, Unit.name)
        .join(StudyModule, StudyModule.id == ModuleAssignment.module_id)
        .join(Unit, Unit.id == ModuleAssignment.unit_id)
        .where(near, ModuleAssignment.withdrawn_at.is_(None), StudyModule.retired_at.is_(None))
        .order_by(ModuleAssignment.due_on, StudyModule.position, ModuleAssignment.id)
    ).all()
    own = set(r.session.scalars(desks.followed(r.actor)))
    return [
        Assigned(one, module, name, *_sums(r.session, desk, one), is_own=one.unit_id in own)
        for one, module, name in rows
    ]


def one_assigned(r: Reading, desk: Desk, assignment_id: int) -> Assigned:
    """Raises Missing for an assignment that does not concern the desk."""
    found = next((one for one in assigned(r, desk) if one.assignment.id == assignment_id), None)
    if found is None:
        raise Missing
    return found


def unit_counts(r: Reading, desk: Desk, assignment: ModuleAssignment) -> list[UnitCount]:
    """For each unit of the desk that has members: how many were asked, and how many have read it."""
    read = finishers(r.session, assignment.module_id)
    rows = r.session.execute(
        select(Unit.id, Unit.name, func.count(), func.count(read.c.member_id))
        .select_from(Member)
        .join(Unit, Unit.id == Member.unit_id)
        .outerjoin(read, read.c.member_id == Member.id)
        .where(EXPECTED, Member.unit_id.in_(desk.scope), Member.unit_id.in_(units.subtree_ids(assignment.unit_id)))
        .group_by(Unit.id, Unit.name, Unit.sort_key)
        .order_by(Unit.sort_key, Unit.id)
    )
    return [UnitCount(*row) for row in rows]


def not_finished(r: Reading, desk: Desk, assignment: ModuleAssignment) -> list[str] | None:
    """The names of those of the unit who have not read it, for its own secretary; None for everybody else."""
    if not policy.sees_names(r.actor, desk.unit.id):
        return None
    read = finishers(r.session, assignment.module_id)
    asked = select(Member.full_name).where(
        EXPECTED,
        Member.unit_id == desk.unit.id,
        Member.unit_id.in_(units.subtree_ids(assignment.unit_id)),
        Member.id.not_in(select(read.c.member_id)),
    )
    return list(r.session.scalars(asked.order_by(Member.sort_key, Member.id)))


ASKED = (
    select(StudyModule.slug, StudyModule.title, func.min(ModuleAssignment.due_on).label("due_on"))
    .join(ModuleAssignment, ModuleAssignment.module_id == StudyModule.id)
    .where(
        ModuleAssignment.unit_id.in_(units.ABOVE),
        ModuleAssignment.withdrawn_at.is_(None),
        StudyModule.retired_at.is_(None),
    )
    .group_by(StudyModule.id, StudyModule.slug, StudyModule.title, StudyModule.position)
    .order_by("due_on", StudyModule.position)
)
"""The modules that the members of the `unit` were asked to read, the next due first."""
_ASKED = Prepared(ASKED)


def tasks(r: Reading, finished: Collection[str]) -> list[Task]:
    """What the acting member was asked to read and has not, the next due first; `finished`: slugs of modules read."""
    r.session.flush()
    rows = _ASKED.rows(r.session, {"unit": r.actor.unit_id})
    return [Task(*row) for row in rows if row.slug not in finished]


def ends_at(due_on: date) -> datetime:
    """The first instant that is too late."""
    return datetime.combine(due_on + timedelta(days=1), time(), VIETNAM)


def finishers(session: Session, module_id: int) -> Subquery:
    """Who has read every lesson of a module that is in force, and when he had."""
    in_force = (Lesson.module_id == module_id, Lesson.retired_at.is_(None))
    lessons = session.scalar(select(func.count()).select_from(Lesson).where(*in_force)) or 0
    return (
        select(LessonProgress.member_id, func.max(LessonProgress.finished_at).label("at"))
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .where(*in_force, LessonProgress.finished_at.is_not(None))
        .group_by(LessonProgress.member_id)
        .having(func.count() == lessons)
        .subquery()
    )


def _sums(session: Session, desk: Desk, assignment: ModuleAssignment) -> tuple[int, int, int]:
    read = finishers(session, assignment.module_id)
    late = func.sum(case((read.c.at >= ends_at(assignment.due_on), 1), else_=0))
    row = session.execute(
        select(func.count(), func.count(read.c.member_id), late)
        .select_from(Member)
        .outerjoin(read, read.c.member_id == Member.id)
        .where(EXPECTED, Member.unit_id.in_(desk.scope), Member.unit_id.in_(units.subtree_ids(assignment.unit_id)))
    ).one()
    return row[0], row[1], int(row[2] or 0)
