"""How far people have come in the modules, as counts: what they answered is told to nobody but themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.members.models import Member, Standing
from quiz_app.study.models import LessonProgress

ON_ROSTERS = Member.standing.not_in([Standing.MOVED.value, Standing.LEFT.value])
IN_FORCE = (StudyModule.retired_at.is_(None), Lesson.retired_at.is_(None))


def lesson_counts(session: Session) -> dict[int, int]:
    """The modules in force that have lessons, each with how many."""
    rows = session.execute(
        select(Lesson.module_id, func.count())
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(*IN_FORCE)
        .group_by(Lesson.module_id)
    )
    return {row[0]: row[1] for row in rows}


def finished_modules(session: Session, member_ids: Collection[int]) -> dict[int, int]:
    """How many modules each of the members has read to the end; who has none is left out."""
    if not member_ids:
        return {}
    total = lesson_counts(session)
    rows = session.execute(
        select(LessonProgress.member_id, Lesson.module_id, func.count())
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .where(*IN_FORCE, LessonProgress.finished_at.is_not(None), LessonProgress.member_id.in_(member_ids))
        .group_by(LessonProgress.member_id, Lesson.module_id)
    )
    return dict(Counter(member_id for member_id, module_id, read in rows if read == total[module_id]))


def finished_by_unit(session: Session, scope: Select[int], before: datetime) -> Iterator[tuple[int, int, int]]:
    """Unit, module in force and how many of the unit's members had read it to the end before an instant, row by row."""
    total = lesson_counts(session)
    read = (
        select(LessonProgress.member_id, Lesson.module_id, func.count().label("read"))
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .join(StudyModule, StudyModule.id == Lesson.module_id)
        .join(Member, Member.id == LessonProgress.member_id)
        .where(*IN_FORCE, LessonProgress.finished_at < before, Member.unit_id.in_(scope), ON_ROSTERS)
        .group_by(LessonProgress.member_id, Lesson.module_id)
        .subquery()
    )
    is_whole = or_(
        *(and_(read.c.module_id == module_id, read.c.read == lessons) for module_id, lessons in total.items()), false()
    )
    found = session.execute(
        select(Member.unit_id, read.c.module_id, func.count())
        .join(Member, Member.id == read.c.member_id)
        .where(is_whole)
        .group_by(Member.unit_id, read.c.module_id)
        .execution_options(yield_per=2000)
    )
    for row in found:
        yield row[0], row[1], row[2]
