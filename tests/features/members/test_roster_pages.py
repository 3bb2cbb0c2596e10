from __future__ import annotations

import io
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from quiz_app import worker
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.kernel.settings import Settings
from quiz_app.members.models import Member, Standing
from quiz_app.members.roster_jobs import APPLY, JOBS, PLAN
from tests.features.members.conftest import People, add_member
from tests.features.members.roster_files import SHEET, rewritten, workbook
from tests.support.browse import Answer, Browse
from tests.support.clock import NOW
from tests.support.works import View, Work

ROWS: list[list[Any]] = [
    ["1", "Nguyễn Văn An", date(1961, 5, 2), "GC", "01.234567", "Chính thức", "0987 654 321"],
    ["2", "Phạm Văn Ẩn", "1970", "KL", "", "Dự bị", ""],
]
OLD_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
FAULTY = [["1", "Nguyễn Văn An", "1961", "Chi bộ lạ", "12", "", ""]]


def send(browse: Browse, unit_id: int, content: bytes, *, status: int = 302, **more: str) -> Answer:
    fields = {"unit": str(unit_id), "file": (io.BytesIO(content), "danh sách.xlsx"), **more}
    return browse.post("/danh-sach/nhap", fields, status=status)


def worked(db: Database, kind: str, state: JobState = JobState.DONE) -> None:
    """Do what the worker does with the youngest job of a kind."""
    with db.reading() as session:
        key = session.scalars(select(Job.key).where(Job.kind == kind).order_by(Job.id.desc()).limit(1)).one()
    assert perform(db, JOBS, key) is state


def planned(browse: Browse, db: Database, unit_id: int, content: bytes, **more: Any) -> str:
    """The address of a plan that is ready."""
    address = send(browse, unit_id, content, **more).location
    worked(db, PLAN)
    return address


def members(view: View) -> int:
    with view() as r:
        return r.session.scalar(select(func.count()).select_from(Member)) or 0


def test_an_organiser_uploads_looks_and_applies(
    browse: Browse, db: Database, people: People, view: View, settings: Settings
) -> None:
    browse.as_(people.organiser)
    browse.page("/danh-sach/nhap")
    content = workbook(ROWS)
    address = send(browse, people.commune, content).location
    assert "Đang kiểm tra danh sách" in browse.page(address).text
    assert browse.get(f"{address}.json").json["state"] == "running"
    worked(db, PLAN)
    assert browse.get(f"{address}.json").json == {
        "done": 5, "total": 5, "state": "done", "message": "Đã kiểm tra 5/5 dòng.", "url": address
    }  # fmt: skip
    page = browse.page(address)
    assert "Phạm Văn Ẩn" in page.text
    changed = browse.page(f"{address}?loai=thay-doi")
    assert "0987654321" in changed.text
    assert "01.234567" not in changed.text
    assert "Không có ai khớp" in browse.page(f"{address}?loai=thay-doi&tim=binh").text
    [kept] = (settings.data_dir / "uploads").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert (kept / "sent").stat().st_mode & 0o077 == 0
    assert members(view) == 4
    form = page.form(f"{address}/ghi")
    browse.post(form.action, form.values, with_token=False)
    assert "Đang ghi danh sách" in browse.page(address).text
    worked(db, APPLY)
    assert "thêm 1, sửa 1 người" in browse.page(address).text
    assert sorted(one.name for one in kept.rglob("*") if one.is_file()) == ["result.xlsx", "summary.json"]
    assert members(view) == 5
    assert "Đã nhập rồi" in browse.page(planned(browse, db, people.commune, content)).text


