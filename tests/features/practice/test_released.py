"""Practice never draws what a round may still draw, nor what is sealed: for any arrangement, by rule and by draw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from quiz_app.catalogue import services as publishing
from quiz_app.catalogue.models import Item, ItemSet, ItemVersion, SetSeal
from quiz_app.contests import seals
from quiz_app.contests import services as contests
from quiz_app.contests.models import Contest, PoolItem, Round
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.practice import policy, queries, services
from quiz_app.practice.errors import NothingToPractise, QuestionWithdrawn
from quiz_app.practice.models import Kind, PracticeSession
from quiz_app.practice.policy import ItemFacts
from quiz_app.practice.services import Scope
from tests.features.practice.build import letters, publish, renew
from tests.support import contest
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work, actor_of

SETS, ITEMS, ROUNDS = 3, 12, 3
HOURS = st.integers(-48, 48)


@dataclass(frozen=True)
class ASet:
    use: str
    is_retired: bool
    sealed_hours: int | None  # since when, in hours from now; None: never
    is_broken: bool


@dataclass(frozen=True)
class ARound:
    is_published: bool
    is_rehearsal: bool
    opens_hours: int
    final_hours: int | None
    pool: frozenset[int]  # which of the items, by number


@dataclass(frozen=True)
class Arrangement:
    sets: list[ASet]
    retired: frozenset[int]
    renewed: frozenset[int]  # items with a version after the one that stands in pools
    rounds: list[ARound]


numbers = st.frozensets(st.integers(0, ITEMS - 1))
arrangements = st.builds(
    Arrangement,
    sets=st.lists(
        st.builds(
            ASet,
            use=st.sampled_from(["practice", "practice", "lesson", "contest"]),
            is_retired=st.sampled_from([False, False, False, True]),
            sealed_hours=st.none() | st.integers(-48, -1),
            is_broken=st.booleans(),
        ),
        min_size=SETS,
        max_size=SETS,
    ),
    retired=st.frozensets(st.integers(0, ITEMS - 1), max_size=3),
    renewed=st.frozensets(st.integers(0, ITEMS - 1), max_size=3),
    rounds=st.lists(
        st.builds(
            ARound,
            is_published=st.sampled_from([True, True, False]),
            is_rehearsal=st.sampled_from([False, False, True]),
            opens_hours=HOURS,
            final_hours=st.none() | HOURS,
            pool=st.frozensets(st.integers(0, ITEMS - 1), max_size=6),
        ),
        min_size=ROUNDS,
        max_size=ROUNDS,
    ),
)


@pytest.fixture
def stage(work: Work, commune: Commune) -> None:
    """Three sets of four items and three drafts of rounds, to be arranged anew by each example."""
    sample = contest.sample_bank()
    whole = sample.sets[0]
    parts = tuple(
        replace(whole, slug=f"bo-{start}", title=f"Bộ {start}", items=whole.items[start:end])
        for start, end in pairwise(range(0, ITEMS + 1, ITEMS // SETS))
    )
    with work() as w:
        publishing.publish_bank(w, replace(sample, sets=parts, modules=()), is_shipped=False)
        set_id = w.session.scalars(select(ItemSet.id).order_by(ItemSet.id)).first() or 0
        for number in range(ROUNDS):
            held = contests.create_contest(
                w, title=f"Cuộc thi {number}", unit_id=commune.root.id, is_demonstration=False
            )
            contests.create_round(w, held.id, contest.terms(w.now, set_id))


class Undone(Exception):
    """Ends an example without a trace."""


@contextmanager
def undone(work: Work, commune: Commune) -> Iterator[UnitOfWork]:
    try:
        with work(actor=commune.member, now=NOW) as w:
            yield w
            raise Undone
    except Undone:
        pass


def arrange(w: UnitOfWork, wanted: Arrangement) -> tuple[list[Item], list[ItemSet]]:
    """Put the stage into this state; its items and their sets in order."""
    items = list(w.session.scalars(select(Item).order_by(Item.id)))
    sets = list(w.session.scalars(select(ItemSet).order_by(ItemSet.id)))
    rounds = list(w.session.scalars(select(Round).order_by(Round.id)))
    first_versions = [item.current_version_id or 0 for item in items]
    for item_set, state in zip(sets, wanted.sets, strict=True):
        item_set.use = state.use
        item_set.retired_at = NOW if state.is_retired else None
        if state.sealed_hours is not None:
            ended_at = NOW if state.is_broken else None
            w.session.add(SetSeal(set_id=item_set.id, sealed_at=_at(state.sealed_hours), ended_at=ended_at))
    for number in wanted.retired:
        items[number].retired_at = NOW
    for number in wanted.renewed:
        renew(w, items[number])
    for round_, planned in zip(rounds, wanted.rounds, strict=True):
        w.session.get_one(Contest, round_.contest_id).is_rehearsal = planned.is_rehearsal
        round_.published_at = _at(-50) if planned.is_published else None
        round_.opens_at, round_.closes_at = _at(planned.opens_hours), _at(planned.opens_hours + 12)
        round_.finalised_at = None if planned.final_hours is None else _at(planned.final_hours)
        w.session.add_all(
            PoolItem(round_id=round_.id, item_version_id=first_versions[number]) for number in planned.pool
        )
    w.session.flush()
    return items, sets


def _at(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def _forbidden(wanted: Arrangement) -> set[int]:
    """By number, told from the arrangement alone: what is sealed, and what an open, coming or undecided round has."""
    real = [one for one in wanted.rounds if one.is_published and not one.is_rehearsal]
    found: set[int] = set()
    for number, state in enumerate(wanted.sets):
        own = set(range(number * 4, number * 4 + 4))
        if state.sealed_hours is None or state.is_broken:
            continue
        since = state.sealed_hours
        if not any(since < one.opens_hours <= 0 and own & one.pool for one in real):
            found |= own
    for one in real:
        if one.final_hours is None or one.final_hours > 0:
            found |= one.pool
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=arrangements)
def test_practice_never_draws_what_is_sealed_or_undecided(
    work: Work, commune: Commune, stage: None, wanted: Arrangement
) -> None:
    with undone(work, commune) as w:
        items, sets = arrange(w, wanted)
        uses = {item_set.id: item_set for item_set in sets}
        by_rule = {item.id for item in items if policy.is_released(_facts(w, item, uses[item.set_id]), NOW)}
        by_sql = set(
            w.session.scalars(select(Item.id).join(ItemSet, ItemSet.id == Item.set_id).where(policy.released(NOW)))
        )
        assert by_sql == by_rule
        forbidden = {items[number].id for number in _forbidden(wanted)}
        kept_back = {item.id for item in items if item.retired_at or uses[item.set_id].retired_at}
        for_contests = {item.id for item in items if uses[item.set_id].use == "contest"}
        assert by_sql == {item.id for item in items} - forbidden - kept_back - for_contests
        current = {item.current_version_id for item in items if item.id in by_sql}
        assert _drawn(w) <= current


def _facts(w: UnitOfWork, item: Item, item_set: ItemSet) -> ItemFacts:
    finals = w.session.scalars(
        select(Round.finalised_at)
        .join(Contest, Contest.id == Round.contest_id)
        .join(PoolItem, PoolItem.round_id == Round.id)
        .join(ItemVersion, ItemVersion.id == PoolItem.item_version_id)
        .where(ItemVersion.item_id == item.id, Round.published_at.is_not(None), Contest.is_rehearsal.is_(False))
    ).all()
    return ItemFacts(
        use=item_set.use,
        is_in_force=not (item.retired_at or item_set.retired_at) and item.current_version_id is not None,
        is_sealed=seals.seal_of(w.session, NOW, item_set.id) is not None,
        final_of_rounds=finals,
    )


def _drawn(w: UnitOfWork) -> set[int]:
    """The versions that sessions of each kind ask for, the mistakes of one among them."""
    found: set[int] = set()
    for scope in (Scope(Kind.MIXED), Scope(Kind.MISTAKES), Scope(Kind.DAILY)):
        try:
            session_id = services.start(w, scope)
        except NothingToPractise:
            continue
        places = queries.places(w, session_id)
        assert all(place.waits for place in places)
        found |= {place.item.item_version_id for place in places}
        _answer(w, session_id, {1, 2})
    return found


def _answer(w: UnitOfWork, session_id: int, positions: set[int]) -> None:
    for place in queries.places(w, session_id):
        if place.position in positions:
            services.answer(w, session_id, place.position, letters(w, session_id, place.position, right=False))


def test_what_is_drawn_into_a_round_later_is_shown_no_more(work: Work, commune: Commune, stage: None) -> None:
    """A session under way passes it over, and the explanation of what was answered is gone with it."""
    with undone(work, commune) as w:
        for item_set in w.session.scalars(select(ItemSet)):
            item_set.use = "practice"
        w.session.flush()
        session_id = services.start(w, Scope(Kind.MIXED))
        _answer(w, session_id, {1, 2})
        before = queries.places(w, session_id)
        assert len(queries.keyed(w.session, before)) == 2
        round_ = w.session.scalars(select(Round)).first()
        assert round_ is not None
        round_.published_at = NOW
        pooled = {before[0].item.item_version_id, before[2].item.item_version_id}
        w.session.add_all(PoolItem(round_id=round_.id, item_version_id=version_id) for version_id in pooled)
        w.session.flush()
        places = queries.places(w, session_id)
        assert [place.position for place in places if not place.is_open] == [1, 3]
        assert [place.position for place in places if place.waits] == [4, 5, 6, 7, 8, 9, 10]
        assert set(queries.keyed(w.session, places)) == {before[1].item.item_version_id}
        with pytest.raises(QuestionWithdrawn):
            services.answer(w, session_id, 3, ["A"])


def test_sessions_are_their_members_alone(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        publish(w)
    for member in (commune.member, commune.colleague):
        with work(actor=member) as w:
            services.start(w, Scope(Kind.MIXED))
    with view() as r:
        sessions = r.session.scalars(select(PracticeSession)).all()
        for member in (commune.member, commune.secretary, commune.organiser, commune.operator):
            actor = actor_of(r.session, member)
            by_sql = set(r.session.scalars(select(PracticeSession.id).where(policy.own(actor))))
            assert by_sql == {one.id for one in sessions if policy.is_own(actor, one)}
            assert len(by_sql) == (1 if member is commune.member else 0)
