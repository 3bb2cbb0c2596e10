"""Questions about contests and rounds, each for the actor who asks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import ItemSet
from quiz_app.contests import policy
from quiz_app.contests.models import Contest, PoolItem, RosterEntry, Round, RoundSet
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import Candidate


@dataclass(frozen=True, slots=True)
class RosterSize:
    members: int
    exempt: int


def managed_contests(r: Reading) -> list[Contest]:
    """The contests the actor runs, newest first."""
    return list(
        r.session.scalars(
            select(Contest).where(policy.managed(r.actor)).order_by(Contest.created_at.desc(), Contest.id)
        )
    )


def managed_contest(r: Reading, contest_id: int) -> Contest:
    found = r.session.scalars(select(Contest).where(Contest.id == contest_id, policy.managed(r.actor))).one_or_none()
    if found is None:
        raise Missing
    return found


def rounds_of(session: Session, contest_ids: list[int]) -> list[Round]:
    """All rounds of these contests, drafts included, in their order."""
    return list(
        session.scalars(_rounds().where(Round.contest_id.in_(contest_ids)).order_by(Round.contest_id, Round.position))
    )


def managed_round(r: Reading, round_id: int) -> Round:
    query = _rounds().join(Contest).where(Round.id == round_id, policy.managed(r.actor))
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def visible_rounds(r: Reading) -> list[Round]:
    """The published rounds the acting member is invited to, the one that closes last first."""
    query = _rounds().join(Contest).where(Round.published_at.is_not(None), policy.invited(r.actor.unit_id))
    return list(r.session.scalars(query.order_by(Round.closes_at.desc(), Round.id.desc())))


def visible_round(r: Reading, round_id: int) -> Round:
    """A published round the acting member is invited to. Raises Missing."""
    query = (
        _rounds()
        .join(Contest)
        .where(Round.id == round_id, Round.published_at.is_not(None), policy.invited(r.actor.unit_id))
    )
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def sets_of(session: Session, round_id: int) -> list[ItemSet]:
    query = select(ItemSet).join(RoundSet, RoundSet.set_id == ItemSet.id).where(RoundSet.round_id == round_id)
    return list(session.scalars(query.order_by(ItemSet.title)))


def draft_pool(session: Session, round_id: int) -> list[Candidate]:
    """What a draft could draw from now; a published round draws from its frozen pool."""
    set_ids = session.scalars(select(RoundSet.set_id).where(RoundSet.round_id == round_id)).all()
    return catalogue.pool(session, list(set_ids))


def frozen_pool(session: Session, round_id: int) -> list[Candidate]:
    """The candidates of a published round as they were when it was published."""
    version_ids = session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == round_id)).all()
    return catalogue.candidates(session, list(version_ids))


def paper_length(round_: Round) -> int:
    return sum(cell.count for cell in round_.cells)


def roster_size(session: Session, round_id: int) -> RosterSize:
    """How many stand on a round's roster, and how many of them are exempt."""
    exempt = func.coalesce(func.sum(cast(RosterEntry.is_exempt, Integer)), 0)
    row = session.execute(select(func.count(), exempt).where(RosterEntry.round_id == round_id)).one()
    return RosterSize(int(row[0]), int(row[1]))


def _rounds() -> Select[Round]:
    return select(Round).options(joinedload(Round.contest))