def test_the_sheet_goes_back_with_a_column_more(browse: Browse, db: Database, people: People) -> None:
    address = planned(browse.as_(people.organiser), db, people.commune, workbook([*ROWS, *FAULTY]))
    sent_back = browse.get(f"{address}/ket-qua.xlsx").response.data
    [sheet] = load_workbook(io.BytesIO(sent_back)).worksheets
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A4", "A3:H6")
    assert sheet["B5"].value == "Phạm Văn Ẩn"
    assert sheet["C4"].value.date() == date(1961, 5, 2)
    assert sheet["E4"].value == "01.234567"
    assert [sheet.cell(row, 8).value for row in (3, 4, 5, 6)] == [
        "Kết quả",
        "Thay đổi. Số điện thoại: 0912 345 678 → 0987654321",
        "Thêm mới",
        "Sai: Cột E “12”: Số thẻ cần đúng 8 chữ số, ví dụ 01.234567. Nên để ô ở dạng chữ (Text) để không mất số 0 ở "
        "đầu. Cột D “Chi bộ lạ”: Không có đơn vị này trong Đảng bộ xã. Ghi đúng tên hoặc mã đơn vị.",
    ]


def test_errors_are_shown_with_their_places_and_nothing_can_be_applied(
    browse: Browse, db: Database, people: People, view: View
) -> None:
    browse.as_(people.organiser)
    address = planned(browse, db, people.commune, workbook(FAULTY))
    page = browse.page(address)
    assert "Danh sách có 2 chỗ cần sửa" in page.text
    assert "Chi bộ lạ" in page.text
    assert f"{address}/ghi" not in [form.get("action") for form in page.all(".//form")]
    browse.post(f"{address}/ghi", status=422)
    assert members(view) == 4


def test_doubtful_rows_are_asked_about(browse: Browse, db: Database, people: People, view: View) -> None:
    browse.as_(people.organiser)
    rows = [["1", "Phạm Văn Ẩn", "1970", "Chi bộ thôn Kim Lam", "", "", ""]]
    address = planned(browse, db, people.commune, workbook(rows))
    page = browse.page(address)
    assert "Còn 1 dòng chưa rõ" in page.text
    assert "Không có đơn vị nào ghi đúng là “Chi bộ thôn Kim Lam”" in page.text
    again = browse.post(
        f"{address}/tra-loi", {"tra-loi:unit:chi bo thon kim lam": f"unit:{people.other_cell}"}
    ).location
    worked(db, PLAN)
    browse.post(f"{again}/ghi")
    worked(db, APPLY)
    assert members(view) == 5


def test_who_is_in_no_row_leaves_only_when_it_is_said_twice(
    browse: Browse, db: Database, people: People, view: View
) -> None:
    browse.as_(people.organiser)
    address = planned(browse, db, people.commune, workbook(ROWS[:1]), is_complete="y")
    assert "Trần Thị Bình" in browse.page(f"{address}?loai=khong-co").text
    browse.post(f"{address}/ghi")
    worked(db, APPLY)
    with view() as r:
        assert r.session.get_one(Member, people.binh.id).standing == Standing.ACTIVE.value
    address = planned(browse, db, people.commune, workbook(ROWS[:1]), is_complete="y")
    browse.post(f"{address}/ghi", {"with_left": "y"})
    worked(db, APPLY)
    assert "ghi 2 người không còn sinh hoạt" in browse.page(address).text
    with view() as r:
        assert r.session.get_one(Member, people.binh.id).standing == Standing.LEFT.value


def test_many_leaving_is_confirmed_by_their_number(browse: Browse, db: Database, people: People, work: Work) -> None:
    with work() as w:
        for number in range(4):
            add_member(w, people.cell, f"Lê Văn {['Bốn', 'Năm', 'Sáu', 'Bảy'][number]}")
    address = planned(browse.as_(people.organiser), db, people.commune, workbook(ROWS[:1]), is_complete="y")
    assert "6 trong 8 người không còn trong danh sách" in browse.page(address).text
    for wrong in ("", "7"):
        refused = browse.post(f"{address}/ghi", {"with_left": "y", "removed": wrong}, status=422)
        assert "ghi con số 6 vào ô xác nhận" in refused.text
    browse.post(f"{address}/ghi", {"with_left": "y", "removed": "6"})
    worked(db, APPLY)


