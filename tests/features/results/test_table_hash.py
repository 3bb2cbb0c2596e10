"""The hash of a table stays what it was, however it is worked out: of one JSON object, the people by their codes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Contest, PrizeScope
from quiz_app.kernel.db import Database
from quiz_app.results import tables
from quiz_app.results.models import FinalTable
from quiz_app.results.tables import Table
from tests.features.results.build import give
from tests.features.results.scene import Scene, set_scene
from tests.support.build import Commune
from tests.support.works import Work

CODES = ("b-1", "B1", "ab", "Ă2", "A 2", "a")  # no language puts them in the order of their letters' numbers


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Scene:
    stage = set_scene(db, work, commune)
    with work() as w:
        w.session.get_one(Contest, stage.round.contest_id).unit_weights = {"turnout": 1, "mean": 2}
        for code, one in zip(CODES, stage.attempts.values(), strict=False):
            w.session.get_one(Attempt, one.id).receipt_code = code
    give(work, stage.round, PrizeScope.ROUND, ('Giải "Đỏ"\\\t\x07\x7f–\U0001f3c6', 9))
    return stage


def by_hand(table: Table) -> str:
    people = [
        [
            one.code,
            one.place,
            one.unit_code,
            one.attempts,
            one.score,
            one.max_score,
            one.duration_ms,
            one.submitted_at.astimezone(UTC).isoformat(),
            one.prediction,
            list(one.rank_key),
            one.decided_by,
            one.prize,
            one.is_by_lot,
        ]
        for one in sorted(table.people, key=lambda one: one.code)
    ]
    units = [
        [one.code, one.class_name, one.place, one.figures, one.parts, one.total, one.prize]
        for one in sorted(table.units, key=lambda one: one.code)
    ]
    said = {"rule": table.rule, "people": people, "units": units}
    return hashlib.sha256(
        json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


@pytest.mark.parametrize("at_once", [2, 5000])
def test_it_is_that_of_one_object(stage: Scene, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(tables, "READ_AT_ONCE", at_once)
    proposed = stage.propose(stage.commune.organiser)
    table = stage.kept(proposed.id)
    assert table.units
    assert {one.code for one in table.people} >= set(CODES)
    assert '"Đỏ"' in str({one.prize for one in table.people})
    with stage.work() as w:
        read = tables.stored_sha256(w.session, w.session.scalars(select(FinalTable)).one())
    assert {proposed.sha256, table.sha256, read} == {by_hand(table)}
