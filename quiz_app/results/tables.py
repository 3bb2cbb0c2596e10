"""A table as it would be published now, and as it is stored; both have the same hash where they say the same.

The hash covers the rule and every row by codes, not by ids, so that it holds for whoever keeps a copy.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Prize as PrizeRow
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.db import table_of, unhurried
from quiz_app.leaderboard.queries import gap_between, standings
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.results.subjects import Subject
from quiz_app.results.unit_tables import UnitRow, unit_rows, weights_of
from quiz_app.rules import lots
from quiz_app.rules.prizes import Contestant, Prize, award
from quiz_app.rules.standing import places
from quiz_app.units.models import Unit

WRITTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of a table: without a place where he is not ranked.

    `code` is that of the attempt that counted, over several rounds in the last of them that he sat; so is his unit.
    """

    member_id: int
    code: str
    place: int | None
    unit_id: int
    unit_code: str
    attempt_id: int | None
    attempts: int
    score: int
    max_score: int
    duration_ms: int
    submitted_at: datetime
    prediction: int | None
    rank_key: tuple[int, ...]
    decided_by: str | None = None
    prize: str | None = None
    is_by_lot: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What is made final: the rule, the people, best first and unranked ones last, and the units."""

    rule: dict[str, Any]
    people: Sequence[Person]
    units: Sequence[UnitRow]

    @property
    def sha256(self) -> str:
        """The hash of the rule and all rows."""
        said = {
            "rule": self.rule,
            "people": [_said_of_person(one) for one in sorted(self.people, key=lambda one: one.code)],
            "units": [_said_of_unit(one) for one in sorted(self.units, key=lambda one: one.code)],
        }
        written = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()


def computed(session: Session, subject: Subject, now: datetime) -> Table:
    """The table as it stands at this instant: places by the rank keys, prizes, and units by the contest's mix."""
    unhurried(session)  # of a city it reads half a million results
    scope = subject.scope(now)
    rows = {row.member_id: row for row in session.execute(select(standings(scope)))}
    sat = _sat(session, subject)
    people = [
        replace(
            sat[member_id],
            score=row.score,
            max_score=row.max_score,
            duration_ms=row.duration_ms,
            rank_key=(row.k1, row.k2, row.k3, row.k4),
        )
        for member_id, row in rows.items()
    ]
    ranked = sorted((one for one in people if rows[one.member_id].is_ranked), key=lambda one: (one.rank_key, one.code))
    unranked = sorted((one for one in people if not rows[one.member_id].is_ranked), key=lambda one: one.code)
    ranked = _placed(ranked, scope.tie_breaks)
    prizes = prize_rows(session, subject)
    ranked = _with_prizes(session, subject, ranked, [one for one in prizes if not one.is_for_units])
    winners = Counter(one.unit_id for one in ranked if one.prize is not None)
    units = unit_rows(session, subject, _kinds([one for one in prizes if one.is_for_units]), winners)
    people = [*ranked, *unranked]
    return Table(_rule(subject, scope.tie_breaks, prizes, people, len(ranked)), people, units)


def stored(session: Session, table: FinalTable) -> Table:
    """A table as its rows say."""
    unhurried(session)
    rows = session.execute(
        select(FinalRow, Unit.code).join(Unit, Unit.id == FinalRow.unit_id).where(FinalRow.table_id == table.id)
    )
    people = [
        Person(
            member_id=row.member_id,
            code=row.code,
            place=row.place,
            unit_id=row.unit_id,
            unit_code=unit_code,
            attempt_id=row.attempt_id,
            attempts=row.attempts,
            score=row.score,
            max_score=row.max_score,
            duration_ms=row.duration_ms,
            submitted_at=row.submitted_at,
            prediction=row.prediction,
            rank_key=tuple(row.rank_key),
            decided_by=row.decided_by,
            prize=row.prize,
            is_by_lot=row.is_by_lot,
        )
        for row, unit_code in rows
    ]
    people.sort(key=lambda one: (one.place is None, one.rank_key if one.place is not None else (), one.code))
    return Table(table.rule, people, stored_units(session, table.id))


