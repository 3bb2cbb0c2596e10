"""Who asks, who answers, who publishes: each rule as words and as SQL."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, false, select

from quiz_app.asking.models import Question, Subject
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.models import Unit
from quiz_app.units.policy import covered_units, covers

ANSWERING = frozenset({Role.ORGANISER, Role.AUTHOR, Role.REVIEWER})
KNOWING = (Role.AUTHOR, Role.REVIEWER)  # of the whole house's content
CONTENT = frozenset({Subject.LESSON.value, Subject.ITEM.value})


class Permission(FeaturePermission):
    """QUESTION_OPEN does not only read: every look at what a member wrote is put on record."""

    ASKING_READ = ("asking.read", {Role.MEMBER}, True)
    ASKING_SEND = ("asking.send", {Role.MEMBER}, False)
    INBOX_READ = ("asking.inbox_read", ANSWERING, True)
    QUESTION_OPEN = ("asking.question_open", ANSWERING, False)
    QUESTION_ANSWER = ("asking.question_answer", ANSWERING, False)
    QUESTION_TRIAGE = ("asking.question_triage", {Role.ORGANISER}, False)
    COUNTS_READ = ("asking.counts_read", {Role.ORGANISER}, True)
    COUNTS_EXPORT = ("asking.counts_export", {Role.ORGANISER}, False)
    ENTRIES_READ = ("asking.entries_read", ANSWERING, True)
    ENTRY_PROPOSE = ("asking.entry_propose", ANSWERING, False)
    ENTRY_DECIDE = ("asking.entry_decide", {Role.ORGANISER, Role.REVIEWER}, False)


class Action(FeatureAction):
    """What somebody wrote never stands in the audit."""

    QUESTION_SENT = ("question.sent", ["kind", "about"])
    QUESTION_WITHDRAWN = ("question.withdrawn",)
    QUESTION_OPENED = ("question.opened",)
    QUESTION_TAKEN_UP = ("question.taken_up", ["kind"])
    QUESTION_ASSIGNED = ("question.assigned", ["assigned_to"])
    QUESTION_ANSWERED = ("question.answered", ["is_again"])
    QUESTION_MERGED = ("question.merged", ["into"])
    TEXTS_FORGOTTEN = ("question.texts_forgotten", ["count"])
    COUNTS_EXPORTED = ("question.counts_exported", ["since", "until"])
    ENTRY_PROPOSED = ("question.entry_proposed", ["number"])
    ENTRY_DECIDED = ("question.entry_decided", ["number", "is_published"])
    ENTRY_TAKEN_DOWN = ("question.entry_taken_down", ["number", "reason"])


def wrote(actor: Actor, question: Question) -> bool:
    """Whether the question is the actor's own. The twin of `written`."""
    return actor.member_id is not None and actor.member_id == question.member_id


def written(member_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """The questions of an actor, by his member id, as a condition on Question. The twin of `wrote`."""
    return Question.member_id == member_id


def runs(actor: Actor, question: Question, unit_path: Collection[int]) -> bool:
    """Whether the actor assigns, merges and answers: he is an organiser of the sender's unit or above it.

    `unit_path` is that unit with its ancestors. The twin of `run_by`.
    """
    return covers(actor, unit_path, question.unit_id, Role.ORGANISER)


def run_by(actor: Actor) -> ColumnElement[bool]:
    """The questions that the actor runs as an organiser, as a condition on Question. The twin of `runs`."""
    return Question.unit_id.in_(covered_units(actor, Role.ORGANISER))


def moderates(actor: Actor, question: Question, unit_path: Collection[int], root_ids: Collection[int]) -> bool:
    """Whether the actor reads and answers: he runs it, or it is about content, was given to him, and he is an author or
    reviewer of the whole house. `root_ids` are the units without a parent. The twin of `moderated`.
    """
    if runs(actor, question, unit_path):
        return True
    is_given = question.subject in CONTENT and actor.member_id is not None and question.assigned_to == actor.member_id
    return is_given and not actor.units_as(*KNOWING).isdisjoint(root_ids)


def moderated(actor: Actor) -> ColumnElement[bool]:
    """The questions that the actor reads and answers, as a condition on Question. The twin of `moderates`."""
    granted = actor.units_as(*KNOWING)
    knows = select(Unit.id).where(Unit.parent_id.is_(None), Unit.id.in_(granted)).exists() if granted else false()
    given = Question.subject.in_(CONTENT) & (Question.assigned_to == actor.member_id) & knows
    return run_by(actor) | given
