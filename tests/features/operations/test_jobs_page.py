"""The page of jobs: for operators and organisers, truthful about each state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app import worker
from quiz_app.kernel import audit, jobs
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.mail import Mail
from quiz_app.operations.labels import JOB_KINDS
from quiz_app.operations.policy import STOPPABLE, Action
from quiz_app.web import failures
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work

PAGE = "/van-hanh/cong-viec"


@pytest.fixture
def running(work: Work) -> Job:
    with work(now=NOW) as w:
        jobs.enqueue(w, "close-overdue", "one", {}, total=40)
        job = jobs.enqueue(w, "roster", "two", {}, total=8)
        job.state, job.done, job.started_at = JobState.RUNNING.value, 2, NOW
    return job


def test_jobs_are_listed_with_their_state(browse: Browse, commune: Commune, running: Job) -> None:
    page = browse.as_(commune.operator).page(PAGE)
    assert page.texts(".//h1") == ["Công việc nền"]
    rows = page.texts(".//tbody/tr")
    assert len(rows) == 2
    assert "Đang làm" in rows[0]
    assert "2/8" in rows[0]
    assert "Nộp bài hết giờ" in rows[1]
    assert "Đang chờ" in rows[1]
    assert "Chưa thấy tiến trình nền lần nào." in page.text


def test_a_list_without_jobs_says_so(browse: Browse, commune: Commune, work: Work) -> None:
    with work(now=NOW) as w:
        jobs.take_lease(w.session, "worker:worker", "worker", NOW, timedelta(seconds=15))
    page = browse.as_(commune.organiser).page(PAGE)
    assert "Chưa có công việc nào" in page.text
    assert "Tiến trình nền đang chạy" in page.text


def test_the_bar_asks_for_what_the_page_showed(browse: Browse, commune: Commune, running: Job, work: Work) -> None:
    browse.as_(commune.operator)
    page = browse.page(f"{PAGE}/{running.id}")
    (bar,) = page.all(".//progress")
    assert (bar.get("value"), bar.get("max")) == ("2", "8")
    (module,) = page.all(".//div[@data-module='progress-poll']")
    address = module.get("data-url", "")
    assert browse.get(address, as_json=True).json == {
        "done": 2,
        "total": 8,
        "state": "running",
        "message": "Đã làm 2/8.",
        "url": None,
    }
    with work() as w:
        job = w.session.get_one(Job, running.id)
        job.state, job.error, job.finished_at = JobState.FAILED.value, "Tệp không có dòng nào.", NOW
    answer = browse.get(address, as_json=True).json
    assert (answer["state"], answer["message"]) == ("failed", "Tệp không có dòng nào.")
    ended = browse.page(f"{PAGE}/{running.id}")
    assert "Tệp không có dòng nào." in ended.text
    assert not ended.all(".//progress")


def test_a_job_done_says_how_much(browse: Browse, commune: Commune, running: Job, work: Work) -> None:
    with work() as w:
        job = w.session.get_one(Job, running.id)
        job.state, job.done, job.finished_at = JobState.DONE.value, 8, NOW
    assert "Đã làm xong 8 mục." in browse.as_(commune.operator).page(f"{PAGE}/{running.id}").text


def test_an_organiser_lower_in_the_tree_sees_what_he_asked_for(
    browse: Browse, commune: Commune, running: Job, work: Work
) -> None:
    """What the worker does for everybody tells how many people sit."""
    with work(actor=commune.organiser_elsewhere) as w:
        own = jobs.enqueue(w, "roster", "three", {}, total=5).id
    browse.as_(commune.organiser_elsewhere)
    assert len(browse.page(PAGE).all(".//tbody/tr")) == 1
    browse.page(f"{PAGE}/{own}")
    for address in (f"{PAGE}/{running.id}", f"{PAGE}/{running.id}.json"):
        browse.get(address, status=404)
    assert len(browse.as_(commune.organiser).page(PAGE).all(".//tbody/tr")) == 3


def test_counts_of_work_failures_and_the_audit_are_for_who_sees_everybody_s(
    browse: Browse, commune: Commune, running: Job, work: Work
) -> None:
    failures.note(browse.app.extensions["settings"].data_dir, NOW, "ma-loi-1", "attempts.play")
    with work(now=NOW) as w:
        job = jobs.enqueue(w, "roster", "broken", {})
        job.state = JobState.FAILED.value
        w.record(Action.READ_ONLY_OFF, "site:1", reason="Thử")
    with work(now=NOW) as w:
        audit.seal(w.session, NOW, settled_before=NOW + timedelta(minutes=1))
        head = audit.head(w.session)
    page = browse.as_(commune.operator).page(PAGE)
    assert page.texts(".//div[@class='stats']/div") == [
        "1 việc đang chờ",
        "1 việc đang làm",
        "1 việc không làm được",
        "0 lượt quá giờ chưa tự nộp",
        "1 lỗi trang trong 24 giờ",
    ]
    assert page.texts(".//ul[@class='prose']/li/code") == ["ma-loi-1", "attempts.play"]
    assert str(head) in page.text
    below = browse.as_(commune.organiser_elsewhere).page(PAGE)
    assert not below.all(".//div[@class='stats']")
    assert str(head) not in below.text


def test_others_do_not_see_it(browse: Browse, commune: Commune, running: Job) -> None:
    addresses = (PAGE, f"{PAGE}/{running.id}", f"{PAGE}/{running.id}.json")
    for person in (commune.member, commune.secretary, commune.overseer, commune.author, commune.reviewer):
        for address in addresses:
            browse.as_(person).get(address, status=403)
    for address in addresses:
        assert browse.as_nobody().get(address, status=302).location.startswith("/dang-nhap")
    browse.as_(commune.operator).get(f"{PAGE}/999999", status=404)
    browse.as_(commune.operator).get(f"{PAGE}/999999.json", status=404)


def test_what_may_be_thrown_away_is_stopped_on_record(
    browse: Browse, commune: Commune, running: Job, work: Work, view: View
) -> None:
    with work(now=NOW) as w:
        plan = jobs.enqueue(w, "roster-plan", "three", {}, total=8)
        plan.state, plan.started_at = JobState.RUNNING.value, NOW
    browse.as_(commune.operator)
    assert "Dừng công việc này" not in browse.page(f"{PAGE}/{running.id}").text
    browse.post(f"{PAGE}/{running.id}/dung", status=409)
    browse.submit(f"{PAGE}/{plan.id}", action=f"{PAGE}/{plan.id}/dung")
    page = browse.page(f"{PAGE}/{plan.id}")
    assert f"Đồng chí {commune.operator.full_name} đã dừng việc này." in page.text
    assert "Dừng công việc này" not in page.text
    browse.post(f"{PAGE}/{plan.id}/dung", status=409)
    with view() as r:
        acts = r.session.scalars(select(AuditEntry).where(AuditEntry.action == Action.JOB_STOPPED.code)).all()
        assert [(act.subject, act.facts) for act in acts] == [(f"job:{plan.id}", {"kind": "roster-plan"})]
        assert r.session.get_one(Job, running.id).state == JobState.RUNNING.value


def test_every_kind_that_may_be_stopped_is_one_that_the_worker_does(app: Flask) -> None:
    assert {*worker.JOBS, *worker.printing(app)} >= STOPPABLE


def test_whatever_leaves_a_row_has_a_name_on_the_page(app: Flask) -> None:
    settings = replace(app.extensions["settings"], mail=Mail("127.0.0.1", 25, "hoc-tap@xa.vn"))
    repeated = {each.name for each in worker.periodic(settings) if each.is_kept}
    assert repeated == {"close-overdue", "reminder-plans", "reminder-mails"}
    assert set(JOB_KINDS) >= {*worker.JOBS, *worker.printing(app), *repeated}
