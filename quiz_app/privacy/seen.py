"""Who has looked at a person's data: written once a day for each viewer, person and kind of page, and told to him."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import aliased

from quiz_app.kernel.access import Actor, Grant, Role
from quiz_app.kernel.db import Database, insert_into
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading, working
from quiz_app.members.models import Member
from quiz_app.privacy import limits, policy
from quiz_app.privacy.erasing import rows_of
from quiz_app.privacy.models import DataView, Seen
from quiz_app.units.models import Unit
from quiz_app.web.paging import Page, paginate

VIEWS_KEPT = timedelta(days=730)


def note(db: Database, r: Reading, member_ids: Iterable[int], seen: Seen, roles: Collection[Role]) -> int:
    """Write down that the actor has seen these people's data, by one of `roles`; how many of them were new today.

    Nothing is written about his own data, nor again on the same day.
    """
    day = limits.today(r.now)
    known = select(DataView.member_id).where(
        DataView.viewer_id == r.actor.member, DataView.seen == seen.value, DataView.day == day
    )
    new = set(member_ids) - set(rows_of(r.session, r.actor.member))
    new -= set(r.session.scalars(known.where(DataView.member_id.in_(new)))) if new else set()
    if not new:
        return 0
    grant = held_by(r.actor, roles)
    rows = [
        {
            "member_id": member_id,
            "viewer_id": r.actor.member,
            "role": grant.role.value,
            "unit_id": grant.unit_id,
            "seen": seen.value,
            "day": day,
            "at": r.now,
        }
        for member_id in sorted(new)
    ]
    with working(db, actor=r.actor, now=r.now) as w:
        w.session.execute(insert_into(w.session, DataView).values(rows).on_conflict_do_nothing())
    return len(rows)


def held_by(actor: Actor, roles: Collection[Role]) -> Grant:
    """The office by which somebody looks; without one he looks as a member of his unit."""
    for grant in actor.grants:
        if grant.role in roles:
            return grant
    return Grant(Role.MEMBER, actor.unit_id or 0)


def own_page(r: Reading, number: int) -> Page[tuple[DataView, Unit]]:
    """Who has seen the actor's data, the latest first: offices, not names."""
    query = select(DataView).where(DataView.member_id.in_(rows_of(r.session, r.actor.member)))
    page = paginate(r.session, query.order_by(DataView.at.desc(), DataView.id.desc()), number)
    units = {
        one.id: one for one in r.session.scalars(select(Unit).where(Unit.id.in_({one.unit_id for one in page.rows})))
    }
    return Page([(one, units[one.unit_id]) for one in page.rows], page.number, page.size, page.total)


def search_page(r: Reading, words: str, number: int) -> Page[tuple[DataView, Member, Member]]:
    """Views of the people whose requests the actor answers, by parts of either name, the latest first."""
    whose, viewer = aliased(Member), aliased(Member)
    query = (
        select(DataView)
        .join(whose, whose.id == DataView.member_id)
        .join(viewer, viewer.id == DataView.viewer_id)
        .where(DataView.member_id.in_(policy.answered_members(r.actor)))
    )
    for word in search_key(words).split():
        query = query.where(or_(*(one.search_key.contains(word, autoescape=True) for one in (whose, viewer))))
    page = paginate(r.session, query.order_by(DataView.at.desc(), DataView.id.desc()), number)
    ids = {one.member_id for one in page.rows} | {one.viewer_id for one in page.rows}
    people = {one.id: one for one in r.session.scalars(select(Member).where(Member.id.in_(ids)))}
    rows = [(one, people[one.member_id], people[one.viewer_id]) for one in page.rows]
    return Page(rows, page.number, page.size, page.total)


def forget_views(db: Database) -> int:
    """Delete what was written long enough ago; how many."""
    with working(db) as w:
        old = delete(DataView).where(DataView.at < w.now - VIEWS_KEPT)
        return len(w.session.scalars(old.returning(DataView.id)).all())