def stored_units(session: Session, table_id: int) -> list[UnitRow]:
    """The units of a table as its rows say, class by class, best first."""
    found = session.execute(
        select(FinalUnitRow, Unit.code)
        .join(Unit, Unit.id == FinalUnitRow.unit_id)
        .where(FinalUnitRow.table_id == table_id)
    )
    units = [
        UnitRow(row.unit_id, code, row.class_name, row.place, row.figures, row.parts, row.total, row.prize)
        for row, code in found
    ]
    units.sort(key=lambda one: (one.class_name, one.place is None, one.place or 0, one.code))
    return units


def write_rows(session: Session, table_id: int, table: Table) -> None:
    """Store the rows of a table that is proposed just now."""
    people = [
        {
            "table_id": table_id,
            "member_id": one.member_id,
            "code": one.code,
            "place": one.place,
            "unit_id": one.unit_id,
            "attempt_id": one.attempt_id,
            "attempts": one.attempts,
            "score": one.score,
            "max_score": one.max_score,
            "duration_ms": one.duration_ms,
            "submitted_at": one.submitted_at,
            "prediction": one.prediction,
            "rank_key": list(one.rank_key),
            "decided_by": one.decided_by,
            "prize": one.prize,
            "is_by_lot": one.is_by_lot,
        }
        for one in table.people
    ]
    units = [
        {
            "table_id": table_id,
            "unit_id": one.unit_id,
            "class_name": one.class_name,
            "place": one.place,
            "figures": one.figures,
            "parts": one.parts,
            "total": one.total,
            "prize": one.prize,
        }
        for one in table.units
    ]
    for model, rows in ((FinalRow, people), (FinalUnitRow, units)):
        for first in range(0, len(rows), WRITTEN_AT_ONCE):  # each part has the time of one statement
            session.execute(insert(table_of(model)), rows[first : first + WRITTEN_AT_ONCE])


def prize_rows(session: Session, subject: Subject) -> list[PrizeRow]:
    """The prizes of a subject's kind, best first."""
    query = select(PrizeRow).where(PrizeRow.contest_id == subject.contest.id, PrizeRow.scope == subject.kind.value)
    return list(session.scalars(query.order_by(PrizeRow.is_for_units, PrizeRow.position, PrizeRow.id)))


def won_before(session: Session, round_: Round) -> Counter[int]:
    """By member, how many prizes he won in the rounds before this one, by the tables in force."""
    earlier = session.scalars(
        select(Round.id).where(Round.contest_id == round_.contest_id, Round.position < round_.position)
    ).all()
    found: Counter[int] = Counter()
    for round_id in earlier:
        table_id = session.scalar(
            select(FinalTable.id)
            .where(FinalTable.scope == f"round:{round_id}", FinalTable.published_at.is_not(None))
            .order_by(FinalTable.version.desc())
            .limit(1)
        )
        won = select(FinalRow.member_id).where(FinalRow.table_id == table_id, FinalRow.prize.is_not(None))
        found.update(session.scalars(won))
    return found


def public_code(attempt_id: int, receipt_code: str | None) -> str:
    """The code that draws somebody's lot: that of his receipt, or of attempts from before there were any, a hash."""
    return receipt_code or hashlib.sha256(f"attempt:{attempt_id}".encode()).hexdigest()[:12].upper()


