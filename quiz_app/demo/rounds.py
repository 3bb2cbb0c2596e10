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
from quiz_app.attempts.closing import close_if_due
from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import services as contests
from quiz_app.contests.models import Contest, NamesShown, RosterEntry, Round, Shown
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.access import Actor
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work, working
from quiz_app.leaderboard.tallies import take_tallies
from quiz_app.members.models import Account, Member
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt, Criterion

CONTEST_SET = "hanoi-18-minh-hoa"
CONTEST_TITLE = "Tìm hiểu Nghị quyết Đại hội XVIII Đảng bộ Thành phố (minh họa)"
EARLIER_TITLE = "Đợt 1"
ROUND_TITLE = "Đợt 2"
OPEN_FOR = timedelta(days=9)
CLOSED_FOR = timedelta(days=11)
BETWEEN = timedelta(days=3)
EARLIER_SHARE = 0.6
ALWAYS_SAT_BEFORE = ("dangvien", "bithu")  # whoever tries the demo as these finds a history of his own
STILL_SITTING = 0.04
LEFT_UNFINISHED = 0.03
SECOND_TRY = 0.35


@dataclass(frozen=True, slots=True)
class Played:
    """What a play added. People and attempts are two numbers."""

    members: int
    attempts: int


def open_rounds(db: Database, root_id: int) -> None:
    """A contest over the shipped demonstration set, unless there is one: a round that has closed, and an open one.

    The open one began two days ago; the earlier one lasted as long and is not yet final.
    """
    with db.reading() as session:
        if session.scalar(select(Contest.id).where(Contest.unit_id == root_id)) is not None:
            return
        now = db.now(session)
    today = now.astimezone(VIETNAM).replace(hour=7, minute=30, second=0, microsecond=0)
    opens_at = today - timedelta(days=2)
    earlier = opens_at - BETWEEN - CLOSED_FOR
    with working(db, now=earlier - timedelta(hours=1)) as w:
        contest = contests.create_contest(w, title=CONTEST_TITLE, unit_id=root_id, is_demonstration=True)
        _publish_round(w, contest.id, EARLIER_TITLE, earlier)
        contest_id = contest.id
    with working(db, now=opens_at - timedelta(hours=1)) as w:
        _publish_round(w, contest_id, ROUND_TITLE, opens_at)


def _publish_round(w: Work, contest_id: int, title: str, opens_at: datetime) -> None:
    item_set = catalogue.published_set(w.session, CONTEST_SET)
    if item_set is None:
        raise Missing
    round_ = contests.create_round(w, contest_id, _terms(item_set.id, title, opens_at))
    contests.set_blueprint(w, round_.id, _cells())
    contests.publish_round(w, round_.id)


def play(db: Database, *, count: int, seed: int) -> Played:
    """Let members of the roster sit the open demonstration round: some twice, a few still sitting or gone.

    Fewer people, many of them the same, have sat the earlier rounds of its contest, where nobody has yet. The same seed
    lets the same people sit in the same manner; who has sat already is passed over. What is returned is of the open
    round. Raises Missing where no demonstration round is open.
    """
    with db.reading() as session:
        now = db.now(session)
        round_ = _open_round(session, now)
        earlier = _unplayed_rounds_before(session, round_)
        shown = frozenset(session.scalars(select(Account.member_id).where(Account.username.in_(ALWAYS_SAT_BEFORE))))
    for past in earlier:
        _play(db, past, count=round(count * EARLIER_SHARE), chance=_chance(seed + past.position), now=now, also=shown)
        _close_all(db, past)
    played = _play(db, round_, count=count, chance=_chance(seed), now=now)
    for each in (*earlier, round_):
        take_tallies(db, each.id)
    return played


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a demonstration wants to be repeatable, not secret


def _play(
    db: Database, round_: Round, *, count: int, chance: random.Random, now: datetime, also: frozenset[int] = frozenset()
) -> Played:
    with db.reading() as session:
        members = _fresh_members(session, round_.id)
    chosen = chance.sample(members, min(count, len(members)))
    chosen += [member for member in members if member.id in also and member not in chosen]
    until = min(now, round_.closes_at - timedelta(seconds=round_.time_limit_s or 900))
    sat = sum(_sit(db, round_, member, until, chance) for member in chosen)
    return Played(len(chosen), sat)


def _close_all(db: Database, round_: Round) -> None:
    """Close what was left unfinished in a round that is over, as the sweeper would have done then."""
    over_at = round_.closes_at + timedelta(minutes=1)
    with db.reading() as session:
        left = session.scalars(
            select(Attempt.id)
            .where(Attempt.round_id == round_.id, Attempt.state == AttemptState.OPEN.value)
            .order_by(Attempt.deadline_at, Attempt.member_id)
        ).all()
    for attempt_id in left:
        with working(db, now=over_at) as w:
            close_if_due(w, attempt_id)


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
    """One attempt, kept all at once: a sweeper beside it would close a half-told one of the past as overdue."""
    actor = Actor(member_id=member.id, unit_id=member.unit_id, name=member.full_name)
    with working(db, actor=actor, now=started_at) as w:
        attempt_id = attempts.start(w, round_.id, is_demonstration_site=True)
        rows = w.session.scalars(
            select(Response).where(Response.attempt_id == attempt_id).order_by(Response.position)
        ).all()
        keys = catalogue.key_of(w.session, [row.item_version_id for row in rows])
        for row in rows:
            w.now += timedelta(seconds=chance.uniform(4, 40))
            letters = _letters(row, keys[row.item_version_id], skill, chance)
            attempts.save_response(w, attempt_id, row.position, attempts.Choice(letters, epoch=1, revision=1))
        if not is_submitted:
            return
        w.session.expire_all()  # the saves went around the session, which still holds the rows as drawn
        w.now += timedelta(seconds=chance.uniform(3, 30))
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
            Contest.is_rehearsal.is_(False),
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


def _unplayed_rounds_before(session: Session, round_: Round) -> list[Round]:
    """The rounds of the same contest that closed before and that nobody has sat, first to last."""
    was_sat = select(Attempt.id).where(Attempt.round_id == Round.id).exists()
    return list(
        session.scalars(
            select(Round)
            .where(
                Round.contest_id == round_.contest_id,
                Round.published_at.is_not(None),
                Round.closes_at <= round_.opens_at,
                ~was_sat,
            )
            .order_by(Round.position)
        )
    )


def _cells() -> Iterator[Cell]:
    item_set = read_bank().item_set(CONTEST_SET)
    if item_set is None:
        raise Missing
    for cell in item_set.blueprint:
        yield Cell(cell.topic, cell.level, cell.count)


def _terms(set_id: int, title: str, opens_at: datetime) -> RoundTerms:
    return RoundTerms(
        title=title,
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
