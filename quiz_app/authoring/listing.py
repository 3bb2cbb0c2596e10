"""Lists: the sets there are, items found by words and by what they are, drafts that wait to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from quiz_app.authoring.models import Draft, DraftHand, Part, SetDraft, State
from quiz_app.authoring.queries import IS_OPEN
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion
from quiz_app.catalogue.queries import SetState
from quiz_app.contests import seals
from quiz_app.kernel.text import search_key, title_key
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of items is narrowed to; empty parts narrow nothing. `state` is a draft's, or "published"."""

    words: str = ""
    topic: str = ""
    level: int | None = None
    state: str = ""
    source: str = ""
    author: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An item of a set: as drafted where a draft is open, else as published."""

    code: str
    set_slug: str
    title: str
    topic: str
    level: int | None
    source: str
    number: int | None
    draft_id: int | None
    state: str
    intent: str
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A set from the files, from the database or from what is written here; `state` is None before all publishing."""

    slug: str
    title: str
    use: str
    items: int
    drafts: int
    is_shipped: bool
    is_written_here: bool
    is_sealed: bool
    state: SetState | None


def listed_sets(r: Reading, known: Sequence[SetState]) -> list[ListedSet]:
    """Every set there is, by title, with how many drafts are open in it."""
    counted = (
        select(SetDraft.slug, func.count(Draft.id))
        .join(Draft, and_(Draft.set_id == SetDraft.id, IS_OPEN), isouter=True)
        .group_by(SetDraft.slug)
    )
    counts = {slug: count for slug, count in r.session.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    sealed = {one.slug for one in seals.sealed_sets(r.session, r.now)}
    states = {state.slug: state for state in known}
    fresh = r.session.scalars(select(SetDraft).where(SetDraft.slug.not_in(states)))
    found = [
        ListedSet(
            slug=one.slug,
            title=one.title,
            use=one.use,
            items=one.items,
            drafts=counts.get(one.slug, 0),
            is_shipped=one.is_shipped,
            is_written_here=one.slug in counts,
            is_sealed=one.slug in sealed,
            state=one,
        )
        for one in known
    ]
    found += [ListedSet(one.slug, one.title, one.use, 0, counts[one.slug], False, True, False, None) for one in fresh]
    return sorted(found, key=lambda one: title_key(one.title))


def rows(r: Reading, set_: SetDraft | None, wanted: Filter, limit: int, offset: int) -> tuple[list[Row], int]:
    """Items of one set, or of all sets that are worked on and not sealed, with how many there are in all.

    Every word of `wanted.words` must occur, marks and case aside, in the id, the stem or an option of a draft, in the
    id or the stem of what is published.
    """
    drafted = (
        select(
            Draft.code,
            SetDraft.slug,
            Draft.title,
            Draft.topic,
            Draft.level,
            Draft.source,
            Draft.basis.label("number"),
            Draft.id.label("draft_id"),
            Draft.state,
            Draft.intent,
            Draft.saved_at,
            Draft.saved_by,
        )
        .join(SetDraft, SetDraft.id == Draft.set_id)
        .where(IS_OPEN, *_drafted_as(wanted))
    )
    in_force = (
        select(
            Item.code,
            SetDraft.slug,
            ItemVersion.stem,
            ItemVersion.topic,
            ItemVersion.level,
            (ItemVersion.source_document + "#" + ItemVersion.source_section).label("source"),
            ItemVersion.number,
            null(),
            literal(State.PUBLISHED.value),
            ItemVersion.change,
            ItemVersion.published_at,
            null(),
        )
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .join(ItemSet, ItemSet.id == Item.set_id)
        .join(SetDraft, SetDraft.slug == ItemSet.slug)
        .where(Item.retired_at.is_(None), ~_is_drafted(), *_published_as(wanted))
    )
    within = SetDraft.slug.not_in(_sealed(r)) if set_ is None else SetDraft.id == set_.id
    drafted, in_force = drafted.where(within), in_force.where(within)
    both = union_all(drafted, in_force).subquery()
    total = r.session.scalar(select(func.count()).select_from(both)) or 0
    page = r.session.execute(
        select(both, Member.full_name)
        .join(Member, Member.id == both.c.saved_by, isouter=True)
        .order_by(both.c.slug, both.c.code)
        .limit(limit)
        .offset(offset)
    )
    found = [
        Row(code, slug, title, topic, level, source, number, draft_id, state, intent, saved_at, saved_by or "")
        for code, slug, title, topic, level, source, number, draft_id, state, intent, saved_at, _, saved_by in page
    ]
    return found, total


def _sealed(r: Reading) -> list[str]:
    return [one.slug for one in seals.sealed_sets(r.session, r.now)]


def _is_drafted() -> ColumnElement[bool]:
    return exists(
        select(Draft.id).where(Draft.set_id == SetDraft.id, Draft.code == Item.code, IS_OPEN).correlate(SetDraft, Item)
    )


def _words_in(column: ColumnElement[str], words: str) -> list[ColumnElement[bool]]:
    return [column.contains(word, autoescape=True) for word in search_key(words).split()]


def _drafted_as(wanted: Filter) -> list[ColumnElement[bool]]:
    asked = _words_in(Draft.search_key.expression, wanted.words)
    if wanted.topic:
        asked.append(Draft.topic == wanted.topic)
    if wanted.level is not None:
        asked.append(Draft.level == wanted.level)
    if wanted.state:
        asked.append(Draft.state == wanted.state)
    if wanted.source:
        asked.append(Draft.source == wanted.source)
    if wanted.author is not None:
        wrote = DraftHand.member_id == wanted.author, DraftHand.part == Part.AUTHOR.value
        asked.append(exists().where(DraftHand.draft_id == Draft.id, *wrote))
    return asked


def _published_as(wanted: Filter) -> list[ColumnElement[bool]]:
    asked = _words_in(ItemVersion.search_key.expression, wanted.words)
    if wanted.topic:
        asked.append(ItemVersion.topic == wanted.topic)
    if wanted.level is not None:
        asked.append(ItemVersion.level == wanted.level)
    if wanted.state:
        asked.append(literal(wanted.state) == literal(State.PUBLISHED.value))
    if wanted.source:
        document, _, section = wanted.source.partition("#")
        asked.append(and_(ItemVersion.source_document == document, ItemVersion.source_section == section))
    if wanted.author is not None:
        wrote = (
            select(DraftHand.draft_id)
            .join(Draft, Draft.id == DraftHand.draft_id)
            .where(Draft.set_id == SetDraft.id, Draft.code == Item.code, Draft.state == State.PUBLISHED.value)
            .where(DraftHand.member_id == wanted.author, DraftHand.part == Part.AUTHOR.value)
            .correlate(SetDraft, Item)
        )
        asked.append(exists(wrote))
    return asked


def authors(session: Session) -> list[tuple[int, str]]:
    """Everybody who ever wrote on a draft, by name."""
    query = (
        select(Member.id, Member.full_name)
        .where(Member.id.in_(select(DraftHand.member_id).where(DraftHand.part == Part.AUTHOR.value)))
        .order_by(Member.sort_key, Member.id)
    )
    return [(id_, name) for id_, name in session.execute(query)]


def to_review(r: Reading) -> list[Draft]:
    """Drafts in review that the actor has not written on, the longest waiting first; those of sealed sets wait."""
    sealed = select(SetDraft.id).where(SetDraft.slug.in_(_sealed(r)))
    own = select(DraftHand.draft_id).where(
        DraftHand.member_id == r.actor.member_id, DraftHand.part == Part.AUTHOR.value
    )
    query = (
        select(Draft)
        .where(Draft.state == State.IN_REVIEW.value, Draft.id.not_in(own))
        .where(or_(Draft.set_id.is_(None), Draft.set_id.not_in(sealed)))
        .order_by(Draft.saved_at, Draft.id)
    )
    return list(r.session.scalars(query))
