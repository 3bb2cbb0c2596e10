"""The snapshots of the unit boards: figures of every unit of a round with its whole subtree, made every few seconds,
or less often where making them takes long.

Turnout counts a member for the unit of his roster entry; participants and attempts count for the unit they were made
in. An exempt member who took part is a participant, but stands neither above nor below the line of the turnout. Who
is not ranked (organisers, authors) is a participant too, but his points are left out.

The snapshots are what the public sees: from the freeze of a round on they are taken as of that instant, and rest.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import ColumnElement, bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from quiz_app.attempts import freezing
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import Contest, RosterEntry, Round
from quiz_app.contests.policy import frozen_since
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.leaderboard.models import UnitTally
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import UnitFigures, roll_up
from quiz_app.units import queries as units

SETTLES_AFTER = timedelta(minutes=10)
CHECKED_AGAIN_AFTER = timedelta(minutes=10)
FROZEN_SETTLES_AFTER = timedelta(seconds=10)  # what was submitted before the freeze may be on its way to the disk

_table = table_of(UnitTally)
_kept = _table.c
_NAMES = tuple(field.name for field in fields(UnitFigures))  # the unit's id first
_values = attrgetter(*_NAMES)


def refresh_tallies(db: Database) -> int:
    """Take the figures of every round that needs it anew; how many rounds that were: none while the house is read-only.

    Each round's figures are read at one instant and written in one transaction, so no reader sees half of a board.
    """
    with db.reading() as session:
        now = db.now(session)
        due = [] if is_on(session, Switch.READ_ONLY, now) else due_rounds(session, now)
    for round_id in due:
        take_tallies(db, round_id)
    return len(due)


def take_tallies(db: Database, round_id: int) -> None:
    """Take one round's figures anew, whether due or not."""
    with db.reading() as session:
        taken_at = db.now(session)
        figures = unit_figures(session, round_id, frozen_since(session.get_one(Round, round_id), taken_at))
    with db.writing() as session:
        write_tallies(session, round_id, figures, taken_at)


def due_rounds(session: Session, now: datetime) -> list[int]:
    """The published rounds whose figures may have changed since they were last taken; rehearsals have none."""
    of_all = (UnitTally.round_id == Round.id) & (UnitTally.unit_id == Contest.unit_id)
    rows = session.execute(
        select(Round, UnitTally.taken_at)
        .join(Contest, Contest.id == Round.contest_id)
        .outerjoin(UnitTally, of_all)
        .where(Round.published_at.is_not(None), Round.rehearses_id.is_(None))
        .order_by(Round.id)
    )
    return [round_.id for round_, taken_at in rows if is_due(round_, taken_at, now)]


def is_due(round_: Round, taken_at: datetime | None, now: datetime) -> bool:
    """Always while attempts may end; afterwards now and then, for corrections, until the round is final and taken.

    Once while its boards stand still.
    """
    if taken_at is None:
        return True
    frozen_at = frozen_since(round_, now)
    if frozen_at is not None:
        return taken_at < frozen_at + FROZEN_SETTLES_AFTER
    if round_.opens_at <= now < closes_finally_at(longest_timing(round_)) + SETTLES_AFTER:
        return True
    if round_.finalised_at is not None:
        return taken_at <= round_.finalised_at
    return taken_at <= now - CHECKED_AGAIN_AFTER


def unit_figures(session: Session, round_id: int, frozen_at: datetime | None = None) -> dict[int, UnitFigures]:
    """The figures of each unit of the round's tree, everything below it included; now, or as of a freeze."""
    parent = round_tree(session, round_id)
    own = own_figures(session, round_id, frozen_at)
    return roll_up({unit_id: own.get(unit_id, nothing(unit_id)) for unit_id in parent}, parent)


def round_tree(session: Session, round_id: int) -> dict[int, int | None]:
    """The contest's subtree as it stood when the round was published: results stay with the units of that time."""
    round_ = session.get_one(Round, round_id)
    return units.tree_at(session, round_.contest.unit_id, round_.published_at)


