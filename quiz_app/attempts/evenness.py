"""How even the papers of a round are, and how worn its items: exposure of each, spread of the score to be expected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, Round
from quiz_app.rules.drawing import shortages
from quiz_app.rules.simulation import Simulation, simulate

PAPERS = 1000
FEWEST_ANSWERS = 30
COLUMNS = 12


@dataclass(frozen=True, slots=True)
class ItemExposure:
    """An item of the pool: in how many papers it stood, in which share of papers it should.

    `facility` is the share of right answers, None below FEWEST_ANSWERS.
    """

    item_version_id: int
    topic: str
    level: int
    is_pinned: bool
    drawn: int
    expected_share: float
    answers: int
    facility: float | None


@dataclass(frozen=True, slots=True)
class Evenness:
    """`papers` were really drawn; the simulation draws PAPERS others. `one_question` is what the dearest is worth."""

    items: tuple[ItemExposure, ...]
    papers: int
    simulation: Simulation
    one_question: int

    @property
    def deviation(self) -> float:
        """By how many points a paper usually differs from the mean; two extremes of many always lie far apart."""
        return self.simulation.spread.standard_deviation

    @property
    def is_uneven(self) -> bool:
        return self.deviation > self.one_question

    @property
    def tried(self) -> int:
        """How many items have been answered often enough to know how hard they are."""
        return sum(item.facility is not None for item in self.items)

    def columns(self) -> list[tuple[float, int]]:
        """The simulated papers by expected score: the middle of each column, and how many papers stand in it."""
        spread = self.simulation.spread
        if spread.maximum - spread.minimum < 1e-9:
            return [(spread.mean, len(self.simulation.scores))]
        step = (spread.maximum - spread.minimum) / COLUMNS
        counts = [0] * COLUMNS
        for score in self.simulation.scores:
            counts[min(COLUMNS - 1, int((score - spread.minimum) / step))] += 1
        return [(spread.minimum + (index + 0.5) * step, count) for index, count in enumerate(counts)]


def evenness(session: Session, round_: Round) -> Evenness | None:
    """The evenness of a round's papers, a draft's as it would be drawn now; None where no paper can be drawn yet."""
    pool, pinned = contests.draw_sources(session, round_)
    cells = contests.blueprint(round_)
    if not cells or shortages(cells, pool):
        return None
    version_ids = [item.item_version_id for item in pool]
    drawn = _drawn(session, round_.id)
    answered = _answered(session, version_ids)
    facility = {
        version_id: right / answers for version_id, (answers, right) in answered.items() if answers >= FEWEST_ANSWERS
    }
    simulation = simulate(cells, pool, facility, f"evenness:{round_.id}", PAPERS, pinned=pinned & set(version_ids))
    items = [
        ItemExposure(
            item_version_id=item.item_version_id,
            topic=item.topic,
            level=item.level,
            is_pinned=item.item_version_id in pinned,
            drawn=drawn.get(item.item_version_id, 0),
            expected_share=simulation.shares[item.item_version_id],
            answers=answered.get(item.item_version_id, (0, 0))[0],
            facility=facility.get(item.item_version_id),
        )
        for item in pool
    ]
    items.sort(key=lambda item: (item.topic, item.level, -item.drawn, item.item_version_id))
    papers = session.scalar(select(func.count()).where(Attempt.round_id == round_.id)) or 0
    return Evenness(tuple(items), papers, simulation, max(cell.points for cell in cells))


def _drawn(session: Session, round_id: int) -> dict[int, int]:
    """In how many papers of a round each item stands."""
    rows = session.execute(
        select(Response.item_version_id, func.count())
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.round_id == round_id)
        .group_by(Response.item_version_id)
    )
    return {row[0]: row[1] for row in rows}


def _answered(session: Session, version_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """In how many submitted papers each item stood, whatever the round, and in how many it was right."""
    rows = session.execute(
        select(Response.item_version_id, func.count(), func.sum(cast(Response.is_right, Integer)))
        .join(Attempt, Attempt.id == Response.attempt_id)
        .join(Round, Round.id == Attempt.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            Response.item_version_id.in_(version_ids),
            Response.is_right.is_not(None),
            Attempt.state == AttemptState.SUBMITTED.value,
            Contest.is_rehearsal.is_(False),
        )
        .group_by(Response.item_version_id)
    )
    return {version_id: (answers, right or 0) for version_id, answers, right in rows}
