"""What may be practised, and whose practice is whose: nobody's answers are there for anybody but himself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false

from question_bank.model import Use
from quiz_app.catalogue.models import Item, ItemSet
from quiz_app.contests import seals
from quiz_app.kernel.access import Actor
from quiz_app.practice.models import PracticeSession

RELEASED_USES = frozenset({Use.LESSON.value, Use.PRACTICE.value})


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What decides about an item. `final_of_rounds`: when the results of each published round that may draw it, in any
    version, became final; None while they are not. Rehearsals are left out.
    """

    use: str
    is_in_force: bool
    is_sealed: bool
    final_of_rounds: Collection[datetime | None]


def is_released(item: ItemFacts, now: datetime) -> bool:
    """Whether an item may be practised: its set is for lessons or practice and not sealed, and neither is retired.

    No round that may draw it is still to be decided. A round is so from its publication until its results are final,
    and not only until it closes: complaints may still turn on its keys. The twin of `released`.
    """
    return (
        item.use in RELEASED_USES
        and item.is_in_force
        and not item.is_sealed
        and all(final_at is not None and final_at <= now for final_at in item.final_of_rounds)
    )


def released(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The items that may be practised, as a condition on Item joined with its ItemSet. The twin of `is_released`."""
    return (
        ItemSet.use.in_(sorted(RELEASED_USES))
        & ItemSet.retired_at.is_(None)
        & Item.retired_at.is_(None)
        & Item.current_version_id.is_not(None)
        & ~seals.sealed(now)
        & ~seals.undecided(now)
    )


def is_own(actor: Actor, session: PracticeSession) -> bool:
    """Whether a session is the actor's; no role opens anybody else's. The twin of `own`."""
    return actor.member_id is not None and session.member_id == actor.member_id


def own(actor: Actor) -> ColumnElement[bool]:
    """The actor's sessions. The twin of `is_own`."""
    return false() if actor.member_id is None else PracticeSession.member_id == actor.member_id
