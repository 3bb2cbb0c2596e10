"""Requests to count for another unit: asked by the member, decided by the unit asked for.

Who is let in moves at once. Where the rules of a round say so, what he did there moves with him: his attempts, his
result and his place on the round's roster. What is final never moves, nor what the new unit is not invited to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, RosterEntry, Round
from quiz_app.feedback import labels, policy
from quiz_app.feedback.errors import AskedTooOften, MemberElsewhere, SameUnit, UnitChangeOpen, UnitChangeSettled
from quiz_app.feedback.models import UnitChange, UnitChangeState
from quiz_app.feedback.policy import Action
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import services as members
from quiz_app.members.models import Member
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor

LONGEST_REASON = 1000
MOST_FOUND = 30
MOST_ASKED = 15
ASKED_LATELY = timedelta(days=30)
NEWS_LAST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Request:
    """A request with the names that it is about."""

    change: UnitChange
    member: Member
    from_unit: Unit
    to_unit: Unit


@dataclass(frozen=True, slots=True)
class Touched:
    """A round in which the member has sat for the unit that he leaves, and whether his attempts there come with him."""

    round: Round
    attempts: int
    moves: bool


@dataclass(frozen=True, slots=True)
class News:
    """How many requests wait for the actor, how many for another, and how many members have moved lately."""

    waiting: int
    others: int
    moved: int

    @property
    def is_any(self) -> bool:
        return bool(self.waiting or self.others or self.moved)


def ask(w: Work, to_unit_id: int, reason: str) -> UnitChange:
    """Ask to count for another unit. Raises Missing, SameUnit, AskedTooOften, UnitChangeOpen, BadInput."""
    unit = _open_unit(w.session, to_unit_id)
    member = w.session.get_one(Member, w.actor.member, populate_existing=True)
    if member.unit_id == unit.id:
        raise SameUnit
    lately = (UnitChange.member_id == member.id) & (UnitChange.created_at > w.now - ASKED_LATELY)
    if (w.session.scalar(select(func.count()).select_from(UnitChange).where(lately)) or 0) >= MOST_ASKED:
        raise AskedTooOften(most=MOST_ASKED)
    change = UnitChange(
        member_id=member.id,
        from_unit_id=member.unit_id,
        to_unit_id=unit.id,
        reason=_text("reason", reason, labels.NO_REASON),
        state=UnitChangeState.ASKED.value,
        created_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(change)
            w.session.flush()
    except IntegrityError as error:
        raise UnitChangeOpen from error
    w.record(
        Action.UNIT_CHANGE_ASKED,
        f"unit_change:{change.id}",
        from_unit_id=change.from_unit_id,
        to_unit_id=change.to_unit_id,
    )
    return change


def withdraw(w: Work, change_id: int) -> None:
    """Take back the actor's own request before it is answered. Raises Missing, UnitChangeSettled."""
    change = _held(w, select(UnitChange).where(UnitChange.id == change_id, policy.asked_by(w.actor)))
    _settle(w, change, UnitChangeState.WITHDRAWN, "")
    w.record(Action.UNIT_CHANGE_WITHDRAWN, f"unit_change:{change.id}", to_unit_id=change.to_unit_id)


def decline(w: Work, change_id: int, note: str) -> UnitChange:
    """Leave a member where he is, and tell him why. Raises Missing, UnitChangeSettled, BadInput."""
    change = _held(w, select(UnitChange).where(UnitChange.id == change_id, policy.let_in_by(w.actor)))
    words = _text("note", note, labels.NO_NOTE)
    _settle(w, change, UnitChangeState.DECLINED, words)
    w.record(Action.UNIT_CHANGE_DECLINED, f"unit_change:{change.id}", member_id=change.member_id, note=words)
    return change


