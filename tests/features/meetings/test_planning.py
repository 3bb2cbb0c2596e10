"""Meetings are planned for one's own units, changed until they are over, and canceled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.meetings import policy, presenting, queries, services
from quiz_app.meetings.errors import MeetingChanged, MeetingHeld
from quiz_app.meetings.models import Meeting
from quiz_app.meetings.services import PointPlan
from quiz_app.study.sections import pieces
from quiz_app.units.models import Unit
from tests.features.meetings.build import POINTS, STARTS, plan_of, planned
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.contest import publish_sample_bank
from tests.support.works import View, Work


def test_each_plans_for_his_own_units(work: Work, view: View, commune: Commune) -> None:
    one = planned(work, commune.secretary, commune.first)
    planned(work, commune.organiser, commune.second, title="Của Kim Lan")
    for person in (commune.secretary_elsewhere, commune.organiser_elsewhere, commune.overseer, commune.member):
        with work(actor=person) as w:
            with pytest.raises(Missing):
                services.plan(w, plan_of(commune.first))
            with pytest.raises(Missing):
                services.change(w, one.id, plan_of(commune.first), seen=1)
            with pytest.raises(Missing):
                services.cancel(w, one.id, seen=1, reason="Mưa bão")
    seen = {}
    for name in ("secretary", "secretary_elsewhere", "overseer", "organiser", "organiser_elsewhere", "member"):
        with view(actor=getattr(commune, name)) as r:
            seen[name] = queries.page(r, 1, None, is_past=False).total
    assert seen == {
        "secretary": 1, "secretary_elsewhere": 1, "overseer": 2, "organiser": 2, "organiser_elsewhere": 0, "member": 0
    }  # fmt: skip


def test_members_know_the_meetings_of_their_unit_alone(work: Work, view: View, commune: Commune, clock: Clock) -> None:
    one = planned(work, commune.secretary, commune.first)
    for person, is_theirs in ((commune.member, True), (commune.stranger, False), (commune.inner_member, False)):
        with view(actor=person) as r:
            assert ([kept.id for kept in queries.own(r)[0]] == [one.id]) is is_theirs
            assert (queries.coming(r) is not None) is is_theirs
    with view(actor=commune.stranger) as r, pytest.raises(Missing):
        queries.meeting(r, one.id)
    clock.move(hours=6, minutes=1)
    with view(actor=commune.member) as r:
        assert queries.coming(r) is None
        assert [kept.id for kept in queries.own(r)[1]] == [one.id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": NOW - timedelta(minutes=1)}, "starts_at"),
        ({"points": ()}, "points"),
        ({"points": POINTS * 11}, "points"),
        ({"points": (PointPlan("Đọc", 0),)}, "points"),
        ({"points": (PointPlan("Đọc", 10, module_id=999),)}, "points"),
        ({"points": (PointPlan("Đọc", 10, lesson_id=999),)}, "points"),
    ],
)
def test_what_cannot_be_planned(work: Work, commune: Commune, changes: dict[str, Any], field: str) -> None:
    with work(actor=commune.secretary) as w, pytest.raises(BadInput) as refused:
        services.plan(w, plan_of(commune.first, **changes))
    assert list(refused.value.errors) == [field]


def test_a_plan_changes_until_it_is_over(work: Work, view: View, commune: Commune, clock: Clock) -> None:
    one = planned(work, commune.secretary, commune.first)
    other = replace(plan_of(commune.first), title="Tên mới", points=POINTS[::-1])
    with work(actor=commune.organiser) as w:
        services.change(w, one.id, other, seen=1)
    with view(actor=commune.member) as r:
        assert [point.point.text for point in queries.points(r.session, one.id)] == ["Thảo luận", "Đọc nghị quyết"]
    with work(actor=commune.secretary) as w, pytest.raises(MeetingChanged):
        services.change(w, one.id, other, seen=1)
    clock.set(STARTS + timedelta(minutes=59))
    with work(actor=commune.secretary) as w:  # it goes on: the rest of the agenda may still change
        services.change(w, one.id, other, seen=2)
    clock.set(STARTS + timedelta(minutes=60))
    with work(actor=commune.secretary) as w, pytest.raises(MeetingHeld):
        services.change(w, one.id, other, seen=3)
    with work(actor=commune.secretary) as w, pytest.raises(MeetingHeld):
        services.cancel(w, one.id, seen=3, reason="Muộn")


def test_a_canceled_one_is_told_no_more(work: Work, view: View, commune: Commune) -> None:
    one = planned(work, commune.secretary, commune.first)
    with work(actor=commune.secretary) as w:
        services.cancel(w, one.id, seen=1, reason="Mưa bão")
        with pytest.raises(MeetingChanged):
            services.cancel(w, one.id, seen=2, reason="Mưa bão")
    with view(actor=commune.member) as r:
        assert queries.own(r) == ([], [])
        assert queries.meeting(r, one.id).cancel_reason == "Mưa bão"


def test_slides_show_each_point_and_its_lessons_by_sections(
    work: Work, view: View, commune: Commune, banks: None
) -> None:
    with work() as w:
        publish_sample_bank(w)
    with view() as r:
        module, lessons = next(row for row in queries.materials(r.session) if row[0].slug == "chuyen-de-mau")
    points = (PointPlan("Mở đầu", 5), PointPlan("Một bài", 10, lesson_id=lessons[0].id))
    one = planned(work, commune.secretary, commune.first, points=(*points, PointPlan("Cả", 30, module_id=module.id)))
    with view(actor=commune.secretary) as r:
        shown = presenting.slides(queries.points(r.session, one.id))
    assert [(slide.number, slide.heading) for slide in shown] == [
        (0, ""), (1, ""), (2, ""), (2, "Mục tiêu chung"), (3, ""), (3, "Mục tiêu chung"), (3, "Giải pháp chính")
    ]  # fmt: skip
    assert pieces("<p>Trước</p><h2>Một &amp; hai</h2><p>A</p><h2>Ba</h2>") == [
        type(pieces("<p>x</p>")[0])("", "<p>Trước</p>"),
        type(pieces("<p>x</p>")[0])("Một & hai", "<p>A</p>"),
        type(pieces("<p>x</p>")[0])("Ba", ""),
    ]


def test_planned_rearranged_shown_printed_and_canceled(work: Work, commune: Commune, browse: Browse) -> None:
    assert "Chưa có buổi nào sắp tới" in browse.as_(commune.secretary).page("/sinh-hoat/don-vi").text
    page = browse.page("/sinh-hoat/moi")
    assert page.form("/sinh-hoat/moi") is not None
    said = {
        "unit": str(commune.first.id), "title": "Chi bộ <b>học</b>", "starts_at": "2026-12-05T19:30", "place": "Đình",
        "chair": "Bùi Thị Lan", "points-0-text": "Hai", "points-0-minutes": "20", "points-1-text": "Một",
        "points-1-minutes": "10",
    }  # fmt: skip
    moved = browse.post("/sinh-hoat/moi", {**said, "buoc": "xuong-0"}, status=200)
    assert moved.page is not None
    assert [moved.page.all(f".//input[@name='points-{at}-text']")[0].get("value") for at in (0, 1)] == ["Một", "Hai"]
    more = browse.post("/sinh-hoat/moi", {**said, "buoc": "them"}, status=200)
    assert more.page is not None and len(more.page.all(".//fieldset[@id='muc-2']")) == 1
    fewer = browse.post("/sinh-hoat/moi", {**said, "buoc": "bo-1"}, status=200)
    assert fewer.page is not None and not fewer.page.all(".//fieldset[@id='muc-1']")
    wrong = browse.post("/sinh-hoat/moi", {**said, "points-0-minutes": "x", "buoc": "luu"}, status=422)
    assert "Số phút" in wrong.text
    none = browse.post("/sinh-hoat/moi", {**said, "points-0-text": "", "points-1-text": " "}, status=422)
    assert "cần ít nhất một nội dung" in none.text
    address = browse.post("/sinh-hoat/moi", {**said, "buoc": "luu"}).location
    shown = browse.page(address)
    assert "Thứ Bảy, 05/12/2026, 19:30" in shown.text
    assert "Chi bộ <b>học</b>" in shown.text
    for kind in ("/in", "/trinh-chieu", "/trinh-chieu?trang=2", "/trinh-chieu?trang=99", "/ky-ten"):
        browse.page(f"{address}{kind}")
    last = browse.page(f"{address}/trinh-chieu?trang=3")
    assert "Mục 2/2" in last.text
    assert [link.get("rel") for link in last.all(".//nav//a")] == ["prev"]
    browse.submit(f"{address}/sua", {"place": "Nhà văn hóa"}, action=f"{address}/sua")
    stale = browse.post(f"{address}/sua", {**said, "seen": "1", "buoc": "luu"}, status=409)
    assert "vừa được người khác sửa" in stale.text
    home = browse.as_(commune.member).page("/")
    assert "Sinh hoạt chuyên đề" in home.text and address in home.hrefs()
    assert "Nhà văn hóa" in browse.page("/sinh-hoat/").text
    ics = browse.get(f"{address}/lich.ics").response.get_data(as_text=True)
    assert "DTSTART:20261205T123000Z" in ics and "SEQUENCE:2" in ics
    browse.as_(commune.stranger).page(address, status=404)
    browse.as_(commune.secretary)
    assert "ghi lý do" in browse.submit(f"{address}/huy", {"reason": " "}, status=422).text
    browse.submit(f"{address}/huy", {"reason": "Mưa bão"})
    assert "Mưa bão" in browse.page(address).text
    browse.get(f"{address}/lich.ics", status=409)
    assert "Sinh hoạt chuyên đề" not in browse.as_(commune.member).page("/").text


def test_the_rule_of_own_meetings_agrees_with_its_sql(work: Work, view: View, commune: Commune) -> None:
    meetings = [planned(work, commune.organiser, unit) for unit in (commune.first, commune.second, commune.inner)]
    for person in (commune.member, commune.stranger, commune.inner_member, commune.organiser):
        with view(actor=person) as r:
            by_sql = set(r.session.scalars(select(Meeting.id).where(policy.attended(r.actor.unit_id))))
            assert by_sql == {one.id for one in meetings if policy.attends(r.actor, one)} != set()


def test_a_closed_unit_holds_no_meeting(work: Work, commune: Commune) -> None:
    with work() as w:
        w.session.get_one(Unit, commune.first.id).closed_at = w.now
    with work(actor=commune.secretary) as w, pytest.raises(Exception, match="UnitClosed"):
        services.plan(w, plan_of(commune.first))
