"""What a proposed correction would make of a round: points, places, prizes, units. Nothing is changed.

The order before and after stands in memory as a few numbers for each result; papers are read and marked again some
members at a time. What was found is kept as the result of a job, small enough to be read for every page.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import closing, correcting, marking, truth
from quiz_app.attempts.models import (
    Attempt,
    AttemptState,
    Correction,
    CorrectionKind,
    CorrectionState,
    Response,
)
from quiz_app.attempts.truth import Counted
from quiz_app.contests.models import Exclusion, PrizeScope, Round
from quiz_app.contests.models import Prize as PrizeRow
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Handler, Progress
from quiz_app.kernel.work import viewing
from quiz_app.leaderboard.tallies import round_tree
from quiz_app.members.models import Member, RoleGrant
from quiz_app.results import subjects, tables
from quiz_app.results.correction_boards import Board, Keys, Ranked, Side, board, keys_of, places_of
from quiz_app.results.correction_wider import Recount, wider
from quiz_app.rules.prizes import Contestant, award
from quiz_app.rules.prizes import Prize as PrizeKind
from quiz_app.units import queries as units

KIND = "forecast-correction"
BATCH = 200
_PLACE = struct.Struct("<qii")
_ID = struct.Struct("<q")


@dataclass(slots=True)
class Change:
    """What marking again has found so far. `changed`: the attempts whose marks or state would be others, by name.
    `taken`: by unit, how many submitted attempts would be annulled."""

    after: Board
    people: int
    attempts: int
    changed: list[int]
    changed_people: int
    counted: Counted
    taken: Counter[int]


def run(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """The job: what becomes of the round, as plain values. Doing it twice comes to the same."""
    with viewing(db) as r:
        correction = r.session.get_one(Correction, int(payload["correction_id"]))
        return forecast(r.session, correction, r.now, progress)


def forecast(
    session: Session, correction: Correction, now: datetime, progress: Progress | None = None
) -> dict[str, Any]:
    """The points, places, prizes and means of units before and after a correction, as plain values."""
    round_ = session.get_one(Round, correction.round_id)
    before = board(session, round_)
    change = _changed(session, round_, correction, before, progress)
    old, new = round_.prediction_truth, round_.prediction_truth
    if round_.prediction_fixed_at is not None:
        recounted = change.counted.truth(round_)
        new = old if recounted is None else recounted
    keys_before, keys_after = keys_of(round_, before, old), keys_of(round_, change.after, new)
    recount = Recount(round_, Side(before, keys_before, old), Side(change.after, keys_after, new), change.taken)
    places_before, places_after = places_of(keys_before), places_of(keys_after)
    everybody = before.keys() | change.after.keys()
    moved = sum(places_before.get(one) != places_after.get(one) for one in everybody)
    return {
        "people": change.people,
        "attempts": change.attempts,
        "changed_people": change.changed_people,
        "changed_attempts": len(change.changed),
        "moved": moved,
        "truth": None if old == new else [old, new],
        "prizes": _prizes(session, round_, (before, keys_before), (change.after, keys_after)),
        "wider": wider(session, recount, now),
        "units": _units(session, round_, before, change.after),
        "places": _packed_places(everybody, places_before, places_after),
        "changed": _packed(_ID.pack(one) for one in change.changed),
        "stamp": stamp(session, round_),
    }


def stamp(session: Session, round_: Round) -> list[Any]:
    """What a forecast hangs on: where this differs now, it is out of date."""
    states = session.execute(
        select(Attempt.state, func.count()).where(Attempt.round_id == round_.id).group_by(Attempt.state)
    )
    ended = [[state, count] for state, count in states if state != AttemptState.OPEN.value]
    in_force = session.scalar(
        select(func.count()).where(
            Correction.round_id == round_.id,
            Correction.state.in_([CorrectionState.APPLYING.value, CorrectionState.APPLIED.value]),
        )
    )
    prizes = session.execute(
        select(PrizeRow.scope, PrizeRow.is_for_units, PrizeRow.title, PrizeRow.count)
        .where(PrizeRow.contest_id == round_.contest_id)
        .order_by(PrizeRow.scope, PrizeRow.is_for_units, PrizeRow.position, PrizeRow.id)
    )
    given = [list(one) for one in prizes]
    excluded = select(func.count()).where(Exclusion.contest_id == round_.contest_id)
    given.append([session.scalar(excluded)])
    return [sorted(ended), in_force, round_.prediction_truth, given]


def places_kept(packed: str) -> Iterator[tuple[int, int | None, int | None]]:
    """Member, place before and place after, by the place after; None where somebody has no place."""
    for member_id, before, after in _PLACE.iter_unpack(_unpacked(packed)):
        yield member_id, before or None, after or None


def changed_kept(packed: str) -> Sequence[int]:
    """The ids of the attempts that change, in the order of a list of names."""
    return memoryview(_unpacked(packed)).cast("q")


JOBS: dict[str, Handler] = {KIND: run}


def _changed(
    session: Session, round_: Round, correction: Correction, before: Board, progress: Progress | None
) -> Change:
    rows = session.execute(
        select(Attempt.member_id, Attempt.id)
        .join(Member, Member.id == Attempt.member_id)
        .where(Attempt.id.in_(correcting.affected(correction)))
        .order_by(Member.sort_key, Member.id, Attempt.number)
    ).all()
    of_member = {member_id: [row[1] for row in own] for member_id, own in groupby(rows, key=lambda row: row[0])}
    members = list(of_member)
    change = Change(dict(before), len(members), len(rows), [], 0, truth.count(session, round_), Counter())
    if progress is not None:
        progress.report(0, max(len(members), 1))
    for start in range(0, len(members), BATCH):
        _batch(session, round_, correction, {one: of_member[one] for one in members[start : start + BATCH]}, change)
        if progress is not None:
            progress.report(start)
    return change


def _batch(
    session: Session, round_: Round, correction: Correction, of_member: dict[int, list[int]], change: Change
) -> None:
    """Mark the papers of these members again and put them on the board after."""
    ids = [attempt_id for own in of_member.values() for attempt_id in own]
    effects = {one.attempt_id: one for one in correcting.effects_on(session, correction, ids)}
    change.changed += [one for one in ids if effects[one].changes]
    change.changed_people += sum(any(effects[one].changes for one in own) for own in of_member.values())
    attempts = session.scalars(
        select(Attempt)
        .where(
            Attempt.round_id == round_.id,
            Attempt.member_id.in_(of_member),
            Attempt.state == AttemptState.SUBMITTED.value,
        )
        .order_by(Attempt.member_id, Attempt.number)
    ).all()
    roles, excluded = _roles(session, of_member), _excluded(session, round_, of_member)
    wrong_before, wrong_after = _with_errors(session, round_, correction, [one.id for one in attempts], effects.keys())
    taken = 0
    right_before = right_after = gone = 0
    for member_id, own in groupby(attempts, key=lambda one: one.member_id):
        finished = []
        for attempt in own:
            session.expunge(attempt)  # what is set here must never be written
            if attempt.id in effects:
                after = effects[attempt.id].after
                attempt.state, attempt.score, attempt.max_score = after.state, after.score, after.max_score
            if attempt.state == AttemptState.SUBMITTED.value:
                finished.append(attempt)
            else:
                taken += 1
                change.taken[attempt.unit_id] += 1
        known = change.after.pop(member_id, None)
        right_before += known is not None and known.attempt_id not in wrong_before
        if not finished:
            gone += 1
            continue
        is_excluded = member_id in excluded
        values = closing.result_values(round_, finished, roles[member_id], is_excluded=is_excluded)
        counted = next(one for one in finished if one.id == values["attempt_id"])
        change.after[member_id] = _ranked(counted, is_ranked=bool(values["is_ranked"]))
        right_after += counted.id not in wrong_after
    before = change.counted
    change.counted = Counted(
        before.people - gone, before.attempts - taken, before.all_right - right_before + right_after
    )


def _ranked(attempt: Attempt, *, is_ranked: bool) -> Ranked:
    merit = closing.merit(attempt, None)
    return Ranked(
        attempt.id,
        tables.public_code(attempt.id, attempt.receipt_code),
        attempt.unit_id,
        merit.score,
        merit.duration_ms,
        merit.submitted_at_ms,
        attempt.prediction,
        is_ranked,
    )


def _roles(session: Session, member_ids: Mapping[int, object]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(RoleGrant.member_id, RoleGrant.role).where(
        RoleGrant.member_id.in_(member_ids), RoleGrant.revoked_at.is_(None)
    )
    for member_id, role in session.execute(query):
        found[member_id].append(role)
    return found


def _excluded(session: Session, round_: Round, member_ids: Mapping[int, object]) -> set[int]:
    query = select(Exclusion.member_id).where(
        Exclusion.contest_id == round_.contest_id, Exclusion.member_id.in_(member_ids)
    )
    return set(session.scalars(query))


def _with_errors(
    session: Session, round_: Round, correction: Correction, ids: list[int], changed: Collection[int]
) -> tuple[set[int], set[int]]:
    """Which of these attempts have a wrong place, before and after; asked only where a prediction's truth is fixed."""
    if round_.prediction_fixed_at is None:
        return set(), set()
    query = select(Response.attempt_id).where(Response.attempt_id.in_(ids), Response.is_right.is_(False)).distinct()
    before = set(session.scalars(query))
    if correction.kind != CorrectionKind.ITEM.value:
        return before, before
    known = marking.in_force(session, round_.id, also=correction)
    after = before - set(changed)
    rows = session.execute(
        select(*marking.PLACE).where(Response.attempt_id.in_(list(changed))).order_by(Response.attempt_id)
    )
    for attempt_id, paper in groupby((marking.Place(*row) for row in rows), key=lambda place: place.attempt_id):
        if False in marking.verdicts(session, list(paper), known):
            after.add(attempt_id)
    return before, after


