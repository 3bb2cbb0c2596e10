"""Contests long past: their attempts stay and count, and say no more whose they were.

For each row of a person in a contest a stand-in takes its place, a member row without name or data, made for that
contest alone; which stands for whom is written nowhere. So figures, places, hashes and recounts stay what they were.
Prizes and certificates keep their names: those are announced, and numbered for good.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from quiz_app.asking.models import Question
from quiz_app.attempts.models import (
    Attempt,
    AttemptState,
    Correction,
    CorrectionState,
    FrozenResult,
    Result,
)
from quiz_app.awards.models import Award, AwardList, CertificateSeries, PrizePayment
from quiz_app.contests.models import Accommodation, Contest, Exclusion, RosterEntry, Round
from quiz_app.contests.timing import closed_for_all_at
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.kernel.work import Reading, Work, viewing, working
from quiz_app.leaderboard.models import RankedSum, Ranking
from quiz_app.members.models import Member, Standing
from quiz_app.privacy.policy import Action
from quiz_app.reminders.models import Reminder, ReminderMail
from quiz_app.results.models import FinalRow, FinalTable, Flag

STAND_IN_NAME = "Đã ẩn danh"
PEOPLE_AT_ONCE = 200
OF_ROUND = (Result, FrozenResult, RosterEntry, Accommodation, Complaint, Reminder, ReminderMail, Attempt)
BLANKED: dict[Any, dict[str, Any]] = {
    Attempt: {"device_sha256": None, "held_by_session": None, "assist_reason": None},
    Complaint: {"text": "", "answer": ""},
    Accommodation: {"reason": ""},
    Exclusion: {"reason": ""},
    ReminderMail: {"note": ""},
}


class Held(StrEnum):
    """Why a contest whose time has come still needs to know its people."""

    SITTING = "sitting"
    COMPLAINT = "complaint"
    CORRECTION = "correction"
    TABLE = "table"
    PRIZE = "prize"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Due:
    """A contest whose time has come: how many people and attempts are still known, and what holds it."""

    contest: Contest
    ended_at: datetime
    people: int
    attempts: int
    held: tuple[Held, ...]


def due(r: Reading, kept_for: timedelta) -> list[Due]:
    """The contests closed and final for longer than `kept_for` that are not anonymised yet, the oldest first."""
    found = []
    query = select(Contest).where(Contest.anonymised_at.is_(None)).order_by(Contest.id)
    for contest in r.session.scalars(query).all():
        ended_at = _ended_at(r.session, contest)
        if ended_at is None or ended_at + kept_for > r.now:
            continue
        people = r.session.scalar(select(func.count()).select_from(_people(contest.id).subquery())) or 0
        attempts = select(func.count()).where(
            Attempt.round_id.in_(_rounds(contest.id)), Attempt.member_id.in_(_known())
        )
        held = tuple(_held(r.session, contest.id))
        found.append(Due(contest, ended_at, people, r.session.scalar(attempts) or 0, held))
    return sorted(found, key=lambda one: (one.ended_at, one.contest.id))


def anonymise_due(kept_for: timedelta, db: Database) -> int:
    """Anonymise every contest that is due and not held; how many people were made nameless.

    Each step is whole in itself: stopped anywhere, the next run goes on from there.
    """
    with viewing(db) as r:
        if is_on(r.session, Switch.READ_ONLY, r.now):
            return 0
        ids = [one.contest.id for one in due(r, kept_for) if not one.held]
    count = 0
    for contest_id in ids:
        while (people := _step(db, contest_id)) is not None:
            count += people
    return count


def _step(db: Database, contest_id: int) -> int | None:
    """Take the next people out of a contest; how many. None where nobody is left, or something holds it by now."""
    with working(db) as w:
        contest = w.session.scalars(select(Contest).where(Contest.id == contest_id).with_for_update()).one()
        if contest.anonymised_at is not None or any(_held(w.session, contest_id)):
            return None
        rows = _next_rows(w.session, contest_id)
        _take_out(w, contest_id, rows)
        is_last = w.session.scalar(_people(contest_id).limit(1)) is None
        if is_last:
            _finish(w, contest)
        w.record(Action.ANONYMISED, f"contest:{contest_id}", people=len(rows), is_last=is_last)
        return len(rows)


def _next_rows(session: Session, contest_id: int) -> Sequence[Member]:
    """The rows of the next people of a contest; a person who once had two keeps them together."""
    person = func.coalesce(Member.merged_into_id, Member.id)
    heads = select(person).where(Member.id.in_(_people(contest_id))).distinct().order_by(person).limit(PEOPLE_AT_ONCE)
    ids = session.scalars(heads).all()
    involved = or_(Member.id.in_(ids), Member.merged_into_id.in_(ids) & Member.id.in_(_people(contest_id)))
    return session.scalars(select(Member).where(involved)).all()


def _take_out(w: Work, contest_id: int, rows: Sequence[Member]) -> None:
    if not rows:
        return
    shuffled = list(rows)
    secrets.SystemRandom().shuffle(shuffled)  # else the order of the new ids would tell who is who
    stand_ins = {one.id: _stand_in(one, w.now) for one in shuffled}
    w.session.add_all(stand_ins.values())
    w.session.flush()
    for one in rows:
        stand_ins[one.id].merged_into_id = stand_ins[one.merged_into_id or one.id].id
    w.session.flush()
    pairs = [{"known": known, "stand_in": stand_in.id} for known, stand_in in stand_ins.items()]
    rounds, tables = _rounds(contest_id), select(FinalTable.id).where(FinalTable.contest_id == contest_id)
    _replace(w, Question, pairs, Question.attempt_id.in_(select(Attempt.id).where(Attempt.round_id.in_(rounds))))
    _replace(w, FinalRow, pairs, FinalRow.table_id.in_(tables))
    rankings = select(Ranking.id).where(Ranking.contest_id == contest_id)
    _replace(w, RankedSum, pairs, RankedSum.ranking_id.in_(rankings))
    _replace(w, Exclusion, pairs, Exclusion.contest_id == contest_id)
    helped = Attempt.round_id.in_(rounds) & Attempt.assisted_by.is_not(None)
    _replace(w, Attempt, pairs, helped, {"assisted_by": bindparam("stand_in")})
    for model in OF_ROUND:
        _replace(w, model, pairs, model.round_id.in_(rounds))
    w.session.expire_all()


def _replace(
    w: Work, model: Any, pairs: list[dict[str, int]], where: ColumnElement[bool], values: dict[str, Any] | None = None
) -> None:
    table = table_of(model)
    change = update(table).where(table.c.member_id == bindparam("known"), where)
    values = values or {"member_id": bindparam("stand_in"), **BLANKED.get(model, {})}
    w.session.connection().execute(change.values(values), pairs)


def _stand_in(one: Member, now: datetime) -> Member:
    return Member(
        unit_id=one.unit_id,
        full_name=STAND_IN_NAME,
        sort_key=sort_key(STAND_IN_NAME),
        search_key=search_key(STAND_IN_NAME),
        category=one.category,
        standing=Standing.LEFT.value,
        is_demo=one.is_demo,
        is_stand_in=True,
        created_at=now,
    )


def _finish(w: Work, contest: Contest) -> None:
    """Blank what was written about single sittings, and let no more certificates be made for stand-ins."""
    rounds = w.session.scalars(_rounds(contest.id)).all()
    w.session.execute(update(Flag).where(Flag.round_id.in_(rounds)).values(note=""))
    subjects = [f"contest:{contest.id}", *(f"round:{number}" for number in rounds)]
    series = CertificateSeries.subject.in_(subjects) & CertificateSeries.closed_at.is_(None)
    w.session.execute(update(CertificateSeries).where(series).values(closed_at=w.now))
    contest.anonymised_at = w.now


def _ended_at(session: Session, contest: Contest) -> datetime | None:
    """When the last round was both closed and final; None while one is not. Rehearsals are never made final."""
    ended = []
    query = select(Round).where(Round.contest_id == contest.id, Round.published_at.is_not(None))
    for round_ in session.scalars(query):
        if round_.finalised_at is None and not contest.is_rehearsal:
            return None
        closed_at = closed_for_all_at(round_)
        ended.append(max(closed_at, round_.finalised_at or closed_at))
    return max(ended, default=None)


def _held(session: Session, contest_id: int) -> Iterator[Held]:
    rounds = _rounds(contest_id)
    attempts = select(Attempt.id).where(Attempt.round_id.in_(rounds))
    unpaid = (
        select(Award.id)
        .join(AwardList, AwardList.id == Award.list_id)
        .join(PrizePayment, PrizePayment.award_id == Award.id)
        .where(AwardList.contest_id == contest_id, PrizePayment.paid_at.is_(None), PrizePayment.erased_at.is_(None))
    )
    waiting = [CorrectionState.PROPOSED.value, CorrectionState.APPLYING.value]
    asked: dict[Held, Select[Any]] = {
        Held.SITTING: attempts.where(Attempt.state == AttemptState.OPEN.value),
        Held.COMPLAINT: select(Complaint.id).where(
            Complaint.round_id.in_(rounds), Complaint.state == ComplaintState.OPEN.value
        ),
        Held.CORRECTION: select(Correction.id).where(Correction.round_id.in_(rounds), Correction.state.in_(waiting)),
        Held.TABLE: select(FinalTable.id).where(FinalTable.contest_id == contest_id, FinalTable.published_at.is_(None)),
        Held.PRIZE: unpaid,
        Held.QUESTION: select(Question.id).where(Question.attempt_id.in_(attempts), Question.erased_at.is_(None)),
    }
    return (held for held, query in asked.items() if session.scalar(query.limit(1)) is not None)


def _people(contest_id: int) -> Select[int]:
    """The ids of the members who are still known in a contest."""
    rounds = _rounds(contest_id)
    tables = select(FinalTable.id).where(FinalTable.contest_id == contest_id)
    named = [select(model.member_id).where(model.round_id.in_(rounds)) for model in OF_ROUND]
    named.append(select(FinalRow.member_id).where(FinalRow.table_id.in_(tables)))
    named.append(select(Exclusion.member_id).where(Exclusion.contest_id == contest_id))
    return _known().where(or_(*(Member.id.in_(query) for query in named)))


def _known() -> Select[int]:
    return select(Member.id).where(Member.is_stand_in.is_(False))


def _rounds(contest_id: int) -> Select[int]:
    return select(Round.id).where(Round.contest_id == contest_id)
