"""Modules to be read by a day: who is counted, who is named to whom, and what a member is shown."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from quiz_app.assignments import policy, queries, services
from quiz_app.assignments.errors import AlreadyAssigned
from quiz_app.assignments.models import ModuleAssignment
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members.models import Member, Standing
from quiz_app.study.models import LessonProgress
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work, actor_of

TODAY = NOW.astimezone(VIETNAM).date()
DUE = TODAY + timedelta(days=2)


@pytest.fixture
def module(banks: None, view: View) -> StudyModule:
    with view() as r:
        return queries.modules(r.session)[0]


def read(work: Work, person: Member, module: StudyModule, *, leaving: int = 0) -> None:
    """He reads the lessons of the module but for the last `leaving`."""
    with work() as w:
        lessons = w.session.scalars(
            select(Lesson.id)
            .where(Lesson.module_id == module.id, Lesson.retired_at.is_(None))
            .order_by(Lesson.position)
        ).all()
        for place, lesson_id in enumerate(lessons):
            finished = w.now if place < len(lessons) - leaving else None
            w.session.add(
                LessonProgress(member_id=person.id, lesson_id=lesson_id, opened_at=w.now, finished_at=finished)
            )


def assign(work: Work, by: Member, unit_id: int, module: StudyModule, due_on: date = DUE) -> int:
    with work(actor=by) as w:
        return services.assign(w, unit_id, module.id, due_on).id


def test_counts_by_hand(work: Work, view: View, clock: Clock, commune: Commune, module: StudyModule) -> None:
    """In first An reads in time, Bình leaves a lesson out, Ánh is late, Lan reads nothing; Ất and Hòa are not asked."""
    id_ = assign(work, commune.overseer, commune.root.id, module)
    read(work, commune.member, module)
    read(work, commune.colleague, module, leaving=1)
    read(work, commune.exempt, module)
    read(work, commune.sympathiser, module)
    clock.set(queries.ends_at(DUE))
    read(work, commune.probationer, module)
    with view(actor=commune.secretary) as r:
        desk = queries.desk(r, commune.first.id)
        found = queries.one_assigned(r, desk, id_)
        names = queries.not_finished(r, desk, found.assignment)
    assert (found.expected, found.finished, found.late, found.is_own) == (4, 2, 1, False)
    assert names == ["Đỗ Thị Bình", "Bùi Thị Lan"]
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, commune.root.id)
        whole = queries.one_assigned(r, desk, id_)
        counts = queries.unit_counts(r, desk, whole.assignment)
        assert queries.not_finished(r, desk, whole.assignment) is None
        below = queries.desk(r, commune.first.id)
        assert queries.not_finished(r, below, whole.assignment) is None  # he is not their secretary
    assert (whole.finished, whole.is_own) == (2, True)
    assert whole.expected == sum(count.expected for count in counts)
    assert {count.name: (count.expected, count.finished) for count in counts}["Chi bộ thôn Giang Cao"] == (4, 2)


def test_what_is_asked_of_a_unit_concerns_those_below_and_nobody_beside(
    work: Work, view: View, commune: Commune, module: StudyModule
) -> None:
    own = assign(work, commune.secretary, commune.first.id, module)
    inner = assign(work, commune.overseer, commune.committee.id, module)

    def seen(who: Member, unit_id: int) -> set[int]:
        with view(actor=who) as r:
            return {one.assignment.id for one in queries.assigned(r, queries.desk(r, unit_id))}

    assert seen(commune.secretary, commune.first.id) == {own}
    assert seen(commune.secretary_elsewhere, commune.second.id) == set()
    assert seen(commune.overseer, commune.root.id) == {own, inner}
    assert seen(commune.overseer_elsewhere, commune.inner.id) == {inner}
    with pytest.raises(Missing), view(actor=commune.secretary) as r:
        queries.desk(r, commune.second.id)


def test_who_may_ask_and_take_back(work: Work, commune: Commune, module: StudyModule) -> None:
    for who, unit in (
        (commune.secretary, commune.root),
        (commune.secretary, commune.second),
        (commune.member, commune.first),
    ):
        with pytest.raises(Missing):
            assign(work, who, unit.id, module)
    id_ = assign(work, commune.secretary, commune.first.id, module)
    with pytest.raises(Missing), work(actor=commune.secretary_elsewhere) as w:
        services.withdraw(w, id_)
    with work(actor=commune.overseer) as w:
        services.withdraw(w, id_)
    with pytest.raises(Missing), work(actor=commune.overseer) as w:
        services.withdraw(w, id_)
    assign(work, commune.secretary, commune.first.id, module)  # asked anew after it was taken back


def test_what_is_refused(work: Work, commune: Commune, module: StudyModule) -> None:
    with pytest.raises(BadInput):
        assign(work, commune.secretary, commune.first.id, module, TODAY - timedelta(days=1))
    with pytest.raises(BadInput), work(actor=commune.secretary) as w:
        services.assign(w, commune.first.id, 0, DUE)
    assign(work, commune.secretary, commune.first.id, module, TODAY)
    with pytest.raises(AlreadyAssigned):
        assign(work, commune.secretary, commune.first.id, module)


def test_two_secretaries_asking_at_once_ask_once(
    work: Work, db: Database, commune: Commune, module: StudyModule
) -> None:
    with db.reading() as session:
        actors = [actor_of(session, who) for who in (commune.secretary, commune.overseer)]
    start = threading.Barrier(2)
    refused: list[Exception] = []

    def act(place: int) -> None:
        start.wait()
        try:
            with work(actor=actors[place]) as w:
                services.assign(w, commune.first.id, module.id, DUE)
        except AlreadyAssigned as error:
            refused.append(error)

    threads = [threading.Thread(target=act, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert len(session.scalars(select(ModuleAssignment.id)).all()) == 1
    assert len(refused) == 1


def test_shares_are_of_three_people_or_more(
    work: Work, view: View, browse: Browse, commune: Commune, module: StudyModule
) -> None:
    """Of An, Bình, Ánh and Lan two have read it, assigned to nobody; of two people in inner nothing is told."""
    for person in (commune.member, commune.colleague, commune.exempt):
        read(work, person, module)
    with work() as w:
        w.session.get_one(Member, commune.inner_member.id).standing = Standing.LEFT.value
    with view(actor=commune.secretary) as r:
        first, *others = queries.shares(r, queries.desk(r, commune.first.id))
        assert (first.module.id, first.share) == (module.id, 0.5)
        assert {one.share for one in others} <= {0}
    with view(actor=commune.overseer_elsewhere) as r:
        assert queries.shares(r, queries.desk(r, commune.inner.id)) == []
    assert "50%" in browse.as_(commune.secretary).page(f"/giao-hoc/don-vi/{commune.first.id}").text
    told = browse.as_(commune.overseer_elsewhere).page(f"/giao-hoc/don-vi/{commune.inner.id}").text
    assert "ít hơn 3 người" in told


def test_names_are_for_the_secretary_of_that_unit(db: Database, commune: Commune) -> None:
    with db.reading() as session:
        seen = {
            person.full_name
            for person in vars(commune).values()
            if isinstance(person, Member) and policy.sees_names(actor_of(session, person), commune.first.id)
        }
    assert seen == {"Bùi Thị Lan"}


def test_the_pages(browse: Browse, work: Work, db: Database, commune: Commune, module: StudyModule) -> None:
    browse.as_(commune.secretary)
    at = f"/giao-hoc/don-vi/{commune.first.id}"
    assert browse.get("/giao-hoc/", status=302).location == at
    assert "Chưa giao chuyên đề nào" in browse.page(at).text
    browse.submit(at, {"module": str(module.id), "due_on": DUE.isoformat()}, action=at)
    read(work, commune.colleague, module)
    page = browse.page(at)
    assert "1/4 người" in page.text
    detail = next(
        link
        for link in page.hrefs()
        if link.startswith("/giao-hoc/") and link.endswith(f"/{commune.first.id}") and link != at
    )
    names = browse.page(detail).texts(".//main//ul[@class='list']/li")
    assert names == ["Nguyễn Văn An", "Lê Hồng Ánh", "Bùi Thị Lan"]
    told = browse.as_(commune.overseer).page(detail)
    assert "Lê Hồng Ánh" not in told.text
    assert "1/4" in told.text
    assert "Được giao, học xong trước hết ngày" in browse.as_(commune.member).page("/").text
    assert "Được giao" not in browse.as_(commune.colleague).page("/").text  # he has read it
    assert "Được giao" not in browse.as_(commune.stranger).page("/").text
    browse.as_(commune.secretary)
    wrong = browse.post(at, {"module": str(module.id), "due_on": "31/02/2026"}, status=422)
    assert "Ngày chưa đúng" in wrong.text
    assert "từ hôm nay trở đi" in browse.post(at, {"module": str(module.id), "due_on": "2020-01-01"}, status=422).text
    browse.post(at, {"module": str(module.id), "due_on": DUE.isoformat()}, status=409)
    browse.submit(at, {}, action="/thu-hoi")
    assert "Chưa giao chuyên đề nào" in browse.page(at).text
