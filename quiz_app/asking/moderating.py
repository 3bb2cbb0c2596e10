"""What moderators do with a question. Each act names the revision that was read: who comes second changes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from question_bank.markup import render
from quiz_app.asking import labels, policy, queries
from quiz_app.asking.errors import ChangedMeanwhile, OwnQuestion, QuestionEnded
from quiz_app.asking.models import Kind, Question, State
from quiz_app.asking.policy import Action
from quiz_app.asking.queries import OPEN
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work

LONGEST_ANSWER = 6000


def open_question(w: Work, question_id: int) -> queries.Listed:
    """A question to be read by a moderator, on record while it has a text. Raises Missing."""
    found = queries.moderated(w, question_id)
    if found.question.erased_at is None:
        w.record(Action.QUESTION_OPENED, f"question:{question_id}")
    return found


def take_up(w: Work, question_id: int, revision: int, kind: Kind) -> Question:
    """Say that it is being looked into, and which kind it is in truth. Raises Missing, OwnQuestion, ChangedMeanwhile,
    QuestionEnded.
    """
    _to_be_handled(w, question_id)
    question = _changed(w, question_id, revision, OPEN, state=State.IN_REVIEW.value, kind=kind.value)
    w.record(Action.QUESTION_TAKEN_UP, f"question:{question_id}", kind=kind.value)
    return question


def assign(w: Work, question_id: int, revision: int, member_id: int) -> Question:
    """Give the question to somebody whose role fits. Raises Missing, OwnQuestion, BadInput, ChangedMeanwhile,
    QuestionEnded.
    """
    question = _to_be_handled(w, question_id, as_organiser=True)
    if member_id not in {one.id for one in queries.candidates(w.session, question)}:
        raise BadInput({"member": [labels.NOT_FITTING]})
    question = _changed(w, question_id, revision, OPEN, state=State.IN_REVIEW.value, assigned_to=member_id)
    w.record(Action.QUESTION_ASSIGNED, f"question:{question_id}", assigned_to=member_id)
    return question


def answer(w: Work, question_id: int, revision: int, text: str) -> Question:
    """Answer the sender, and whoever asked the same; again, where the first answer has to be put right.

    Raises Missing, OwnQuestion, BadInput, ChangedMeanwhile, QuestionEnded.
    """
    question = _to_be_handled(w, question_id)
    words = text.strip()
    if not words:
        raise BadInput({"answer": [labels.NO_ANSWER]})
    if len(words) > LONGEST_ANSWER:
        raise BadInput({"answer": [labels.TOO_LONG.format(most=LONGEST_ANSWER)]})
    is_again = question.state == State.ANSWERED.value
    question = _changed(
        w,
        question_id,
        revision,
        (*OPEN, State.ANSWERED.value),
        state=State.ANSWERED.value,
        answer=words,
        answer_html=render(words),
        answered_at=w.now,
        answered_by=w.actor.member,
    )
    w.record(Action.QUESTION_ANSWERED, f"question:{question_id}", is_again=is_again)
    return question


def merge(w: Work, question_id: int, revision: int, kept_id: int) -> Question:
    """Let the question be answered together with another one that asks the same; those merged into it go along.

    Raises Missing, OwnQuestion, BadInput, ChangedMeanwhile, QuestionEnded.
    """
    _to_be_handled(w, question_id, as_organiser=True)
    if kept_id == question_id:
        raise BadInput({"number": [labels.SAME_QUESTION]})
    pair = select(Question).where(Question.id.in_((question_id, kept_id)), policy.run_by(w.actor))
    held = w.session.scalars(
        pair.order_by(Question.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    kept = next((one for one in held if one.id == kept_id), None)
    if kept is None:
        raise BadInput({"number": [labels.NO_SUCH_QUESTION]})
    if kept.erased_at is not None or kept.state == State.MERGED.value:
        raise BadInput({"number": [labels.NOT_TO_BE_KEPT.format(number=kept_id)]})
    question = _changed(w, question_id, revision, OPEN, state=State.MERGED.value, merged_into_id=kept_id)
    w.session.execute(update(Question).where(Question.merged_into_id == question_id).values(merged_into_id=kept_id))
    w.record(Action.QUESTION_MERGED, f"question:{question_id}", into=kept_id)
    return question


def _to_be_handled(w: Work, question_id: int, *, as_organiser: bool = False) -> Question:
    """A question that the actor moderates and has not written himself. Raises Missing, OwnQuestion, QuestionEnded."""
    allowed = policy.run_by(w.actor) if as_organiser else policy.moderated(w.actor)
    question = w.session.scalars(select(Question).where(Question.id == question_id, allowed)).one_or_none()
    if question is None:
        raise Missing
    if policy.wrote(w.actor, question):
        raise OwnQuestion
    if question.erased_at is not None:
        raise QuestionEnded
    return question


def _changed(w: Work, question_id: int, revision: int, states: tuple[str, ...], **values: Any) -> Question:
    """The question after one guarded change of the revision that was read. Raises ChangedMeanwhile."""
    stands = (Question.id == question_id) & (Question.revision == revision) & Question.state.in_(states)
    changed = w.session.execute(
        update(Question)
        .where(stands, Question.erased_at.is_(None))
        .values(revision=Question.revision + 1, touched_at=w.now, touched_by=w.actor.member, **values)
        .returning(Question.id)
    ).one_or_none()
    if changed is None:
        raise ChangedMeanwhile
    question = w.session.get_one(Question, question_id)
    w.session.refresh(question)
    return question
