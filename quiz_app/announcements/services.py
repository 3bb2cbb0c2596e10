"""Publishing, changing and withdrawing announcements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from question_bank.markup import render
from quiz_app.announcements import labels, policy, queries
from quiz_app.announcements.errors import AnnouncementChanged
from quiz_app.announcements.models import Announcement
from quiz_app.announcements.policy import Action
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading, Work
from quiz_app.units import queries as units

_HEADING = re.compile(r"<h[2-6]\b")


@dataclass(frozen=True, slots=True)
class Words:
    """What is announced to whom, and when."""

    unit_id: int
    title: str
    text: str
    starts_on: date
    ends_on: date
    contest_id: int | None = None
    module_id: int | None = None


def judged(r: Reading, words: Words) -> Announcement:
    """What would come of these words, kept nowhere yet. Raises Missing for another's unit, BadInput."""
    units.covered_unit(r.session, r.actor, words.unit_id, *policy.ROLES)
    wrong: dict[str, list[str]] = {}
    html = render(words.text)
    if not words.title or not html.strip():
        wrong["text"] = [labels.EMPTY]
    if _HEADING.search(html):
        wrong["text"] = [labels.HEADING]
    if words.ends_on < words.starts_on:
        wrong["ends_on"] = [labels.ENDS_BEFORE]
    elif words.ends_on < queries.today(r):
        wrong["ends_on"] = [labels.OVER]
    if words.contest_id not in {None, *(one.id for one in queries.contests(r.session, [words.unit_id]))}:
        wrong["link"] = [labels.NO_LINK]
    if words.module_id not in {None, *(one.id for one in queries.modules(r.session))}:
        wrong["link"] = [labels.NO_LINK]
    if wrong:
        raise BadInput(wrong)
    return Announcement(
        unit_id=words.unit_id,
        title=words.title,
        text=words.text,
        text_html=html,
        starts_on=words.starts_on,
        ends_on=words.ends_on,
        contest_id=words.contest_id,
        module_id=words.module_id,
        revision=1,
        created_at=r.now,
        created_by=r.actor.member_id,
        changed_at=r.now,
    )


def publish(w: Work, words: Words) -> Announcement:
    """Tell it from its first day on. Raises as `judged` does."""
    made = judged(w, words)
    w.session.add(made)
    w.session.flush()
    w.record(Action.PUBLISHED, f"announcement:{made.id}", unit_id=made.unit_id, title=made.title)
    return made


def change(w: Work, announcement_id: int, words: Words, *, seen: int) -> Announcement:
    """Say it in other words; `seen` is the revision that was looked at.

    Raises Missing, AnnouncementChanged, and as `judged` does.
    """
    own = _held(w, announcement_id, seen)
    wanted = judged(w, words)
    for name in ("unit_id", "title", "text", "text_html", "starts_on", "ends_on", "contest_id", "module_id"):
        setattr(own, name, getattr(wanted, name))
    own.revision, own.changed_at = own.revision + 1, w.now
    facts = {"unit_id": own.unit_id, "title": own.title, "revision": own.revision}
    w.record(Action.CHANGED, f"announcement:{own.id}", **facts)
    return own


def withdraw(w: Work, announcement_id: int, *, seen: int) -> Announcement:
    """Take it back: nobody reads it any more. Raises Missing, AnnouncementChanged."""
    own = _held(w, announcement_id, seen)
    own.withdrawn_at, own.revision = w.now, own.revision + 1
    w.record(Action.WITHDRAWN, f"announcement:{own.id}", unit_id=own.unit_id)
    return own


def _held(w: Work, announcement_id: int, seen: int) -> Announcement:
    query = select(Announcement).where(Announcement.id == announcement_id).with_for_update()
    w.session.execute(query.execution_options(populate_existing=True))
    own = queries.kept(w, announcement_id)
    if own.revision != seen or own.withdrawn_at is not None:
        raise AnnouncementChanged
    return own
