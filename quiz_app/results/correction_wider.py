"""What a correction would make beyond the persons of its round: stage and contest that add it up, and units.

Whoever is ranked, and where, is worked out from the results as they are stored, with those of the round in question
as they would be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import PrizeScope, RosterEntry, Round
from quiz_app.leaderboard.queries import missed_key_by
from quiz_app.leaderboard.tallies import nothing
from quiz_app.results import subjects, tables
from quiz_app.results.correction_boards import Ranked, Side, places_of
from quiz_app.results.models import FinalTable
from quiz_app.results.subjects import Subject
from quiz_app.results.unit_tables import Shift, UnitRow, unit_rows, weights_of
from quiz_app.rules.prizes import Contestant, award
from quiz_app.rules.prizes import Prize as PrizeKind
from quiz_app.rules.unit_standing import UnitFigures


class Recount(NamedTuple):
    """A round before and after. `taken`: by unit, how many submitted attempts would be annulled."""

    round: Round
    before: Side
    after: Side
    taken: Mapping[int, int]


class Order(NamedTuple):
    """Who is ranked by what, and what he wins; by member. `units`: where each counts, of everybody who sat."""

    keys: dict[int, tuple[int, ...]]
    units: dict[int, int]
    prizes: dict[int, str]


def wider(session: Session, recount: Recount, now: datetime) -> list[dict[str, Any]]:
    """For each table that the round stands in: its title, who moves and wins otherwise, which units do.

    Of the round itself only the units: its persons are told with their points.
    """
    found = []
    for subject in _subjects(session, recount.round):
        had = _order(session, subject, recount.round, recount.before, now)
        has = _order(session, subject, recount.round, recount.after, now)
        is_round = subject.kind is PrizeScope.ROUND
        had_places, has_places = places_of(had.keys), places_of(has.keys)
        moved = {one for one in had_places.keys() | has_places.keys() if had_places.get(one) != has_places.get(one)}
        differing = {one for one in had.prizes.keys() | has.prizes.keys() if had.prizes.get(one) != has.prizes.get(one)}
        last = len(had_places) + len(has_places)
        prizes = [
            [one, had.prizes.get(one), has.prizes.get(one), had_places.get(one), has_places.get(one)]
            for one in sorted(differing, key=lambda one: (has_places.get(one, last), had_places.get(one, last), one))
        ]
        found.append(
            {
                "scope": subject.kind.value,
                "title": subject.title,
                "moved": 0 if is_round else len(moved),
                "prizes": [] if is_round else prizes,
                "units": _units(session, subject, recount, had, has),
            }
        )
    return found


def _subjects(session: Session, round_: Round) -> Iterator[Subject]:
    """The round, and what adds it up where that is another order or has prizes or a table of its own."""
    yield subjects.subject(session, PrizeScope.ROUND, round_.id)
    above = [(PrizeScope.OVERALL, round_.contest_id)]
    if round_.stage_id is not None:
        above.insert(0, (PrizeScope.STAGE, round_.stage_id))
    for kind, number in above:
        subject = subjects.subject(session, kind, number)
        is_published = exists().where(FinalTable.scope == subject.key, FinalTable.published_at.is_not(None))
        if len(subject.rounds) > 1 or tables.prize_rows(session, subject) or session.scalar(select(is_published)):
            yield subject


def _order(session: Session, subject: Subject, round_: Round, side: Side, now: datetime) -> Order:
    """The order of a subject with one round as a side has it."""
    scope = subject.scope(now)
    names = list(scope.tie_breaks)

    def chosen(of: Round, key: Sequence[int]) -> tuple[int, ...]:
        """The elements of a round's key that the subject ranks by; one that the round does not know plays no part."""
        return tuple(key[of.tie_breaks.index(name)] if name in of.tie_breaks else 0 for name in names)

    missed: dict[int, tuple[int, ...]] = {}
    sat: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    last: dict[int, tuple[str, int]] = {}
    unranked: set[int] = set()
    for one in subject.rounds:
        is_own = one.id == round_.id
        missed[one.id] = chosen(one, missed_key_by(one, side.truth if is_own else one.prediction_truth))
        rows = _of_side(side) if is_own else _stored(session, one)
        for member_id, code, unit_id, key in rows:
            last[member_id] = (code, unit_id)
            if key is None:
                unranked.add(member_id)
            else:
                sat[member_id][one.id] = chosen(one, key)
    keys = {
        member_id: tuple(map(sum, zip(*(own.get(one, missed[one]) for one in missed), strict=True)))
        for member_id, own in sat.items()
        if member_id not in unranked
    }
    is_round = subject.kind is PrizeScope.ROUND
    kinds = [PrizeKind(one.title, one.count) for one in tables.prize_rows(session, subject) if not one.is_for_units]
    most = subject.contest.most_prizes if is_round else None
    won = tables.won_before(session, subject.last) if most is not None else Counter[int]()
    members = {last[member_id][0]: member_id for member_id in keys}
    awards = award(
        kinds,
        [Contestant(code, keys[member_id]) for code, member_id in members.items()],
        subject.last.lot_seed,
        {code: won[member_id] for code, member_id in members.items()},
        most,
    )
    return Order(
        keys,
        {member_id: unit_id for member_id, (_, unit_id) in last.items()},
        {members[one.code]: one.title for one in awards},
    )


