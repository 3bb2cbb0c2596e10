"""Mock rounds: a paper by the length and the clock of real rules, of practice questions alone, counted nowhere.

No attempt, no result and no round has any part in it: boards, desks and figures cannot know of it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Accommodation, ItemKinds, Round
from quiz_app.contests.profiles import DEFAULT, PROFILES, spread
from quiz_app.contests.timing import closed_for_all_at
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.practice import queries, services
from quiz_app.practice.errors import MockOver, TooFewForMock
from quiz_app.practice.models import Kind, PracticePlace, PracticeSession
from quiz_app.practice.queries import Place, Stocked
from quiz_app.rules import scoring
from quiz_app.rules.drawing import draw

GRACE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class MockRules:
    """Rules that a mock round may be sat by; `key` names them in an address."""

    key: str
    title: str
    length: int
    time_limit: timedelta
    kinds: ItemKinds


@dataclass(frozen=True, slots=True)
class Saved:
    """What is kept at a place now, and how long there is left."""

    letters: str
    revision: int
    saved_at: datetime | None
    remaining: timedelta


def offered(r: Reading) -> list[MockRules]:
    """The rules of the member's rounds that are open or to come, and the usual ones of such contests, with a clock."""
    rounds = [_of_round(r, round_) for round_ in contests.visible_rounds(r) if closed_for_all_at(round_) > r.now]
    usual = sorted(PROFILES.values(), key=lambda profile: profile.slug != DEFAULT)
    profiles = [
        MockRules(one.slug, one.title, one.paper_length, timedelta(seconds=one.time_limit_s), one.item_kinds)
        for one in usual
        if one.time_limit_s is not None
    ]
    return [*(one for one in rounds if one is not None), *profiles]


def start(w: Work, key: str) -> int:
    """Draw a paper by these rules and start its clock; the id of the session. Pressed twice it is one paper.

    Raises Missing, MockUnderWay, TooFewForMock.
    """
    rules = next((one for one in offered(w) if one.key == key), None)
    if rules is None:
        raise Missing
    running = queries.open_session(w)
    if running is not None and running.title == rules.title and not queries.is_mock_over(running, w.now):
        return running.id
    services.leave(w, running)
    fitting = [one for one in queries.stock(w) if _fits(one, rules.kinds)]
    if len(fitting) < rules.length:
        raise TooFewForMock(needed=rules.length, count=len(fitting))
    cells = spread(rules.length, Counter(one.topic for one in fitting))
    pool = catalogue.candidates(w.session, [one.version_id for one in fitting])
    made = PracticeSession(
        member_id=w.actor.member,
        kind=Kind.MOCK.value,
        title=rules.title,
        started_at=w.now,
        deadline_at=w.now + rules.time_limit,
    )
    return services.opened(w, made, draw(cells, pool, secrets.token_hex(16)))


def save(w: Work, session_id: int, position: int, letters: Collection[str], revision: int | None) -> Saved:
    """Keep one choice and say what is kept now. Without letters the choice is taken back.

    As in a real sitting `revision` only counts up: a late or repeated save changes nothing; a form without a script
    sends none and is the newest; of a question withdrawn meanwhile nothing is kept. Raises Missing, MockOver, BadInput.
    """
    found = _own(w, session_id)
    if found.ended_at is not None or w.now >= _deadline(found) + GRACE:
        raise MockOver
    place = services.place_at(queries.places(w, session_id), position)
    row = w.session.get_one(PracticePlace, (session_id, position))
    sent = row.revision + 1 if revision is None else revision
    if place.is_open and sent > row.revision:
        row.chosen = sorted(services.chosen_ids(place, letters)) if letters else []
        row.revision, row.saved_at = sent, w.now
        w.session.flush()
    kept = services.place_at(queries.places(w, session_id), position)
    return Saved(kept.chosen, kept.revision, kept.saved_at, _deadline(found) - w.now)


def hand_in(w: Work, session_id: int) -> None:
    """End a mock round with what is kept; once ended it stays as it was. Raises Missing."""
    found = _own(w, session_id)
    if found.ended_at is None:
        services.close_mock(w, found)


def close_if_over(w: Work, session_id: int) -> None:
    """The same for one whose time is up. Raises Missing."""
    found = _own(w, session_id)
    if found.ended_at is None and queries.is_mock_over(found, w.now):
        services.close_mock(w, found)


def score(r: Reading, places: Sequence[Place]) -> scoring.Score:
    """The points of a paper that was handed in, over the questions that may still be shown."""
    shown = [place for place in places if place.is_open]
    keys = catalogue.key_of(r.session, [place.item.item_version_id for place in shown])
    return scoring.score(
        (
            scoring.Scored(keys[place.item.item_version_id], place.points),
            frozenset(place.answer.chosen) if place.answer else frozenset[int](),
        )
        for place in shown
    )


def _of_round(r: Reading, round_: Round) -> MockRules | None:
    """The rules of a round with the member's own extra time; None of one without a clock."""
    if round_.time_limit is None:
        return None
    own = r.session.get(Accommodation, (round_.id, r.actor.member))
    extra = timedelta(seconds=own.extra_time_s) if own else timedelta()
    length = contests.paper_length(round_)
    title = f"{round_.contest.title} – {round_.title}"[:200]
    return MockRules(f"dot-{round_.id}", title, length, round_.time_limit + extra, ItemKinds(round_.item_kinds))


def _fits(one: Stocked, kinds: ItemKinds) -> bool:
    return kinds is ItemKinds.ANY or one.is_multiple == (kinds is ItemKinds.MULTIPLE)


def _own(w: Work, session_id: int) -> PracticeSession:
    found = queries.own_session(w, session_id, is_held=True)
    if found.kind != Kind.MOCK.value:
        raise Missing
    return found


def _deadline(found: PracticeSession) -> datetime:
    if found.deadline_at is None:
        raise Missing
    return found.deadline_at
