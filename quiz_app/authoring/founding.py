"""The places to write in: new sets, and sets that were published from files and are taken up here."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from question_bank.model import Use
from quiz_app.authoring import queries
from quiz_app.authoring.errors import SetShipped, SetTaken
from quiz_app.authoring.models import SetDraft
from quiz_app.authoring.policy import Action
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work


def found_set(w: Work, *, slug: str, title: str, use: Use, summary: str = "") -> SetDraft:
    """A new set to write in. Raises SetTaken where the short name is in use, published or not."""
    row = SetDraft(slug=slug, title=title, use=use.value, summary=summary, created_at=w.now, created_by=w.actor.member)
    if queries.published_of(w.session, slug) is not None:
        raise SetTaken(slug=slug)
    try:
        with w.session.begin_nested():
            w.session.add(row)
    except IntegrityError:
        raise SetTaken(slug=slug) from None
    w.record(Action.SET_FOUNDED, f"set_draft:{row.id}", slug=slug, use=use.value)
    return row


def take_up_set(w: Work, slug: str) -> SetDraft:
    """The place to write in for a set that was published from files; there is one from then on.

    Raises Missing, and SetShipped for a set that comes with the program.
    """
    found = w.session.scalars(select(SetDraft).where(SetDraft.slug == slug)).one_or_none()
    if found is not None:
        return found
    row = queries.published_of(w.session, slug)
    if row is None:
        raise Missing
    if row.is_shipped:
        raise SetShipped(slug=slug)
    fresh = SetDraft(
        slug=slug, title=row.title, use=row.use, summary=row.summary, created_at=w.now, created_by=w.actor.member
    )
    try:
        with w.session.begin_nested():
            w.session.add(fresh)
    except IntegrityError:  # somebody took it up a moment ago
        return w.session.scalars(select(SetDraft).where(SetDraft.slug == slug)).one()
    w.record(Action.SET_FOUNDED, f"set_draft:{fresh.id}", slug=slug, use=fresh.use)
    return fresh


def describe_set(w: Work, slug: str, *, title: str, summary: str) -> SetDraft:
    """Name a set and say what it is for; what is published of it follows with the next publication. Raises Missing."""
    row = queries.set_draft(w, slug)
    row.title, row.summary = title, summary
    return row
