"""Tables that were published: what changes afterwards makes a new version, and the old one stays as it was."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from quiz_app.contests.models import Round
from quiz_app.feedback import complaints
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.results import services, tables
from quiz_app.results.errors import NothingChanged, ProposalOutdated, TableSettled
from quiz_app.results.models import FinalRow
from tests.features.results.scene import Scene, by_member, set_scene
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune) -> Scene:
    return set_scene(db, work, commune)


def test_what_has_changed_is_not_approved(stage: Scene, browse: Browse) -> None:
    table = stage.propose(stage.commune.organiser)
    stage.annul(stage.commune.colleague)
    with pytest.raises(ProposalOutdated), stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    page = browse.as_(stage.second).page(stage.url)
    assert "Kết quả đã thay đổi từ khi lập bảng. Mời đồng chí lập bảng mới." in page.text
    newer = stage.propose(stage.second)
    for table_id in {table.id, newer.id}:  # SQLite gives the id of a proposal that was replaced to the next one
        with pytest.raises((TableSettled, Missing)), stage.work(actor=stage.commune.organiser) as w:
            services.approve(w, table_id, table.sha256)
    with stage.work(actor=stage.commune.organiser) as w:
        assert services.approve(w, newer.id, newer.sha256).approved_by == stage.commune.organiser.id


def test_what_changed_after_the_approval_is_not_published(stage: Scene) -> None:
    table = stage.propose(stage.commune.organiser)
    with stage.work(actor=stage.second) as w:
        services.approve(w, table.id, table.sha256)
    stage.annul(stage.commune.colleague)
    with pytest.raises(ProposalOutdated), stage.work(actor=stage.commune.organiser) as w:
        services.publish(w, table.id, table.sha256)


def test_a_new_version_after_a_correction(stage: Scene, browse: Browse) -> None:
    """Before: colleague first. His attempt is annulled: the three that shared the second place share the first, and
    draw for all three prizes; the fifth is fourth.
    """
    commune = stage.commune
    first = stage.finalise()
    kept = stage.kept(first.id)
    with pytest.raises(BadInput):
        stage.propose(commune.organiser)
    with pytest.raises(NothingChanged):
        stage.propose(commune.organiser, "Không có gì")
    stage.annul(commune.colleague)
    assert "Kết quả đã đổi sau khi công bố" in browse.as_(commune.organiser).page(stage.url).text
    public = browse.as_(commune.member).page(f"/ket-qua/{first.id}")
    assert "Sau khi công bố đã có điều chỉnh kết quả của 1 lượt thi" in public.text
    found = stage.differences()
    assert (
        f"round:{stage.round.id} version 1: member {commune.colleague.id} is published and stands there no more"
        in found
    )
    assert f"round:{stage.round.id} version 1: member {commune.inner_member.id}: published place 5, now 4" in found
    assert not any("hash" in line for line in found)

    second = stage.finalise("Hủy một lượt thi hộ")
    assert second.version == 2
    rows = by_member(stage.kept(second.id))
    lucky = stage.lucky(commune.member, commune.probationer, commune.stranger)
    assert [rows[one].place for one in lucky] == [1, 1, 1]
    assert [rows[one].prize for one in lucky] == ["Giải Nhất", "Giải Nhì", "Giải Nhì"]
    assert all(rows[one].is_by_lot for one in lucky)
    assert rows[commune.inner_member.id].place == 4
    assert commune.colleague.id not in rows
    assert stage.kept(first.id) == kept, "the old one is as it was"
    assert stage.kept(first.id).sha256 == first.sha256
    assert stage.differences() == []
    with stage.work() as w:
        assert w.session.get_one(Round, stage.round.id).finalised_at == second.published_at

    old = browse.as_(commune.member).page(f"/ket-qua/{first.id}")
    assert "Phiên bản 2 đã thay phiên bản này: Hủy một lượt thi hộ" in old.text
    assert "Đỗ Thị Bình" in old.text
    new = browse.page(f"/ket-qua/{second.id}")
    assert first.sha256 in new.text
    assert second.sha256 in new.text
    assert "Đỗ Thị Bình" not in new.text


def test_what_is_not_done_after_the_publication_is_said(stage: Scene, browse: Browse) -> None:
    stage.finalise()
    steps = browse.as_(stage.commune.organiser)
    assert "khớp với kết quả hiện nay" in steps.page(stage.url).text
    member = stage.commune.member
    with stage.work(actor=member) as w:
        complaints.complain(w, stage.attempts[member.id].id, position=None, text="Bảng in sai tên tôi.")
    said = steps.page(stage.url).text
    assert "Đang có việc chưa xong: trả lời các khiếu nại" in said
    assert "khớp với kết quả hiện nay" not in said


def test_a_board_that_moved_says_that_the_published_table_counts(stage: Scene, browse: Browse) -> None:
    commune, round_id = stage.commune, stage.round.id
    stage.finalise()
    boards = [f"/bang-xep-hang/{round_id}/{name}" for name in ("toan-xa", "chi-bo", "cac-chi-bo", "trinh-chieu")]
    said = "kết quả chính thức là bảng đã công bố"
    browse.as_(commune.member)
    assert "Kết quả chính thức" in browse.page(boards[0]).text
    assert not [url for url in boards if said in browse.page(url).text]
    stage.annul(commune.colleague)
    assert [url for url in boards if said in browse.page(url).text] == boards
    page = browse.page(boards[0])
    assert "Kết quả chính thức" not in page.text
    assert f"/ket-qua/dot/{round_id}" in page.hrefs()


def test_a_new_version_is_what_the_boards_show_again(stage: Scene, browse: Browse, db: Database) -> None:
    """The unit board too: annulled is one of the four of first, whose turnout falls from 4/4 to 3/4."""
    commune, round_id = stage.commune, stage.round.id
    stage.finalise()
    refresh_tallies(db)
    stage.annul(commune.colleague)
    table = stage.finalise("Một lượt thi hộ bị hủy.")
    refresh_tallies(db)
    browse.as_(commune.member)
    for name in ("toan-xa", "chi-bo", "cac-chi-bo", "trinh-chieu"):
        assert "Có điều chỉnh sau khi chốt" not in browse.page(f"/bang-xep-hang/{round_id}/{name}").text
    units = browse.page(f"/bang-xep-hang/{round_id}/cac-chi-bo")
    assert "Kết quả chính thức" in units.text
    assert "3/4" in units.text
    with stage.work() as w:
        assert w.session.get_one(Round, round_id).finalised_at == table.published_at


def test_published_rows_are_never_written_again(stage: Scene) -> None:
    """What the whole way to a second version sends to the database, statement by statement."""
    first = stage.finalise()
    kept = stage.kept(first.id)
    sent: list[tuple[str, object]] = []

    def note(*arguments: object) -> None:
        sent.append((str(arguments[2]).lower(), arguments[3]))

    event.listen(stage.db.engine, "before_cursor_execute", note)
    try:
        stage.annul(stage.commune.colleague)
        stage.propose(stage.commune.organiser, "Lần một")
        stage.finalise("Lần hai")
    finally:
        event.remove(stage.db.engine, "before_cursor_execute", note)
    assert not [text for text, _ in sent if text.startswith(("update final_row", "update final_unit_row"))]
    deleted = [str(values) for text, values in sent if text.startswith("delete from final_")]
    assert deleted
    assert not [values for values in deleted if re.search(rf"\b{first.id}\b", values)]
    assert stage.kept(first.id) == kept


def test_rows_go_to_the_database_in_parts(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a city they are half a million: one batch would not end within the time of one statement."""
    monkeypatch.setattr(tables, "WRITTEN_AT_ONCE", 1)
    sent: list[object] = []

    def note(*arguments: object) -> None:
        if str(arguments[2]).lower().startswith("insert into final_row"):
            sent.append(arguments[3])

    event.listen(stage.db.engine, "before_cursor_execute", note)
    try:
        table = stage.finalise()
    finally:
        event.remove(stage.db.engine, "before_cursor_execute", note)
    with stage.work() as w:
        rows = w.session.scalar(select(func.count()).where(FinalRow.table_id == table.id))
    assert rows is not None and rows > 1
    assert len(sent) == rows


