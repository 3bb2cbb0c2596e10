"""How far people have come in the modules, as counts: what they answered is told to nobody but themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.study.models import LessonProgress

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
