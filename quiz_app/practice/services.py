"""What a member does when he practises: begin, answer, say that it was easy, stop."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work
from quiz_app.practice import labels, queries
from quiz_app.practice.errors import MockUnderWay, NothingToPractise, PracticeEnded, QuestionWithdrawn
from quiz_app.practice.models import Kind, PracticeAnswer, PracticePlace, PracticeSession, ReviewCard
from quiz_app.practice.queries import Place, Stocked
from quiz_app.rules import reviewing, scoring
from quiz_app.rules.drawing import Cell, DrawnItem, draw
from quiz_app.rules.reviewing import Recall, Review
from quiz_app.rules.timing import day_of

LENGTH = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """What to practise: a kind, with the module or the level that it needs."""

    kind: Kind
    module_slug: str = ""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """So many questions drawn from a pool; those `pinned` are among them whatever is drawn."""

    pool: list[Stocked]
    length: int
    pinned: frozenset[int] = frozenset()


def start(w: Work, scope: Scope) -> int:
    """Draw some questions for the acting member; the id of the session.

    A session under way of the same scope goes on; any other ends. Raises Missing, NothingToPractise, MockUnderWay.
    """
    module = _module(w, scope)
    running = queries.open_session(w)
    if running is not None and _is_same(running, scope, module):
        return running.id
    leave(w, running)
    wanted = _wanted(w, scope, module)
    if not wanted.length:
        raise NothingToPractise
    pool = catalogue.candidates(w.session, [one.version_id for one in wanted.pool])
    known = frozenset(one.version_id for one in wanted.pool if not one.is_new)
    cells = [Cell(None, None, wanted.length)]
    drawn = draw(cells, pool, secrets.token_hex(16), avoid=known - wanted.pinned, pinned=wanted.pinned)
    made = PracticeSession(
        member_id=w.actor.member,
        kind=scope.kind.value,
        module_id=module.id if module else None,
        level=scope.level,
        started_at=w.now,
    )
    return opened(w, made, drawn)


def opened(w: Work, made: PracticeSession, drawn: Sequence[DrawnItem]) -> int:
    """Keep a new session with its questions; its id, or that of another one that was a moment faster."""
    try:
        with w.session.begin_nested():
            w.session.add(made)
            w.session.flush()
    except IntegrityError:
        running = queries.open_session(w)
        if running is None:
            raise
        return running.id
    w.session.add_all(
        PracticePlace(
            session_id=made.id,
            position=position,
            item_version_id=one.item_version_id,
            option_order=list(one.option_order),
            points=one.points,
        )
        for position, one in enumerate(drawn, start=1)
    )
    return made.id


def answer(w: Work, session_id: int, position: int, letters: Collection[str]) -> None:
    """Keep the acting member's answer to a question; the last one ends the session.

    Sent again, or from a page that was gone back to, it changes nothing: the first answer stands. Raises Missing,
    PracticeEnded, QuestionWithdrawn, BadInput.
    """
    found = queries.own_session(w, session_id, is_held=True)
    place = place_at(queries.places(w, session_id), position)
    if found.kind == Kind.MOCK.value:
        raise Missing
    if place.answer is not None:
        return
    if found.ended_at is not None:
        raise PracticeEnded
    if not place.is_open:
        raise QuestionWithdrawn
    keep_answers(w, found, [(place, chosen_ids(place, letters))], w.now)
    if queries.next_place(queries.places(w, session_id)) is None:
        found.ended_at = w.now


def mark_easy(w: Work, session_id: int, position: int) -> None:
    """Say of a right answer that it was easy: the question comes back later. Raises Missing."""
    queries.own_session(w, session_id, is_held=True)
    row = w.session.get(PracticeAnswer, (session_id, position))
    if row is None or not row.is_right:
        raise Missing
    row.is_easy = True
    w.session.flush()
    reschedule(w.session, w.actor.member, [row.item_id])


def end(w: Work, session_id: int) -> bool:
    """Stop a session before its last question; whether anything of it stays. Raises Missing."""
    found = queries.own_session(w, session_id, is_held=True)
    if found.kind == Kind.MOCK.value:
        raise Missing
    return found.ended_at is not None or _stopped(w, found)


def leave(w: Work, running: PracticeSession | None) -> None:
    """End a session under way because another one begins. Raises MockUnderWay while one has time left."""
    if running is None:
        return
    if running.kind != Kind.MOCK.value:
        _stopped(w, running)
    elif queries.is_mock_over(running, w.now):
        close_mock(w, running)
    else:
        raise MockUnderWay


def close_mock(w: Work, found: PracticeSession) -> None:
    """End a mock round, at its deadline at the latest: what is kept at its places becomes answers."""
    found.ended_at = w.now if found.deadline_at is None else min(w.now, found.deadline_at)
    places = queries.places(w, found.id)
    kept = [(place, place.kept) for place in places if place.waits and place.kept]
    w.session.flush()
    if kept:
        keep_answers(w, found, kept, found.ended_at)


def place_at(places: Sequence[Place], position: int) -> Place:
    """Raises Missing."""
    found = next((place for place in places if place.position == position), None)
    if found is None:
        raise Missing
    return found


def chosen_ids(place: Place, letters: Collection[str]) -> frozenset[int]:
    """The options with these letters. Raises BadInput."""
    ids = dict(zip((mark for mark, _ in place.options), place.option_order, strict=True))
    if not letters:
        raise BadInput({"choice": [labels.NOTHING_CHOSEN]})
    if not set(letters) <= ids.keys():
        raise BadInput({"choice": [labels.NO_SUCH_LETTER]})
    if len(set(letters)) > 1 and not place.item.is_multiple:
        raise BadInput({"choice": [labels.ONE_ONLY]})
    return frozenset(ids[mark] for mark in letters)


def keep_answers(
    w: Work, found: PracticeSession, answered: Sequence[tuple[Place, frozenset[int]]], at: datetime
) -> None:
    """Judge and keep answers of a session, and work out when their questions come back."""
    keys = catalogue.key_of(w.session, [place.item.item_version_id for place, _ in answered])
    w.session.add_all(
        PracticeAnswer(
            session_id=found.id,
            position=place.position,
            member_id=found.member_id,
            item_id=place.item_id,
            item_version_id=place.item.item_version_id,
            chosen=sorted(chosen),
            is_right=scoring.is_right(keys[place.item.item_version_id], chosen),
            answered_at=at,
        )
        for place, chosen in answered
    )
    w.session.flush()
    reschedule(w.session, found.member_id, [place.item_id for place, _ in answered])


def reschedule(session: Session, member_id: int, item_ids: Collection[int]) -> None:
    """Work out anew, from all of a member's answers to them, when these items come back."""
    rows = session.scalars(
        select(PracticeAnswer)
        .where(PracticeAnswer.member_id == member_id, PracticeAnswer.item_id.in_(item_ids))
        .order_by(PracticeAnswer.item_id, PracticeAnswer.answered_at, PracticeAnswer.session_id)
    ).all()
    cards = session.scalars(
        select(ReviewCard).where(ReviewCard.member_id == member_id, ReviewCard.item_id.in_(item_ids))
    )
    known = {card.item_id: card for card in cards}
    for item_id, answers in groupby(rows, key=lambda row: row.item_id):
        history = list(answers)
        card = known.get(item_id) or ReviewCard(member_id=member_id, item_id=item_id)
        card.due_on = reviewing.due_on([Review(day_of(row.answered_at), _recall(row)) for row in history])
        card.was_right, card.answered_at = history[-1].is_right, history[-1].answered_at
        session.add(card)


