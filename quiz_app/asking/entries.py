"""Answers of general interest: proposed in neutral words, published by a second person, taken down, written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from question_bank.markup import render
from quiz_app.asking import labels, policy
from quiz_app.asking.errors import NotAnswered, OwnProposal, OwnQuestion, ProposalSettled, ProposalWaits
from quiz_app.asking.models import Edition, EditionState, Entry, Question, State
from quiz_app.asking.policy import Action
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member

LONGEST_QUESTION = 500
LONGEST_ANSWER = 6000
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Wording:
    """What is to stand in public: nobody is named in it."""

    question: str
    answer: str
    module_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition with its module and who had a hand in it."""

    edition: Edition
    module: StudyModule | None
    proposer: Member
    decider: Member | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of the public list looks for."""

    words: str = ""
    module_id: int | None = None


def propose(w: Work, question_id: int, wording: Wording) -> Edition:
    """Propose an answered question for everybody. Raises Missing, OwnQuestion, NotAnswered, BadInput, ProposalWaits."""
    question = w.session.scalars(
        select(Question).where(Question.id == question_id, policy.moderated(w.actor))
    ).one_or_none()
    if question is None:
        raise Missing
    if policy.wrote(w.actor, question):
        raise OwnQuestion
    if question.state != State.ANSWERED.value:
        raise NotAnswered
    entry = w.session.scalars(select(Entry).where(Entry.question_id == question_id)).one_or_none()
    return _add(w, entry or _new_entry(w, question_id), wording)


def propose_anew(w: Work, entry_id: int, wording: Wording) -> Edition:
    """Propose other words for an entry; those in public stay until the new ones are published.

    Raises Missing, NotAllowed, BadInput, ProposalWaits.
    """
    return _add(w, _entry(w, entry_id), wording)


def decide(w: Work, edition_id: int, *, is_published: bool, reason: str = "") -> Edition:
    """Publish or decline what another proposed, exactly as it was read; what stood there before is superseded.

    Raises Missing, NotAllowed, OwnProposal, ProposalSettled, BadInput.
    """
    edition = _edition(w, edition_id)
    if edition.proposed_by == w.actor.member_id:
        raise OwnProposal
    words = _reason(reason) if not is_published else reason.strip()
    if edition.state != EditionState.PROPOSED.value:
        raise ProposalSettled
    if is_published:
        w.session.execute(
            update(Edition)
            .where(Edition.entry_id == edition.entry_id, Edition.state == EditionState.PUBLISHED.value)
            .values(state=EditionState.SUPERSEDED.value, ended_at=w.now, ended_by=w.actor.member)
        )
    edition.state = (EditionState.PUBLISHED if is_published else EditionState.DECLINED).value
    edition.decided_at, edition.decided_by, edition.reason = w.now, w.actor.member, words
    w.session.flush()
    facts = {"number": edition.number, "is_published": is_published}
    w.record(Action.ENTRY_DECIDED, f"question_entry:{edition.entry_id}", **facts)
    return edition


def take_down(w: Work, edition_id: int, reason: str) -> Edition:
    """End what stands in public, at once; it stays in the history. Raises Missing, NotAllowed, ProposalSettled,
    BadInput.
    """
    edition = _edition(w, edition_id)
    words = _reason(reason)
    if edition.state != EditionState.PUBLISHED.value:
        raise ProposalSettled
    edition.state, edition.reason = EditionState.WITHDRAWN.value, words
    edition.ended_at, edition.ended_by = w.now, w.actor.member
    w.record(Action.ENTRY_TAKEN_DOWN, f"question_entry:{edition.entry_id}", number=edition.number, reason=words)
    return edition


def published(session: Session, wanted: Wanted, *, limit: int, offset: int = 0) -> list[tuple[Edition, str]]:
    """What stands in public with the title of its module, the latest first."""
    rows = session.execute(
        select(Edition, StudyModule.title)
        .outerjoin(StudyModule, StudyModule.id == Edition.module_id)
        .where(*_wanted(wanted))
        .order_by(Edition.decided_at.desc(), Edition.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(edition, title or "") for edition, title in rows]


def published_count(session: Session, wanted: Wanted) -> int:
    return session.scalar(select(func.count(Edition.id)).where(*_wanted(wanted))) or 0


def published_modules(session: Session) -> list[StudyModule]:
    """The modules that something in public is about, in their order."""
    used = select(Edition.module_id).where(Edition.state == EditionState.PUBLISHED.value)
    return list(session.scalars(select(StudyModule).where(StudyModule.id.in_(used)).order_by(StudyModule.position)))


def listing(r: Reading) -> list[Shown]:
    """The latest edition of each entry, what waits for a decision first. Raises NotAllowed."""
    catalogue.require_keeper(r)
    last = select(func.max(Edition.id)).group_by(Edition.entry_id)
    return _shown(
        r.session, Edition.id.in_(last), order=[Edition.state != EditionState.PROPOSED.value, Edition.id.desc()]
    )


def edition(session: Session, edition_id: int) -> Edition:
    """Raises Missing."""
    found = session.get(Edition, edition_id)
    if found is None:
        raise Missing
    return found


def editions(r: Reading, entry_id: int) -> list[Shown]:
    """Every edition of an entry, the latest first. Raises Missing, NotAllowed."""
    _entry(r, entry_id)
    return _shown(r.session, Edition.entry_id == entry_id, order=[Edition.number.desc()])


def of_question(session: Session, question_id: int) -> list[Shown]:
    """The editions that came of a question, the latest first."""
    entry_ids = select(Entry.id).where(Entry.question_id == question_id)
    return _shown(session, Edition.entry_id.in_(entry_ids), order=[Edition.number.desc()])


def modules(session: Session) -> list[StudyModule]:
    """The modules in force, for a choice of topics."""
    query = select(StudyModule).where(StudyModule.retired_at.is_(None))
    return list(session.scalars(query.order_by(StudyModule.position, StudyModule.id)))


def _shown(session: Session, which: ColumnElement[bool], *, order: Sequence[ColumnElement[Any]]) -> list[Shown]:
    proposer, decider = aliased(Member), aliased(Member)
    rows = session.execute(
        select(Edition, StudyModule, proposer, decider)
        .outerjoin(StudyModule, StudyModule.id == Edition.module_id)
        .join(proposer, proposer.id == Edition.proposed_by)
        .outerjoin(decider, decider.id == Edition.decided_by)
        .where(which)
        .order_by(*order)
    )
    return [Shown(edition, module, one, other) for edition, module, one, other in rows]


def _wanted(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [Edition.state == EditionState.PUBLISHED.value]
    if wanted.module_id is not None:
        conditions.append(Edition.module_id == wanted.module_id)
    words = search_key(wanted.words).split()
    return conditions + [Edition.search_key.contains(word, autoescape=True) for word in words]


def _add(w: Work, entry: Entry, wording: Wording) -> Edition:
    question, answer = _checked(w.session, wording)
    number = w.session.scalar(select(func.max(Edition.number)).where(Edition.entry_id == entry.id)) or 0
    edition = Edition(
        entry_id=entry.id,
        number=number + 1,
        module_id=wording.module_id,
        question=question,
        answer=answer,
        answer_html=render(answer),
        search_key=search_key(f"{question} {answer}"),
        state=EditionState.PROPOSED.value,
        proposed_at=w.now,
        proposed_by=w.actor.member,
    )
    try:
        with w.session.begin_nested():
            w.session.add(edition)
            w.session.flush()
    except IntegrityError:  # one waits already, or was proposed at the same moment
        raise ProposalWaits from None
    w.record(Action.ENTRY_PROPOSED, f"question_entry:{entry.id}", number=edition.number)
    return edition


def _checked(session: Session, wording: Wording) -> tuple[str, str]:
    question, answer = " ".join(wording.question.split()), wording.answer.strip()
    wrong: dict[str, list[str]] = {}
    if not question or len(question) > LONGEST_QUESTION:
        wrong["question"] = [labels.TOO_LONG.format(most=LONGEST_QUESTION) if question else labels.NO_TEXT]
    if not answer or len(answer) > LONGEST_ANSWER:
        wrong["answer"] = [labels.TOO_LONG.format(most=LONGEST_ANSWER) if answer else labels.NO_ANSWER]
    if wording.module_id is not None and session.get(StudyModule, wording.module_id) is None:
        wrong["module"] = [labels.NO_SUCH_MODULE]
    if wrong:
        raise BadInput(wrong)
    return question, answer


def _new_entry(w: Work, question_id: int) -> Entry:
    entry = Entry(question_id=question_id, created_at=w.now)
    try:
        with w.session.begin_nested():
            w.session.add(entry)
            w.session.flush()
    except IntegrityError:  # proposed at the same moment
        raise ProposalWaits from None
    return entry


def _entry(r: Reading, entry_id: int) -> Entry:
    catalogue.require_keeper(r)
    found = r.session.get(Entry, entry_id)
    if found is None:
        raise Missing
    return found


def _edition(w: Work, edition_id: int) -> Edition:
    """An edition, held so that of two decisions one is the first. Raises Missing, NotAllowed."""
    catalogue.require_keeper(w)
    query = select(Edition).where(Edition.id == edition_id).with_for_update()
    found = w.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Missing
    return found


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise BadInput({"reason": [labels.NO_REASON]})
    if len(words) > LONGEST_REASON:
        raise BadInput({"reason": [labels.TOO_LONG.format(most=LONGEST_REASON)]})
    return words
