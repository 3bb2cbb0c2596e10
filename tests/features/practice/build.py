"""The sample bank with its twelve items for practice: nine with one key, three (4, 8, 12) with two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from question_bank import model as bank
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.catalogue.models import Item, ItemVersion, Option
from quiz_app.kernel.work import Work
from quiz_app.members.models import Member
from quiz_app.practice import queries, services
from quiz_app.practice.models import Kind, PracticePlace, PracticeSession
from quiz_app.practice.services import Scope
from tests.support import contest, works

PRACTICE_SET = "luyen-tap-mau"
MIXED = Scope(Kind.MIXED)
DAILY = Scope(Kind.DAILY)
MISTAKES = Scope(Kind.MISTAKES)


def practice_bank() -> bank.Bank:
    """Twelve practice items beside the one check question of the sample bank's first lesson."""
    sample = contest.sample_bank()
    for_contests, for_lessons = sample.sets
    return replace(sample, sets=(replace(for_contests, slug=PRACTICE_SET, use=bank.Use.PRACTICE), for_lessons))


def publish(w: Work) -> None:
    publishing.publish_bank(w, practice_bank(), is_shipped=False)


def letters(w: Work, session_id: int, position: int, *, right: bool) -> list[str]:
    """The letters of the right answer at a place, or one that alone is wrong."""
    place = services.place_at(queries.places(w, session_id), position)
    version_id = place.item.item_version_id
    key = catalogue.key_of(w.session, [version_id])[version_id]
    of_key = [mark for (mark, _), id_ in zip(place.options, place.option_order, strict=True) if id_ in key]
    return of_key if right else [next(mark for mark, _ in place.options if mark not in of_key)]


def answer_all(w: Work, session_id: int, *, wrong: frozenset[int] = frozenset()) -> None:
    """Answer what waits, right but at the positions named."""
    for place in queries.places(w, session_id):
        if place.waits:
            is_right = place.position not in wrong
            marks = letters(w, session_id, place.position, right=is_right)
            services.answer(w, session_id, place.position, marks)


def practised(work: works.Work, member: Member) -> tuple[int, int]:
    """Of a bank with a single released question: a session answered to its end, and a mock round under way."""
    with work(actor=member) as w:
        session_id = services.start(w, MIXED)
        services.answer(w, session_id, 1, letters(w, session_id, 1, right=True))
        (place,) = queries.places(w, session_id)
        sat = PracticeSession(
            member_id=member.id, kind=Kind.MOCK.value, started_at=w.now, deadline_at=w.now + timedelta(hours=1)
        )
        w.session.add(sat)
        w.session.flush()
        w.session.add(
            PracticePlace(
                session_id=sat.id,
                position=1,
                item_version_id=place.item.item_version_id,
                option_order=list(place.option_order),
                points=1,
            )
        )
        return session_id, sat.id


def renew(w: Work, item: Item) -> ItemVersion:
    """A second version of an item with the texts and options of the first, in force."""
    old = w.session.get_one(ItemVersion, item.current_version_id)
    names = {column.name for column in ItemVersion.__table__.columns} - {"id", "number"}
    fresh = ItemVersion(**{name: getattr(old, name) for name in names}, number=2)
    of_option = ("code", "position", "text", "text_html", "is_key", "is_pinned")
    fresh.options = [Option(**{name: getattr(option, name) for name in of_option}) for option in old.options]
    w.session.add(fresh)
    w.session.flush()
    item.current_version_id = fresh.id
    return fresh
