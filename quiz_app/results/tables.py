"""A table as it would be published now, and as it is stored; both have the same hash where they say the same.

The hash covers the rule and every row by codes, not by ids, so that it holds for whoever keeps a copy.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Prize as PrizeRow
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.db import table_of, unhurried
from quiz_app.leaderboard.queries import NAMES, gap_between, standings
from quiz_app.leaderboard.scope import Scope
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.results.subjects import Subject
from quiz_app.results.unit_tables import UnitRow, unit_rows, weights_of
from quiz_app.rules import lots
from quiz_app.rules.prizes import Contestant, Prize, award
from quiz_app.rules.standing import places
from quiz_app.units.models import Unit

WRITTEN_AT_ONCE = 1000
READ_AT_ONCE = 5000
QUICK_RESULTS = 5000
"""A table of up to so many results takes three tenths of a second, so a person waits; others go to the worker."""

_SAID = (
    "code",
    "place",
    "attempts",
    "score",
    "max_score",
    "duration_ms",
    "submitted_at",
    "prediction",
    "rank_key",
    "decided_by",
    "prize",
    "is_by_lot",
)
"""What the hash covers of a person, beside the code of his unit."""
_KEPT = (*_SAID, "member_id", "unit_id", "attempt_id")

Tell = Callable[[int], None]
"""Told of so many more rows that were read or written."""


def silent(_rows: int) -> None:
    """For whoever does not want to be told."""


@dataclass(slots=True)
class Person:
    """A participant of a table: without a place where he is not ranked.

    `code` is that of the attempt that counted, over several rounds in the last of them that he sat; so is his unit.
    Not frozen: he is filled in step by step, and of a city half a million are too many to be copied for each step.
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
        """The hash of the rule and all rows; each time it is asked for it is worked out."""
        people = sorted(self.people, key=lambda one: one.code)
        said = attrgetter(*_SAID)
        return _hash(self.rule, (_said(said(one), one.unit_code) for one in people), self.units)


def computed(session: Session, subject: Subject, now: datetime, tell: Tell = silent) -> Table:
    """The table as it stands at this instant: places by the rank keys, prizes, and units by the contest's mix."""
    unhurried(session)  # of a city it reads half a million results
    scope = subject.scope(now)
    ranked, unranked = _people(session, subject, scope, tell)
    ranked.sort(key=lambda one: (one.rank_key, one.code))
    unranked.sort(key=lambda one: one.code)
    _place(ranked, scope.tie_breaks)
    prizes = prize_rows(session, subject)
    _give_prizes(session, subject, ranked, [one for one in prizes if not one.is_for_units])
    winners = Counter(one.unit_id for one in ranked if one.prize is not None)
    units = unit_rows(session, subject, _kinds([one for one in prizes if one.is_for_units]), winners)
    people = [*ranked, *unranked]
    rule = terms(session, subject, now) | {
        "people": len(people),
        "ranked": len(ranked),
        "attempts": sum(one.attempts for one in people),
    }
    return Table(rule, people, units)


def is_quick(session: Session, subject: Subject) -> bool:
    """Whether a table takes no longer than a person waits."""
    first_beyond = _results(subject).offset(QUICK_RESULTS).limit(1)
    return session.execute(first_beyond).first() is None


def results_of(session: Session, subject: Subject) -> int:
    """How many results a table reads."""
    return session.scalar(select(func.count()).select_from(_results(subject).subquery())) or 0


def stored(session: Session, table: FinalTable) -> Table:
    """A table as its rows say."""
    unhurried(session)
    rows = session.execute(
        select(*(table_of(FinalRow).c[name] for name in _KEPT), Unit.code.label("unit_code"))
        .join(Unit, Unit.id == FinalRow.unit_id)
        .where(FinalRow.table_id == table.id)
    )
    people = [Person(**{**row._mapping, "rank_key": tuple(row.rank_key)}) for row in rows]
    people.sort(key=lambda one: (one.place is None, one.rank_key if one.place is not None else (), one.code))
    return Table(table.rule, people, stored_units(session, table.id))


def stored_sha256(session: Session, table: FinalTable, tell: Tell = silent) -> str:
    """The hash of a table by its rows, of which only some are in memory at once."""
    unhurried(session)
    as_in_python = "BINARY" if session.get_bind().dialect.name == "sqlite" else "C"  # PostgreSQL goes by its language
    row, unit = table_of(FinalRow), table_of(Unit)
    query = (
        select(*(row.c[name] for name in _SAID), unit.c.code)
        .join(unit, unit.c.id == row.c.unit_id)
        .where(row.c.table_id == table.id)
        .order_by(row.c.code.collate(as_in_python))
    )
    people = (_said(said, unit_code) for *said, unit_code in _read(session, query, tell))
    return _hash(table.rule, people, stored_units(session, table.id))


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


def write_rows(session: Session, table_id: int, table: Table, tell: Tell = silent) -> None:
    """Store the rows of a table that is proposed just now."""
    kept = attrgetter(*_KEPT)
    people = ({"table_id": table_id, **dict(zip(_KEPT, kept(one), strict=True))} for one in table.people)
    units = (
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
    )
    while rows := list(islice(people, WRITTEN_AT_ONCE)):  # each part has the time of one statement
        session.execute(insert(table_of(FinalRow)), rows)
        tell(len(rows))
    while rows := list(islice(units, WRITTEN_AT_ONCE)):
        session.execute(insert(table_of(FinalUnitRow)), rows)


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


def _results(subject: Subject) -> Select[Any]:
    return select(Result.member_id).where(Result.round_id.in_([round_.id for round_ in subject.rounds]))