def _sat(session: Session, subject: Subject) -> dict[int, Person]:
    """By member, the attempts that counted in these rounds; what only the standings know is still empty."""
    order = {round_.id: number for number, round_ in enumerate(subject.rounds)}
    rows = session.execute(
        select(Result, Attempt.receipt_code, Unit.code)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .join(Unit, Unit.id == Result.unit_id)
        .where(Result.round_id.in_(order))
    ).all()
    found: dict[int, Person] = {}
    for result, receipt_code, unit_code in sorted(rows, key=lambda row: order[row[0].round_id]):
        before = found.get(result.member_id)
        found[result.member_id] = Person(
            member_id=result.member_id,
            code=public_code(result.attempt_id, receipt_code),
            place=None,
            unit_id=result.unit_id,
            unit_code=unit_code,
            attempt_id=result.attempt_id,
            attempts=result.attempts + (before.attempts if before else 0),
            score=0,
            max_score=0,
            duration_ms=0,
            submitted_at=result.submitted_at,
            prediction=result.prediction if subject.kind is PrizeScope.ROUND else None,
            rank_key=(),
        )
    return found


def _placed(ranked: list[Person], tie_breaks: Sequence[str]) -> list[Person]:
    """The ranked with their places, and what decided against the next better one."""
    held = places([one.rank_key for one in ranked])
    found: list[Person] = []
    better: tuple[int, ...] | None = None
    for key, equals in groupby(zip(ranked, held, strict=True), key=lambda pair: pair[0].rank_key):
        gap = None if better is None else gap_between(tie_breaks, better, key)
        decided = None if gap is None else gap.criterion.value
        found += [replace(one, place=place, decided_by=decided) for one, place in equals]
        better = key
    return found


def _with_prizes(session: Session, subject: Subject, ranked: list[Person], prizes: list[PrizeRow]) -> list[Person]:
    most = subject.contest.most_prizes if subject.kind is PrizeScope.ROUND else None
    won = Counter[int]() if most is None else won_before(session, subject.last)
    awards = award(
        _kinds(prizes),
        [Contestant(one.code, one.rank_key) for one in ranked],
        subject.last.lot_seed,
        {one.code: won[one.member_id] for one in ranked},
        most,
    )
    given = {one.code: one for one in awards}
    return [
        replace(one, prize=given[one.code].title, is_by_lot=given[one.code].by_lot) if one.code in given else one
        for one in ranked
    ]


def _kinds(prizes: list[PrizeRow]) -> list[Prize]:
    return [Prize(one.title, one.count) for one in prizes]


def _rule(
    subject: Subject, tie_breaks: Sequence[str], prizes: list[PrizeRow], people: Sequence[Person], ranked: int
) -> dict[str, Any]:
    """What the order came from. People and attempts are two numbers."""
    contest = subject.contest
    weights = weights_of(contest)
    return {
        "kind": subject.kind.value,
        "rounds": [round_.position for round_ in subject.rounds],
        "tie_breaks": list(tie_breaks),
        "counted": [round_.counted for round_ in subject.rounds],
        "truths": [round_.prediction_truth for round_ in subject.rounds],
        "people": len(people),
        "ranked": ranked,
        "attempts": sum(one.attempts for one in people),
        "prizes": [{"title": one.title, "count": one.count, "for_units": one.is_for_units} for one in prizes],
        "most_prizes": contest.most_prizes if subject.kind is PrizeScope.ROUND else None,
        "lot_commitment": lots.commitment(subject.last.lot_seed),
        "units": None
        if not weights
        else {
            "weights": {measure.value: weight for measure, weight in weights.items()},
            "threshold": contest.unit_threshold,
            "minimum": contest.unit_minimum,
            "classes": contest.unit_classes,
        },
    }


def _said_of_person(one: Person) -> list[Any]:
    at = one.submitted_at.astimezone(UTC).isoformat()
    figures = [one.attempts, one.score, one.max_score, one.duration_ms, at, one.prediction, list(one.rank_key)]
    return [one.code, one.place, one.unit_code, *figures, one.decided_by, one.prize, one.is_by_lot]


def _said_of_unit(one: UnitRow) -> list[Any]:
    return [one.code, one.class_name, one.place, one.figures, one.parts, one.total, one.prize]
