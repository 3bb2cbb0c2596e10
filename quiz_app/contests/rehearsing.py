"""Rehearsals: organisers sit a round on a copy of it that nobody else sees and that counts nowhere."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from quiz_app.contests import policy, publishing, queries, seals, services
from quiz_app.contests.errors import NotRehearsable
from quiz_app.contests.models import BlueprintCell, Contest, PoolItem, Round
from quiz_app.contests.policy import Action
from quiz_app.contests.terms import RoundTerms, columns, store_lists, terms_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.rules.drawing import pool_hash
from quiz_app.rules.timing import EVERY_WEEKDAY

HOURS = (2, 4, 8, 24)
_MOMENT = timedelta(milliseconds=1)


def rehearse(w: Work, round_id: int, hours: int) -> Round:
    """Open a copy of a round, draft or published, to its organisers for so many hours; at least one time limit long.

    Its settings and what papers are drawn from are the round's, the draw itself is its own. Who may enter and when the
    round opens are left out: the rehearsal is for organisers, and now. An earlier one ends, unless it is the same as
    this and the same person opened it within PRESSED_TWICE: then it is this one. Raises Missing, and NotRehearsable
    where no paper could be drawn. Raises SetSealed while a set it draws from is sealed: a score tells keys.
    """
    original = queries.managed_round(w, round_id, is_held=True)
    pool, pinned = queries.draw_sources(w.session, original)
    seals.require_pool_open(w, [item.item_version_id for item in pool])
    missing = publishing.paper_problems(w, original, pool, pinned)
    if missing:
        raise NotRehearsable(missing)
    terms = terms_of(w.session, original)
    lasts = max(timedelta(hours=hours), terms.time_limit or timedelta())
    terms = replace(
        terms,
        opens_at=w.now,
        closes_at=w.now + lasts,
        daily=None,
        weekdays=EVERY_WEEKDAY,
        minimum_age=None,
        entry_categories=(),
        entry_unit_ids=(),
        stage_id=None,
        freeze_minutes=None,
    )
    open_ones = rehearsals(w, original.id)
    for earlier in open_ones:
        if _is_same(w, earlier, original, terms, pool_hash(pool)):
            return earlier
    for earlier in open_ones:
        _end(w, earlier)
    contest = Contest(
        title=original.contest.title,
        unit_id=original.contest.unit_id,
        is_demonstration=original.contest.is_demonstration,
        is_rehearsal=True,
        created_at=w.now,
        created_by=w.actor.member_id,
    )
    w.session.add(contest)
    w.session.flush()
    copy = Round(
        contest_id=contest.id,
        position=1,
        rehearses_id=original.id,
        draw_secret=secrets.token_hex(32),
        pool_hash=pool_hash(pool),
        grace_ms=original.grace_ms,
        created_at=w.now,
        published_at=w.now,
        published_by=w.actor.member_id,
        **columns(terms),
    )
    copy.cells = [
        BlueprintCell(position=n, topic=cell.topic, level=cell.level, count=cell.count, points=cell.points)
        for n, cell in enumerate(queries.blueprint(original), start=1)
    ]
    w.session.add(copy)
    w.session.flush()
    store_lists(w.session, copy.id, terms)
    w.session.execute(
        insert(PoolItem),
        [
            {
                "round_id": copy.id,
                "item_version_id": item.item_version_id,
                "is_pinned": item.item_version_id in pinned,
            }
            for item in pool
        ],
    )
    publishing.renew_rules(w, copy)
    w.record(Action.REHEARSAL_OPENED, f"round:{copy.id}", rehearses=original.id, closes_at=copy.closes_at.isoformat())
    return copy


def end_rehearsal(w: Work, rehearsal_id: int) -> Round:
    """Close a rehearsal now; the round that it rehearses. Attempts under way end as usual. Raises Missing."""
    query = (
        select(Round)
        .join(Contest)
        .options(joinedload(Round.contest))
        .where(Round.id == rehearsal_id, Contest.is_rehearsal, policy.managed(w.actor))
    )
    found = w.session.scalars(query).one_or_none()
    if found is None or found.rehearses_id is None:
        raise Missing
    _end(w, found)
    return queries.managed_round(w, found.rehearses_id)


def rehearsals(r: Reading, round_id: int) -> list[Round]:
    """The rehearsals of a round that are open, the latest first."""
    query = select(Round).where(
        Round.rehearses_id == round_id, Round.closes_at > r.now, Round.published_at.is_not(None)
    )
    return list(r.session.scalars(query.order_by(Round.id.desc())))


def problems(r: Reading, round_: Round) -> tuple[str, ...]:
    """Why no paper of a round could be drawn, in words; empty when it can be rehearsed."""
    pool, pinned = queries.draw_sources(r.session, round_)
    return publishing.paper_problems(r, round_, pool, pinned)


def _is_same(w: Work, earlier: Round, original: Round, terms: RoundTerms, pool_sha256: str) -> bool:
    """Whether the actor opened a rehearsal like this a moment ago."""
    if earlier.published_by != w.actor.member_id or earlier.opens_at <= w.now - services.PRESSED_TWICE:
        return False
    then = replace(terms, opens_at=earlier.opens_at, closes_at=earlier.opens_at + (terms.closes_at - terms.opens_at))
    drawn_alike = queries.blueprint(earlier) == queries.blueprint(original) and earlier.pool_hash == pool_sha256
    return drawn_alike and terms_of(w.session, earlier) == then


def _end(w: Work, rehearsal: Round) -> None:
    if rehearsal.closes_at <= w.now:
        return
    rehearsal.closes_at = max(w.now, rehearsal.opens_at + _MOMENT)
    w.session.flush()
    w.record(Action.REHEARSAL_ENDED, f"round:{rehearsal.id}", rehearses=rehearsal.rehearses_id)