def test_a_changed_row_is_found_out(stage: Scene) -> None:
    table = stage.finalise()
    with stage.work() as w:
        w.session.execute(
            update(FinalRow)
            .where(FinalRow.table_id == table.id, FinalRow.member_id == stage.commune.secretary.id)
            .values(score=11)
        )
    found = stage.differences()
    assert f"round:{stage.round.id} version 1: the rows do not give the published hash" in found
    assert any("published score 11, now 10" in line for line in found)
    with stage.work() as w:
        w.session.execute(
            update(FinalRow)
            .where(FinalRow.table_id == table.id, FinalRow.member_id == stage.commune.secretary.id)
            .values(score=10, member_id=stage.commune.overseer.id)
        )
    assert any("stands on another's attempt" in line for line in stage.differences()), "who it is counts too"


def test_the_command_names_what_differs(stage: Scene, app: Flask) -> None:
    runner = app.test_cli_runner()
    stage.finalise()
    whole = runner.invoke(args=["results", "verify"])
    assert (whole.exit_code, whole.output.strip()) == (
        0,
        "Mọi bảng đã công bố còn nguyên và khớp với kết quả hiện nay.",
    )
    stage.annul(stage.commune.secretary)
    moved = runner.invoke(args=["results", "verify"])
    assert moved.exit_code == 1
    gone = (
        f"round:{stage.round.id} version 1: member {stage.commune.secretary.id} is published and stands there no more"
    )
    assert gone in moved.output


def test_who_has_a_published_page_already_is_told_so(stage: Scene, browse: Browse) -> None:
    table = stage.finalise()
    for path in ("", "/don-vi", "/boc-tham"):
        url = f"/ket-qua/{table.id}{path}"
        tag = browse.as_(stage.commune.member).get(url).response.headers["ETag"]
        assert browse.get(url, status=304, headers={"If-None-Match": tag}).response.get_data() == b""
        assert browse.as_(stage.commune.stranger).get(url).response.headers["ETag"] != tag
