"""The boards of persons, by their rank keys: those of a round, or their sums over the rounds of a contest."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from quiz_app.attempts import freezing
from quiz_app.attempts.models import Correction, CorrectionChange, Result
from quiz_app.contests.models import Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.access import Actor
from quiz_app.kernel.text import abbreviated
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import policy
from quiz_app.leaderboard.labels import UNNAMED
from quiz_app.leaderboard.scope import Scope
from quiz_app.members.consents import has_consented
from quiz_app.members.models import Member, Purpose
from quiz_app.rules import prediction
from quiz_app.rules.standing import KEY_WIDTH, Criterion, missed_round, places, rank_key
from quiz_app.rules.timing import closes_finally_at, full_time_ms
from quiz_app.units.models import Unit

TOP = 50
STATEMENTS_KEPT = 64
NAMES = ("k1", "k2", "k3", "k4")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of a board of persons; `name` is already what this reader may read, as is `unit_name`.

    `submitted_at` is None where rounds are added up.
    """

    place: int
    name: str
    unit_name: str
    score: int
    max_score: int
    duration_ms: int
    submitted_at: datetime | None
    rounds_sat: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class RankedPerson:
    """Who is ranked by what, before anybody has decided which names a reader may read."""

    member_id: int
    unit_id: int
    key: tuple[int, ...]
    full_name: str
    unit_name: str
    has_consented: bool
    score: int
    max_score: int
    duration_ms: int
    submitted_at: datetime | None
    rounds_sat: int


@dataclass(frozen=True, slots=True)
class Own:
    """What the reader himself is ranked by."""

    unit_id: int
    key: tuple[int, ...]
    score: int
    max_score: int
    duration_ms: int
    rounds_sat: int
    is_ranked: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """What parts a member from the one just ahead: the deciding criterion and by how much."""

    criterion: Criterion
    amount: int


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """The reader's own place among `of` ranked people; `gap` is None for the best."""

    place: int
    of: int
    own: Own
    gap: Gap | None


def has_moved(session: Session, rounds: Sequence[Round], since: datetime | None = None) -> bool:
    """Whether results of one of these rounds were written or put right after an instant, or after they were made final.

    A board follows what is stored; what was published does not, before a new version is.
    """
    instant: Any = Round.finalised_at if since is None else since
    # of the latest, at hand in an index: that any such exists is sought by a kept plan from end to end, for none does
    rewritten = select(func.max(Result.written_at)).where(Result.round_id == Round.id).scalar_subquery() > instant
    put_right = exists().where(  # an annulled result may leave nothing that was written
        Correction.round_id == Round.id,
        CorrectionChange.correction_id == Correction.id,
        CorrectionChange.changed_at > instant,
    )
    moved = exists().where(Round.id.in_([one.id for one in rounds]), or_(rewritten, put_right))
    return bool(session.scalar(select(moved)))


def standings(scope: Scope) -> Subquery:
    """Who is ranked by what within a scope: one row a person, the key's elements in k1 to k4."""
    if scope.is_overall:
        return _added_up(scope).subquery("standings")
    return _of_rounds(scope.ids, scope.frozen)


def results_shown(scope: Scope, rounds: Sequence[Round]) -> Subquery:
    """The results of some rounds of a scope as its audience sees them, with the columns of Result."""
    return _shown([round_.id for round_ in rounds], scope.frozen)


def own_standing(r: Reading, scope: Scope) -> Own | None:
    """The reader's own row; None for who has no result in the scope."""
    ranked = standings(scope)
    row = r.session.execute(select(ranked).where(ranked.c.member_id == r.actor.member)).one_or_none()
    return None if row is None else _own(row)


def standing_of(result: Any) -> Own:
    """The same of a result in hand, or of a row with its columns."""
    return Own(
        unit_id=result.unit_id,
        key=(result.k1, result.k2, result.k3, result.k4),
        score=result.score,
        max_score=result.max_score,
        duration_ms=result.duration_ms,
        rounds_sat=1,
        is_ranked=result.is_ranked,
    )


def top_people(r: Reading, scope: Scope) -> list[PersonRow]:
    """The first fifty of the whole contest."""
    return told(r.actor, scope, ranked_people(r.session, scope, None, TOP))