def _people(session: Session, subject: Subject, scope: Scope, tell: Tell) -> tuple[list[Person], list[Person]]:
    """Those who are ranked and those who are not, in no order, with all that their standing says of them."""
    sat = _sat(session, subject, tell)
    board = standings(scope).c
    ranked: list[Person] = []
    unranked: list[Person] = []
    query = select(
        board.member_id, board.is_ranked, board.score, board.max_score, board.duration_ms, *(board[k] for k in NAMES)
    )
    for member_id, is_ranked, score, max_score, duration_ms, *key in _read(session, query):
        one = sat[member_id]
        one.score, one.max_score, one.duration_ms, one.rank_key = score, max_score, duration_ms, tuple(key)
        (ranked if is_ranked else unranked).append(one)
    return ranked, unranked


def _sat(session: Session, subject: Subject, tell: Tell) -> dict[int, Person]:
    """By member, the attempts that counted in these rounds; what only the standings know is still empty."""
    found: dict[int, Person] = {}
    result, attempt, unit = (table_of(model) for model in (Result, Attempt, Unit))
    read = ("member_id", "attempt_id", "unit_id", "attempts", "submitted_at", "prediction")
    for round_ in subject.rounds:
        query = (
            select(*(result.c[name] for name in read), attempt.c.receipt_code, unit.c.code)
            .join(attempt, attempt.c.id == result.c.attempt_id)
            .join(unit, unit.c.id == result.c.unit_id)
            .where(result.c.round_id == round_.id)
        )
        for member_id, attempt_id, unit_id, attempts, submitted_at, guess, receipt_code, unit_code in _read(
            session, query, tell
        ):
            before = found.get(member_id)
            found[member_id] = Person(
                member_id=member_id,
                code=public_code(attempt_id, receipt_code),
                place=None,
                unit_id=unit_id,
                unit_code=sys.intern(unit_code),
                attempt_id=attempt_id,
                attempts=attempts + (before.attempts if before else 0),
                score=0,
                max_score=0,
                duration_ms=0,
                submitted_at=submitted_at,
                prediction=guess if subject.kind is PrizeScope.ROUND else None,
                rank_key=(),
            )
    return found


def _read(session: Session, query: Select[Any], tell: Tell = silent) -> Iterator[Any]:
    """The rows of a query, some thousand in memory at once."""
    for rows in session.execute(query.execution_options(yield_per=READ_AT_ONCE)).partitions():
        yield from rows
        tell(len(rows))


def _place(ranked: list[Person], tie_breaks: Sequence[str]) -> None:
    """Give the ranked, best first, their places, and what decided against the next better one."""
    held = places([one.rank_key for one in ranked])
    better: tuple[int, ...] | None = None
    for key, equals in groupby(zip(ranked, held, strict=True), key=lambda pair: pair[0].rank_key):
        gap = None if better is None else gap_between(tie_breaks, better, key)
        decided = None if gap is None else gap.criterion.value
        for one, place in equals:
            one.place, one.decided_by = place, decided
        better = key


def _give_prizes(session: Session, subject: Subject, ranked: list[Person], prizes: list[PrizeRow]) -> None:
    most = subject.contest.most_prizes if subject.kind is PrizeScope.ROUND else None
    won = Counter[int]() if most is None else won_before(session, subject.last)
    passed_over = 0 if most is None else sum(count >= most for count in won.values())
    reach = sum(one.count for one in prizes) + passed_over  # behind it others take every prize before
    in_reach = {one.code: one for one in ranked if one.place is not None and one.place <= reach}
    for given in award(
        _kinds(prizes),
        [Contestant(one.code, one.rank_key) for one in in_reach.values()],
        subject.last.lot_seed,
        {one.code: won[one.member_id] for one in in_reach.values()},
        most,
    ):
        winner = in_reach[given.code]
        winner.prize, winner.is_by_lot = given.title, given.by_lot


def _kinds(prizes: list[PrizeRow]) -> list[Prize]:
    return [Prize(one.title, one.count) for one in prizes]


def terms(session: Session, subject: Subject, now: datetime) -> dict[str, Any]:
    """What the order comes from at this instant; a table's rule says beside it how many people and attempts."""
    contest = subject.contest
    weights = weights_of(contest)
    return {
        "kind": subject.kind.value,
        "rounds": [round_.position for round_ in subject.rounds],
        "tie_breaks": list(subject.scope(now).tie_breaks),
        "counted": [round_.counted for round_ in subject.rounds],
        "truths": [round_.prediction_truth for round_ in subject.rounds],
        "prizes": [
            {"title": one.title, "count": one.count, "for_units": one.is_for_units}
            for one in prize_rows(session, subject)
        ],
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


def _hash(rule: dict[str, Any], people: Iterable[list[Any]], units: Sequence[UnitRow]) -> str:
    """SHA-256 of one JSON object of the people by their codes, the rule and the units, written piece by piece."""
    digest = hashlib.sha256(b'{"people":[')
    between = b""
    for said in people:
        digest.update(between + orjson.dumps(said))
        between = b","
    units_said = [_said_of_unit(one) for one in sorted(units, key=lambda one: one.code)]
    digest.update(f'],"rule":{_json(rule)},"units":{_json(units_said)}}}'.encode())
    return digest.hexdigest()


def _json(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _said(row: Sequence[Any], unit_code: str) -> list[Any]:
    """What the hash covers of a person, given the fields of `_SAID`."""
    code, place, *figures, submitted_at, prediction, rank_key, decided_by, prize, is_by_lot = row
    at = submitted_at.astimezone(UTC).isoformat()
    return [code, place, unit_code, *figures, at, prediction, rank_key, decided_by, prize, is_by_lot]


def _said_of_unit(one: UnitRow) -> list[Any]:
    return [one.code, one.class_name, one.place, one.figures, one.parts, one.total, one.prize]
