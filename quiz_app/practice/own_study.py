"""How far a member has come, for himself alone: weeks in a row, modules, practice, rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from quiz_app.attempts import queries as attempts
from quiz_app.attempts.models import Result
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.policy import reveals_scores
from quiz_app.kernel.work import Reading
from quiz_app.practice import queries
from quiz_app.rules import streaks
from quiz_app.rules.streaks import Streak
from quiz_app.rules.timing import day_of
from quiz_app.study import queries as study
from quiz_app.study.models import LessonProgress
from quiz_app.study.queries import ModuleProgress


@dataclass(frozen=True, slots=True)
class SatRound:
    """A round in which the member has a counted result; `shows_score`: whether its rules tell him yet."""

    round: Round
    result: Result
    shows_score: bool


@dataclass(frozen=True, slots=True)
class OwnStudy:
    streak: Streak
    modules: Sequence[ModuleProgress]
    practised: int
    known: int
    mistakes: int
    daily: queries.Daily
    rounds: Sequence[SatRound]

    @property
    def finished(self) -> int:
        return sum(module.is_finished for module in self.modules)


def of_actor(r: Reading) -> OwnStudy:
    """The acting member's."""
    stocked = queries.stock(r)
    practised, known = queries.answer_counts(r.session, r.actor.member)
    return OwnStudy(
        streak=weeks(r),
        modules=study.modules(r),
        practised=practised,
        known=known,
        mistakes=sum(one.is_mistake for one in stocked),
        daily=queries.daily(r, stocked),
        rounds=_rounds(r),
    )


def weeks(r: Reading) -> Streak:
    """The acting member's weeks in a row: a lesson read to its end counts, and so does practice that was ended."""
    finished = r.session.scalars(
        select(LessonProgress.finished_at).where(
            LessonProgress.member_id == r.actor.member, LessonProgress.finished_at.is_not(None)
        )
    )
    read_on = [day_of(at) for at in finished if at is not None]
    return streaks.streak([*read_on, *queries.studied_on(r.session, r.actor.member)], day_of(r.now))


def _rounds(r: Reading) -> list[SatRound]:
    rounds = contests.visible_rounds(r)
    results = attempts.own_results(r, [round_.id for round_ in rounds])
    return [
        SatRound(round_, results[round_.id], reveals_scores(round_, r.now)) for round_ in rounds if round_.id in results
    ]