def _of_side(side: Side) -> Iterator[tuple[int, str, int, Sequence[int] | None]]:
    for member_id, one in side.people.items():
        yield member_id, one.code, one.unit_id, side.keys.get(member_id)


def _stored(session: Session, round_: Round) -> Iterator[tuple[int, str, int, Sequence[int] | None]]:
    """Member, code, unit and key of a round's results; no key for who is not ranked."""
    query = (
        select(
            Result.member_id,
            Result.attempt_id,
            Attempt.receipt_code,
            Result.unit_id,
            Result.is_ranked,
            Result.k1,
            Result.k2,
            Result.k3,
            Result.k4,
        )
        .join(Attempt, Attempt.id == Result.attempt_id)
        .where(Result.round_id == round_.id)
    )
    for member_id, attempt_id, receipt_code, unit_id, is_ranked, *key in session.execute(query):
        yield member_id, tables.public_code(attempt_id, receipt_code), unit_id, key if is_ranked else None


def _units(session: Session, subject: Subject, recount: Recount, had: Order, has: Order) -> list[list[Any]]:
    """Unit, class, place before and after, prize before and after, where one of them differs; by the place after."""
    if not weights_of(subject.contest):
        return []
    kinds = [PrizeKind(one.title, one.count) for one in tables.prize_rows(session, subject) if one.is_for_units]
    shift = _shift(session, subject, recount)
    old = _by_unit(unit_rows(session, subject, kinds, _winners(had)))
    new = _by_unit(unit_rows(session, subject, kinds, _winners(has), shift))
    differing = [
        [one, found.class_name, was and was.place, now and now.place, was and was.prize, now and now.prize]
        for one in old.keys() | new.keys()
        for was, now in [(old.get(one), new.get(one))]
        if (found := now or was) is not None
        and (was is None or now is None or (was.place, was.prize) != (now.place, now.prize))
    ]
    return sorted(differing, key=lambda row: (row[1], row[3] is None, row[3] or 0, row[0]))


def _by_unit(rows: Sequence[UnitRow]) -> dict[int, UnitRow]:
    return {row.unit_id: row for row in rows}


def _winners(order: Order) -> Counter[int]:
    return Counter(order.units[member_id] for member_id in order.prizes)


def _shift(session: Session, subject: Subject, recount: Recount) -> Shift:
    """What is added to the figures of each unit alone."""
    before, after = recount.before.people, recount.after.people
    least = subject.contest.unit_threshold
    figures: dict[int, UnitFigures] = {
        unit_id: replace(nothing(unit_id), attempts=-n) for unit_id, n in recount.taken.items()
    }
    good: Counter[int] = Counter()

    def count(one: Ranked, sign: int) -> None:
        held = figures.get(one.unit_id, nothing(one.unit_id))
        figures[one.unit_id] = replace(
            held,
            participants=held.participants + sign,
            score_sum=held.score_sum + (sign * one.score if one.is_ranked else 0),
            ranked_participants=held.ranked_participants + (sign if one.is_ranked else 0),
        )
        good[one.unit_id] += sign if one.is_ranked and least is not None and one.score >= least else 0

    for member_id, was in before.items():
        now = after.get(member_id)
        if now is was:
            continue
        count(was, -1)
        if now is not None:
            count(now, 1)
    gone = before.keys() - after.keys()
    listed = select(RosterEntry.unit_id).where(
        RosterEntry.round_id == recount.round.id, RosterEntry.member_id.in_(gone), RosterEntry.is_exempt.is_(False)
    )
    for unit_id in session.scalars(listed):
        held = figures.get(unit_id, nothing(unit_id))
        figures[unit_id] = replace(held, rostered_participants=held.rostered_participants - 1)
    return Shift(figures, good)
