"""What a final table is about: a round, a stage, or a whole contest, with the rounds that it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, PrizeScope, Round, Shown, Stage
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.leaderboard.labels import OVERALL
from quiz_app.leaderboard.scope import Scope

SLUGS = {"dot": PrizeScope.ROUND, "giai-doan": PrizeScope.STAGE, "cuoc-thi": PrizeScope.OVERALL}
_WORDS = {PrizeScope.ROUND: "round", PrizeScope.STAGE: "stage", PrizeScope.OVERALL: "contest"}


@dataclass(frozen=True, slots=True)
class Subject:
    """`number` is the id of the round, stage or contest; `rounds` are its published ones, first to last."""

    kind: PrizeScope
    number: int
    contest: Contest
    rounds: tuple[Round, ...]
    stage: Stage | None = None

    @property
    def key(self) -> str:
        """How `FinalTable.scope` names it."""
        return f"{_WORDS[self.kind]}:{self.number}"

    @property
    def slug(self) -> str:
        """How addresses name its kind."""
        return next(slug for slug, kind in SLUGS.items() if kind is self.kind)

    @property
    def last(self) -> Round:
        return self.rounds[-1]

    @property
    def title(self) -> str:
        if self.kind is PrizeScope.ROUND:
            return self.last.title
        return self.stage.title if self.stage is not None else OVERALL

    @property
    def names_shown(self) -> list[str]:
        """What its rounds say of names."""
        return [round_.names_shown for round_ in self.rounds]

    @property
    def shows_scores(self) -> bool:
        """Whether its rules let scores be shown at all."""
        return all(round_.show_score != Shown.NEVER.value for round_ in self.rounds)

    def scope(self, now: datetime) -> Scope:
        """The same as a board, with every score counted whether or not it may show already."""
        is_overall = self.kind is not PrizeScope.ROUND
        return Scope(self.contest, self.rounds, is_overall, now, self.stage, is_unveiled=True)


def subject(session: Session, kind: PrizeScope, number: int) -> Subject:
    """Raises Missing where there is no such thing, where nothing of it is published yet, and for rehearsals."""
    stage = session.get(Stage, number) if kind is PrizeScope.STAGE else None
    if kind is PrizeScope.ROUND:
        condition = Round.id == number
    elif kind is PrizeScope.STAGE:
        condition = Round.stage_id == number
    else:
        condition = Round.contest_id == number
    rounds = session.scalars(
        select(Round)
        .options(joinedload(Round.contest))
        .where(condition, Round.published_at.is_not(None))
        .order_by(Round.position, Round.id)
    ).all()
    if not rounds or rounds[0].contest.is_rehearsal:
        raise Missing
    return Subject(kind, number, rounds[0].contest, tuple(rounds), stage)


def of_key(session: Session, key: str) -> Subject:
    """The subject of a final table by the name that it is stored under."""
    word, _, number = key.partition(":")
    kind = next(kind for kind, own in _WORDS.items() if own == word)
    return subject(session, kind, int(number))


def by_slug(r: Reading, slug: str, number: int) -> Subject:
    """The subject that an address names, for those who run its contest. Raises Missing."""
    kind = SLUGS.get(slug)
    if kind is None:
        raise Missing
    found = subject(r.session, kind, number)
    contests.managed_contest(r, found.contest.id)
    return found


def held(w: Work, found: Subject) -> Subject:
    """The same with its contest and rounds locked: whoever proposes, approves, publishes or corrects waits."""
    contests.managed_contest(w, found.contest.id)
    w.session.execute(select(Contest.id).where(Contest.id == found.contest.id).with_for_update())
    ids = [round_.id for round_ in found.rounds]
    query = select(Round).where(Round.id.in_(ids)).order_by(Round.id)
    w.session.scalars(query.with_for_update(of=Round).execution_options(populate_existing=True)).all()
    return subject(w.session, found.kind, found.number)