def accept(w: Work, change_id: int, note: str = "") -> UnitChange:
    """Let a member in: he moves, and with him what the rounds' rules let move.

    The request is held first, so of two answers one is the first; then the rounds, as whoever strikes from the ranking
    holds them: starts and submissions wait, and find the member in his new unit.
    Raises Missing, UnitChangeSettled, MemberElsewhere, BadInput.
    """
    change = _held(w, select(UnitChange).where(UnitChange.id == change_id, policy.let_in_by(w.actor)))
    _require_asked(change)
    words = note.strip() and _text("note", note, labels.NO_NOTE)
    rounds = [round_ for round_ in _movable(w.session, change, is_held=True) if _invites(w.session, round_, change)]
    if not members.move_member(
        w, change.member_id, from_unit_id=change.from_unit_id, to_unit_id=_open_unit(w.session, change.to_unit_id).id
    ):
        raise MemberElsewhere(name=w.session.get_one(Member, change.member_id).full_name)
    _settle(w, change, UnitChangeState.ACCEPTED, words)
    attempts = _move_attempts(w.session, change, rounds)
    entries = _move_roster(w.session, change, rounds)
    results = _move_results(w, change, rounds, {attempt.round_id for attempt in attempts})
    change.moved_attempts = len(attempts)
    w.record(
        Action.UNIT_CHANGE_ACCEPTED,
        f"unit_change:{change.id}",
        member_id=change.member_id,
        from_unit_id=change.from_unit_id,
        to_unit_id=change.to_unit_id,
        rounds=sorted({attempt.round_id for attempt in attempts}),
        attempts=len(attempts),
        results=results,
        roster_entries=entries,
    )
    return change


def own(r: Reading) -> list[Request]:
    """The actor's requests, the latest first."""
    query = _requests().where(policy.asked_by(r.actor)).order_by(UnitChange.created_at.desc(), UnitChange.id.desc())
    return [Request(*row) for row in r.session.execute(query)]


def followed(r: Reading, state: UnitChangeState | None, *, limit: int, offset: int = 0) -> list[Request]:
    """The requests out of and into the units that the actor covers: open ones first, then the latest answered."""
    is_settled = UnitChange.state != UnitChangeState.ASKED.value
    query = _requests().where(*_followed(r, state))
    query = query.order_by(is_settled, UnitChange.decided_at.desc(), UnitChange.created_at, UnitChange.id)
    return [Request(*row) for row in r.session.execute(query.limit(limit).offset(offset))]


def followed_count(r: Reading, state: UnitChangeState | None) -> int:
    return r.session.scalar(select(func.count(UnitChange.id)).where(*_followed(r, state))) or 0


def news(r: Reading) -> News:
    """What the actor is told of the units that he covers."""
    is_asked = UnitChange.state == UnitChangeState.ASKED.value
    has_moved = (UnitChange.state == UnitChangeState.ACCEPTED.value) & (UnitChange.decided_at > r.now - NEWS_LAST)
    waiting, others, moved = r.session.execute(
        select(
            func.count(case((is_asked & policy.let_in_by(r.actor), 1))),
            func.count(case((is_asked & ~policy.let_in_by(r.actor), 1))),
            func.count(case((has_moved, 1))),
        ).where(policy.followed(r.actor))
    ).one()
    return News(waiting, others, moved)


def request(r: Reading, change_id: int) -> Request:
    """A request out of or into a unit that the actor covers. Raises Missing."""
    row = r.session.execute(_requests().where(UnitChange.id == change_id, policy.followed(r.actor))).one_or_none()
    if row is None:
        raise Missing
    return Request(*row)


def may_decide(r: Reading, change: UnitChange) -> bool:
    """Whether the actor may answer a request that is open."""
    path = units.path_ids(r.session, change.to_unit_id)
    return change.state == UnitChangeState.ASKED.value and policy.lets_in(r.actor, change, path)


def touched(session: Session, change: UnitChange) -> list[Touched]:
    """Where the member has sat for the unit that he leaves, and whether that would move with him."""
    rows = session.execute(
        select(Attempt.round_id, func.count())
        .where(Attempt.member_id == change.member_id, Attempt.unit_id == change.from_unit_id)
        .group_by(Attempt.round_id)
    )
    counts = {row.round_id: int(row[1]) for row in rows}
    movable = {round_.id for round_ in _movable(session, change) if _invites(session, round_, change)}
    rounds = session.scalars(
        select(Round).options(joinedload(Round.contest)).where(Round.id.in_(counts)).order_by(Round.opens_at, Round.id)
    )
    return [Touched(round_, counts[round_.id], round_.id in movable) for round_ in rounds]


def find_units(session: Session, text: str, *, without: int) -> list[Unit]:
    """The open units whose name or code holds these words, in any spelling of marks and case."""
    words = search_key(text).split()
    if not words:
        return []
    query = select(Unit).where(Unit.closed_at.is_(None), Unit.id != without)
    for word in words:
        query = query.where(Unit.search_key.contains(word, autoescape=True) | (func.lower(Unit.code) == word))
    return list(session.scalars(query.order_by(Unit.sort_key, Unit.id).limit(MOST_FOUND)))


def open_unit(r: Reading, unit_id: int) -> Unit:
    """A unit that takes members. Raises Missing for one that is closed."""
    return _open_unit(r.session, unit_id)


