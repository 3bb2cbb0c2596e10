"""What a sender does: ask, read the answer, take back; and the end of all texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select, update

from quiz_app.asking import labels, policy
from quiz_app.asking.errors import QuestionEnded, TooManyQuestions
from quiz_app.asking.models import Kind, Question, State
from quiz_app.asking.policy import Action
from quiz_app.asking.subjects import About
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Work, working
from quiz_app.members.models import Member

LIMITS = ((5, timedelta(hours=1)), (20, timedelta(days=1)))  # taken back ones included
LONGEST_TEXT = 2000
KEPT = timedelta(days=180)  # texts, after the answer
FORGOTTEN_AT_ONCE = 500


def ask(w: Work, about: About, kind: Kind, text: str, *, follows_id: int | None = None) -> Question:
    """Send what the actor wrote about something that he can see; `follows_id` is an earlier one of his.

    His row is held so that of two sent at once one counts for the other. Raises BadInput, TooManyQuestions.
    """
    words = text.strip()
    if not words:
        raise BadInput({"text": [labels.NO_TEXT]})
    if len(words) > LONGEST_TEXT:
        raise BadInput({"text": [labels.TOO_LONG.format(most=LONGEST_TEXT)]})
    w.session.execute(select(Member.id).where(Member.id == w.actor.member).with_for_update(key_share=True))
    again_at = free_at(_sent_lately(w), w.now)
    if again_at is not None:
        raise TooManyQuestions(again_at)
    question = Question(
        member_id=w.actor.member,
        unit_id=w.actor.unit_id,
        kind=kind.value,
        subject=about.subject.value,
        lesson_id=about.lesson_id,
        item_version_id=about.item_version_id,
        attempt_id=about.attempt_id,
        position=about.position,
        page=about.page,
        path=about.path,
        follows_id=follows_id,
        text=words,
        search_key=search_key(words),
        state=State.NEW.value,
        revision=1,
        created_at=w.now,
    )
    w.session.add(question)
    w.session.flush()
    w.record(Action.QUESTION_SENT, f"question:{question.id}", kind=kind.value, about=about.subject.value)
    return question


def free_at(sent: Sequence[datetime], now: datetime) -> datetime | None:
    """From when on one more may be sent, given what was sent lately, the latest first; None: at once."""
    waits = [sent[most - 1] + span for most, span in LIMITS if len(sent) >= most and sent[most - 1] + span > now]
    return max(waits, default=None)


def note_read(w: Work, question_id: int) -> None:
    """Remember that the actor has seen the answer to his question."""
    mine = (Question.id == question_id) & policy.written(w.actor.member_id)
    w.session.execute(update(Question).where(mine).values(read_at=w.now))


def withdraw(w: Work, question_id: int) -> None:
    """Take back what the actor wrote, at any time: the text and its answer are gone, that he wrote remains.

    Where others were merged into it, the oldest of them takes its place, with the answer. Raises Missing,
    QuestionEnded.
    """
    question = w.session.scalars(_held(Question.id == question_id, policy.written(w.actor.member_id))).one_or_none()
    if question is None:
        raise Missing
    if question.erased_at is not None:
        raise QuestionEnded
    _take_back(w, question)
    w.record(Action.QUESTION_WITHDRAWN, f"question:{question_id}")


def forget_person(w: Work, member_ids: Sequence[int]) -> None:
    """Delete the texts of all that these members wrote, as if they had withdrawn it: he asked to be forgotten."""
    for question in w.session.scalars(_held(Question.member_id.in_(member_ids), Question.erased_at.is_(None))).all():
        _take_back(w, question)


def forget_texts(db: Database) -> int:
    """Delete the texts of what was answered long enough ago, merged ones with it; how many questions those were."""
    with working(db) as w:
        old = w.session.scalars(
            select(Question)
            .where(Question.erased_at.is_(None), Question.answered_at < w.now - KEPT)
            .order_by(Question.id)
            .limit(FORGOTTEN_AT_ONCE)
            .with_for_update()
        ).all()
        if not old:
            return 0
        merged = w.session.scalars(
            select(Question)
            .where(Question.merged_into_id.in_([one.id for one in old]), Question.erased_at.is_(None))
            .with_for_update()
        ).all()
        for question in (*old, *merged):
            _erase(question, w.now)
        count = len(old) + len(merged)
        w.record(Action.TEXTS_FORGOTTEN, "question:all", count=count)
        return count


def _sent_lately(w: Work) -> Sequence[datetime]:
    most, span = LIMITS[-1]
    query = select(Question.created_at).where(policy.written(w.actor.member_id), Question.created_at > w.now - span)
    return w.session.scalars(query.order_by(Question.created_at.desc()).limit(most)).all()


def _held(*conditions: ColumnElement[bool]) -> Select[Question]:
    query = select(Question).where(*conditions).order_by(Question.id).with_for_update()
    return query.execution_options(populate_existing=True)


def _hand_over(w: Work, question: Question, merged: Sequence[Question]) -> None:
    if not merged:
        return
    heir, *others = merged
    heir.state, heir.merged_into_id = question.state, None
    heir.answer, heir.answer_html = question.answer, question.answer_html
    heir.answered_at, heir.answered_by = question.answered_at, question.answered_by
    heir.assigned_to = None if question.assigned_to == heir.member_id else question.assigned_to
    heir.revision += 1
    w.session.flush()
    for other in others:
        other.merged_into_id = heir.id
    w.session.flush()


def _take_back(w: Work, question: Question) -> None:
    # asked for once it is held: until then others may have been merged into it
    _hand_over(w, question, w.session.scalars(_held(Question.merged_into_id == question.id)).all())
    question.state, question.merged_into_id = State.WITHDRAWN.value, None
    question.revision += 1
    _erase(question, w.now)


def _erase(question: Question, now: datetime) -> None:
    question.text = question.search_key = question.answer = question.answer_html = ""
    question.erased_at = now
    if question.state == State.WITHDRAWN.value:
        question.answered_at = question.answered_by = None
