"""Organisers ask for an archive, see how far it is, and fetch it; every step is on record."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import select, update

from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.operations import contest_archive
from quiz_app.operations.contest_archive_job import FOLDER, KEPT, KIND
from quiz_app.results.models import FinalRow
from quiz_app.worker import JOBS
from tests.features.operations.kept_contest import Kept, hold
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")


def jobs(db: Database) -> list[Job]:
    with db.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == KIND).order_by(Job.id)))


def entries(db: Database) -> list[tuple[str, int | None]]:
    with db.reading() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.action.startswith("contest.archive")).order_by(AuditEntry.id)
        )
        return [(entry.action, entry.actor_member_id) for entry in found]


def test_an_archive_is_asked_for_made_and_fetched(
    db: Database, browse: Browse, kept: Kept, commune: Commune, tmp_path: Path
) -> None:
    address = f"/to-chuc/cuoc-thi/{kept.held.contest_id}/luu-tru"
    organiser = browse.as_(commune.organiser)
    page = organiser.page(address)
    assert "Tệp có dữ liệu cá nhân và đáp án" in page.text
    assert f"{address}/tao" in page.hrefs()
    for _ in range(2):  # pressed twice it is one
        organiser.submit(f"{address}/tao", {}, action=f"{address}/tao")
    (job,) = jobs(db)
    waiting = organiser.page(address)
    assert "Đang chờ" in waiting.text
    assert f"{address}/tao" not in waiting.hrefs()
    bar = f"{address}/{job.id}.json"
    assert organiser.get(bar, as_json=True).json["state"] == "running"
    assert perform(db, JOBS, job.key) is JobState.DONE
    ended = organiser.get(bar, as_json=True).json
    assert (ended["state"], ended["url"]) == ("done", address)

    done = organiser.page(address)
    assert "Tạ Quang Huy" in done.text
    fetched = organiser.post(f"{address}/{job.id}/tai-ve", {}, status=200)
    content = fetched.response.get_data()
    assert hashlib.sha256(content).hexdigest() in done.text
    assert "attachment" in fetched.response.headers["Content-Disposition"]
    copy = tmp_path / "tai-ve.zip"
    copy.write_bytes(content)
    assert contest_archive.check(copy).made_by == "Tạ Quang Huy"
    with db.writing() as session:  # as if the worker had been cut off just before it ended
        session.execute(update(Job).where(Job.id == job.id).values(state=JobState.RUNNING.value, result=None))
    assert perform(db, JOBS, job.key) is JobState.DONE
    assert hashlib.sha256(content).hexdigest() in organiser.page(address).text
    assert entries(db) == [
        ("contest.archive_asked", commune.organiser.id),
        ("contest.archive_made", None),
        ("contest.archive_downloaded", commune.organiser.id),
    ]


def test_nobody_else_finds_it(db: Database, browse: Browse, kept: Kept, commune: Commune) -> None:
    address = f"/to-chuc/cuoc-thi/{kept.held.contest_id}/luu-tru"
    browse.as_(commune.organiser).submit(f"{address}/tao", {}, action=f"{address}/tao")
    (job,) = jobs(db)
    assert perform(db, JOBS, job.key) is JobState.DONE
    stranger = browse.as_(commune.organiser_elsewhere)
    stranger.get(address, status=404)
    stranger.get(f"{address}/{job.id}.json", status=404, as_json=True)
    stranger.post(f"{address}/{job.id}/tai-ve", {}, status=404)
    for member in (commune.member, commune.secretary, commune.operator):
        browse.as_(member).get(address, status=403)
    assert "contest.archive_downloaded" not in [action for action, _ in entries(db)]


def test_an_archive_of_another_contest_is_not_found_here(
    browse: Browse, kept: Kept, commune: Commune, db: Database, work: Work
) -> None:
    address = f"/to-chuc/cuoc-thi/{kept.held.contest_id}/luu-tru"
    browse.as_(commune.organiser).submit(f"{address}/tao", {}, action=f"{address}/tao")
    (job,) = jobs(db)
    assert perform(db, JOBS, job.key) is JobState.DONE
    with work() as w:
        other = contest.open_round(w, commune.root).contest
    browse.as_(commune.organiser).post(f"/to-chuc/cuoc-thi/{other.id}/luu-tru/{job.id}/tai-ve", {}, status=404)


def test_a_contest_that_is_not_final_says_why(
    browse: Browse, kept: Kept, commune: Commune, work: Work, db: Database
) -> None:
    address = f"/to-chuc/cuoc-thi/{kept.held.contest_id}/luu-tru"
    with work() as w:
        w.session.execute(update(Round).where(Round.id == kept.held.round_id).values(finalised_at=None))
    organiser = browse.as_(commune.organiser)
    page = organiser.page(address)
    assert "“Tuần một” chưa công bố kết quả chính thức" in page.text
    assert f"{address}/tao" not in page.hrefs()
    organiser.post(f"{address}/tao", {}, status=409)
    assert jobs(db) == []


def test_a_failure_is_told_in_words_and_leaves_no_file(
    browse: Browse, kept: Kept, commune: Commune, work: Work, db: Database, tmp_path: Path
) -> None:
    address = f"/to-chuc/cuoc-thi/{kept.held.contest_id}/luu-tru"
    organiser = browse.as_(commune.organiser)
    organiser.submit(f"{address}/tao", {}, action=f"{address}/tao")
    with work() as w:
        w.session.execute(update(FinalRow).values(prize="Giải khác"))
    (job,) = jobs(db)
    assert perform(db, JOBS, job.key) is JobState.FAILED
    assert "không cho đúng mã kiểm tra đã công bố" in organiser.page(address).text
    assert list((tmp_path / "data" / FOLDER).iterdir()) == []


def test_only_the_youngest_are_kept(
    db: Database, browse: Browse, work: Work, commune: Commune, clock: Clock, tmp_path: Path
) -> None:
    held = hold(db, work, commune, clock)
    address = f"/to-chuc/cuoc-thi/{held.contest_id}/luu-tru"
    for _ in range(KEPT + 1):
        browse.as_(commune.organiser).submit(f"{address}/tao", {}, action=f"{address}/tao")
        assert perform(db, JOBS, jobs(db)[-1].key) is JobState.DONE
        clock.move(minutes=1)
    assert len(list((tmp_path / "data" / FOLDER).iterdir())) == KEPT
    page = browse.as_(commune.organiser).page(address)
    assert page.text.count("Đã xóa, chỉ giữ 3 tệp mới nhất") == 1
    browse.as_(commune.organiser).post(f"{address}/{jobs(db)[0].id}/tai-ve", {}, status=404)
