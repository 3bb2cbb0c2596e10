"""Long tables: proposed, approved and published by the worker, with all that holds for the short ones."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from quiz_app.attempts import closing
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, Progress, perform
from quiz_app.members.models import Member, RoleGrant, Standing
from quiz_app.results import labels, table_jobs, tables
from quiz_app.results.errors import ProposalOutdated, UnderWay
from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.policy import Action
from tests.features.results.build import give
from tests.features.results.scene import Scene, set_scene
from tests.features.results.test_approval_races import at_once
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.nursery import born
from tests.support.works import Work


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(tables, "QUICK_RESULTS", 3)
    return set_scene(db, work, commune)


def jobs(stage: Scene) -> list[Job]:
    with stage.db.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == table_jobs.KIND).order_by(Job.id)))


def worked(stage: Scene) -> JobState | None:
    """What became of the last job once the worker has had it."""
    return perform(stage.db, table_jobs.JOBS, jobs(stage)[-1].key)


def kept(stage: Scene) -> FinalTable | None:
    with stage.db.reading() as session:
        return session.scalars(select(FinalTable).order_by(FinalTable.id.desc()).limit(1)).one_or_none()


def told(stage: Scene) -> list[tuple[str, int | None]]:
    """What the audit says of tables, and who did it."""
    codes = {one.code for one in (Action.TABLE_PROPOSED, Action.TABLE_APPROVED, Action.TABLE_PUBLISHED)}
    with stage.db.reading() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action.in_(codes)).order_by(AuditEntry.id))
        return [(row.action, row.actor_member_id) for row in rows]


def propose(stage: Scene, who: Member, reason: str = "") -> None:
    with stage.work(actor=who) as w:
        assert table_jobs.propose(w, PrizeScope.ROUND, stage.round.id, reason) is None


def approve(stage: Scene, who: Member, table: FinalTable) -> None:
    with stage.work(actor=who) as w:
        assert table_jobs.approve(w, table.id, table.sha256) is None


def publish(stage: Scene, who: Member, table: FinalTable) -> None:
    with stage.work(actor=who) as w:
        assert table_jobs.publish(w, table.id, table.sha256) is None


def proposed(stage: Scene, reason: str = "") -> FinalTable:
    propose(stage, stage.commune.organiser, reason)
    assert worked(stage) is JobState.DONE
    table = kept(stage)
    assert table is not None
    return table


def published(stage: Scene) -> FinalTable:
    table = proposed(stage)
    for act, who in ((approve, stage.second), (publish, stage.commune.organiser)):
        act(stage, who, table)
        assert worked(stage) is JobState.DONE
    return table


def test_two_organisers_finalise_a_long_round(stage: Scene, browse: Browse) -> None:
    organiser = browse.as_(stage.commune.organiser)
    assert "hệ thống làm ở phía sau" in organiser.page(f"{stage.url}/lap").text
    asked = organiser.submit(f"{stage.url}/lap", {}, action="/lap")
    assert asked.location == stage.url
    page = organiser.page(stage.url)
    assert "Đang lập bảng kết quả" in page.text
    assert "Đang chờ đến lượt" in page.text
    assert f"{stage.url}/lap" not in page.hrefs(), "it is being done"
    assert kept(stage) is None
    answer: Any = organiser.get(f"{stage.url}/tien-do.json").response.get_json()
    assert (answer["state"], answer["total"], answer["url"]) == ("running", 14, None)
    assert worked(stage) is JobState.DONE
    answer = organiser.get(f"{stage.url}/tien-do.json").response.get_json()
    assert (answer["state"], answer["done"], answer["url"]) == ("done", 14, stage.url)
    assert "cần một đồng chí khác trong Ban tổ chức duyệt" in organiser.page(stage.url).text

    table = kept(stage)
    assert table is not None
    url, mark = f"/to-chuc/bang-ket-qua/{table.id}", {"dau": table.sha256}
    organiser.post(f"{url}/duyet", mark, status=403)
    organiser.post(f"{url}/cong-bo", mark, status=409)
    assert len(jobs(stage)) == 1, "what can be known is refused at once"
    second = browse.as_(stage.second)
    assert "Bảng kết quả chờ duyệt" in second.page(stage.url).text
    assert second.submit(f"{url}/duyet", {}, action="/duyet").location == stage.url
    assert "Đang duyệt bảng kết quả" in second.page(stage.url).text
    assert worked(stage) is JobState.DONE
    second.post(f"{url}/duyet", mark, status=409)
    assert "Việc cần làm tiếp theo: công bố" in second.page(stage.url).text
    second.submit(f"{url}/cong-bo", {}, action="/cong-bo")
    assert "Đang công bố bảng kết quả" in second.page(stage.url).text
    browse.as_(stage.commune.member).get(f"/ket-qua/dot/{stage.round.id}", status=404)
    assert worked(stage) is JobState.DONE
    assert "khớp với kết quả hiện nay" in browse.as_(stage.second).page(stage.url).text
    browse.as_(stage.commune.member).get(f"/ket-qua/dot/{stage.round.id}", status=302)
    assert stage.differences() == []
    first, second_id = stage.commune.organiser.id, stage.second.id
    assert told(stage) == [("final.proposed", first), ("final.approved", second_id), ("final.published", second_id)]


def test_what_changed_meanwhile_is_not_approved_and_the_page_says_what_to_do(stage: Scene, browse: Browse) -> None:
    table = proposed(stage)
    approve(stage, stage.second, table)
    stage.annul(stage.commune.colleague)
    assert worked(stage) is JobState.FAILED
    found = kept(stage)
    assert found is not None and found.approved_by is None
    page = browse.as_(stage.second).page(stage.url)
    assert "Chưa duyệt được bảng kết quả" in page.text
    assert "Kết quả đã thay đổi từ khi lập bảng nên bảng này không còn đúng" in page.text
    assert f"{stage.url}/lap" in page.hrefs()
    assert [action for action, _ in told(stage)] == ["final.proposed"]
    newer = proposed(stage)
    approve(stage, stage.second, newer)
    assert worked(stage) is JobState.DONE
    assert "Chưa duyệt được" not in browse.page(stage.url).text


def test_a_changed_row_is_not_approved(stage: Scene, browse: Browse) -> None:
    """Nothing that the page asks for tells of it: the worker does, and the page follows him."""
    table = proposed(stage)
    with stage.work() as w:
        w.session.execute(update(FinalRow).where(FinalRow.member_id == stage.commune.secretary.id).values(score=11))
    approve(stage, stage.second, table)
    assert worked(stage) is JobState.FAILED
    assert jobs(stage)[-1].error == labels.REFUSALS[ProposalOutdated]
    page = browse.as_(stage.second).page(stage.url)
    assert f"{stage.url}/lap" in page.hrefs()
    assert f"/to-chuc/bang-ket-qua/{table.id}/duyet" not in page.hrefs()


def test_the_page_tells_what_has_moved(stage: Scene, browse: Browse) -> None:
    """Nothing is worked out for it: what was written since tells, and what the order comes from."""
    page = browse.as_(stage.second)
    proposed(stage)
    assert "Bảng kết quả chờ duyệt" in page.page(stage.url).text
    give(stage.work, stage.round, PrizeScope.ROUND, ("Giải Ba", 3))
    assert "Kết quả đã thay đổi từ khi lập bảng" in page.page(stage.url).text
    published(stage)
    assert "khớp với kết quả hiện nay" in page.page(stage.url).text
    stage.annul(stage.commune.colleague)
    assert "Kết quả đã đổi sau khi công bố" in page.page(stage.url).text


def test_the_same_table_is_no_new_version(stage: Scene, browse: Browse) -> None:
    published(stage)
    propose(stage, stage.second, "Thử lại")
    assert worked(stage) is JobState.FAILED
    page = browse.as_(stage.second).page(stage.url).text
    assert "giống hệt bảng đã công bố" in page
    assert "khớp với kết quả hiện nay" in page


def test_one_thing_at_a_time(stage: Scene, browse: Browse) -> None:
    """Two organisers ask at one moment: one is told that the other was first. Asking again is asking once."""
    organiser, second = stage.commune.organiser, stage.second
    came = at_once(lambda: propose(stage, organiser), lambda: propose(stage, second))
    assert sorted(type(one).__name__ for one in came) == ["UnderWay", "bool"]
    first, other = (organiser, second) if came[0] is True else (second, organiser)
    propose(stage, first)
    assert len(jobs(stage)) == 1
    refused = browse.as_(other).submit(f"{stage.url}/lap", {}, action="/lap", status=409)
    assert refused.page is not None
    assert labels.REFUSALS[UnderWay] in refused.page.text


def test_who_runs_the_contest_no_more_has_nothing_done_for_him(stage: Scene) -> None:
    propose(stage, stage.second)
    with stage.work() as w:
        mine = (RoleGrant.member_id == stage.second.id, RoleGrant.role == Role.ORGANISER.value)
        w.session.execute(update(RoleGrant).where(*mine).values(revoked_at=w.now))
    assert worked(stage) is JobState.FAILED
    assert jobs(stage)[-1].error == labels.GONE
    assert kept(stage) is None


def test_progress_counts_rows_read_and_written(stage: Scene) -> None:
    """Of SQLite the transaction that works is the one that may write, so there is nothing to be told beside it."""
    heard: list[int] = []

    class Heard(Progress):
        def report(self, done: int, total: int | None = None) -> None:
            heard.append(done)

    def run(db: Database, payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        return table_jobs.run(db, payload, Heard(db, jobs(stage)[-1].id))

    propose(stage, stage.commune.organiser)
    assert perform(stage.db, {table_jobs.KIND: run}, jobs(stage)[-1].key) is JobState.DONE
    assert heard == ([] if stage.db.is_sqlite else [7, 14])


def test_killed_in_the_middle_it_is_done_once(stage: Scene, database_url: str, tmp_path: Path) -> None:
    """Before the commit nothing is done, after it all; whoever takes the job up again comes to the same."""

    def killed(when: str) -> None:
        program = [sys.executable, "-m", "tests.features.results.dying", database_url, jobs(stage)[-1].key, when]
        assert born(program, os.environ, tmp_path / "log").wait(60) == -signal.SIGKILL

    propose(stage, stage.commune.organiser)
    killed("before")
    assert (kept(stage), told(stage)) == (None, [])
    with stage.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(FinalRow)) == 0
    assert worked(stage) is JobState.DONE
    table = kept(stage)
    assert table is not None
    approve(stage, stage.second, table)
    killed("after")
    assert jobs(stage)[-1].state == JobState.DONE.value
    assert worked(stage) is JobState.DONE, "nothing is left to be done"
    publish(stage, stage.second, table)
    killed("before")
    found = kept(stage)
    assert found is not None and found.published_at is None
    assert worked(stage) is JobState.DONE
    assert [action for action, _ in told(stage)] == ["final.proposed", "final.approved", "final.published"]
    assert stage.differences() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_who_has_left_meanwhile_has_nothing_done(stage: Scene) -> None:
    propose(stage, stage.second)
    with stage.work() as w:
        w.session.get_one(Member, stage.second.id).standing = Standing.LEFT.value
    assert worked(stage) is JobState.FAILED
    assert (kept(stage), told(stage)) == (None, [])


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_failure_is_past_once_the_table_was_made_anew(
    stage: Scene, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(stage, stage.second, proposed(stage))
    stage.annul(stage.commune.colleague)
    assert worked(stage) is JobState.FAILED
    assert "Chưa duyệt được bảng kết quả" in browse.as_(stage.second).page(stage.url).text
    monkeypatch.setattr(tables, "QUICK_RESULTS", 5_000)
    browse.as_(stage.commune.organiser).submit(f"{stage.url}/lap", {}, action="/lap")
    page = browse.as_(stage.second).page(stage.url)
    assert "Chưa duyệt được bảng kết quả" not in page.text
    assert any("/to-chuc/bang-ket-qua/" in link for link in page.hrefs())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_was_written_anew_and_is_the_same_is_no_change(stage: Scene, browse: Browse) -> None:
    published(stage)
    with stage.work() as w:
        closing.write_result(w.session, w.session.get_one(Round, stage.round.id), stage.commune.colleague.id, w.now)
    second, changed = browse.as_(stage.second), "Kết quả đã đổi sau khi công bố"
    assert changed in second.page(stage.url).text
    propose(stage, stage.second, "Thử lại")
    assert worked(stage) is JobState.FAILED
    page = second.page(stage.url)
    assert changed not in page.text
    assert "giống hệt bảng đã công bố" in page.text
