"""A demonstration contest with an open round, and members who really sit it through the services."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank.reading import read_bank
from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import services as contests
from quiz_app.contests.models import Contest, NamesShown, RosterEntry, Round, Shown
from quiz_app.contests.services import RoundTerms
from quiz_app.kernel.access import Actor
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt, Criterion

CONTEST_SET = "hanoi-18-minh-hoa"
CONTEST_TITLE = "Tìm hiểu Nghị quyết Đại hội XVIII Đảng bộ Thành phố (minh họa)"
ROUND_TITLE = "Đợt 1"
OPEN_FOR = timedelta(days=9)
STILL_SITTING = 0.04
LEFT_UNFINISHED = 0.03
SECOND_TRY = 0.35


@dataclass(frozen=True, slots=True)
class Played:
    """What a play added. People and attempts are two numbers."""

    members: int
    attempts: int


def open_round(db: Database, root_id: int) -> None:
    """A contest over the shipped demonstration set, with one round that opened two days ago, unless there is one."""
    with db.reading() as session:
        if session.scalar(select(Contest.id).where(Contest.unit_id == root_id)) is not None:
            return
        now = db.now(session)
    today = now.astimezone(VIETNAM).replace(hour=7, minute=30, second=0, microsecond=0)
    opens_at = today - timedelta(days=2)
    with working(db, now=opens_at - timedelta(hours=1)) as w:
        item_set = catalogue.published_set(w.session, CONTEST_SET)
        if item_set is None:
            raise Missing
        contest = contests.create_contest(w, title=CONTEST_TITLE, unit_id=root_id, is_demonstration=True)
        round_ = contests.create_round(w, contest.id, _terms(item_set.id, opens_at))
        contests.set_blueprint(w, round_.id, _cells())
        contests.publish_round(w, round_.id)


def play(db: Database, *, count: int, seed: int) -> Played:
    """Let members of the roster sit the open demonstration round: some twice, a few still sitting or gone.

    The same seed lets the same people sit in the same manner; who has sat already is passed over. Raises Missing
    where no demonstration round is open.
    """
    chance = random.Random(seed)  # noqa: S311 - a demonstration wants to be repeatable, not secret
    with db.reading() as session:
        now = db.now(session)
        round_ = _open_round(session, now)
        members = _fresh_members(session, round_.id)
    chosen = chance.sample(members, min(count, len(members)))
    sat = sum(_sit(db, round_, member, now, chance) for member in chosen)
    return Played(len(chosen), sat)


def _sit(db: Database, round_: Round, member: Member, now: datetime, chance: random.Random) -> int:
    """One member's attempts, at instants between the opening and now."""
    skill = min(0.99, chance.gauss(0.8, 0.13))
    fate = chance.random()
    limit = timedelta(seconds=round_.time_limit_s or 900)
    if fate < STILL_SITTING:
        begun_at = now - limit * chance.uniform(0.1, 0.7)
        _attempt(db, round_, member, chance, started_at=begun_at, skill=skill, is_submitted=False)
        return 1
    latest = now - limit * 2.5 - round_.opens_at
    started_at = round_.opens_at + latest * chance.betavariate(1.2, 1.6)
    if fate < STILL_SITTING + LEFT_UNFINISHED:
        _attempt(db, round_, member, chance, started_at=started_at, skill=skill, is_submitted=False)
        return 1
    _attempt(db, round_, member, chance, started_at=started_at, skill=skill)
    if fate < 1 - SECOND_TRY:
        return 1
    again_at = started_at + limit * 1.1
    _attempt(db, round_, member, chance, started_at=again_at, skill=min(0.99, skill + 0.08))
    return 2


def _attempt(
    db: Database,
    round_: Round,
    member: Member,
    chance: random.Random,
    *,
    started_at: datetime,
    skill: float,
    is_submitted: bool = True,
) -> None:
    actor = Actor(member_id=member.id, unit_id=member.unit_id, name=member.full_name)
    at = started_at
    with working(db, actor=actor, now=at) as w:
        attempt_id = attempts.start(w, round_.id, is_demonstration_site=True)
        rows = w.session.scalars(
            select(Response).where(Response.attempt_id == attempt_id).order_by(Response.position)
        ).all()
        keys = catalogue.key_of(w.session, [row.item_version_id for row in rows])
    for row in rows:
        at += timedelta(seconds=chance.uniform(4, 40))
        letters = _letters(row, keys[row.item_version_id], skill, chance)
        with working(db, actor=actor, now=at) as w:
            attempts.save_response(w, attempt_id, row.position, attempts.Choice(letters, epoch=1, revision=1))
    if not is_submitted:
        return
    with working(db, actor=actor, now=at + timedelta(seconds=chance.uniform(3, 30))) as w:
        attempts.submit(w, attempt_id, epoch=1)


def _letters(row: Response, key: frozenset[int], skill: float, chance: random.Random) -> str:
    if chance.random() < skill:
        return "".join(letter for letter, option in zip(row.letters, row.option_order, strict=True) if option in key)
    return chance.choice(row.letters)


def _fresh_members(session: Session, round_id: int) -> list[Member]:
    """Members on the roster without an attempt, in an order that does not depend on the database."""
    sat = select(Attempt.member_id).where(Attempt.round_id == round_id)
    query = (
        select(Member)
        .join(RosterEntry, RosterEntry.member_id == Member.id)
        .where(RosterEntry.round_id == round_id, RosterEntry.is_exempt.is_(False), Member.id.not_in(sat))
    )
    return list(session.scalars(query.order_by(Member.id)))


def _open_round(session: Session, now: datetime) -> Round:
    query = (
        select(Round)
        .join(Contest)
        .where(
            Contest.is_demonstration,
            Round.published_at.is_not(None),
            Round.opens_at <= now,
            Round.closes_at > now,
        )
        .order_by(Round.id)
    )
    found = session.scalars(query).first()
    if found is None:
        raise Missing
    return found


def _cells() -> Iterator[Cell]:
    item_set = read_bank().item_set(CONTEST_SET)
    if item_set is None:
        raise Missing
    for cell in item_set.blueprint:
        yield Cell(cell.topic, cell.level, cell.count)


def _terms(set_id: int, opens_at: datetime) -> RoundTerms:
    return RoundTerms(
        title=ROUND_TITLE,
        opens_at=opens_at,
        closes_at=opens_at + OPEN_FOR + timedelta(hours=10),
        time_limit_s=15 * 60,
        attempts_allowed=3,
        counted=CountedAttempt.BEST_FASTEST,
        tie_breaks=(Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED),
        show_score=Shown.AFTER_SUBMISSION.value,
        show_marks=Shown.AFTER_CLOSING.value,
        show_keys=Shown.AFTER_CLOSING.value,
        names_shown=NamesShown.OWN_UNIT.value,
        set_ids=(set_id,),
    )