@pytest.mark.parametrize("content", [b"", b"Ho ten", OLD_XLS])
def test_what_is_no_roster_is_refused_on_the_page(browse: Browse, people: People, content: bytes) -> None:
    browse.as_(people.organiser)
    assert "Tệp danh sách" in send(browse, people.commune, content, status=422).text


def test_a_file_that_breaks_while_it_is_read_is_told(browse: Browse, db: Database, people: People) -> None:
    address = send(
        browse.as_(people.organiser), people.commune, rewritten(workbook(ROWS), {SHEET: b"<worksheet"})
    ).location
    worked(db, PLAN, JobState.FAILED)
    assert "Chưa đọc được tệp" in browse.page(address).text


def test_an_upload_without_a_file_or_for_a_foreign_unit_is_refused(browse: Browse, people: People) -> None:
    browse.as_(people.organiser)
    assert "chưa chọn tệp" in browse.post("/danh-sach/nhap", {"unit": str(people.commune)}, status=422).text
    send(browse, 999_999, workbook(ROWS), status=422)


def test_what_is_never_agreed_to_is_deleted_without_another_upload(
    browse: Browse, db: Database, people: People, settings: Settings
) -> None:
    browse.as_(people.organiser)
    address = planned(browse, db, people.commune, workbook(ROWS))
    (kept,) = (settings.data_dir / "uploads").iterdir()
    young, old = (NOW - timedelta(days=1, minutes=ago) for ago in (-1, 1))
    os.utime(kept, (young.timestamp(), young.timestamp()))
    assert worker.forget_files(settings.data_dir, db) == 0
    os.utime(kept, (old.timestamp(), old.timestamp()))
    other = settings.data_dir / "uploads" / "bank" / "1-bo-mot-abc"
    other.mkdir(parents=True)
    os.utime(other, (young.timestamp(), young.timestamp()))
    assert worker.forget_files(settings.data_dir, db) == 1
    assert not kept.exists()
    assert "đã hết hạn giữ" in browse.page(address, status=422).text
    assert worker.periodic(settings)[-1].run(db) == 0


def test_only_organisers_come_here_and_only_to_their_own_uploads(browse: Browse, db: Database, people: People) -> None:
    address = planned(browse.as_(people.organiser), db, people.commune, workbook(ROWS))
    browse.get("/danh-sach/nhap/999999", status=404)
    for who in (people.an, people.secretary):
        browse.as_(who)
        browse.get("/danh-sach/nhap", status=403)
        browse.get(address, status=403)
        browse.get(f"{address}/ket-qua.xlsx", status=403)
        browse.post(f"{address}/ghi", status=403)
    browse.as_nobody()
    assert browse.get(address, status=302).location.startswith("/dang-nhap")


def test_the_command_line_shows_first_and_writes_when_told(
    people: People, app: Flask, tmp_path: Path, view: View
) -> None:
    file = tmp_path / "danh-sach.xlsx"
    file.write_bytes(workbook(ROWS[:1]))
    runner = app.test_cli_runner()
    command = ["members", "import-roster", str(file), "--unit", "XA"]
    assert "chưa ghi" in runner.invoke(args=command).output
    with view() as r:
        assert r.session.get_one(Member, people.an.id).phone == "0912 345 678"
    assert "Đã ghi" in runner.invoke(args=[*command, "--apply"]).output
    with view() as r:
        assert r.session.get_one(Member, people.an.id).phone == "0987654321"
    assert "đã được nhập" in runner.invoke(args=[*command, "--apply"]).output
    file.write_bytes(workbook(FAULTY))
    faulty = runner.invoke(args=[*command, "--apply"])
    assert faulty.exit_code == 1
    assert "dòng 4, cột D" in faulty.output
    file.write_bytes(b"PKx")
    assert "không phải là .xlsx" in runner.invoke(args=command).output
