"""Closing a published set to every eye until its round opens, and opening it before that by two persons."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from question_bank.model import Use
from quiz_app.authoring import queries
from quiz_app.authoring.errors import ReasonMissing, SealStands
from quiz_app.authoring.policy import Action
from quiz_app.catalogue.models import ItemSet, SetSeal
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work


def seal(w: Work, slug: str) -> SetSeal:
    """Seal a published set for contests. Raises Missing, and SealStands where it is sealed already."""
    row = _published(w, slug)
    earlier = w.session.query(SetSeal).filter(SetSeal.set_id == row.id, SetSeal.ended_at.is_(None)).one_or_none()
    if seals.seal_of(w.session, w.now, row.id) is not None:
        raise SealStands
    if earlier is not None:  # it ended when a round opened; the row makes room for the new one
        earlier.ended_at = w.now
        w.session.flush()
    fresh = SetSeal(set_id=row.id, sealed_at=w.now, sealed_by=w.actor.member_id)
    try:
        with w.session.begin_nested():
            w.session.add(fresh)
    except IntegrityError:
        raise SealStands from None
    w.record(Action.SET_SEALED, f"set:{row.id}", slug=slug, content_hash=row.content_hash)
    return fresh


def ask_to_break(w: Work, slug: str, reason: str) -> SetSeal:
    """Ask for a seal to be broken before its time. Raises Missing, SealStands where none stands, ReasonMissing."""
    if not reason:
        raise ReasonMissing
    found = _standing(w, slug)
    found.reason, found.asked_at, found.asked_by = reason, w.now, w.actor.member
    w.record(Action.SEAL_BREAK_ASKED, f"set:{found.set_id}", slug=slug, reason=reason)
    return found


def confirm_break(w: Work, slug: str) -> SetSeal:
    """Break a seal that somebody else asked to have broken. Raises Missing, SealStands."""
    found = _standing(w, slug)
    if found.asked_by is None or found.asked_by == w.actor.member:
        raise SealStands
    found.ended_at, found.broken_by = w.now, w.actor.member
    w.session.flush()
    w.record(Action.SEAL_BROKEN, f"set:{found.set_id}", slug=slug, reason=found.reason, asked_by=found.asked_by)
    return found


def _published(w: Work, slug: str) -> ItemSet:
    row = queries.published_of(w.session, slug)
    if row is None or row.use != Use.CONTEST.value or row.retired_at is not None:
        raise Missing
    return row


def _standing(w: Work, slug: str) -> SetSeal:
    row = _published(w, slug)
    found = seals.seal_of(w.session, w.now, row.id)
    if found is None:
        raise SealStands
    w.session.refresh(found, with_for_update=True)
    return found