def _prizes(session: Session, round_: Round, old: tuple[Board, Keys], new: tuple[Board, Keys]) -> list[list[Any]]:
    """Member, prize before and prize after, of those for whom they differ: the best prizes first."""
    subject = subjects.subject(session, PrizeScope.ROUND, round_.id)
    kinds = [PrizeKind(one.title, one.count) for one in tables.prize_rows(session, subject) if not one.is_for_units]
    if not kinds:
        return []
    most = subject.contest.most_prizes
    won = {} if most is None else tables.won_before(session, round_)

    def given(people: Board, keys: Keys) -> dict[int, str]:
        members = {people[member_id].code: member_id for member_id in keys}
        contestants = [Contestant(people[member_id].code, key) for member_id, key in keys.items()]
        won_by_code = {people[member_id].code: won.get(member_id, 0) for member_id in keys} if won else {}
        awards = award(kinds, contestants, round_.lot_seed, won_by_code, most)
        return {members[one.code]: one.title for one in awards}

    had, has = given(*old), given(*new)
    rank = {kind.title: number for number, kind in reversed(list(enumerate(kinds)))}
    rows = [[one, had.get(one), has.get(one)] for one in had.keys() | has.keys() if had.get(one) != has.get(one)]
    return sorted(rows, key=lambda row: (min(rank.get(title, len(rank)) for title in row[1:]), row[2] is None, row[0]))


def _units(session: Session, round_: Round, before: Board, after: Board) -> list[list[int]]:
    """Unit, sum of points and number of ranked people before and after, where the mean differs; units hold theirs."""
    above = units.lines(round_tree(session, round_.id))
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for offset, people in ((0, before), (2, after)):
        for one in people.values():
            if not one.is_ranked:
                continue
            for unit_id in above.get(one.unit_id, ()):
                sums[unit_id][offset] += one.score
                sums[unit_id][offset + 1] += 1
    return [
        [unit_id, *figures]
        for unit_id, figures in sorted(sums.items())
        if figures[0] * figures[3] != figures[2] * figures[1] or bool(figures[1]) != bool(figures[3])
    ]


def _packed_places(members: set[int], before: Mapping[int, int], after: Mapping[int, int]) -> str:
    last = len(members) + 1
    ordered = sorted(members, key=lambda one: (after.get(one, last), before.get(one, last), one))
    return _packed(_PLACE.pack(one, before.get(one, 0), after.get(one, 0)) for one in ordered)


def _packed(parts: Iterator[bytes]) -> str:
    return base64.b64encode(zlib.compress(b"".join(parts), 6)).decode("ascii")


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
