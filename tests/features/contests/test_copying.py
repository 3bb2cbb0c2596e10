"""A copy has the settings of its original and nothing of what happened in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Result
from quiz_app.catalogue.models import Item, ItemSet
from quiz_app.contests import copying, queries, services
from quiz_app.contests.models import (
    Accommodation,
    Contest,
    Exclusion,
    PoolItem,
    Prize,
    RosterEntry,
    Round,
    RoundNotice,
    RulesVersion,
)
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work as Unit
from quiz_app.rules.prediction import PredictionKind
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

FIRST = datetime(2027, 1, 4, 8, 0, tzinfo=VIETNAM)
HAPPENED: tuple[type[Base], ...] = (
    Attempt,
    Result,
    RoundNotice,
    Exclusion,
    Accommodation,
    RosterEntry,
    PoolItem,
    RulesVersion,
)


@pytest.fixture
def original(work: Work, commune: Commune) -> int:
    """A contest of two rounds in two stages; the first was sat, extended and pinned. Its id."""
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        pinned = w.session.scalars(select(Item.id).where(Item.set_id == set_id).order_by(Item.id)).first()
        assert pinned is not None
        opened = contest.open_round(
            w,
            commune.root,
            set_id=set_id,
            pinned_item_ids=(pinned,),
            prediction_kind=PredictionKind.PEOPLE,
            entry_unit_ids=(commune.first.id,),
            entry_categories=("full",),
            minimum_age=16,
            attempts_per_day=1,
            note="Ghi chú riêng.",
        )
        opened.contest.most_prizes, opened.contest.unit_weights = 2, {"turnout": 3}
        opened.contest.unit_threshold, opened.contest.unit_minimum, opened.contest.unit_classes = 5, 7, "kind"
        for position, (is_for_units, title) in enumerate([(False, "Giải nhất"), (True, "Giải tập thể")], start=1):
            w.session.add(
                Prize(
                    contest_id=opened.contest.id,
                    scope="round",
                    is_for_units=is_for_units,
                    position=position,
                    title=title,
                    count=position,
                )
            )
        stages = [services.add_stage(w, opened.contest.id, title).id for title in ("Tháng 12", "Tháng 1")]
        first = terms_of(w.session, opened.round)
        services.change_round(w, opened.round.id, replace(first, stage_id=stages[0]))
        second = replace(
            first,
            title="Tuần 2",
            opens_at=first.opens_at + timedelta(days=7),
            closes_at=first.closes_at + timedelta(days=9),
            stage_id=stages[1],
        )
        services.set_blueprint(w, services.create_round(w, opened.contest.id, second).id, contest.BLUEPRINT[:2])
        w.session.add(
            Exclusion(contest_id=opened.contest.id, member_id=commune.stranger.id, reason="x", created_at=w.now)
        )
        w.session.add(Accommodation(round_id=opened.round.id, member_id=commune.member.id, extra_time_s=60, reason="x"))
        w.session.add(
            RoundNotice(round_id=opened.round.id, unit_id=None, text="Gia hạn", extension_s=600, created_at=w.now)
        )
        opened.round.extension_s = opened.round.longest_extension_s = 600
    with work(actor=commune.member) as w:
        attempts.submit(w, attempts.start(w, opened.round.id, is_demonstration_site=False), 1)
    return opened.contest.id


def _counts(w: Unit) -> dict[str, int]:
    return {one.__tablename__: w.session.scalar(select(func.count()).select_from(one)) or 0 for one in HAPPENED}


def _prizes(w: Unit, held: Contest) -> list[object]:
    prizes = w.session.scalars(select(Prize).where(Prize.contest_id == held.id).order_by(Prize.position))
    named = (held.most_prizes, held.unit_weights, held.unit_threshold, held.unit_minimum, held.unit_classes)
    return [*named, *((one.scope, one.is_for_units, one.position, one.title, one.count) for one in prizes)]


def test_a_contest_is_copied_with_its_settings_and_nothing_that_happened(
    work: Work, commune: Commune, original: int
) -> None:
    with work(actor=commune.organiser) as w:
        before = _counts(w)
        copy = copying.copy_contest(w, original, title="Cuộc thi năm sau", first_opens_at=FIRST)
        assert _counts(w) == before
        assert min(before.values()) > 0
        titles = [stage.title for stage in queries.stages(w.session, copy.id)]
        assert titles == [stage.title for stage in queries.stages(w.session, original)] == ["Tháng 12", "Tháng 1"]
        stage_ids = [stage.id for stage in queries.stages(w.session, copy.id)]
        olds, news = queries.rounds_of(w.session, [original]), queries.rounds_of(w.session, [copy.id])
        shift = FIRST - olds[0].opens_at
        for old, new, stage_id in zip(olds, news, stage_ids, strict=True):
            was = terms_of(w.session, old)
            expected = replace(was, opens_at=was.opens_at + shift, closes_at=was.closes_at + shift, stage_id=stage_id)
            assert terms_of(w.session, new) == expected
            assert queries.blueprint(new) == queries.blueprint(old)
            assert new.published_at is None
            assert new.first_attempt_at is None
            assert new.extension_s == new.longest_extension_s == new.rules_number == 0
            assert new.draw_secret != old.draw_secret
        assert (copy.title, copy.unit_id) == ("Cuộc thi năm sau", commune.root.id)
        assert news[0].opens_at == FIRST
        assert _prizes(w, copy) == _prizes(w, w.session.get_one(Contest, original))
        assert _prizes(w, copy)[5:] == [
            ("round", False, 1, "Giải nhất", 1),
            ("round", True, 2, "Giải tập thể", 2),
        ]


def test_the_same_copy_within_a_minute_is_one(work: Work, commune: Commune, original: int) -> None:
    def copy(seconds: float, title: str = "Năm sau", opens_at: datetime = FIRST) -> int:
        with work(actor=commune.organiser, now=NOW + timedelta(seconds=seconds)) as w:
            return copying.copy_contest(w, original, title=title, first_opens_at=opens_at).id

    first = copy(0)
    assert copy(50) == first
    others = [copy(50, "Năm sau nữa"), copy(50, opens_at=FIRST + timedelta(days=1)), copy(61)]
    assert len({first, *others}) == 4
    with work(now=NOW + timedelta(seconds=62)) as w:  # somebody else means one of his own
        assert copying.copy_contest(w, original, title="Năm sau", first_opens_at=FIRST).id not in {first, *others}


def test_a_set_that_is_retired_stays_behind(work: Work, commune: Commune, original: int) -> None:
    with work(actor=commune.organiser) as w:
        w.session.scalars(select(ItemSet).where(ItemSet.slug == contest.SET_SLUG)).one().retired_at = w.now
        copy = copying.copy_contest(w, original, title="Bản sao", first_opens_at=FIRST)
        for round_ in queries.rounds_of(w.session, [copy.id]):
            assert terms_of(w.session, round_).set_ids == ()


def test_a_set_that_stays_behind_is_named_before(browse: Browse, work: Work, commune: Commune, original: int) -> None:
    organiser = browse.as_(commune.organiser)
    with work() as w:
        first = queries.rounds_of(w.session, [original])[0]
    pages = (f"/to-chuc/cuoc-thi/{original}/nhan-ban", f"/to-chuc/dot/{first.id}/nhan-ban")
    assert not any("không đi theo:" in organiser.page(url).text for url in pages)
    with work() as w:
        w.session.scalars(select(ItemSet).where(ItemSet.slug == contest.SET_SLUG)).one().retired_at = w.now
    for url in pages:
        assert "Bộ câu hỏi đã ngừng dùng nên không đi theo: Bộ thi mẫu." in organiser.page(url).text


def test_others_contests_are_not_copied(work: Work, commune: Commune, original: int) -> None:
    with pytest.raises(Missing), work(actor=commune.organiser_elsewhere) as w:
        copying.copy_contest(w, original, title="Bản sao", first_opens_at=FIRST)


def test_a_round_is_copied_to_the_next_week_by_default(
    browse: Browse, work: Work, commune: Commune, original: int, db: Database
) -> None:
    with work() as w:
        first = queries.rounds_of(w.session, [original])[0]
    organiser = browse.as_(commune.organiser)
    made = organiser.submit(f"/to-chuc/dot/{first.id}/nhan-ban", {}, action="/nhan-ban")
    assert "còn là bản nháp" in organiser.follow(made).text
    with db.reading() as session:
        copy = session.scalars(select(Round).order_by(Round.id.desc())).first()
        assert copy is not None
        assert (copy.contest_id, copy.position, copy.title) == (original, 3, "Đợt thi thử (bản sao)")
        week = timedelta(weeks=1)
        typed = (first.opens_at + week).replace(second=0, microsecond=0)  # a form takes minutes
        assert copy.opens_at == typed
        assert copy.closes_at - copy.opens_at == first.closes_at - first.opens_at
        assert copy.stage_id == first.stage_id
        assert copy.published_at is None
        assert "round.copied" in session.scalars(select(AuditEntry.action)).all()


def test_a_contest_is_copied_on_its_page(browse: Browse, work: Work, commune: Commune, original: int) -> None:
    organiser = browse.as_(commune.organiser)
    url = f"/to-chuc/cuoc-thi/{original}/nhan-ban"
    assert "2 đợt thi dạng bản nháp" in organiser.page(url).text
    made = organiser.submit(url, {"first_opens_at": "2027-01-04T08:00"}, action="/nhan-ban")
    assert "Đã nhân bản cuộc thi" in organiser.follow(made).text
    refused = organiser.submit(url, {"first_opens_at": "1999-01-04T08:00"}, action="/nhan-ban", status=422)
    assert "Năm phải từ 2020" in refused.text
    with work() as w:
        empty = services.create_contest(w, title="Trống", unit_id=commune.root.id, is_demonstration=False)
    assert "Chưa có đợt thi nào để nhân bản" in organiser.page(f"/to-chuc/cuoc-thi/{empty.id}/nhan-ban").text


@pytest.mark.parametrize("opens_at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_year_beyond_what_can_be_counted_is_refused_in_words(
    browse: Browse, work: Work, commune: Commune, original: int, opens_at: str
) -> None:
    with work() as w:
        first = queries.rounds_of(w.session, [original])[0]
    organiser = browse.as_(commune.organiser)
    for url, name in (
        (f"/to-chuc/dot/{first.id}/nhan-ban", "opens_at"),
        (f"/to-chuc/cuoc-thi/{original}/nhan-ban", "first_opens_at"),
    ):
        refused = organiser.submit(url, {name: opens_at}, action="/nhan-ban", status=422)
        assert "Năm phải từ 2020 đến 2099." in refused.text


@pytest.mark.parametrize(
    ("title", "following"),
    [
        ("Tuần 1", "Tuần 2"),
        ("Tuần 9", "Tuần 10"),
        ("Tuần 2 (bổ sung)", "Tuần 3 (bổ sung)"),
        ("Đợt 1, tuần 4", "Đợt 1, tuần 5"),
        ("Chung kết", "Chung kết (bản sao)"),
    ],
)
def test_the_title_counts_on(title: str, following: str) -> None:
    assert copying.next_title(title) == following


def test_copies_are_made_within_what_is_allowed(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.first)
    with work(actor=commune.organiser) as w:
        copy = copying.copy_round(w, opened.round.id, title="Tuần sau", opens_at=NOW + timedelta(days=8))
        assert copy.contest_id == opened.contest.id
        services.publish_round(w, copy.id)
