"""Sealed sets: published, and closed to every eye until the next round that draws from them opens.

Scoring reads keys all the same; what a seal keeps from people are pages, exports and reports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, SetSeal
from quiz_app.catalogue.queries import PaperItem
from quiz_app.contests import labels
from quiz_app.contests.errors import SetSealed
from quiz_app.contests.models import Contest, PoolItem, Round
from quiz_app.kernel.work import Reading


def sealed_sets(session: Session, now: datetime, set_ids: Collection[int] | None = None) -> list[ItemSet]:
    """The sets that are sealed at an instant, of these or of all; by title."""
    query = select(ItemSet).join(SetSeal, SetSeal.set_id == ItemSet.id).where(stands(now)).order_by(ItemSet.title)
    if set_ids is not None:
        query = query.where(ItemSet.id.in_(set_ids))
    return list(session.scalars(query))


def seal_of(session: Session, now: datetime, set_id: int) -> SetSeal | None:
    """The seal of a set, while it stands."""
    return session.scalars(select(SetSeal).where(SetSeal.set_id == set_id, stands(now))).one_or_none()


def require_open(r: Reading, slug: str) -> None:
    """Raises SetSealed while a set of this slug is sealed; one that is not published cannot be."""
    query = select(ItemSet).join(SetSeal, SetSeal.set_id == ItemSet.id).where(ItemSet.slug == slug, stands(r.now))
    found = r.session.scalars(query).one_or_none()
    if found is not None:
        raise SetSealed(title=found.title)


def require_pool_open(r: Reading, version_ids: Collection[int]) -> None:
    """Raises SetSealed where any of these item versions belongs to a set that is sealed."""
    sets = select(Item.set_id).join(ItemVersion, ItemVersion.item_id == Item.id).where(ItemVersion.id.in_(version_ids))
    found = next(iter(sealed_sets(r.session, r.now, set(r.session.scalars(sets.distinct())))), None)
    if found is not None:
        raise SetSealed(title=found.title)


def legible(r: Reading, round_: Round, items: Mapping[int, PaperItem]) -> dict[int, PaperItem]:
    """A round's items as its organisers may read them: until it opens, a number for the words of sealed ones."""
    if round_.published_at is not None and round_.opens_at <= r.now:  # whoever sat has read them
        return dict(items)
    versions = select(ItemVersion.id).join(Item, Item.id == ItemVersion.item_id)
    kept = set(r.session.scalars(versions.where(ItemVersion.id.in_(items), sealed(r.now))))
    covered = {
        number: replace(items[number], stem_html=labels.SEALED_ITEM.format(number=number), options={})
        for number in kept
    }
    return dict(items) | covered


def is_round_sealed(r: Reading, round_id: int) -> bool:
    """Whether a round drew from a set that was sealed again, for a round to come."""
    sets = (
        select(Item.set_id)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(PoolItem, PoolItem.item_version_id == ItemVersion.id)
        .where(PoolItem.round_id == round_id)
    )
    return r.session.scalar(select(exists().where(SetSeal.set_id.in_(sets), stands(r.now)))) or False


def stands(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The seals that stand, as a condition on SetSeal.

    Such a one was not broken, and no round that was still to open when it was set has opened with items of the set.
    """
    opened = (
        select(PoolItem.round_id)
        .join(Round, Round.id == PoolItem.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .join(ItemVersion, ItemVersion.id == PoolItem.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(
            Item.set_id == SetSeal.set_id,
            Contest.is_rehearsal.is_(False),
            Round.published_at.is_not(None),
            Round.opens_at > SetSeal.sealed_at,
            Round.opens_at <= now,
        )
        .correlate(SetSeal)
    )
    return SetSeal.ended_at.is_(None) & ~exists(opened)


def sealed(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The items of sets that are sealed, as a condition on Item."""
    return exists(select(SetSeal.id).where(SetSeal.set_id == Item.set_id, stands(now)).correlate(Item))


def undecided(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """The items that a round may draw whose results are not final, as a condition on Item."""
    version = ItemVersion.__table__.alias("pooled_version")
    drawn = (
        select(PoolItem.round_id)
        .join(version, version.c.id == PoolItem.item_version_id)
        .join(Round, Round.id == PoolItem.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(
            version.c.item_id == Item.id,
            Contest.is_rehearsal.is_(False),
            Round.published_at.is_not(None),
            Round.finalised_at.is_(None) | (Round.finalised_at > now),
        )
        .correlate(Item)
    )
    return exists(drawn)
