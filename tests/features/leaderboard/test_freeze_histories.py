"""Histories at random: a frozen board is what the pure rules make of what was submitted before the freeze."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest

from quiz_app.attempts import freezing
from quiz_app.attempts.closing import write_result
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.leaderboard import queries, scope
from quiz_app.leaderboard.policy import MEAN_FROM
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.leaderboard.unit_boards import unit_board
from quiz_app.members.models import Member
from quiz_app.rules.standing import CountedAttempt, Criterion, Merit, counted, places, rank_key
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.rules.visibility import Audience
from tests.features.attempts.test_races import together
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.build import Commune, member
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work

ORDER = (Criterion.SCORE, Criterion.DURATION)
CLOSES = NOW + timedelta(days=1)
FROZEN = CLOSES - timedelta(hours=2)
SECOND = timedelta(seconds=1)
Row = tuple[int, int, int]  # place, member, score


@dataclass
class Sat:
    member: Member
    written_at: datetime
    score: int
    seconds: int
    attempt_id: int
    annulled_at: datetime | None = None

    @property
    def merit(self) -> Merit:
        return Merit(self.score, self.seconds * 1000, 0)


@dataclass
class History:
    """What happened, in the order of its instants, beside what the product stored of it."""

    work: Work
    round: Round
    sat: list[Sat] = field(default_factory=list)

    def sit(self, person: Member, score: int, seconds: int, at: datetime) -> None:
        with self.work(now=at) as w:
            held = w.session.get_one(Round, self.round.id)
            row = attempt(w, held, person, score, seconds, started=at - NOW - timedelta(seconds=seconds))
            self.sat.append(Sat(person, at, score, seconds, row.id))

    def annul(self, one: Sat, at: datetime) -> None:
        with self.work(now=at) as w:
            w.session.get_one(Attempt, one.attempt_id).state = AttemptState.ANNULLED.value
            w.session.flush()
            write_result(w.session, w.session.get_one(Round, self.round.id), one.member.id, w.now)
        one.annulled_at = at

    def extend(self, minutes: int, at: datetime) -> None:
        with self.work(now=at) as w:
            held = w.session.get_one(Round, self.round.id)
            held.extension_s += minutes * 60
            held.longest_extension_s = held.extension_s
            freezing.forget_if_thawed(w.session, held, w.now)

    def board(self, until: datetime) -> list[Row]:
        """By the pure rules: everything that was written before `until` and not taken away before it."""
        best: dict[int, Merit] = {}
        for person in {one.member.id for one in self.sat}:
            merits = [
                one.merit
                for one in self.sat
                if one.member.id == person
                and one.written_at < until
                and (one.annulled_at is None or one.annulled_at >= until)
            ]
            if merits:
                best[person] = merits[counted(CountedAttempt.BEST_FASTEST, merits)]
        ranked = sorted((rank_key(ORDER, merit), person) for person, merit in best.items())
        held = places([key for key, _ in ranked])
        return [(place, person, best[person].score) for place, (_, person) in zip(held, ranked, strict=True)]

    def figures(self, until: datetime) -> tuple[int, int, int]:
        """People, attempts and, where enough people sat, points of all."""
        board = self.board(until)
        there = [
            one for one in self.sat if one.written_at < until and (one.annulled_at is None or one.annulled_at >= until)
        ]
        points = sum(score for _, _, score in board)
        return len(board), len(there), points if len(board) >= MEAN_FROM else 0


def shown(view: View, round_: Round, at: datetime, audience: Audience = Audience.MEMBER) -> list[Row]:
    with view(now=at) as r:
        held = r.session.get_one(Round, round_.id)
        what = scope.Scope(held.contest, (held,), is_overall=False, now=at, audience=audience)
        people = queries.ranked_people(r.session, what, None, None)
        both = [
            (place, one.member_id, one.score)
            for place, one in zip(places([one.key for one in people]), people, strict=True)
        ]
        overall = scope.Scope(held.contest, (held,), is_overall=True, now=at, audience=audience)
        added = queries.ranked_people(r.session, overall, None, None)
        assert [(one.member_id, one.score) for one in added] == [row[1:] for row in both]
        return both


def tallied(view: View, round_: Round, at: datetime, audience: Audience = Audience.MEMBER) -> tuple[int, int, int]:
    with view(now=at) as r:
        held = r.session.get_one(Round, round_.id)
        what = scope.Scope(held.contest, (held,), is_overall=False, now=at, audience=audience)
        total = unit_board(r.session, what, held.contest.unit_id, UnitMeasure.TURNOUT).total
        assert total is not None
        return total.participants, total.attempts, total.score_sum


def people(work: Work, commune: Commune, count: int) -> tuple[Round, list[Member]]:
    with work() as w:
        units = (commune.first, commune.second, commune.inner)
        found = [member(w, units[number % 3], f"Nguyễn Văn Số {number}", with_account=False) for number in range(count)]
        round_ = open_round(w, commune.root, tie_breaks=ORDER)
        round_.freeze_minutes = 120
        roster(w, round_, found)
    return round_, found


@pytest.mark.parametrize("seed", range(5))
def test_a_frozen_board_is_what_was_submitted_before_the_freeze(
    work: Work, view: View, commune: Commune, db: Database, clock: Clock, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311 - histories, no secret
    round_, members = people(work, commune, 9)
    history = History(work, round_)
    # Most of what happens is near the freeze, some exactly at it.
    near = [FROZEN, FROZEN - timedelta(microseconds=1), FROZEN + timedelta(microseconds=1)]
    instants = sorted(
        near + [FROZEN + timedelta(seconds=chance.randint(-4000, 7000), microseconds=n) for n in range(22)]
    )
    for at in instants:
        left = [one for one in history.sat if one.annulled_at is None]
        if left and chance.random() < 0.2:
            history.annul(chance.choice(left), at)
        else:
            history.sit(chance.choice(members), chance.randint(0, 4), chance.choice([30, 40]), at)
        assert shown(view, round_, at) == history.board(FROZEN if at >= FROZEN else at + SECOND / 1000), at
        assert shown(view, round_, at, Audience.ORGANISER) == history.board(at + SECOND / 10**6)
    clock.set(FROZEN + timedelta(minutes=1))
    refresh_tallies(db)
    later = CLOSES + timedelta(days=1)
    assert tallied(view, round_, later) == history.figures(FROZEN)
    assert tallied(view, round_, later, Audience.ORGANISER) == history.figures(later)
    clock.set(later)
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = later
    clock.move(seconds=1)
    refresh_tallies(db)
    assert shown(view, round_, later) == history.board(later)
    assert tallied(view, round_, later) == history.figures(later)


@pytest.mark.parametrize("seed", range(3))
def test_with_more_time_the_last_freeze_counts(work: Work, view: View, commune: Commune, seed: int) -> None:
    chance = Random(100 + seed)  # noqa: S311 - histories, no secret
    round_, members = people(work, commune, 6)
    history = History(work, round_)
    frozen_at = FROZEN
    for step in range(24):
        at = FROZEN + timedelta(minutes=7 * (step - 8), seconds=chance.randint(0, 200))
        left = [one for one in history.sat if one.annulled_at is None]
        if step in (10, 15, 21):
            frozen_at += timedelta(minutes=40)
            history.extend(40, at)
        elif left and chance.random() < 0.25:
            history.annul(chance.choice(left), at)
        else:
            history.sit(chance.choice(members), chance.randint(0, 4), 30, at)
        assert shown(view, round_, at) == history.board(min(frozen_at, at + SECOND / 1000)), (step, frozen_at)


def test_submissions_that_meet_the_freeze(work: Work, view: View, commune: Commune, db: Database) -> None:
    """All at the same moment, some a little before the freeze and some a little after it, whoever is served first."""
    round_, members = people(work, commune, 8)
    history = History(work, round_)
    for number, person in enumerate(members):
        history.sit(person, number % 4, 30, FROZEN - timedelta(minutes=5))
    chance = Random(7)  # noqa: S311 - histories, no secret
    for turn in range(6):
        instants = [FROZEN + SECOND * chance.choice([-2, -1, 0, 1]) + timedelta(milliseconds=turn) for _ in members]

        def sit(person: Member, at: datetime, score: int) -> Sat:
            with working(db, now=at) as w:
                held = w.session.get_one(Round, round_.id)
                row = attempt(w, held, person, score, 30, started=at - NOW - timedelta(seconds=30))
                return Sat(person, at, score, 30, row.id)

        acts = [partial(sit, person, at, 5 + turn) for person, at in zip(members, instants, strict=True)]
        before = {row[1] for row in history.board(FROZEN)}
        for done in together(acts):
            assert isinstance(done, Sat), done
            history.sat.append(done)
        # Who was written after the freeze once stays as he was: instants of one member never go back.
        assert before == {row[1] for row in shown(view, round_, FROZEN)}
    assert shown(view, round_, FROZEN + SECOND * 9, Audience.ORGANISER) == history.board(CLOSES)
    known = {person.id: max((s for s in _before_any_after(history, person)), default=None) for person in members}
    assert {row[1]: row[2] for row in shown(view, round_, FROZEN + SECOND * 9)} == known


def _before_any_after(history: History, person: Member) -> list[int]:
    """The scores of a member up to his first one after the freeze, in the order in which they were stored."""
    found: list[int] = []
    for one in history.sat:
        if one.member.id != person.id:
            continue
        if one.written_at >= FROZEN:
            break
        found.append(one.score)
    return found
