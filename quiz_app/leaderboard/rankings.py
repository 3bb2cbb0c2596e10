"""Where people stand in a large contest, without any reader counting all others.

Now and then a job takes the order of everybody and keeps a mark at every thousandth: his rank key, and how many stand
as well or better. Who wants to know his place reads the keys between two marks. Of one round these are the results
themselves; of several the job keeps the sums as well, for they are stored nowhere else. Small contests have no ranking:
all their keys lie between two marks, and are added up when somebody looks.
"""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Subquery,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests.models import Contest, Round, Stage
from quiz_app.kernel.db import Database, unhurried
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.kept import key_of
from quiz_app.leaderboard.models import RankedSum, Ranking, UnitTally
from quiz_app.leaderboard.queries import NAMES, Own, OwnPlace, gap_between, has_moved, standings
from quiz_app.leaderboard.scope import Scope, of_contest, of_round, of_stage
from quiz_app.members.models import Member

STEP = 1_000
SUMMED_FROM = 20 * STEP  # fewer results are added up for a reader in no time
SHARE = 20  # a ranking is being taken for one part of the time at most
SLICE = 10_000  # of the people at once, so that no answer waits while sums are written
FORGOTTEN = 5_000
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A ranking as it was taken: so many people, and for each mark how many stand as well or better, and its key."""

    id: int
    taken_at: datetime
    fingerprint: str
    people: int
    marks: Sequence[list[int]]

    def stretch_of(self, key: Key) -> int:
        """How many marks are better than a key."""
        return bisect_left(self.marks, list(key), key=lambda mark: mark[1:])


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rank keys between two marks, the best first, with how many people stand before each and behind the last.

    `just_ahead` is the key before the first; `of` counts everybody ranked.
    """

    keys: Sequence[Key]
    before: Sequence[int]
    just_ahead: Key | None
    of: int


def orders(session: Session, contest_id: int) -> dict[str, Order]:
    """The newest ranking of each scope of a contest that has one, by the scope's name."""
    is_one = Ranking.contest_id == contest_id, Ranking.is_whole
    rows = session.scalars(select(Ranking).where(*is_one).order_by(Ranking.id))
    return {row.scope: Order(row.id, row.taken_at, row.fingerprint, row.people, row.marks) for row in rows}


def order_of(found: Mapping[str, Order], scope: Scope) -> Order | None:
    """The ranking of a scope as its audience sees it."""
    return None if scope.apart or scope.is_unveiled else found.get(name_of(scope))


def is_of_now(order: Order, scope: Scope) -> bool:
    """Whether nothing but results has changed since a ranking was taken: the same rounds show, by the same rules."""
    return order.fingerprint == _fingerprint(scope)


def mark_ahead(found: Mapping[str, Order], scope: Scope, key: Key) -> tuple[Sequence[int] | None, int | None]:
    """The last mark ahead of a key, and how many people are ranked; None where the ranking cannot tell."""
    order = order_of(found, scope)
    if order is None or not is_of_now(order, scope):
        return None, None
    number = order.stretch_of(key)
    return order.marks[number - 1] if number else None, order.people


def board_of(scope: Scope, order: Order | None) -> Subquery:
    """Who is ranked by what, as `standings` has it; over several rounds as it was when the ranking was taken."""
    if order is None or not scope.is_overall:
        return standings(scope)
    columns: list[Any] = [
        RankedSum.member_id,
        Member.unit_id,
        *(getattr(RankedSum, name) for name in NAMES),
        RankedSum.score,
        RankedSum.max_score,
        RankedSum.duration_ms,
        RankedSum.rounds_sat,
        true().label("is_ranked"),
    ]
    # outer, so that it is dropped where nobody asks for the unit; members are never deleted
    rows = select(*columns).outerjoin(Member, Member.id == RankedSum.member_id).where(RankedSum.ranking_id == order.id)
    return rows.subquery("standings")


