"""For random settings and histories, tables from rank keys in SQL are what the pure rules make of all attempts."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

import pytest

from quiz_app.attempts.closing import write_result
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import Contest, PrizeScope, Round
from quiz_app.leaderboard.queries import missed_key
from quiz_app.results import subjects, tables
from quiz_app.results.tables import Person
from quiz_app.rules import prediction
from quiz_app.rules.standing import (
    CountedAttempt,
    Criterion,
    Merit,
    counted,
    decided_by,
    overall_key,
    places,
    rank_key,
)
from tests.features.leaderboard.build import attempt
from tests.features.results.build import closed_round
from tests.support.build import Commune
from tests.support.works import View, Work

History = dict[int, dict[int, list[Merit]]]  # by round and member, what each finished attempt is ranked by


def _random_round(
    work: Work, commune: Commune, chance: random.Random, order: list[Criterion], first: Round | None
) -> Round:
    with work() as w:
        contest = None if first is None else w.session.get_one(Contest, first.contest_id)
    round_ = closed_round(work, commune.root, contest=contest, tie_breaks=order)
    with work() as w:
        kept = w.session.get_one(Round, round_.id)
        kept.counted = chance.choice([one.value for one in CountedAttempt])
        kept.prediction_truth = chance.choice([None, 5]) if Criterion.PREDICTION in order else None
        w.session.flush()
        return kept


def _random_history(work: Work, commune: Commune, chance: random.Random, round_: Round) -> dict[int, list[Merit]]:
    """Few different scores, times and guesses, so that much is tied; some attempts are annulled."""
    merits: dict[int, list[Merit]] = defaultdict(list)
    people = [
        commune.member, commune.colleague, commune.probationer, commune.stranger, commune.inner_member,
        commune.secretary, commune.exempt,
    ]  # fmt: skip
    with work() as w:
        held = w.session.get_one(Round, round_.id)
        for member in people:
            for number in range(chance.randint(0, 3)):
                score, seconds = chance.randint(3, 5), chance.choice([30, 40])
                state = chance.choice([AttemptState.SUBMITTED] * 4 + [AttemptState.ANNULLED])
                begun = timedelta(days=-5, minutes=60 * number + chance.randint(0, 1))
                row: Attempt = attempt(w, held, member, score, seconds, state=state, started=begun)
                row.prediction = chance.choice([None, 4, 5, 6, 8])
                w.session.flush()
                write_result(w.session, held, member.id, w.now)
                if state is AttemptState.SUBMITTED and row.ended_at is not None:
                    truth = held.prediction_truth
                    error = None if truth is None else prediction.error(row.prediction, truth)
                    merits[member.id].append(
                        Merit(score, seconds * 1000, round(row.ended_at.timestamp() * 1000), error)
                    )
    return merits


def _expected(keys: dict[int, tuple[int, ...]]) -> dict[int, tuple[int, tuple[int, ...]]]:
    held = places(list(keys.values()))
    return {member: (place, key) for (member, key), place in zip(keys.items(), held, strict=True)}


def _found(people: list[Person]) -> dict[int, tuple[int | None, tuple[int, ...]]]:
    return {one.member_id: (one.place, one.rank_key) for one in people}


@pytest.mark.parametrize("seed", range(6))
def test_tables_are_those_of_the_rules(work: Work, view: View, commune: Commune, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history to test with, no secret
    order = chance.sample(list(Criterion), chance.randint(1, 4))
    first = _random_round(work, commune, chance, order, None)
    second = _random_round(work, commune, chance, order, first)
    histories = {round_.id: _random_history(work, commune, chance, round_) for round_ in (first, second)}
    counted_keys: dict[int, dict[int, tuple[int, ...]]] = {}
    with view() as r:
        for round_ in (first, second):
            best = {
                member: merits[counted(CountedAttempt(round_.counted), merits)]
                for member, merits in histories[round_.id].items()
            }
            keys: dict[int, tuple[int, ...]] = {member: rank_key(order, merit) for member, merit in best.items()}
            counted_keys[round_.id] = keys
            table = tables.computed(r.session, subjects.subject(r.session, PrizeScope.ROUND, round_.id), r.now)
            assert _found(list(table.people)) == _expected(keys)
            ordered = sorted(best.values(), key=lambda merit: rank_key(order, merit))
            for one in table.people:
                own = best[one.member_id]
                better = [merit for merit in ordered if rank_key(order, merit) < rank_key(order, own)]
                reason = decided_by(order, better[-1], own) if better else None
                assert one.decided_by == (None if reason is None else reason.value)
        everybody = set(counted_keys[first.id]) | set(counted_keys[second.id])
        sums = {}
        for member in everybody:
            sat = [counted_keys[one.id][member] for one in (first, second) if member in counted_keys[one.id]]
            missed = [missed_key(one) for one in (first, second) if member not in counted_keys[one.id]]
            sums[member] = overall_key(sat, missed)
        whole = subjects.subject(r.session, PrizeScope.OVERALL, first.contest_id)
        assert _found(list(tables.computed(r.session, whole, r.now).people)) == _expected(sums)