def _recall(row: PracticeAnswer) -> Recall:
    if not row.is_right:
        return Recall.WRONG
    return Recall.EASY if row.is_easy else Recall.RIGHT


def _module(w: Work, scope: Scope) -> StudyModule | None:
    if scope.kind is not Kind.MODULE:
        return None
    found = next((one for one in queries.modules(w.session) if one.slug == scope.module_slug), None)
    if found is None:
        raise Missing
    return found


def _is_same(running: PracticeSession, scope: Scope, module: StudyModule | None) -> bool:
    wanted = (scope.kind.value, module.id if module else None, scope.level)
    return (running.kind, running.module_id, running.level) == wanted


def _wanted(w: Work, scope: Scope, module: StudyModule | None) -> _Wanted:
    stocked = queries.stock(w)
    match scope.kind:
        case Kind.MODULE if module is not None:
            return _some_of([one for one in stocked if one.is_of(module)])
        case Kind.LEVEL:
            return _some_of([one for one in stocked if one.level == scope.level])
        case Kind.MISTAKES:
            return _some_of([one for one in stocked if one.is_mistake])
        case Kind.MIXED:
            return _some_of(stocked)
        case Kind.DAILY:
            daily = queries.daily(w, stocked)
            coming = frozenset(one.version_id for one in daily.due)
            return _Wanted([*daily.due, *daily.fresh], daily.length, coming)
    raise Missing


def _some_of(stocked: list[Stocked]) -> _Wanted:
    return _Wanted(stocked, min(LENGTH, len(stocked)))


def _stopped(w: Work, found: PracticeSession) -> bool:
    """End a session with what was answered; one without any answer goes, for nothing was done in it."""
    if any(place.answer for place in queries.places(w, found.id)):
        found.ended_at = w.now
        w.session.flush()
        return True
    w.session.execute(delete(PracticePlace).where(PracticePlace.session_id == found.id))
    w.session.execute(delete(PracticeSession).where(PracticeSession.id == found.id))
    return False
