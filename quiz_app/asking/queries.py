"""Questions as their senders list them and as moderators do, and the counts, which are all that any report is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from quiz_app.asking import labels, policy, subjects
from quiz_app.asking.models import Entry, Kind, Question, State, Subject
from quiz_app.asking.subjects import PAGES, PRACTISED, About
from quiz_app.attempts.models import Attempt
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member, RoleGrant
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.units.queries import subtree_ids

OPEN = (State.NEW.value, State.IN_REVIEW.value)


@dataclass(frozen=True, slots=True)
class Where:
    """The place a question is about, in the words that stand there."""

    about: About
    lesson: Lesson | None = None
    module: StudyModule | None = None
    attempt_number: int | None = None
    round_title: str = ""

    @property
    def words(self) -> str:
        practised = "Câu ôn tập, " if self.about.page == PRACTISED else ""
        item = practised if self.about.position is None else f"Câu {self.about.position}, "
        if self.lesson is not None and self.module is not None:
            return f"{item}{'bài' if item else 'Bài'} “{self.lesson.title}”, chuyên đề “{self.module.title}”"
        if self.attempt_number is not None:
            return f"{item or 'Kết quả '}lượt thi {self.attempt_number}, {self.round_title}"
        return PAGES.get(self.about.page, labels.NO_PLACE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A question with its place, its sender's unit and who has it in hand. `kept` has its answer where it is merged."""

    question: Question
    where: Where
    unit: Unit
    sender: Member
    assignee: Member | None
    kept: Question | None

    @property
    def answered(self) -> Question | None:
        """The question whose answer is this one's, once there is one."""
        source = self.kept or self.question
        return source if source.state == State.ANSWERED.value and self.question.erased_at is None else None

    @property
    def state(self) -> State:
        """How it stands for its sender: a merged one is answered once the one kept is."""
        return State.ANSWERED if self.answered is not None else State(self.question.state)

    @property
    def is_news(self) -> bool:
        """Whether its sender has not read the answer yet."""
        source = self.answered
        if source is None or source.answered_at is None:
            return False
        return self.question.read_at is None or self.question.read_at < source.answered_at


@dataclass(frozen=True, slots=True)
class Asked:
    """What a moderator wants to see; None and empty: whatever. `waiting_days`: unanswered for longer than so many."""

    state: State | None = None
    is_open: bool = False
    kind: Kind | None = None
    subject: Subject | None = None
    is_mine: bool = False
    waiting_days: int | None = None
    words: str = ""


def place(session: Session, about: About) -> Where:
    """The words for a thing that is to be asked about."""
    lesson = None if about.lesson_id is None else session.get_one(Lesson, about.lesson_id)
    module = None if lesson is None else session.get_one(StudyModule, lesson.module_id)
    if about.attempt_id is None:
        return Where(about, lesson, module)
    number, title = session.execute(
        select(Attempt.number, Round.title)
        .join(Round, Round.id == Attempt.round_id)
        .where(Attempt.id == about.attempt_id)
    ).one()
    return Where(about, attempt_number=number, round_title=title)


def own_list(r: Reading, *, limit: int, offset: int = 0) -> list[Listed]:
    """The actor's questions, the latest first."""
    return _listed(r.session, policy.written(r.actor.member_id), order=[Question.id.desc()], limit=limit, offset=offset)


def own_count(r: Reading) -> int:
    return r.session.scalar(select(func.count(Question.id)).where(policy.written(r.actor.member_id))) or 0


def own(r: Reading, question_id: int) -> Listed:
    """One of the actor's questions. Raises Missing."""
    return _one(r.session, question_id, policy.written(r.actor.member_id))


_kept = aliased(Question)
_answered_at = func.coalesce(Question.answered_at, _kept.answered_at)
NEWS = (
    select(Question.id)
    .outerjoin(_kept, _kept.id == Question.merged_into_id)
    .where(policy.written(bindparam("member")), Question.erased_at.is_(None), _answered_at.is_not(None))
    .where(Question.read_at.is_(None) | (Question.read_at < _answered_at))
)
"""The questions of a `member` that have an answer which he has not read."""
_NEWS = Prepared(NEWS.with_only_columns(func.count(Question.id).label("count")))


def news_count(r: Reading) -> int:
    """How many of the actor's questions have an answer that he has not read."""
    r.session.flush()
    [row] = _NEWS.rows(r.session, {"member": r.actor.member_id})
    return int(row.count)


def moderated(r: Reading, question_id: int) -> Listed:
    """A question that the actor may read as a moderator. Raises Missing."""
    return _one(r.session, question_id, policy.moderated(r.actor))


def inbox(r: Reading, asked: Asked, *, limit: int, offset: int = 0) -> list[Listed]:
    """What the actor moderates: what waits first, the oldest of it at the top, then what was sent last."""
    is_settled = Question.state.not_in(OPEN)
    order = [is_settled, *([Question.id] if asked.is_open else [Question.id.desc()])]
    return _listed(r.session, *_conditions(r, asked), order=order, limit=limit, offset=offset)


