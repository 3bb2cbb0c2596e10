"""What a board is about: one round, or the rounds of a stage or of a whole contest that have begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests.models import Contest, Round, Stage
from quiz_app.contests.policy import frozen_since, reveals_scores, sight
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import policy
from quiz_app.leaderboard.labels import OVERALL
from quiz_app.rules.standing import Criterion
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.visibility import Audience, Sight, Thing


@dataclass(frozen=True, slots=True)
class Scope:
    """The rounds a board adds up, first to last, seen at `now`: one, or with `is_overall` those so far of `stage`.

    Without a stage they are the contest's. `is_unveiled`: scores count whether or not they may show, for the tables
    that organisers make final. `audience`: for whom, everybody unless somebody else is named.
    """

    contest: Contest
    rounds: tuple[Round, ...]
    is_overall: bool
    now: datetime
    stage: Stage | None = None
    is_unveiled: bool = False
    audience: Audience = Audience.MEMBER

    @property
    def revealed(self) -> tuple[Round, ...]:
        """The rounds whose scores may show."""
        return tuple(round_ for round_ in self.rounds if self.is_unveiled or reveals_scores(round_, self.now))

    @property
    def ids(self) -> tuple[int, ...]:
        """Those of its rounds, in their order."""
        return tuple([round_.id for round_ in self.rounds])

    @property
    def frozen(self) -> tuple[tuple[int, datetime], ...]:
        """The rounds that the audience sees as they stood at the freeze, each with its instant."""
        return tuple((round_.id, at) for round_, at in self.still if not self._is_seen_moving(round_))

    @property
    def apart(self) -> tuple[Round, ...]:
        """The rounds that stand still for the public and move for this audience."""
        return tuple(round_ for round_, _ in self.still if self._is_seen_moving(round_))

    @property
    def still(self) -> tuple[tuple[Round, datetime], ...]:
        """The rounds whose public figures stand still, each with the instant of its freeze."""
        found = ((round_, frozen_since(round_, self.now)) for round_ in self.rounds)
        return tuple((round_, at) for round_, at in found if at is not None)

    def alone(self, round_id: int) -> Scope:
        """One of the rounds by itself, for the same audience."""
        rounds = tuple(round_ for round_ in self.rounds if round_.id == round_id)
        return replace(self, rounds=rounds, is_overall=False, stage=None)

    def _is_seen_moving(self, round_: Round) -> bool:
        moving = (Sight.LIVE, Sight.PROVISIONAL, Sight.FINAL)
        return self.is_unveiled or sight(round_, Thing.PERSON_BOARD, self.audience, self.now) in moving

    @property
    def last(self) -> Round:
        return self.rounds[-1]

    @property
    def tie_breaks(self) -> Sequence[str]:
        """What ranks persons: the list of the last round whose scores show."""
        return (self.revealed or self.rounds)[-1].tie_breaks

    @property
    def names_shown(self) -> tuple[str, ...]:
        """How each of the rounds whose results are told shows names: one is told where all of them allow it."""
        return tuple([round_.names_shown for round_ in (self.revealed if self.is_overall else self.rounds)])

    @property
    def awaits_truth(self) -> bool:
        """Whether persons are to be ranked by a prediction whose truth is not fixed yet."""
        asked = Criterion.PREDICTION.value
        return any(asked in round_.tie_breaks and not self.knows_truth(round_) for round_ in self.revealed)

    def knows_truth(self, round_: Round) -> bool:
        """Whether people stand on a round's board by what its prediction was about: not while it stands still."""
        return round_.prediction_truth is not None and all(round_id != round_.id for round_id, _ in self.frozen)

    @property
    def is_final(self) -> bool:
        return all(round_.finalised_at is not None for round_ in self.rounds) and not self.awaits_truth

    @property
    def title(self) -> str:
        if self.stage is not None:
            return self.stage.title
        return OVERALL if self.is_overall else self.last.title

    @property
    def closes_at(self) -> datetime:
        return closes_finally_at(longest_timing(self.last))


def of_round(round_: Round, now: datetime) -> Scope:
    """A round by itself."""
    return Scope(round_.contest, (round_,), is_overall=False, now=now)


def of_contest(offered: Sequence[Round], contest_id: int, now: datetime) -> Scope:
    """A contest so far: those of the offered rounds that have begun. Raises Missing before the first has."""
    begun = [round_ for round_ in offered if round_.contest_id == contest_id and round_.opens_at <= now]
    if not begun:
        raise Missing
    begun.sort(key=lambda round_: (round_.position, round_.id))
    return Scope(begun[0].contest, tuple(begun), is_overall=True, now=now)


def of_stage(offered: Sequence[Round], stage: Stage, now: datetime) -> Scope:
    """A stage so far: those of the offered rounds that belong to it and have begun. Raises Missing before the first."""
    begun = [round_ for round_ in offered if round_.stage_id == stage.id and round_.opens_at <= now]
    if not begun:
        raise Missing
    begun.sort(key=lambda round_: (round_.position, round_.id))
    return Scope(begun[0].contest, tuple(begun), is_overall=True, now=now, stage=stage)


def board_rounds(r: Reading) -> list[Round]:
    """The published rounds whose boards the actor sees, the one that closes last first."""
    return list(r.session.scalars(_last_first(policy.seen(r.actor))))


def rounds_of_unit(session: Session, unit_id: int) -> list[Round]:
    """The published rounds of the contests of this very unit, the one that closes last first; rehearsals as well."""
    return list(session.scalars(_of_unit(), {"unit": unit_id}))


@cache
def _of_unit() -> Select[Round]:
    return _last_first(Contest.unit_id == bindparam("unit"))


def _last_first(there: ColumnElement[bool]) -> Select[Round]:
    return (
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .options(joinedload(Round.contest))
        .where(Round.published_at.is_not(None), there)
        .order_by(Round.closes_at.desc(), Round.id.desc())
    )


def current(offered: Sequence[Round], now: datetime) -> Round | None:
    """The round a reader most likely means: the open one that closes first, else the last closed, else the next."""
    closing = {round_.id: closes_finally_at(longest_timing(round_)) for round_ in offered}
    open_now = [round_ for round_ in offered if round_.opens_at <= now < closing[round_.id]]
    if open_now:
        return min(open_now, key=lambda round_: (closing[round_.id], round_.id))
    closed = [round_ for round_ in offered if closing[round_.id] <= now]
    if closed:
        return max(closed, key=lambda round_: (closing[round_.id], round_.id))
    return min(offered, key=lambda round_: (round_.opens_at, round_.id), default=None)
