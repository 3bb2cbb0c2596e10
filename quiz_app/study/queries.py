"""Questions about modules, lessons and how far a member has come."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.errors import Missing, SignInNeeded
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import letter
from quiz_app.study import policy
from quiz_app.study.models import CheckResponse, LessonProgress
from quiz_app.study.sections import anchor


@dataclass(frozen=True, slots=True)
class ModuleProgress:
    """A module and how far somebody has come in it; nothing is finished for nobody.

    `next_lesson` is the one to go on with: of those not finished the one on screen last, at `seen_at` and in the
    section `next_place`; else the first.
    """

    slug: str
    title: str
    summary: str
    position: int
    is_restricted: bool
    minutes: int
    lessons_total: int
    lessons_finished: int
    next_lesson: str | None
    next_title: str
    next_place: int
    seen_at: datetime | None
    audiences: Sequence[str]

    @property
    def is_finished(self) -> bool:
        return self.lessons_total > 0 and self.lessons_finished == self.lessons_total

    @property
    def next_anchor(self) -> str | None:
        return anchor(self.next_place) if self.next_place else None


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What was chosen and what is right, by letter, with the explanation. Made only for a question already answered."""

    chosen: frozenset[str]
    right: tuple[tuple[str, str], ...]
    is_right: bool
    rationale_html: str
    source: catalogue.SourceLink


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """A check question of a lesson; without an answer it holds no trace of the key."""

    position: int
    item: catalogue.PaperItem
    options: tuple[tuple[str, str], ...]
    answer: CheckAnswer | None = None


@dataclass(frozen=True, slots=True)
class Neighbours:
    previous: Lesson | None
    following: Lesson | None


def modules(r: Reading) -> list[ModuleProgress]:
    """Every module, restricted ones too (their titles are no secret), with the actor's progress."""
    return _progress(r.session, r.actor.member_id)


def progress_summary(r: Reading, member_id: int) -> list[ModuleProgress]:
    """Every module with how many of its lessons the member has finished."""
    return _progress(r.session, member_id)


def following(modules: Sequence[ModuleProgress]) -> ModuleProgress | None:
    """The module to go on with: the one with a lesson begun last, else the first that is not finished."""
    waiting = [one for one in modules if one.next_lesson is not None]
    begun = [(one.seen_at, one) for one in waiting if one.seen_at is not None]
    if begun:
        return max(begun, key=lambda pair: pair[0])[1]
    return next(iter(waiting), None)


def nearest_first(modules: Sequence[ModuleProgress], own: str) -> list[ModuleProgress]:
    """The same, those aimed at the audience `own` before the others."""
    return sorted(modules, key=lambda one: own not in one.audiences)


def meant_for(modules: Sequence[ModuleProgress], audience: str) -> list[ModuleProgress]:
    """Those aimed at this audience, and those that are for everybody."""
    return [one for one in modules if audience in one.audiences or not one.audiences]