def stretch(session: Session, scope: Scope, order: Order | None, number: int) -> Stretch:
    """The keys that come after so many marks."""
    marks = [] if order is None else order.marks
    before, just_ahead = (marks[number - 1][0], tuple(marks[number - 1][1:])) if number else (0, None)
    keys = _keys(scope, order)
    key = [keys.c[name] for name in NAMES]
    query = select(*key, func.count()).group_by(*key).order_by(*key)
    if just_ahead is not None:
        query = query.where(tuple_(*key) > spelt_out(just_ahead))
    if number < len(marks):
        query = query.where(tuple_(*key) <= spelt_out(marks[number][1:]))
    rows = session.execute(query).all()
    counted = list(accumulate((row[-1] for row in rows), initial=before))
    return Stretch(
        keys=[tuple(row[:-1]) for row in rows],
        before=counted,
        just_ahead=just_ahead,
        of=counted[-1] if order is None else order.people,
    )


def spelt_out(key: Sequence[int]) -> ColumnElement[Any]:
    """A key whose numbers stand in the statement itself.

    How few people lie between two keys PostgreSQL has to see when it plans: a plan that it keeps for any two reckons
    with a part of everybody, and reads them all.
    """
    return tuple_(*(bindparam(None, each, BigInteger, unique=True, literal_execute=True) for each in key))


def place_in(found: Stretch, tie_breaks: Sequence[str], own: Own) -> OwnPlace:
    """The place of somebody ranked, in the stretch in which he stands: it may be a moment older than his own key."""
    number = bisect_left(found.keys, own.key)
    is_among = number < len(found.keys) and found.keys[number] == own.key
    ahead = found.keys[number - 1] if number else found.just_ahead
    return OwnPlace(
        place=1 + found.before[number],
        of=found.of + (not is_among),
        own=own,
        gap=None if ahead is None else gap_between(tie_breaks, ahead, own.key),
    )


def refresh(db: Database) -> int:
    """Take every ranking that is due; how many these were: none while the house is read-only."""
    with db.reading() as session:
        now = db.now(session)
        due = [] if is_on(session, Switch.READ_ONLY, now) else due_scopes(session, now)
    for scope in due:
        take(db, scope)
    return len(due)


def due_scopes(session: Session, now: datetime) -> list[Scope]:
    """What large boards are about whose ranking is missing, or may no longer hold and has rested long enough."""
    taken = {row.scope: row for row in session.scalars(select(Ranking).where(Ranking.is_whole).order_by(Ranking.id))}
    return [scope for scope in large_scopes(session, now) if _is_due(session, scope, taken.get(name_of(scope)))]


def large_scopes(session: Session, now: datetime) -> list[Scope]:
    """Rounds of more people than lie between two marks, and contests and stages of many results that show."""
    rows = session.execute(
        select(Round, UnitTally.ranked_participants)
        .join(Contest, Contest.id == Round.contest_id)
        .join(UnitTally, (UnitTally.round_id == Round.id) & (UnitTally.unit_id == Contest.unit_id))
        .options(joinedload(Round.contest))
        .where(Round.published_at.is_not(None), Round.opens_at <= now, Contest.is_rehearsal.is_(False))
    ).all()
    people = {round_.id: ranked for round_, ranked in rows}
    rounds = [round_ for round_, _ in rows]
    of_stages = {each.stage_id for each in rounds if each.stage_id is not None}
    stages = session.scalars(select(Stage).where(Stage.id.in_(of_stages))).all()
    added_up = [of_contest(rounds, contest_id, now) for contest_id in sorted({each.contest_id for each in rounds})]
    added_up += [of_stage(rounds, stage, now) for stage in stages]
    single = [of_round(round_, now) for round_ in rounds if people[round_.id] > STEP]
    return single + [
        scope
        for scope in added_up
        if len(scope.rounds) > 1 and sum(people[round_.id] for round_ in scope.revealed) > SUMMED_FROM
    ]


