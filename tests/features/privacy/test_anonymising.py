"""Contests long past: figures stay, people go, and nothing is touched that somebody still needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.attempts import correcting
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import PeopleForgotten
from quiz_app.attempts.models import Attempt, CorrectionKind
from quiz_app.awards import occasions
from quiz_app.contests.models import Contest, PrizeScope
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.models import RankedSum, Ranking
from quiz_app.leaderboard.queries import standings
from quiz_app.members.models import Member
from quiz_app.participation import queries as desks
from quiz_app.privacy import anonymising
from quiz_app.privacy.anonymising import Held
from quiz_app.privacy.schema import CONTEST_END, PERSONAL
from quiz_app.reports import counting
from quiz_app.reports.counting import Asked
from quiz_app.results import subjects, tables, verify
from quiz_app.tables import metadata
from tests.features.results.scene import Scene, set_scene
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work

KEPT = timedelta(days=730)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def scene(db: Database, work: Work, commune: Commune) -> Scene:
    """A final round; one who sat it, helped by his secretary, has complained and was answered."""
    made = set_scene(db, work, commune)
    made.finalise()
    with work() as w:
        attempt = w.session.get_one(Attempt, made.attempts[commune.member.id].id)
        attempt.device_sha256, attempt.assisted_by, attempt.assist_reason = "d" * 64, commune.secretary.id, "Mắt kém"
        w.session.add(
            Complaint(
                round_id=made.round.id,
                member_id=commune.member.id,
                attempt_id=attempt.id,
                text="Tôi là Hà, xin xem lại",
                state=ComplaintState.DECLINED.value,
                created_at=NOW,
                decided_at=NOW,
            )
        )
        ranking = Ranking(
            contest_id=made.round.contest_id,
            scope=f"contest:{made.round.contest_id}",
            fingerprint="",
            taken_at=NOW,
            took_ms=1,
            is_whole=True,
            people=1,
            marks=[],
        )
        w.session.add(ranking)
        w.session.flush()
        keys = {"k1": 0, "k2": 0, "k3": 0, "k4": 0, "score": 1, "max_score": 1, "duration_ms": 1, "rounds_sat": 1}
        w.session.add(RankedSum(ranking_id=ranking.id, member_id=commune.member.id, **keys))
    return made


def test_figures_stay_and_people_go(scene: Scene, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.move(days=731)
    before = _figures(scene)
    monkeypatch.setattr(anonymising, "PEOPLE_AT_ONCE", 3)
    with scene.work() as w:
        (due,) = anonymising.due(w, KEPT)
        assert (due.people, due.attempts, due.held) == (8, 7, ())
    assert anonymising._step(scene.db, scene.round.contest_id) == 3  # and then the process was killed
    assert anonymising.anonymise_due(KEPT, scene.db) == 5
    assert _figures(scene) == before
    with scene.work() as w:
        attempts = w.session.scalars(select(Attempt)).all()
        assert {(one.device_sha256, one.assist_reason) for one in attempts} == {(None, None)}
        assert [one.assisted_by for one in attempts if one.assisted_by] == [
            w.session.scalars(select(Complaint.member_id)).one()
        ]
        assert w.session.scalars(select(Complaint.text)).all() == [""]
        known = set(w.session.scalars(select(Member.id).where(Member.is_stand_in.is_(False))))
        for name, kept in PERSONAL.items():
            if kept.retention == CONTEST_END and "member_id" in metadata.tables[name].c:
                assert known.isdisjoint(w.session.scalars(select(metadata.tables[name].c.member_id))), name
        assert anonymising.due(w, KEPT) == []
        assert w.session.get_one(Contest, scene.round.contest_id).anonymised_at is not None
    with scene.work(actor=scene.commune.organiser) as w:  # nobody is left to hand a certificate to
        assert [one for one in occasions.offered(w) if one.subject.startswith(("round:", "contest:"))] == []
    assert anonymising.anonymise_due(KEPT, scene.db) == 0


def test_nothing_is_put_right_where_nobody_is_known(scene: Scene, clock: Clock) -> None:
    clock.move(days=731)
    anonymising.anonymise_due(KEPT, scene.db)
    wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=scene.attempts[scene.commune.member.id].id)
    with pytest.raises(PeopleForgotten), scene.work(actor=scene.commune.organiser) as w:
        correcting.propose(w, scene.round.id, wanted)


def test_nothing_is_done_before_its_time_nor_while_somebody_needs_it(scene: Scene, clock: Clock) -> None:
    clock.move(days=729)
    assert anonymising.anonymise_due(KEPT, scene.db) == 0
    clock.move(days=2)
    with scene.work(actor=scene.commune.member) as w:
        complaint = w.session.scalars(select(Complaint)).one()
        complaint.state, complaint.decided_at = ComplaintState.OPEN.value, None
    with scene.work(actor=scene.commune.organiser) as w:
        wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=scene.attempts[scene.commune.member.id].id)
        correcting.propose(w, scene.round.id, wanted)
    with scene.work() as w:
        assert set(anonymising.due(w, KEPT)[0].held) == {Held.COMPLAINT, Held.CORRECTION}
    assert anonymising.anonymise_due(KEPT, scene.db) == 0
    with scene.work() as w:
        assert w.session.scalar(select(func.count()).where(Member.is_stand_in)) == 0


def test_the_command_says_what_it_would_do(scene: Scene, clock: Clock, app: Flask) -> None:
    clock.move(days=731)
    run = app.test_cli_runner().invoke(args=["privacy", "retention", "--dry-run"])
    assert "8 người, 7 lượt thi" in run.output and "chưa đổi gì" in run.output
    assert "Đã ẩn danh 8 người." in app.test_cli_runner().invoke(args=["privacy", "retention"]).output


def _figures(scene: Scene) -> dict[str, Any]:
    """What boards, desks, reports and recounts say of the round, without anybody's number."""
    commune, round_id = scene.commune, scene.round.id
    with scene.work(actor=commune.organiser) as w:
        subject = subjects.subject(w.session, PrizeScope.ROUND, round_id)
        scope = subject.scope(w.now)
        rows = w.session.execute(select(standings(scope))).mappings()
        report = counting.counted(w, Asked(commune.root.id, *YEAR, round_id))
        desk = desks.desk(w, round_id, commune.root.id)
        return {
            "table": tables.computed(w.session, subject, w.now).sha256,
            "recount": list(verify.differences(w.session, w.now)),
            "board": sorted(str({k: v for k, v in row.items() if k != "member_id"}) for row in rows),
            "units": tallies.unit_figures(w.session, round_id),
            "desk": desks.own_figures(w.session, desk),
            "report": replace(report, counted_at=""),
        }