def inbox_count(r: Reading, asked: Asked) -> int:
    return r.session.scalar(select(func.count(Question.id)).where(*_conditions(r, asked))) or 0


def merged_count(session: Session, question_id: int) -> int:
    """How many others wait for the answer of this one, or have it."""
    query = select(func.count(Question.id)).where(Question.merged_into_id == question_id)
    return session.scalar(query) or 0


def beside(r: Reading, question: Question, *, limit: int = 10) -> list[Listed]:
    """Others that the actor moderates about the very same thing, which may be duplicates; the latest first."""
    same = [
        getattr(Question, name).is_not_distinct_from(getattr(question, name))
        for name in ("subject", "lesson_id", "item_version_id", "page", "path")
    ]
    kept = Question.state.in_((*OPEN, State.ANSWERED.value)) & Question.erased_at.is_(None)
    conditions = (policy.run_by(r.actor), Question.id != question.id, kept, *same)
    return _listed(r.session, *conditions, order=[Question.id.desc()], limit=limit)


def candidates(session: Session, question: Question) -> list[Member]:
    """Who may be given the question: organisers above its sender and, about content, authors and reviewers of the whole
    house; never the sender himself.
    """
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == question.unit_id)
    fits: ColumnElement[bool] = (RoleGrant.role == Role.ORGANISER.value) & RoleGrant.unit_id.in_(above)
    if question.subject in policy.CONTENT:
        roots = select(Unit.id).where(Unit.parent_id.is_(None))
        fits |= RoleGrant.role.in_([role.value for role in policy.KNOWING]) & RoleGrant.unit_id.in_(roots)
    holders = select(RoleGrant.member_id).where(RoleGrant.revoked_at.is_(None), fits)
    query = select(Member).where(Member.id.in_(holders), Member.id != question.member_id)
    return list(session.scalars(query.order_by(Member.sort_key, Member.id)))


def entry_of(session: Session, question_id: int) -> Entry | None:
    """The entry that came of a question."""
    return session.scalars(select(Entry).where(Entry.question_id == question_id)).one_or_none()


def counts(session: Session, unit_id: int, since: datetime, until: datetime) -> Mapping[tuple[Kind, State], int]:
    """How many questions of a unit and all below it were sent from `since` until before `until`, by kind and state.

    All that any report may tell of what members write: no text, no name, no place.
    """
    rows = session.execute(
        select(Question.kind, Question.state, func.count())
        .where(Question.unit_id.in_(subtree_ids(unit_id)), Question.created_at >= since, Question.created_at < until)
        .group_by(Question.kind, Question.state)
    )
    found = {(Kind(kind), State(state)): count for kind, state, count in rows}
    return {(kind, state): found.get((kind, state), 0) for kind in Kind for state in State}


def _conditions(r: Reading, asked: Asked) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [policy.moderated(r.actor)]
    if asked.is_open or asked.waiting_days is not None:
        wanted.append(Question.state.in_(OPEN))
    if asked.state is not None:
        wanted.append(Question.state == asked.state.value)
    if asked.kind is not None:
        wanted.append(Question.kind == asked.kind.value)
    if asked.subject is not None:
        wanted.append(Question.subject == asked.subject.value)
    if asked.is_mine:
        wanted.append(Question.assigned_to == r.actor.member_id)
    if asked.waiting_days is not None:
        wanted.append(Question.created_at < r.now - timedelta(days=asked.waiting_days))
    wanted += [Question.search_key.contains(word, autoescape=True) for word in search_key(asked.words).split()]
    return wanted


def _one(session: Session, question_id: int, allowed: ColumnElement[bool]) -> Listed:
    found = _listed(session, Question.id == question_id, allowed, order=[], limit=1)
    if not found:
        raise Missing
    return found[0]


def _listed(
    session: Session, *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]], limit: int, offset: int = 0
) -> list[Listed]:
    assignee, kept = aliased(Member), aliased(Question)
    query = (
        select(Question, Unit, Member, assignee, kept, Lesson, StudyModule, Attempt.number, Round.title)
        .join(Unit, Unit.id == Question.unit_id)
        .join(Member, Member.id == Question.member_id)
        .outerjoin(assignee, assignee.id == Question.assigned_to)
        .outerjoin(kept, kept.id == Question.merged_into_id)
        .outerjoin(Lesson, Lesson.id == Question.lesson_id)
        .outerjoin(StudyModule, StudyModule.id == Lesson.module_id)
        .outerjoin(Attempt, Attempt.id == Question.attempt_id)
        .outerjoin(Round, Round.id == Attempt.round_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [
        Listed(question, Where(subjects.of(question), lesson, module, number, title or ""), unit, sender, one, other)
        for question, unit, sender, one, other, lesson, module, number, title in session.execute(query)
    ]
