"""Contests begun from a profile hold to the rules that the profile stands for."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from quiz_app.contests import contradictions, profiles, queries, services
from quiz_app.contests.models import Contest, ItemKinds, Round
from quiz_app.contests.profiles import PROFILES
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

FIRST = datetime(2026, 12, 14, 7, 30, tzinfo=VIETNAM)
WEEK = timedelta(weeks=1)
SCORE, DURATION = Criterion.SCORE, Criterion.DURATION
SUBMITTED, PREDICTION = Criterion.SUBMITTED, Criterion.PREDICTION


@pytest.mark.parametrize(
    ("slug", "rounds", "length", "kinds", "minutes", "attempts", "counted", "order", "predicted"),
    [
        (
            "hanoi-2024", 4, 20, ItemKinds.SINGLE, 15, 3, CountedAttempt.BEST_FASTEST,
            (SCORE, DURATION, PREDICTION, SUBMITTED), PredictionKind.PEOPLE,
        ),
        (
            "vcnet", 4, 10, ItemKinds.MULTIPLE, None, None, CountedAttempt.BEST_EARLIEST,
            (SCORE, PREDICTION, SUBMITTED), PredictionKind.ALL_RIGHT,
        ),
        (
            "single-shot", 1, 10, ItemKinds.ANY, 20, 1, CountedAttempt.ONLY,
            (SCORE, PREDICTION, DURATION), PredictionKind.PEOPLE,
        ),
        ("tw-7x10", 3, 10, ItemKinds.ANY, 10, 7, CountedAttempt.BEST_FASTEST, (SCORE, DURATION), None),
    ],
)  # fmt: skip
def test_a_profile_makes_the_contest_it_describes(
    work: Work,
    commune: Commune,
    slug: str,
    rounds: int,
    length: int,
    kinds: ItemKinds,
    minutes: int | None,
    attempts: int | None,
    counted: CountedAttempt,
    order: tuple[Criterion, ...],
    predicted: PredictionKind | None,
) -> None:
    with work() as w:
        set_id = contest.publish_sample_bank(w)
        made = profiles.create_contest(
            w,
            PROFILES[slug],
            title="Tìm hiểu Nghị quyết",
            unit_id=commune.root.id,
            first_opens_at=FIRST,
            set_ids=[set_id],
            is_demonstration=False,
        )
        found = queries.rounds_of(w.session, [made.id])
        assert [round_.opens_at for round_ in found] == [FIRST + number * WEEK for number in range(rounds)]
        assert [round_.closes_at - round_.opens_at for round_ in found] == [WEEK] * rounds
        for round_ in found:
            assert round_.published_at is None
            terms = terms_of(w.session, round_)
            assert terms.item_kinds is kinds
            assert terms.time_limit_s == (None if minutes is None else minutes * 60)
            assert terms.attempts_allowed == attempts
            assert terms.counted is counted
            assert terms.tie_breaks == order
            assert terms.prediction_kind is predicted
            assert terms.set_ids == (set_id,)
            assert queries.paper_length(round_) == length
            assert contradictions.refused(terms) == ()
            context = contradictions.Context(paper_length=length, pool_size=length * contradictions.POOL_PER_PAPER)
            assert contradictions.warnings(terms, context) == ()


def test_the_four_profiles_ship_and_hanoi_is_the_default() -> None:
    assert list(PROFILES) == ["hanoi-2024", "vcnet", "single-shot", "tw-7x10"]
    assert profiles.DEFAULT == "hanoi-2024"


def test_months_are_stages_where_the_profile_groups_weeks(work: Work, commune: Commune) -> None:
    with work() as w:
        made = profiles.create_contest(
            w,
            PROFILES["vcnet"],
            title="Hằng tuần",
            unit_id=commune.root.id,
            first_opens_at=FIRST,
            set_ids=[contest.publish_sample_bank(w)],
            rounds=6,
            is_demonstration=False,
        )
        names = {stage.id: stage.title for stage in queries.stages(w.session, made.id)}
        held = [names[round_.stage_id] for round_ in queries.rounds_of(w.session, [made.id]) if round_.stage_id]
    assert held == ["Tháng 12/2026"] * 3 + ["Tháng 01/2027"] * 3


@pytest.mark.parametrize(
    ("length", "stock", "cells"),
    [
        (7, {"a": 9, "b": 9, "c": 9}, [Cell("a", None, 3), Cell("b", None, 2), Cell("c", None, 2)]),
        (7, {"a": 1, "b": 9}, [Cell("a", None, 1), Cell("b", None, 6)]),
        (5, {"a": 1, "b": 2}, [Cell("a", None, 1), Cell("b", None, 2), Cell(None, None, 2)]),
        (5, {}, [Cell(None, None, 5)]),
        (2, {"a": 9, "b": 9, "c": 9}, [Cell("a", None, 1), Cell("b", None, 1)]),
    ],
)
def test_places_are_spread_over_what_the_sets_hold(length: int, stock: dict[str, int], cells: list[Cell]) -> None:
    assert profiles.spread(length, stock) == cells


def test_what_is_refused_leaves_nothing_behind(work: Work, commune: Commune, db: Database) -> None:
    def _create(unit_id: int, set_id: int) -> None:
        with work(actor=commune.organiser_elsewhere) as w:
            profiles.create_contest(
                w,
                PROFILES["hanoi-2024"],
                title="Không thành",
                unit_id=unit_id,
                first_opens_at=FIRST,
                set_ids=[set_id],
                is_demonstration=False,
            )

    with pytest.raises(Missing):
        _create(commune.root.id, 1)
    with pytest.raises(BadInput):
        _create(commune.committee.id, 10**6)
    with db.reading() as session:
        assert session.scalars(select(Contest.id)).all() == []
        assert "contest.from_profile" not in session.scalars(select(AuditEntry.action)).all()


def test_the_page_leads_from_a_profile_to_drafts_that_may_be_edited(
    browse: Browse, work: Work, commune: Commune, db: Database
) -> None:
    with work() as w:
        set_id = contest.publish_sample_bank(w)
    organiser = browse.as_(commune.organiser)
    page = organiser.page("/to-chuc/cuoc-thi-theo-mau")
    assert all(profile.title in page.text for profile in PROFILES.values())
    made = organiser.submit(
        "/to-chuc/cuoc-thi-theo-mau",
        {
            "profile": "single-shot",
            "title": "Một đợt",
            "unit_id": str(commune.root.id),
            "first_opens_at": "2026-12-14T07:30",
            "set_ids": [str(set_id)],
            "blueprint": "chia-deu",
        },
        action="/cuoc-thi-theo-mau",
    )
    assert "Đã tạo cuộc thi theo mẫu" in organiser.follow(made).text
    with db.reading() as session:
        round_ = session.scalars(select(Round)).one()
        cells = Counter({cell.topic: cell.count for cell in round_.cells})
        assert "contest.from_profile" in session.scalars(select(AuditEntry.action)).all()
    assert cells == {"muc-tieu": 5, "giai-phap": 5}
    assert (round_.title, round_.opens_at) == ("Đợt thi", FIRST)
    with work() as w:
        services.publish_round(w, round_.id)  # what a profile makes of a set that suffices is ready


def test_what_is_missing_or_impossible_is_said_at_its_field(browse: Browse, work: Work, commune: Commune) -> None:
    with work() as w:
        set_id = contest.publish_sample_bank(w)
    organiser = browse.as_(commune.organiser)
    sent = {
        "title": "Một đợt",
        "unit_id": str(commune.root.id),
        "set_ids": [str(set_id)],
        "first_opens_at": "1999-12-14T07:30",
    }
    refused = organiser.submit("/to-chuc/cuoc-thi-theo-mau", sent, action="/cuoc-thi-theo-mau", status=422)
    assert "Năm phải từ 2020" in refused.text
    sent["first_opens_at"] = "9999-12-31T23:59"
    beyond = organiser.submit("/to-chuc/cuoc-thi-theo-mau", sent, action="/cuoc-thi-theo-mau", status=422)
    assert "Năm phải từ 2020" in beyond.text
    empty = organiser.submit("/to-chuc/cuoc-thi-theo-mau", {"rounds": "21"}, action="/cuoc-thi-theo-mau", status=422)
    assert "Số phải từ 1 đến 20." in empty.text
    assert "Đồng chí chưa điền mục này." in empty.text