def ranked_people(
    session: Session, scope: Scope, unit_id: int | None, limit: int | None, board: Subquery | None = None
) -> list[RankedPerson]:
    """The ranked people of a unit, or of all, in the order of their keys: the same for every reader of the scope.

    `board` are its standings where they are stored.
    """
    if board is None and not scope.is_overall:
        statement = _ranked_of_rounds(scope.ids, scope.frozen, unit_id is not None, limit)
    else:
        statement = _ranked(standings(scope) if board is None else board, unit_id is not None, limit)
    return [
        RankedPerson(
            member_id=row.member_id,
            unit_id=row.unit_id,
            key=(row.k1, row.k2, row.k3, row.k4),
            full_name=row.full_name,
            unit_name=row.unit_name,
            has_consented=bool(row.has_consented),
            score=row.score,
            max_score=row.max_score,
            duration_ms=row.duration_ms,
            submitted_at=getattr(row, "submitted_at", None),
            rounds_sat=row.rounds_sat,
        )
        for row in session.execute(statement, {"unit": unit_id})
    ]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _ranked_of_rounds(
    round_ids: tuple[int, ...], frozen: tuple[tuple[int, datetime], ...], of_unit: bool, limit: int | None
) -> Select[Any]:
    return _ranked(_of_rounds(round_ids, frozen), of_unit, limit)


def _ranked(board: Subquery, of_unit: bool, limit: int | None) -> Select[Any]:
    key = [board.c[name] for name in NAMES]
    consent = has_consented(board.c.member_id, Purpose.PUBLISH_NAME)
    statement = (
        select(board, Member.full_name, Unit.name.label("unit_name"), consent.label("has_consented"))
        .join(Member, Member.id == board.c.member_id)
        .join(Unit, Unit.id == board.c.unit_id)
        .where(board.c.is_ranked.is_(True))
        .order_by(*key, board.c.member_id)
        .limit(limit)
    )
    return statement.where(board.c.unit_id == bindparam("unit")) if of_unit else statement


def ranked_count(session: Session, scope: Scope) -> int:
    """How many people are ranked in a scope."""
    board = standings(scope)
    return session.scalar(select(func.count()).select_from(board).where(board.c.is_ranked.is_(True))) or 0


def told(actor: Actor, scope: Scope, people: Sequence[RankedPerson]) -> list[PersonRow]:
    """The lines of a board as one reader may read them."""
    held = places([person.key for person in people])
    settings = scope.names_shown
    return [_person(actor, settings, person, place) for person, place in zip(people, held, strict=True)]


def own_row(person: RankedPerson, place: int) -> PersonRow:
    """A line of a board as the person himself reads it."""
    return _line(person, place, person.full_name, person.unit_name, is_own=True)


def own_place(r: Reading, scope: Scope, own: Own, unit_id: int | None = None) -> OwnPlace | None:
    """The reader's place in a unit, or in the whole contest, at this instant; None for who is not ranked.

    The index counts those with a smaller key: one more than that is what `rules.standing.places` would give him.
    """
    if not own.is_ranked:
        return None
    board = standings(scope)
    key = [board.c[name] for name in NAMES]
    within = [board.c.unit_id == unit_id] if unit_id is not None else []
    ranked: list[ColumnElement[bool]] = [board.c.is_ranked.is_(True), *within]
    ahead = tuple_(*key) < tuple_(*own.key)
    better = select(func.count()).select_from(board).where(*ranked, ahead).scalar_subquery()
    everybody = select(func.count()).select_from(board).where(*ranked).scalar_subquery()
    counted = r.session.execute(select(better, everybody)).one()
    next_key = r.session.execute(
        select(*key).where(*ranked, ahead).order_by(*(element.desc() for element in key)).limit(1)
    ).one_or_none()
    return OwnPlace(
        place=1 + counted[0],
        of=counted[1],
        own=own,
        gap=gap_between(scope.tie_breaks, tuple(next_key), own.key) if next_key is not None else None,
    )


def place_by(keys: Sequence[tuple[int, ...]], tie_breaks: Sequence[str], own: Own) -> OwnPlace | None:
    """The same from the keys of a board in hand, the best first; they may be a moment older than the reader's own."""
    if not own.is_ranked:
        return None
    ahead = bisect_left(keys, own.key)
    is_among = ahead < len(keys) and keys[ahead] == own.key
    return OwnPlace(
        place=1 + ahead,
        of=len(keys) + (not is_among),
        own=own,
        gap=gap_between(tie_breaks, keys[ahead - 1], own.key) if ahead else None,
    )


def gap_between(tie_breaks: Sequence[str], better: tuple[int, ...], own: tuple[int, ...]) -> Gap | None:
    """The first element in which two rank keys differ, as its criterion and the difference."""
    for name, ahead, behind in zip(tie_breaks, better, own, strict=False):
        if ahead != behind:
            return Gap(Criterion(name), behind - ahead)
    return None


def missed_key(round_: Round, *, knows_truth: bool = True) -> tuple[int, ...]:
    """What a round counts for who is ranked overall and has not sat it."""
    return missed_key_by(round_, round_.prediction_truth if knows_truth else None)


