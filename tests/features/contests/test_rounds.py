"""Setting up and opening a round: what is refused, what is frozen, and when a thing may be seen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from quiz_app.catalogue.models import Item, ItemSet
from quiz_app.contests import policy, queries, services
from quiz_app.contests.errors import ChangeLocked, RoundFixed, RoundNotReady
from quiz_app.contests.models import Contest, PoolItem, RosterEntry, Round, Shown
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.rules.drawing import Cell
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.units import queries as units
from tests.support import build, contest, sitting
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work, actor_of

pytestmark = pytest.mark.usefixtures("banks")


def test_publishing_freezes_the_pool_and_the_roster(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
    with work() as w:
        roster = {row.member_id: row for row in w.session.scalars(select(RosterEntry))}
        pool = w.session.scalars(select(PoolItem.item_version_id)).all()
        round_ = w.session.get_one(Round, opened.round.id)
        size = queries.roster_size(w.session, opened.round.id)
    assert len(pool) == 12
    assert round_.published_at == NOW
    assert len(round_.pool_hash) == 64
    assert roster[commune.exempt.id].is_exempt
    assert not roster[commune.member.id].is_exempt
    assert roster[commune.inner_member.id].unit_id == commune.inner.id
    assert commune.sympathiser.id not in roster
    assert (size.members, size.exempt) == (len(roster), 1)


def test_the_frozen_pool_outlives_a_retired_set(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
    with work() as w:
        w.session.execute(update(ItemSet).where(ItemSet.id == opened.set_id).values(retired_at=NOW))
        assert queries.draft_pool(w.session, w.session.get_one(Round, opened.round.id)) == []
        assert len(queries.frozen_pool(w.session, opened.round.id)) == 12


def test_only_a_change_of_the_blueprint_takes_up_a_pool_that_changed_since(work: Work, commune: Commune) -> None:
    """Who mends a note before the opening must not exchange the questions without a word."""
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
        terms, pool = terms_of(w.session, opened.round), opened.round.pool_hash
        w.session.execute(update(Item).where(Item.code == "cau-12").values(retired_at=NOW))
    later = NOW + timedelta(days=2)
    with work() as w:
        changed = services.change_round(
            w, opened.round.id, replace(terms, title="Tuần 1", note="Chú ý", attempts_allowed=5, closes_at=later)
        )
        assert (changed.title, changed.closes_at, changed.rules_number) == ("Tuần 1", later, 2)
        assert changed.pool_hash == pool
        assert services.set_blueprint(w, opened.round.id, contest.BLUEPRINT).pool_hash != pool


def test_a_published_round_is_not_moved_into_the_past(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
        terms = terms_of(w.session, opened.round)
    past = replace(terms, opens_at=NOW - timedelta(days=2), closes_at=NOW - timedelta(minutes=1))
    with pytest.raises(RoundNotReady) as refused, work(now=NOW) as w:
        services.change_round(w, opened.round.id, past)
    assert refused.value.problems == ("giờ đóng đã qua",)
    with work() as w:
        assert terms_of(w.session, w.session.get_one(Round, opened.round.id)) == terms


def test_the_roster_follows_who_may_enter_and_when(work: Work, commune: Commune) -> None:
    def on_roster(w: UnitOfWork) -> set[int]:
        return set(w.session.scalars(select(RosterEntry.member_id).where(RosterEntry.round_id == opened.round.id)))

    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
        terms = terms_of(w.session, opened.round)
        newcomer = build.member(w, commune.first, "Người mới chuyển đến").id
    with work(now=NOW) as w:
        services.change_round(w, opened.round.id, replace(terms, note="Chú ý"))
        assert newcomer not in on_roster(w)
        moved = replace(terms, note="Chú ý", closes_at=terms.closes_at + timedelta(days=1))
        services.change_round(w, opened.round.id, moved)
        assert newcomer in on_roster(w)


def test_a_round_is_published_once(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
    with work() as w, pytest.raises(RoundFixed):
        services.publish_round(w, opened.round.id)


def test_what_gives_attempts_their_meaning_is_locked_once_somebody_has_begun(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
        terms = terms_of(w.session, opened.round)
    with work(now=NOW) as w:
        changed = services.change_round(w, opened.round.id, replace(terms, attempts_allowed=5))
        assert (changed.attempts_allowed, changed.rules_number) == (5, 2)
    with work(actor=commune.member, now=NOW) as w:
        sitting.start(w, opened.round)
    locked: tuple[Callable[[UnitOfWork], Round], ...] = (
        lambda w: services.change_round(w, opened.round.id, replace(terms, attempts_allowed=6)),
        lambda w: services.change_round(w, opened.round.id, replace(terms, closes_at=NOW + timedelta(days=9))),
        lambda w: services.change_round(w, opened.round.id, replace(terms, minimum_age=30)),
        lambda w: services.set_blueprint(w, opened.round.id, contest.BLUEPRINT[:1]),
    )
    for act in locked:
        with work() as w, pytest.raises(ChangeLocked):
            act(w)
    with work() as w:
        kept = terms_of(w.session, w.session.get_one(Round, opened.round.id))
        services.change_round(w, opened.round.id, replace(kept, title="Tuần 1", note="Chú ý"))


def test_everything_that_is_missing_is_named_at_once(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        set_id = sitting.publish_shipped(w)
        found = services.create_contest(w, title="Thi thật", unit_id=commune.root.id, is_demonstration=False)
        past = replace(contest.terms(NOW, set_id), opens_at=NOW - timedelta(days=2), closes_at=NOW)
        round_ = services.create_round(w, found.id, past)
        services.set_blueprint(w, round_.id, [Cell("II.1.5", 3, 9), Cell("II.1.1", 1, 1)])
    with work(now=NOW) as w, pytest.raises(RoundNotReady) as refused:
        services.publish_round(w, round_.id)
    words = " | ".join(refused.value.problems)
    assert "kèm đáp án công khai" in words
    assert "giờ đóng đã qua" in words
    assert "mức vận dụng: cần 9, có 4" in words
    assert len(refused.value.problems) == 3
    with work() as w:
        assert w.session.get_one(Round, round_.id).published_at is None
        assert w.session.scalars(select(PoolItem)).all() == []


def test_a_paper_without_any_point_is_not_ready(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
        with pytest.raises(RoundNotReady) as refused:
            services.set_blueprint(w, opened.round.id, [Cell("muc-tieu", 1, 2, 0), Cell(None, None, 1, 0)])
        assert refused.value.problems == ("mọi câu của đề đều 0 điểm",)
        services.set_blueprint(w, opened.round.id, [Cell("muc-tieu", 1, 2, 0), Cell(None, None, 1, 1)])


def test_a_draft_without_sets_and_cells_is_not_ready(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        found = services.create_contest(w, title="Thi", unit_id=commune.root.id, is_demonstration=True)
        round_ = services.create_round(w, found.id, replace(contest.terms(NOW, 1), set_ids=()))
        with pytest.raises(RoundNotReady) as refused:
            services.publish_round(w, round_.id)
    assert refused.value.problems == ("chưa chọn bộ câu hỏi", "chưa lập ma trận đề")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closes_at": NOW - timedelta(hours=1)}, "closes_at"),
        ({"time_limit_s": 26 * 3600}, "time_limit_s"),
        ({"attempts_allowed": 0}, "attempts_allowed"),
        ({"counted": CountedAttempt.ONLY, "attempts_allowed": 2}, "counted"),
        ({"tie_breaks": (Criterion.SCORE, Criterion.SCORE)}, "tie_breaks"),
        ({"tie_breaks": ()}, "tie_breaks"),
        ({"set_ids": (999,)}, "set_ids"),
    ],
)
def test_settings_that_contradict_are_refused_at_their_field(
    work: Work, commune: Commune, changes: dict[str, object], field: str
) -> None:
    with work(now=NOW) as w:
        set_id = contest.publish_sample_bank(w)
        found = services.create_contest(w, title="Thi", unit_id=commune.root.id, is_demonstration=True)
    with work(now=NOW) as w, pytest.raises(BadInput) as refused:
        services.create_round(w, found.id, replace(contest.terms(NOW, set_id), **changes))  # type: ignore[arg-type] # names are checked by replace
    assert list(refused.value.errors) == [field]


def test_contests_of_others_look_absent(work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        opened = contest.open_round(w, commune.root)
    with work(actor=commune.organiser_elsewhere) as w:
        for look in (
            lambda: queries.managed_contest(w, opened.contest.id),
            lambda: queries.managed_round(w, opened.round.id),
            lambda: services.create_contest(w, title="x", unit_id=commune.root.id, is_demonstration=True),
            lambda: services.publish_round(w, opened.round.id),
        ):
            with pytest.raises(Missing):
                look()
        assert queries.managed_contests(w) == []


def test_managing_as_predicate_and_as_sql_agree(work: Work, view: View, commune: Commune) -> None:
    with work(now=NOW) as w:
        for unit in (commune.root, commune.first, commune.committee, commune.inner):
            services.create_contest(w, title=unit.name, unit_id=unit.id, is_demonstration=True)
    people = [commune.organiser, commune.organiser_elsewhere, commune.member, commune.secretary, commune.overseer]
    for person in people:
        with view(actor=person) as r:
            by_sql = set(r.session.scalars(select(Contest.id).where(policy.managed(r.actor))))
            everything = r.session.scalars(select(Contest)).all()
            by_rule = {
                found.id for found in everything if policy.manages(r.actor, units.path_ids(r.session, found.unit_id))
            }
        assert by_sql == by_rule, person.full_name


def test_inviting_as_predicate_and_as_sql_agree(work: Work, view: View, commune: Commune) -> None:
    with work(now=NOW) as w:
        set_id = contest.publish_sample_bank(w)
        rounds = [
            contest.open_round(w, unit, set_id=set_id).round
            for unit in (commune.root, commune.first, commune.committee, commune.inner)
        ]
    with work() as w:
        members = w.session.scalars(select(Member)).all()
    for member in members:
        with view(actor=member) as r:
            by_sql = set(r.session.scalars(select(Round.id).join(Contest).where(policy.invited(member.unit_id))))
            assert by_sql == {found.id for found in queries.visible_rounds(r)}
            path = units.path_ids(r.session, member.unit_id)
            by_rule = {
                found.id
                for found in rounds
                if policy.is_invited(path, r.session.get_one(Contest, found.contest_id).unit_id, is_rehearsal=False)
            }
        assert by_sql == by_rule, member.full_name


def test_drafts_are_not_visible(work: Work, view: View, commune: Commune) -> None:
    with work(now=NOW) as w:
        draft = sitting.draft_round(w, commune.root, sitting.publish_shipped(w))
    with view(actor=commune.member) as r:
        assert queries.visible_rounds(r) == []
        with pytest.raises(Missing):
            queries.visible_round(r, draft.id)


def test_two_who_open_a_draft_at_once_open_it_once(db: Database, work: Work, commune: Commune) -> None:
    with work(now=NOW) as w:
        draft = sitting.draft_round(w, commune.root, sitting.publish_shipped(w))
        actor = actor_of(w.session, commune.organiser)
    together = Barrier(4)

    def publish(_: int) -> str:
        together.wait()
        try:
            with working(db, actor=actor, now=NOW) as w:
                services.publish_round(w, draft.id)
        except RoundFixed:
            return "fixed"
        return "opened"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(publish, range(4))) == ["fixed", "fixed", "fixed", "opened"]


@pytest.mark.parametrize("year", [1, 2019, 2100, 9999])
def test_a_year_that_nobody_means_is_refused_at_its_field(work: Work, commune: Commune, year: int) -> None:
    with work(now=NOW) as w:
        set_id = contest.publish_sample_bank(w)
        made = services.create_contest(w, title="Cuộc thi", unit_id=commune.root.id, is_demonstration=False)
        wrong = replace(contest.terms(NOW, set_id), closes_at=datetime(year, 1, 1, tzinfo=VIETNAM))
        with pytest.raises(BadInput) as refused:
            services.create_round(w, made.id, wrong)
    assert list(refused.value.errors) == ["closes_at"]


CLOSE = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("shown", "now", "finalised_at", "is_shown"),
    [
        (Shown.NEVER, CLOSE + timedelta(days=9), CLOSE, False),
        (Shown.AFTER_SUBMISSION, NOW, None, True),
        (Shown.AFTER_CLOSING, CLOSE - timedelta(microseconds=1), None, False),
        (Shown.AFTER_CLOSING, CLOSE, None, False),  # who sits to the last second may still answer in the grace
        (Shown.AFTER_CLOSING, CLOSE + timedelta(seconds=7) - timedelta(microseconds=1), None, False),
        (Shown.AFTER_CLOSING, CLOSE + timedelta(seconds=7), None, True),
        (Shown.AFTER_FINAL, CLOSE, None, False),
        (Shown.AFTER_FINAL, CLOSE, CLOSE, True),
        (Shown.AFTER_FINAL, CLOSE, CLOSE + timedelta(microseconds=1), False),
    ],
)
def test_when_a_thing_may_be_seen(shown: Shown, now: datetime, finalised_at: datetime | None, is_shown: bool) -> None:
    round_ = Round(
        opens_at=NOW,
        closes_at=CLOSE,
        time_limit_s=900,
        extension_s=0,
        longest_extension_s=0,
        weekdays=list(range(7)),
        grace_ms=5000,
        show_keys=shown.value,
        finalised_at=finalised_at,
    )
    assert policy.reveals_keys(round_, now) is is_shown


def test_an_extension_moves_what_is_shown_after_closing() -> None:
    round_ = Round(
        opens_at=NOW,
        closes_at=CLOSE,
        time_limit_s=None,
        longest_extension_s=600,
        extension_s=600,
        grace_ms=0,
        weekdays=list(range(7)),
    )
    assert not policy.reveals(Shown.AFTER_CLOSING.value, round_, CLOSE + timedelta(seconds=10))
    assert policy.reveals(Shown.AFTER_CLOSING.value, round_, CLOSE + timedelta(seconds=602))


def test_organisers_alone_manage(work: Work, commune: Commune) -> None:
    with work() as w:
        actors = {role: actor_of(w.session, getattr(commune, role.value)) for role in Role if role is not Role.MEMBER}
    may = {role for role, actor in actors.items() if actor.may(policy.Permission.CONTEST_MANAGE)}
    assert may == {Role.ORGANISER}
