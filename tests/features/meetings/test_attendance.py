"""Who was there: said at the door, marked by the secretary, confirmed, and counted for good."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import openpyxl
import pytest
from sqlalchemy import select

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.meetings import attending, queries, services
from quiz_app.meetings.errors import (
    CheckInClosed,
    ListChanged,
    ListConfirmed,
    ListOpen,
    MeetingCanceled,
    NotYetBegun,
    OtherUnit,
)
from quiz_app.meetings.models import Attendance, Meeting, Presence
from quiz_app.meetings.queries import Figures
from quiz_app.members.models import Member, Standing
from quiz_app.people import merging
from tests.features.meetings.build import STARTS, planned
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View, Work

MINUTE = timedelta(minutes=1)


@pytest.fixture
def meeting(work: Work, commune: Commune) -> Meeting:
    return planned(work, commune.secretary, commune.first)


def _presences(view: View, person: Member, meeting: Meeting) -> dict[str, Presence]:
    with view(actor=person) as r:
        own = queries.covered(r, meeting.id)
        return {one.member.full_name: one.presence for one in attending.roster(r, own)}


def _save(
    work: Work, person: Member, meeting: Meeting, marks: dict[int, Presence], seen: int, **more: Presence
) -> None:
    with work(actor=person) as w:
        attending.save(w, meeting.id, marks, seen=seen, shown_at=w.now, **more)


@pytest.mark.parametrize(
    ("after", "is_open"),
    [(-31 * MINUTE, False), (-30 * MINUTE, True), (179 * MINUTE, True), (180 * MINUTE, False)],
)
def test_the_door_opens_half_an_hour_before_and_closes_two_hours_after(
    work: Work, commune: Commune, meeting: Meeting, after: timedelta, is_open: bool
) -> None:
    with work(actor=commune.member, now=STARTS + after) as w:
        if is_open:
            attending.check_in(w, meeting.token)
        else:
            with pytest.raises(CheckInClosed):
                attending.check_in(w, meeting.token)


def test_only_people_of_the_unit_come_in(work: Work, commune: Commune, meeting: Meeting) -> None:
    for person in (commune.stranger, commune.inner_member, commune.organiser):
        with work(actor=person, now=STARTS) as w, pytest.raises(OtherUnit):
            attending.check_in(w, meeting.token)
    with work(actor=commune.member, now=STARTS) as w, pytest.raises(Missing):
        attending.check_in(w, "x" * 22)
    with work(actor=commune.secretary) as w:
        services.cancel(w, meeting.id, seen=1, reason="Mưa bão")
    with work(actor=commune.member, now=STARTS) as w, pytest.raises(MeetingCanceled):
        attending.check_in(w, meeting.token)


def test_one_who_scans_twice_at_once_is_kept_once(work: Work, view: View, commune: Commune, meeting: Meeting) -> None:
    start = Barrier(2)

    def scan() -> None:
        start.wait()
        with work(actor=commune.member, now=STARTS) as w:
            attending.check_in(w, meeting.token)

    threads = [Thread(target=scan) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with view() as r:
        kept = r.session.scalars(select(Attendance)).all()
        said = r.session.scalars(select(AuditEntry).where(AuditEntry.action == "meetings.checked_in")).all()
    assert [(one.member_id, one.presence, one.marked_at) for one in kept] == [(commune.member.id, "present", None)]
    assert len(said) == 1


def test_the_list_is_in_the_order_of_names_and_knows_who_counts(view: View, commune: Commune, meeting: Meeting) -> None:
    with view(actor=commune.secretary) as r:
        own = queries.covered(r, meeting.id)
        listed = attending.roster(r, own)
        assert [one.member.full_name for one in attending.roster(r, own, "le hong")] == ["Lê Hồng Ánh"]
    assert [(one.member.full_name, one.is_expected) for one in listed] == [
        ("Nguyễn Văn An", True), ("Lê Hồng Ánh", True), ("Vũ Đình Ất", False), ("Đỗ Thị Bình", True),
        ("Trần Thị Hòa", False), ("Bùi Thị Lan", True),
    ]  # fmt: skip
    assert attending.counts(listed).expected == 4


def test_of_two_secretaries_the_second_is_told(work: Work, view: View, commune: Commune, meeting: Meeting) -> None:
    start, told = Barrier(2), []

    def save(person: Member, presence: Presence) -> None:
        start.wait()
        try:
            _save(work, person, meeting, {commune.member.id: presence}, 1)
        except ListChanged:
            told.append(presence)

    threads = [
        Thread(target=save, args=pair)
        for pair in ((commune.secretary, Presence.EXCUSED), (commune.organiser, Presence.UNEXCUSED))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    kept = _presences(view, commune.secretary, meeting)["Nguyễn Văn An"]
    assert {kept, told[0]} == {Presence.EXCUSED, Presence.UNEXCUSED}


def test_who_comes_in_while_the_list_is_marked_is_not_lost(
    work: Work, view: View, commune: Commune, meeting: Meeting
) -> None:
    with work(actor=commune.member, now=STARTS) as w:
        attending.check_in(w, meeting.token)
    marks = {commune.member.id: Presence.UNKNOWN, commune.colleague.id: Presence.PRESENT}
    with work(actor=commune.secretary, now=STARTS + MINUTE) as w:  # from a page made before he came in
        attending.save(w, meeting.id, marks, seen=1, shown_at=STARTS - MINUTE, rest=Presence.UNEXCUSED)
    assert _presences(view, commune.secretary, meeting)["Nguyễn Văn An"] is Presence.PRESENT
    with work(actor=commune.secretary, now=STARTS + 2 * MINUTE) as w:  # he was seen on the list, and is not believed
        attending.save(w, meeting.id, marks, seen=2, shown_at=STARTS + MINUTE)
    assert _presences(view, commune.secretary, meeting)["Nguyễn Văn An"] is Presence.UNKNOWN


def test_the_rest_are_those_who_were_expected(work: Work, view: View, commune: Commune, meeting: Meeting) -> None:
    marks = dict.fromkeys(
        (one.id for one in (commune.member, commune.colleague, commune.exempt, commune.sympathiser)), Presence.UNKNOWN
    )
    marks[commune.colleague.id] = Presence.PRESENT
    _save(work, commune.secretary, meeting, marks, 1, rest=Presence.UNEXCUSED)
    found = _presences(view, commune.overseer, meeting)
    assert found["Nguyễn Văn An"] is Presence.UNEXCUSED
    assert found["Đỗ Thị Bình"] is Presence.PRESENT
    assert found["Vũ Đình Ất"] is found["Trần Thị Hòa"] is found["Bùi Thị Lan"] is Presence.UNKNOWN


def test_a_list_is_kept_by_its_keepers_and_about_its_people(work: Work, commune: Commune, meeting: Meeting) -> None:
    for person in (commune.member, commune.overseer, commune.secretary_elsewhere, commune.organiser_elsewhere):
        with pytest.raises(Missing):
            _save(work, person, meeting, {commune.member.id: Presence.PRESENT}, 1)
        with work(actor=person, now=STARTS) as w, pytest.raises(Missing):
            attending.confirm(w, meeting.id, seen=1)
    with pytest.raises(BadInput):
        _save(work, commune.secretary, meeting, {commune.stranger.id: Presence.PRESENT}, 1)
    with work(actor=commune.secretary, now=STARTS - MINUTE) as w, pytest.raises(NotYetBegun):
        attending.confirm(w, meeting.id, seen=1)
    with work(actor=commune.secretary, now=STARTS) as w, pytest.raises(ListOpen):
        attending.reopen(w, meeting.id, seen=1, reason="Nhầm")


def test_a_confirmed_list_stays_with_the_unit_whoever_leaves(
    work: Work, view: View, commune: Commune, meeting: Meeting
) -> None:
    marks = {commune.member.id: Presence.PRESENT, commune.colleague.id: Presence.EXCUSED}
    _save(work, commune.secretary, meeting, marks | {commune.sympathiser.id: Presence.PRESENT}, 1)
    with work(actor=commune.secretary, now=STARTS) as w:
        attending.confirm(w, meeting.id, seen=2)
    told: list[type[Refused]] = []
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda w: attending.check_in(w, meeting.token),
        lambda w: attending.save(w, meeting.id, {}, seen=3, shown_at=w.now),
        lambda w: attending.confirm(w, meeting.id, seen=3),
    ]
    for act in acts:
        with work(actor=commune.secretary, now=STARTS) as w, pytest.raises(Refused) as refused:
            act(w)
        told.append(refused.type)
    assert told == [ListConfirmed] * 3
    with work() as w:
        w.session.get_one(Member, commune.member.id).unit_id = commune.second.id
        w.session.get_one(Member, commune.colleague.id).standing = Standing.EXEMPT.value
        w.session.get_one(Member, commune.stranger.id).unit_id = commune.first.id
    both = (commune.first.id, commune.second.id)
    with view() as r:
        found = queries.attendance_figures(r.session, both, STARTS, STARTS + MINUTE)
        assert found == {commune.first.id: Figures(1, 4, 1, 1, 0, 2)}
        assert found[commune.first.id].turnout == 0.25
        assert queries.attendance_figures(r.session, both, STARTS + MINUTE, STARTS + 2 * MINUTE) == {}
        listed = attending.roster(r, r.session.get_one(Meeting, meeting.id))
    assert [one.member.full_name for one in listed if one.member.id == commune.stranger.id] == []
    assert attending.counts(listed).others == 1
    with work(actor=commune.secretary, now=STARTS) as w:
        attending.reopen(w, meeting.id, seen=3, reason="Ghi nhầm")
    with view() as r:
        assert queries.attendance_figures(r.session, both, STARTS, STARTS + MINUTE) == {}
    _save(work, commune.secretary, meeting, {commune.colleague.id: Presence.PRESENT}, 4)
    with work(actor=commune.secretary, now=STARTS) as w:
        attending.confirm(w, meeting.id, seen=5)
    with view() as r:
        found = queries.attendance_figures(r.session, both, STARTS, STARTS + MINUTE)
        assert found == {commune.first.id: Figures(1, 4, 2, 0, 0, 2)}
        reasons = [
            entry.facts for entry in r.session.scalars(select(AuditEntry)) if entry.action == "meetings.list_reopened"
        ]
    assert reasons == [{"reason": "Ghi nhầm"}]


def test_of_two_rows_of_one_person_he_was_there_if_either_was(
    work: Work, view: View, commune: Commune, meeting: Meeting
) -> None:
    second = planned(work, commune.secretary, commune.first, title="Hai")
    for one, mark in ((meeting, Presence.EXCUSED), (second, Presence.UNKNOWN)):
        _save(work, commune.secretary, one, {commune.member.id: mark, commune.colleague.id: Presence.PRESENT}, 1)
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.member.id, commune.colleague.id, reason="Một người")
    with view() as r:
        kept = r.session.execute(select(Attendance.meeting_id, Attendance.member_id, Attendance.presence)).all()
    assert sorted(map(tuple, kept)) == [(one.id, commune.member.id, "present") for one in (meeting, second)]


def test_scanned_marked_compared_confirmed_and_exported(
    work: Work, commune: Commune, browse: Browse, clock: Clock, meeting: Meeting
) -> None:
    door, desk = f"/co-mat/{meeting.token}", f"/sinh-hoat/{meeting.id}/diem-danh"
    away = browse.as_nobody().get(door, status=302).location
    assert away.startswith("/dang-nhap") and meeting.token in away
    assert "Chỉ báo có mặt được từ" in browse.as_(commune.member).page(door, status=409).text
    clock.set(STARTS)
    assert "Đồng chí sinh hoạt ở đơn vị khác" in browse.as_(commune.stranger).page(door, status=403).text
    assert "Đồng chí có mặt tại buổi “Học tập nghị quyết”?" in browse.as_(commune.member).page(door).text
    browse.submit(door)
    assert "Đồng chí đã báo có mặt" in browse.page(door).text
    assert "tự báo lúc" in browse.page(f"/sinh-hoat/{meeting.id}").text
    browse.page(desk, status=403)
    seen = browse.as_(commune.secretary).page(desk)
    assert "Tự báo có mặt lúc 14:00 ngày 01/12/2026" in seen.text
    early = dict((seen.form(desk)).values)
    found = browse.submit(
        f"{desk}?tim=do thi", {f"nguoi-{commune.colleague.id}": "excused"}, action=desk + "?tim=do+thi"
    )
    assert "tim=do" in found.location
    late = browse.post(desk, {**early, f"nguoi-{commune.colleague.id}": "present"}, status=409)
    assert "Đồng chí vừa chọn “Có mặt”" in late.text
    assert "Còn 2 người chưa rõ" in browse.page(f"/sinh-hoat/{meeting.id}/xac-nhan").text
    browse.submit(f"/sinh-hoat/{meeting.id}/xac-nhan")
    shown = browse.page(desk)
    assert "1/4 có mặt trên số phải dự" in shown.text
    assert shown.all(".//select") == []
    assert "1/4" in browse.page("/sinh-hoat/don-vi?xem=da-qua").text
    browse.page(f"/sinh-hoat/{meeting.id}/xac-nhan", status=409)
    with work() as w:
        w.session.get_one(Member, commune.member.id).full_name = "=1+1"
    file = browse.post(f"{desk}.xlsx", status=200).response.get_data()
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]
    browse.submit(f"/sinh-hoat/{meeting.id}/mo-lai", {"reason": "Ghi nhầm"})
    assert browse.page(desk).all(".//select") != []
