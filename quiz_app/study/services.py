"""What a reader does with a lesson: open it, read it to the end, answer its check questions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import ItemVersion, Lesson
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.study import labels, queries
from quiz_app.study.errors import LessonUpdated
from quiz_app.study.models import CheckResponse, LessonProgress
from quiz_app.study.sections import sections


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that was taken: the question with its explanation, and the options that were meant."""

    question: queries.CheckQuestion
    chosen: frozenset[int]
    is_right: bool


def note_opened(w: Work, module_slug: str, lesson_slug: str) -> None:
    """Keep the first time the acting member opened a lesson; later ones change nothing. Raises Missing."""
    _, lesson = queries.lesson(w, module_slug, lesson_slug)
    _progress(w, lesson)


def keep_place(w: Work, module_slug: str, lesson_slug: str, place: int) -> None:
    """Keep the section on which the acting member is, so that he can go on there. Raises Missing, BadInput."""
    _, lesson = queries.lesson(w, module_slug, lesson_slug)
    if not 0 <= place <= len(sections(lesson.body_html)):
        raise BadInput({"place": [labels.NO_SUCH_PLACE]})
    progress = _progress(w, lesson)
    progress.place, progress.seen_at = place, w.now


def finish_lesson(w: Work, module_slug: str, lesson_slug: str) -> None:
    """Keep the first time the acting member said he has read a lesson to the end. Raises Missing."""
    _, lesson = queries.lesson(w, module_slug, lesson_slug)
    progress = _progress(w, lesson)
    progress.finished_at = progress.finished_at or w.now


def judge(
    r: Reading, module_slug: str, lesson_slug: str, position: int, letters: Collection[str], *, edition: str
) -> Judged:
    """Say whether an answer to a check question is right, and why; nothing is kept.

    Raises Missing, SignInNeeded, LessonUpdated, BadInput.
    """
    _, lesson = queries.lesson(r, module_slug, lesson_slug)
    version_ids = catalogue.lesson_version_ids(r.session, lesson.id)
    if edition != queries.edition(version_ids):
        raise LessonUpdated
    if not 1 <= position <= len(version_ids):
        raise Missing
    question = queries.check_questions(r.session, version_ids)[position - 1]
    chosen = _chosen(question, letters)
    answer = queries.answers(r.session, {question.item.item_version_id: chosen})[question.item.item_version_id]
    return Judged(replace(question, answer=answer), chosen, answer.is_right)


def answer_check(
    w: Work, module_slug: str, lesson_slug: str, position: int, letters: Collection[str], *, edition: str
) -> Judged:
    """The same for the acting member: his latest answer is kept, and when all questions of the lesson are answered.

    Raises Missing, LessonUpdated, BadInput.
    """
    judged = judge(w, module_slug, lesson_slug, position, letters, edition=edition)
    _, lesson = queries.lesson(w, module_slug, lesson_slug)
    version = w.session.get_one(ItemVersion, judged.question.item.item_version_id)
    row = _response(w, version)
    row.item_version_id, row.chosen, row.is_right = version.id, sorted(judged.chosen), judged.is_right
    row.answered_at = w.now
    w.session.flush()
    progress = _progress(w, lesson)
    if progress.checked_at is None and _has_answered_all(w, lesson):
        progress.checked_at = w.now
    return judged


def _chosen(question: queries.CheckQuestion, letters: Collection[str]) -> frozenset[int]:
    ids = dict(zip((mark for mark, _ in question.options), question.item.options, strict=True))
    if not letters:
        raise BadInput({"choice": [labels.NOTHING_CHOSEN]})
    if not set(letters) <= ids.keys():
        raise BadInput({"choice": [labels.NO_SUCH_LETTER]})
    if len(set(letters)) > 1 and not question.item.is_multiple:
        raise BadInput({"choice": [labels.ONE_ONLY]})
    return frozenset(ids[mark] for mark in letters)


def _has_answered_all(w: Work, lesson: Lesson) -> bool:
    version_ids = catalogue.lesson_version_ids(w.session, lesson.id)
    answered = w.session.scalar(
        select(func.count()).where(
            CheckResponse.member_id == w.actor.member, CheckResponse.item_version_id.in_(version_ids)
        )
    )
    return answered == len(version_ids)


def _progress(w: Work, lesson: Lesson) -> LessonProgress:
    key = (w.actor.member, lesson.id)
    found = w.session.get(LessonProgress, key)
    if found is not None:
        return found
    row = LessonProgress(member_id=w.actor.member, lesson_id=lesson.id, opened_at=w.now, place=0, seen_at=w.now)
    try:
        with w.session.begin_nested():
            w.session.add(row)
            w.session.flush()
    except IntegrityError:
        return w.session.get_one(LessonProgress, key)  # a second tab was a moment faster
    return row


def _response(w: Work, version: ItemVersion) -> CheckResponse:
    key = (w.actor.member, version.item_id)
    found = w.session.get(CheckResponse, key)
    if found is not None:
        return found
    row = CheckResponse(
        member_id=w.actor.member,
        item_id=version.item_id,
        item_version_id=version.id,
        chosen=[],
        is_right=False,
        answered_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(row)
            w.session.flush()
    except IntegrityError:
        return w.session.get_one(CheckResponse, key)  # a second tab was a moment faster
    return row
