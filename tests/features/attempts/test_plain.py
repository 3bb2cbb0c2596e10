"""What pages read past the ORM is what the objects say: the same values of the same types, on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from quiz_app.attempts import outcome, queries, services
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel.errors import Missing
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import Criterion
from quiz_app.rules.timing import DailyHours
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")


RICH = {
    "daily": DailyHours(1, 1439),
    "prediction_kind": PredictionKind.PEOPLE,
    "tie_breaks": (Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION),
    "entry_categories": ("full", "probationary"),
    "minimum_age": 18,
    "freeze_minutes": 30,
    "attempts_per_day": 2,
}


def _open(work: Work, commune: Commune, **changes: object) -> Round:
    with work(now=at(-90)) as w:
        return contest.open_round(w, commune.root, **changes).round  # type: ignore[arg-type] # names are checked there


def _start(work: Work, commune: Commune, round_: Round, minutes: float) -> int:
    with work(actor=commune.member, now=at(minutes)) as w:
        return services.start(w, round_.id, is_demonstration_site=True)


def _sit(work: Work, commune: Commune, round_: Round, minutes: float) -> int:
    """An attempt of the member that is handed in half a minute after its start."""
    attempt_id = _start(work, commune, round_, minutes)
    with work(actor=commune.member, now=at(minutes, seconds=30)) as w:
        services.submit(w, attempt_id, 1)
    return attempt_id


def _told(row: Any, names: tuple[str, ...]) -> dict[str, tuple[type, Any]]:
    return {name: (type(value := getattr(row, name)), value) for name in names}


@pytest.mark.parametrize("is_over", [False, True])
def test_rows_say_what_the_objects_say(work: Work, view: View, commune: Commune, *, is_over: bool) -> None:
    round_ = _open(work, commune, **RICH)
    attempt_id = (_sit if is_over else _start)(work, commune, round_, 1)
    with view(actor=commune.member, now=at(5)) as r:
        attempt, its_round = queries.own_attempt(r, attempt_id)
        sitting, ended = queries.sitting(r, attempt_id), outcome.outcome(r, attempt_id)
        shown = contests.shown_round(r, round_.id)
        [listed] = queries.own_attempts(r.session, commune.member.id, round_.id)
        for read in (sitting.attempt, ended.attempt, listed):
            assert _told(read, read._fields) == _told(attempt, read._fields)
        for seen in (sitting.round, ended.round, shown.round):
            own = tuple(name for name in seen._fields if name != "contest")
            assert _told(seen, own) == _told(its_round, own)
            assert _told(seen.contest, seen.contest._fields) == _told(its_round.contest, seen.contest._fields)
        assert shown.rules is not None
        assert _told(shown.rules, shown.rules._fields) == _told(
            contests.rules(r.session, its_round), shown.rules._fields
        )


def test_whoever_bears_a_role_is_shown_the_same_round(work: Work, view: View, commune: Commune) -> None:
    round_ = _open(work, commune, **RICH)
    with view(actor=commune.member) as r, view(actor=commune.organiser) as other:
        assert contests.shown_round(r, round_.id) == contests.shown_round(other, round_.id)


def test_another_s_attempt_and_a_draft_are_not_there(work: Work, view: View, commune: Commune) -> None:
    round_ = _open(work, commune)
    attempt_id = _sit(work, commune, round_, 1)
    with work() as w:
        w.session.get_one(Round, round_.id).published_at = None
    with view(actor=commune.colleague) as r:
        for ask in (queries.sitting, outcome.outcome):
            with pytest.raises(Missing):
                ask(r, attempt_id)
        with pytest.raises(Missing):
            contests.shown_round(r, round_.id)


def test_an_outcome_counts_the_attempts_that_stand(work: Work, view: View, commune: Commune) -> None:
    round_ = _open(work, commune, attempts_allowed=2)
    first = _sit(work, commune, round_, 1)
    with view(actor=commune.member) as r:
        alone = outcome.outcome(r, first)
    second = _sit(work, commune, round_, 4)
    with view(actor=commune.member) as r:
        last = outcome.outcome(r, second)
    with work() as w:
        w.session.get_one(Attempt, second).state = AttemptState.ANNULLED.value
    with view(actor=commune.member) as r:
        annulled = outcome.outcome(r, second)
    assert [(one.begun, one.taken, one.may_begin_another) for one in (alone, last, annulled)] == [
        (1, 1, True),
        (2, 2, False),
        (2, 1, True),
    ]
    assert alone.length == sum(cell.count for cell in contest.BLUEPRINT)
    assert alone.counted is not None
    assert (alone.counted.attempt_id, alone.counted.is_ranked) == (first, True)