def take(db: Database, scope: Scope) -> None:
    """Take the ranking of a scope anew, whether due or not. Nobody sees it before it is whole."""
    began = time.monotonic()
    with db.writing() as session:
        ranking = Ranking(
            contest_id=scope.contest.id,
            scope=name_of(scope),
            fingerprint=_fingerprint(scope),
            taken_at=db.now(session),
            took_ms=0,
            is_whole=False,
            people=0,
            marks=[],
        )
        session.add(ranking)
    if scope.is_overall:
        _keep_sums(db, scope, ranking.id)
    with db.reading() as session:
        unhurried(session)
        keys = _keys(scope, Order(ranking.id, ranking.taken_at, "", 0, []))
        marks = _marks(session, keys)
        people = session.scalar(select(func.count()).select_from(keys)) or 0
    with db.writing() as session:
        held = session.get_one(Ranking, ranking.id)
        held.marks, held.people, held.is_whole = marks, people, True
        held.took_ms = round((time.monotonic() - began) * 1000)
    _forget_older(db, ranking)


def name_of(scope: Scope) -> str:
    """What a scope is about, as its rankings are found by."""
    if scope.stage is not None:
        return f"stage {scope.stage.id}"
    return f"contest {scope.contest.id}" if scope.is_overall else f"round {scope.last.id}"


def _fingerprint(scope: Scope) -> str:
    return hashlib.sha256(repr(key_of(scope)).encode()).hexdigest()


def _is_due(session: Session, scope: Scope, taken: Ranking | None) -> bool:
    if taken is None or taken.fingerprint != _fingerprint(scope):
        return True
    rested_ms = (scope.now - taken.taken_at).total_seconds() * 1000
    if rested_ms < SHARE * taken.took_ms:
        return False
    # what is put right after rounds were made final, no clock tells
    return any(tallies.is_due(round_, taken.taken_at, scope.now) for round_ in scope.rounds) or has_moved(
        session, scope.rounds, since=taken.taken_at
    )


def _keys(scope: Scope, order: Order | None) -> Subquery:
    board = board_of(scope, order)
    return select(*(board.c[name] for name in NAMES)).where(board.c.is_ranked.is_(True)).subquery("keys")


def _keep_sums(db: Database, scope: Scope, ranking_id: int) -> None:
    with db.reading() as session:
        last = session.scalar(select(func.max(Member.id))) or 0
    board = standings(scope)
    columns = [board.c[column.name] for column in RankedSum.__table__.columns if column.name != "ranking_id"]
    for first in range(0, last + 1, SLICE):
        slice_ = board.c.is_ranked.is_(True), board.c.member_id > first, board.c.member_id <= first + SLICE
        rows = select(literal(ranking_id), *columns).where(*slice_)
        with db.writing() as session:
            session.execute(insert(RankedSum).from_select(["ranking_id", *(each.name for each in columns)], rows))


def _marks(session: Session, keys: Subquery) -> list[list[int]]:
    key = [keys.c[name] for name in NAMES]
    numbered = select(
        func.count().over(order_by=key).label("through"), *key, func.row_number().over(order_by=key).label("number")
    ).subquery()
    columns = [numbered.c.through, *(numbered.c[name] for name in NAMES)]
    query = select(*columns).where(numbered.c.number % STEP == 0).distinct().order_by(*columns)
    return [list(row) for row in session.execute(query)]


def _forget_older(db: Database, ranking: Ranking) -> None:
    """All but the one before, which readers may hold for some seconds yet; and what was never finished."""
    with db.reading() as session:
        same = select(Ranking.id).where(Ranking.scope == ranking.scope, Ranking.id < ranking.id)
        before = session.scalar(same.where(Ranking.is_whole).order_by(Ranking.id.desc()).limit(1)) or 0
        older = session.scalars(same.where(Ranking.id != before)).all()
    key = [RankedSum.ranking_id, *(getattr(RankedSum, name) for name in NAMES), RankedSum.member_id]
    some = select(*key).where(RankedSum.ranking_id.in_(older)).limit(FORGOTTEN)
    left = bool(older)
    while left:
        with db.writing() as session:
            gone = delete(RankedSum).where(tuple_(*key).in_(some)).returning(RankedSum.ranking_id)
            left = bool(session.execute(gone).all())
    with db.writing() as session:
        session.execute(delete(Ranking).where(Ranking.id.in_(older)))