def module(r: Reading, slug: str) -> StudyModule:
    """A module in force. Raises Missing, or SignInNeeded where an account would open it."""
    found = r.session.scalars(
        select(StudyModule).where(StudyModule.slug == slug, StudyModule.retired_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Missing
    if not policy.may_read(r.actor, found):
        raise SignInNeeded
    return found


def lesson(r: Reading, module_slug: str, lesson_slug: str) -> tuple[StudyModule, Lesson]:
    """A lesson in force with its module. Raises Missing, SignInNeeded."""
    of_module = module(r, module_slug)
    found = next((one for one in lessons_of(of_module) if one.slug == lesson_slug), None)
    if found is None:
        raise Missing
    return of_module, found


def lessons_of(of_module: StudyModule) -> list[Lesson]:
    """The lessons in force, in the order to be read."""
    return [one for one in of_module.lessons if one.retired_at is None]


def neighbours(of_module: StudyModule, of_lesson: Lesson) -> Neighbours:
    lessons = lessons_of(of_module)
    at = lessons.index(of_lesson)
    return Neighbours(lessons[at - 1] if at else None, lessons[at + 1] if at + 1 < len(lessons) else None)


def progress_of(session: Session, member_id: int | None, lesson_ids: Collection[int]) -> dict[int, LessonProgress]:
    """The member's facts by lesson; none for nobody."""
    if member_id is None:
        return {}
    rows = session.scalars(
        select(LessonProgress).where(LessonProgress.member_id == member_id, LessonProgress.lesson_id.in_(lesson_ids))
    )
    return {row.lesson_id: row for row in rows}


def section_links(session: Session, of_module: StudyModule, sections: Collection[str]) -> list[catalogue.SourceLink]:
    """The sections of the module's document that a text leans on, in the order named."""
    links = catalogue.sources(session, [(of_module.document, section) for section in sections])
    return [links[of_module.document, section] for section in sections]


def edition(version_ids: Collection[int]) -> str:
    """A mark of the questions as shown, so that an answer to older ones is noticed."""
    return hashlib.sha256(",".join(map(str, version_ids)).encode()).hexdigest()[:12]


def check_questions(session: Session, version_ids: list[int]) -> list[CheckQuestion]:
    """The questions in their order, unanswered."""
    items = catalogue.paper_items(session, version_ids)
    return [
        CheckQuestion(position, items[id_], lettered(items[id_])) for position, id_ in enumerate(version_ids, start=1)
    ]


def lettered(item: catalogue.PaperItem) -> tuple[tuple[str, str], ...]:
    return tuple((letter(index), text_html) for index, text_html in enumerate(item.options.values()))


def kept_choices(session: Session, member_id: int | None, version_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The options a member chose last, by version; answers to older versions no longer count."""
    if member_id is None:
        return {}
    rows = session.scalars(
        select(CheckResponse).where(
            CheckResponse.member_id == member_id, CheckResponse.item_version_id.in_(version_ids)
        )
    )
    return {row.item_version_id: frozenset(row.chosen) for row in rows}


def answers(session: Session, choices: Mapping[int, frozenset[int]]) -> dict[int, CheckAnswer]:
    """Explanations for the questions already answered, by version."""
    keyed = catalogue.keyed_items(session, choices.keys()) if choices else {}
    return {id_: _answer(keyed[id_], chosen) for id_, chosen in choices.items()}


def _answer(item: catalogue.KeyedItem, chosen: frozenset[int]) -> CheckAnswer:
    options = [(letter(index), option) for index, option in enumerate(item.options)]
    return CheckAnswer(
        chosen=frozenset(mark for mark, option in options if option.id in chosen),
        right=tuple((mark, option.text_html) for mark, option in options if option.is_key),
        is_right=chosen == item.keys,
        rationale_html=item.rationale_html,
        source=item.source,
    )


# Asked by the first page of everybody: one trip, and no objects.
_LESSONS_READ = Prepared(
    select(
        StudyModule.id.label("module_id"),
        StudyModule.slug,
        StudyModule.title,
        StudyModule.summary,
        StudyModule.position,
        StudyModule.is_restricted,
        StudyModule.audiences,
        Lesson.slug.label("lesson_slug"),
        Lesson.title.label("lesson_title"),
        Lesson.minutes,
        LessonProgress.opened_at,
        LessonProgress.finished_at,
        LessonProgress.place,
        LessonProgress.seen_at,
    )
    .join(Lesson, Lesson.module_id == StudyModule.id)
    .outerjoin(
        LessonProgress, (LessonProgress.lesson_id == Lesson.id) & (LessonProgress.member_id == bindparam("member"))
    )
    .where(StudyModule.retired_at.is_(None), Lesson.retired_at.is_(None))
    .order_by(StudyModule.position, StudyModule.id, Lesson.position)
)


def _progress(session: Session, member_id: int | None) -> list[ModuleProgress]:
    session.flush()
    rows = _LESSONS_READ.rows(session, {"member": member_id})
    return [_summed(list(lessons)) for _, lessons in groupby(rows, key=lambda row: row.module_id)]


def _summed(lessons: Sequence[Any]) -> ModuleProgress:
    of_module = lessons[0]
    waiting = [one for one in lessons if one.finished_at is None]
    begun = [(one.seen_at or one.opened_at, one) for one in waiting if one.opened_at is not None]
    seen_at, ahead = max(begun, key=lambda pair: pair[0]) if begun else (None, next(iter(waiting), None))
    return ModuleProgress(
        slug=of_module.slug,
        title=of_module.title,
        summary=of_module.summary,
        position=of_module.position,
        is_restricted=of_module.is_restricted,
        minutes=sum(one.minutes for one in lessons),
        lessons_total=len(lessons),
        lessons_finished=len(lessons) - len(waiting),
        next_lesson=ahead.lesson_slug if ahead else None,
        next_title=ahead.lesson_title if ahead else "",
        next_place=(ahead.place or 0) if ahead else 0,
        seen_at=seen_at,
        audiences=of_module.audiences,
    )