def own_figures(session: Session, round_id: int, frozen_at: datetime | None = None) -> dict[int, UnitFigures]:
    """The figures of each unit alone: three sums over the round's roster, results and attempts.

    As of a freeze attempts are those that stand behind the results of that instant.
    """
    found: dict[int, UnitFigures] = {}
    live, frozen = ([round_id], []) if frozen_at is None else ([], [(round_id, frozen_at)])
    result = freezing.shown(live, frozen, "shown").c
    took_part = case((result.member_id.is_not(None) & RosterEntry.is_exempt.is_(False), 1), else_=0)
    roster = session.execute(
        select(
            RosterEntry.unit_id,
            func.count(),
            func.sum(case((RosterEntry.is_exempt, 1), else_=0)),
            func.sum(took_part),
        )
        .outerjoin(result.member_id.table, result.member_id == RosterEntry.member_id)
        .where(RosterEntry.round_id == round_id)
        .group_by(RosterEntry.unit_id)
    )
    for unit_id, members, exempt, participants in roster:
        found[unit_id] = replace(
            nothing(unit_id), members=members, exempt=int(exempt), rostered_participants=int(participants)
        )
    is_full = result.is_ranked & (result.score == result.max_score)
    results = session.execute(
        select(
            result.unit_id,
            func.count(),
            func.sum(case((result.is_ranked, result.score), else_=0)),
            func.sum(case((is_full, 1), else_=0)),
            func.sum(case((result.is_ranked, 1), else_=0)),
            func.sum(result.attempts),
        ).group_by(result.unit_id)
    )
    for unit_id, participants, score_sum, full_marks, ranked, sat in results:
        found[unit_id] = replace(
            found.get(unit_id, nothing(unit_id)),
            participants=participants,
            score_sum=int(score_sum),
            full_marks=int(full_marks),
            ranked_participants=int(ranked),
            attempts=int(sat),
        )
    if frozen_at is not None:
        return found
    found = {unit_id: replace(figures, attempts=0) for unit_id, figures in found.items()}
    attempts = session.execute(
        select(Attempt.unit_id, func.count())
        .where(Attempt.round_id == round_id, Attempt.state == AttemptState.SUBMITTED.value)
        .group_by(Attempt.unit_id)
    )
    for unit_id, count in attempts:
        found[unit_id] = replace(found.get(unit_id, nothing(unit_id)), attempts=count)
    return found


def write_tallies(session: Session, round_id: int, figures: dict[int, UnitFigures], taken_at: datetime) -> None:
    """Keep the figures. Rows without a change are left alone, save that of all, whose instant dates the board."""
    top_id = session.get_one(Round, round_id).contest.unit_id
    session.execute(select(_kept.taken_at).where(_of_unit(round_id, top_id)).with_for_update())  # one worker at a time
    rows = session.execute(select(*(_kept[name] for name in _NAMES), _kept.taken_at).where(_kept.round_id == round_id))
    kept = {row.unit_id: tuple(row) for row in rows}
    if any(at > taken_at for *_, at in kept.values()):
        return  # another worker was faster: its figures are younger
    found = {unit_id: _values(unit) for unit_id, unit in figures.items()}
    dated = {"round_id": round_id, "taken_at": taken_at}
    new = [{**dated, **dict(zip(_NAMES, values, strict=True))} for id_, values in found.items() if id_ not in kept]
    if new:
        session.execute(insert(_table), new)
    changed = [
        {"of_unit": id_, "taken_at": taken_at, **dict(zip(_NAMES[1:], values[1:], strict=True))}
        for id_, values in found.items()
        if id_ in kept and (id_ == top_id or kept[id_][:-1] != values)
    ]
    if changed:
        asked = update(_table).where(_of_unit(round_id, bindparam("of_unit")))
        asked = asked.values({name: bindparam(name) for name in (*_NAMES[1:], "taken_at")})
        session.connection().execute(asked, changed)
    gone = [id_ for id_ in kept if id_ not in found]
    if gone:
        session.execute(delete(_table).where(_kept.round_id == round_id, _kept.unit_id.in_(gone)))


def _of_unit(round_id: int, unit_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    return (_kept.round_id == round_id) & (_kept.unit_id == unit_id)


def nothing(unit_id: int) -> UnitFigures:
    """The figures of a unit of which nothing is known."""
    return UnitFigures(unit_id, 0, 0, 0, 0, 0, 0, 0, 0)
