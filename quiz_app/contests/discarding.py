"""Deleting what was never published: a draft round, or a contest that has nothing but drafts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from quiz_app.contests import queries
from quiz_app.contests.errors import DraftInUse, RoundFixed
from quiz_app.contests.models import (
    Accommodation,
    BlueprintCell,
    Contest,
    Exclusion,
    PinnedItem,
    Round,
    RoundNotice,
    RoundSet,
    RoundUnit,
    Stage,
)
from quiz_app.contests.policy import Action
from quiz_app.contests.services import held_round
from quiz_app.kernel.work import Work

_OF_A_DRAFT = (BlueprintCell, RoundSet, PinnedItem, RoundUnit, Accommodation, RoundNotice)


def delete_round(w: Work, round_id: int) -> int:
    """Delete a draft round with its settings; the id of its contest.

    Raises Missing, RoundFixed for a round that was published, DraftInUse for one that something else was built upon.
    """
    round_ = held_round(w, round_id)
    contest_id, title = round_.contest_id, round_.title
    _delete(w, [round_])
    w.record(Action.ROUND_DELETED, f"round:{round_id}", contest_id=contest_id, title=title)
    return contest_id


def delete_contest(w: Work, contest_id: int) -> None:
    """Delete a contest with its stages and rounds, all of them drafts.

    Raises Missing, RoundFixed where a round was published, DraftInUse where something else was built upon it.
    """
    contest = queries.managed_contest(w, contest_id)
    w.session.execute(select(Contest.id).where(Contest.id == contest.id).with_for_update())
    held = select(Round).where(Round.contest_id == contest.id).order_by(Round.id).with_for_update(of=Round)
    rounds = w.session.scalars(held.execution_options(populate_existing=True)).all()
    title = contest.title
    _delete(w, rounds, contest)
    w.record(Action.CONTEST_DELETED, f"contest:{contest_id}", title=title, rounds=len(rounds))


def _delete(w: Work, rounds: Iterable[Round], contest: Contest | None = None) -> None:
    """Held drafts first, then their contest. What lies above this floor is known by its foreign keys alone."""
    ids = [round_.id for round_ in rounds]
    if any(round_.published_at is not None for round_ in rounds):
        raise RoundFixed
    try:
        with w.session.begin_nested():
            for table in _OF_A_DRAFT:
                w.session.execute(delete(table).where(table.round_id.in_(ids)))
            w.session.execute(delete(Round).where(Round.id.in_(ids)))
            if contest is not None:
                for owned in (Stage, Exclusion):
                    w.session.execute(delete(owned).where(owned.contest_id == contest.id))
                w.session.execute(delete(Contest).where(Contest.id == contest.id))
    except IntegrityError as error:
        raise DraftInUse from error