def _move_attempts(session: Session, change: UnitChange, rounds: Sequence[Round]) -> Sequence[Attempt]:
    """Only what was sat for the unit that is left: of an earlier one nothing is said here."""
    attempts = session.scalars(
        select(Attempt)
        .where(
            Attempt.member_id == change.member_id,
            Attempt.unit_id == change.from_unit_id,
            Attempt.round_id.in_([round_.id for round_ in rounds]),
        )
        .order_by(Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for attempt in attempts:
        attempt.unit_id = change.to_unit_id
    session.flush()
    return attempts


def _move_roster(session: Session, change: UnitChange, rounds: Sequence[Round]) -> int:
    moved = session.scalars(
        update(RosterEntry)
        .where(
            RosterEntry.member_id == change.member_id,
            RosterEntry.unit_id == change.from_unit_id,
            RosterEntry.round_id.in_([round_.id for round_ in rounds]),
        )
        .values(unit_id=change.to_unit_id)
        .returning(RosterEntry.round_id)
    )
    return len(moved.all())


def _move_results(w: Work, change: UnitChange, rounds: Sequence[Round], sat: set[int]) -> int:
    """Results are written in one place only, from the attempts: so they follow what has just moved."""
    for round_ in rounds:
        if round_.id in sat:
            closing.write_result(w.session, round_, change.member_id, w.now)
    query = select(func.count()).where(
        Result.member_id == change.member_id, Result.round_id.in_(sat), Result.unit_id == change.to_unit_id
    )
    return w.session.scalar(query) or 0


def _movable(session: Session, change: UnitChange, *, is_held: bool = False) -> Sequence[Round]:
    """The published rounds in which the member may have left a trace and that let it move; none that is final.

    Also those that he may begin at this very moment, for the unit that he is about to leave.
    """
    above = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == change.from_unit_id)
    has_sat = exists().where(Attempt.round_id == Round.id, Attempt.member_id == change.member_id)
    is_listed = exists().where(RosterEntry.round_id == Round.id, RosterEntry.member_id == change.member_id)
    query = (
        select(Round)
        .options(joinedload(Round.contest))
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            Round.published_at.is_not(None),
            Round.finalised_at.is_(None),
            Round.moves_attempts,
            Contest.is_rehearsal.is_(False),
            or_(Contest.unit_id.in_(above), has_sat, is_listed),
        )
        .order_by(Round.id)
    )
    if is_held:
        query = query.with_for_update(of=Round).execution_options(populate_existing=True)
    return session.scalars(query).all()


def _invites(session: Session, round_: Round, change: UnitChange) -> bool:
    """Whether the unit asked for may enter a round: what it is not invited to stays with the unit that is left."""
    path = units.path_ids(session, change.to_unit_id)
    return not contests.entry_unit_ids(session, round_).isdisjoint(path)


def _requests() -> Select[UnitChange, Member, Unit, Unit]:
    left, wanted = aliased(Unit), aliased(Unit)
    return (
        select(UnitChange, Member, left, wanted)
        .join(Member, Member.id == UnitChange.member_id)
        .join(left, left.id == UnitChange.from_unit_id)
        .join(wanted, wanted.id == UnitChange.to_unit_id)
    )


def _followed(r: Reading, state: UnitChangeState | None) -> list[ColumnElement[bool]]:
    seen = policy.followed(r.actor)
    return [seen] if state is None else [seen, UnitChange.state == state.value]


def _held(w: Work, query: Select[UnitChange]) -> UnitChange:
    found = w.session.scalars(
        query.with_for_update(of=UnitChange).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def _settle(w: Work, change: UnitChange, state: UnitChangeState, note: str) -> None:
    _require_asked(change)
    change.state = state.value
    change.note = note
    change.decided_at = w.now
    change.decided_by = w.actor.member_id


def _require_asked(change: UnitChange) -> None:
    if change.state != UnitChangeState.ASKED.value:
        raise UnitChangeSettled


def _open_unit(session: Session, unit_id: int) -> Unit:
    unit = units.unit(session, unit_id)
    if unit.closed_at is not None:
        raise Missing
    return unit


def _text(name: str, text: str, missing: str) -> str:
    """Raises BadInput for nothing, or for too much."""
    words = text.strip()
    if not words:
        raise BadInput({name: [missing]})
    if len(words) > LONGEST_REASON:
        raise BadInput({name: [labels.LONG_TEXT.format(most=LONGEST_REASON)]})
    return words
