"""For random rosters, histories and mixes, the units of a table are what the pure rules make of all attempts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import AttemptState
from quiz_app.contests.models import Contest, PrizeScope, Round, UnitClasses
from quiz_app.leaderboard.tallies import unit_figures
from quiz_app.members.models import Member
from quiz_app.results import subjects, tables
from quiz_app.rules.standing import CountedAttempt, Merit, counted
from quiz_app.rules.unit_mix import Contender, MixMeasure, marks
from quiz_app.rules.unit_standing import UnitFigures, size_class
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import FULL_MARKS, attempt, roster
from tests.features.results.build import SAT, closed_round, give
from tests.support.build import Commune
from tests.support.works import View, Work

GOOD = 18


@dataclass
class Happened:
    """Of one round: who is on its roster, and what each finished attempt of a member is worth, first to last."""

    round: Round
    on_roster: list[Member]
    exempt: list[Member]
    merits: dict[int, list[Merit]] = field(default_factory=dict)

    def counts(self, member: Member) -> int:
        own = self.merits[member.id]
        return own[counted(CountedAttempt(self.round.counted), own)].score


def _random_round(work: Work, commune: Commune, chance: random.Random, people: list[Member], title: str) -> Happened:
    with work() as w:
        contest = w.session.scalars(select(Contest)).first()
    made = closed_round(work, commune.root, contest=contest, title=title)
    on_roster = [one for one in people if chance.random() < 0.8]
    exempt = [one for one in on_roster if chance.random() < 0.2]
    with work() as w:
        round_ = w.session.get_one(Round, made.id)
        round_.counted = chance.choice(list(CountedAttempt)).value
        roster(w, round_, [one for one in on_roster if one not in exempt], exempt)
        happened = Happened(round_, on_roster, exempt)
        for member in people:
            for number in range(chance.randint(0, 2)):
                score, seconds = chance.choice([5, GOOD - 1, GOOD, FULL_MARKS]), 30 + 10 * number
                state = chance.choice([AttemptState.SUBMITTED] * 3 + [AttemptState.ANNULLED])
                row = attempt(w, round_, member, score, seconds, state=state, started=SAT)
                if state is AttemptState.SUBMITTED and row.ended_at is not None:
                    ended_ms = round(row.ended_at.timestamp() * 1000)
                    happened.merits.setdefault(member.id, []).append(Merit(score, seconds * 1000, ended_ms))
    return happened


def _figures(unit: Unit, within: list[Member], each: Happened, unranked: Member) -> UnitFigures:
    sat = [one for one in within if one.id in each.merits]
    ranked = [one for one in sat if one is not unranked]
    able = [one for one in each.on_roster if one in within and one not in each.exempt]
    return UnitFigures(
        unit_id=unit.id,
        members=sum(one in within for one in each.on_roster),
        exempt=sum(one in within for one in each.exempt),
        rostered_participants=sum(one.id in each.merits for one in able),
        participants=len(sat),
        attempts=sum(len(each.merits[one.id]) for one in sat),
        score_sum=sum(each.counts(one) for one in ranked),
        full_marks=sum(each.counts(one) == FULL_MARKS for one in ranked),
        ranked_participants=len(ranked),
    )


def _together(unit_id: int, parts: list[UnitFigures]) -> UnitFigures:
    names = [name for name in UnitFigures.__slots__ if name != "unit_id"]
    return UnitFigures(unit_id, **{name: sum(getattr(one, name) for one in parts) for name in names})


@pytest.mark.parametrize("seed", range(6))
def test_units_are_those_of_the_rules(work: Work, view: View, commune: Commune, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history to test with, no secret
    of_first = [commune.member, commune.colleague, commune.probationer, commune.secretary, commune.exempt]
    of_second = [commune.stranger, commune.secretary_elsewhere, commune.author]
    within = {
        commune.first: of_first,
        commune.second: of_second,
        commune.committee: [commune.inner_member, commune.overseer_elsewhere],
        commune.inner: [commune.inner_member, commune.overseer_elsewhere],
    }
    people = [*of_first, *of_second, *within[commune.inner]]
    rounds = [_random_round(work, commune, chance, people, title) for title in ("Tuần 1", "Tuần 2")]
    weights = {measure: chance.randint(0, 3) for measure in MixMeasure} | {MixMeasure.TURNOUT: 1}
    classes, minimum = chance.choice(list(UnitClasses)), chance.randint(0, 3)
    with work() as w:
        contest = w.session.get_one(Contest, rounds[0].round.contest_id)
        contest.unit_weights = {measure.value: weight for measure, weight in weights.items()}
        contest.unit_threshold, contest.unit_minimum, contest.unit_classes = GOOD, minimum, classes.value
    for scope in (PrizeScope.ROUND, PrizeScope.OVERALL):
        give(work, rounds[0].round, scope, ("Giải", 2))
    ranked_units = list(within) if classes is UnitClasses.KIND else [commune.first, commune.second, commune.committee]
    subjects_of = [
        (PrizeScope.ROUND, rounds[0].round.id, rounds[:1]),
        (PrizeScope.OVERALL, rounds[0].round.contest_id, rounds),
    ]
    with view() as r:
        for kind, number, added_up in subjects_of:
            table = tables.computed(r.session, subjects.subject(r.session, kind, number), r.now)
            winners = Counter(one.member_id for one in table.people if one.prize is not None)
            contenders = []
            for unit in ranked_units:
                own = within[unit]
                parts = [_figures(unit, own, each, commune.author) for each in added_up]
                size = next((one.members for one in reversed(parts) if one.members), 0)
                figures = _together(unit.id, parts)
                if not size and not figures.participants:
                    continue
                name = {UnitClasses.NONE: "", UnitClasses.SIZE: size_class(size).value, UnitClasses.KIND: unit.kind}
                good = sum(
                    one is not commune.author and one.id in each.merits and each.counts(one) >= GOOD
                    for each in added_up
                    for one in own
                )
                won = sum(winners[one.id] for one in own)
                contenders.append(Contender(figures, name[classes], good, won, size))
            expected = {one.unit_id: one for one in marks(contenders, weights, minimum)}
            assert {one.unit_id: (one.class_name, one.place, one.total, one.parts) for one in table.units} == {
                key: (one.class_name, one.place, one.total, {part.value: got for part, got in one.parts.items()})
                for key, one in expected.items()
            }
        for each in rounds:  # and the whole tree, as boards keep it
            kept = unit_figures(r.session, each.round.id)
            for unit, own in (*within.items(), (commune.root, people)):
                assert kept[unit.id] == _figures(unit, own, each, commune.author)