def missed_key_by(round_: Round, truth: int | None) -> tuple[int, ...]:
    """The same where this is what the round's prediction asked for, None while that is not known."""
    timing = longest_timing(round_)
    closed_at_ms = round(closes_finally_at(timing).timestamp() * 1000)
    no_guess = None if truth is None else prediction.error(None, truth)
    missed = missed_round(full_time_ms(timing), closed_at_ms, no_guess)
    return rank_key([Criterion(name) for name in round_.tie_breaks], missed)


def _shown(round_ids: Sequence[int], frozen: Sequence[tuple[int, datetime]]) -> Subquery:
    still = {round_id: at for round_id, at in frozen if round_id in round_ids}
    return freezing.shown([round_id for round_id in round_ids if round_id not in still], list(still.items()), "shown")


@lru_cache(maxsize=STATEMENTS_KEPT)
def _of_rounds(round_ids: tuple[int, ...], frozen: tuple[tuple[int, datetime], ...]) -> Subquery:
    """The standings of a round; everybody's board of it asks the same, and building takes longer than asking."""
    result = _shown(round_ids, frozen).c
    columns: list[Any] = [
        result.member_id,
        result.unit_id,
        *(result[name] for name in NAMES),
        result.score,
        result.max_score,
        result.duration_ms,
        result.submitted_at,
        literal(1).label("rounds_sat"),
        result.is_ranked,
    ]
    return select(*columns).subquery("standings")


def _added_up(scope: Scope) -> Select[Any]:
    """The keys of `rules.standing.overall_key`: what was sat, and for every other round what a missed one counts.

    A person stands in the unit he belongs to now. A criterion that a round does not know plays no part there.
    """
    rounds = scope.revealed
    result = results_shown(scope, rounds).c
    elements = [_element(scope, rounds, name, result) for name in scope.tie_breaks]
    elements += [literal(0, BigInteger)] * (KEY_WIDTH - len(elements))
    columns: list[Any] = [
        result.member_id,
        Member.unit_id,
        *(element.label(name) for element, name in zip(elements, NAMES, strict=True)),
        _total(result.score).label("score"),
        _total(result.max_score).label("max_score"),
        _total(result.duration_ms).label("duration_ms"),
        func.count().label("rounds_sat"),
        (func.min(case((result.is_ranked, 1), else_=0)) == 1).label("is_ranked"),
    ]
    return select(*columns).join(Member, Member.id == result.member_id).group_by(result.member_id, Member.unit_id)


def _element(scope: Scope, rounds: Sequence[Round], name: str, result: Any) -> ColumnElement[int]:
    """One element of the sum: all rounds as if missed, and for each one sat the difference that it makes."""
    difference, missed = [], 0
    for round_ in rounds:
        if name in round_.tie_breaks:
            place = list(round_.tie_breaks).index(name)
            counts = missed_key(round_, knows_truth=scope.knows_truth(round_))[place]
            missed += counts
            difference.append((result.round_id == round_.id, result[NAMES[place]] - counts))
    return _total(case(*difference, else_=0)) + missed if difference else literal(0, BigInteger)


def _total(column: Any) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger)


def _own(row: Row[Any]) -> Own:
    return Own(
        unit_id=row.unit_id,
        key=(row.k1, row.k2, row.k3, row.k4),
        score=row.score,
        max_score=row.max_score,
        duration_ms=row.duration_ms,
        rounds_sat=row.rounds_sat,
        is_ranked=bool(row.is_ranked),
    )


def _person(actor: Actor, settings: Sequence[str], row: RankedPerson, place: int) -> PersonRow:
    """One line; over several rounds a name shows only where each of them allows it."""
    is_own = row.member_id == actor.member_id
    is_own_unit, has_consented = row.unit_id == actor.unit_id, row.has_consented
    is_shown = all(
        policy.name_is_shown(each, is_own=is_own, is_own_unit=is_own_unit, has_consented=has_consented)
        for each in settings
    )
    is_hinted = is_shown or all(policy.hints_are_shown(each) for each in settings)
    hint = abbreviated(row.full_name) if is_hinted else UNNAMED
    name = row.full_name if is_shown else hint
    return _line(row, place, name, row.unit_name if is_hinted else "", is_own=is_own)


def _line(row: RankedPerson, place: int, name: str, unit_name: str, *, is_own: bool) -> PersonRow:
    return PersonRow(
        place=place,
        name=name,
        unit_name=unit_name,
        score=row.score,
        max_score=row.max_score,
        duration_ms=row.duration_ms,
        submitted_at=row.submitted_at,
        rounds_sat=row.rounds_sat,
        is_own=is_own,
    )
