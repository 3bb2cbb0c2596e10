from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.kernel.settings import Settings
from quiz_app.members.models import Member
from tests.features.members.conftest import People
from tests.features.members.roster_files import workbook
from tests.support.browse import Answer, Browse
from tests.support.works import View

ROWS: list[list[Any]] = [
    ["1", "Nguyễn Văn An", date(1961, 5, 2), "GC", "01.234567", "Chính thức", "0987 654 321"],
    ["2", "Phạm Văn Ẩn <b>", "1970", "KL", "", "Dự bị", ""],
]
FAULTY = [["1", "Nguyễn Văn An", "1961", "Chi bộ lạ", "12", "", ""]]


def send(browse: Browse, unit_id: int, content: bytes, *, status: int = 302) -> Answer:
    fields = {"unit": str(unit_id), "file": (io.BytesIO(content), "danh sách.xlsx")}
    return browse.post("/danh-sach/nhap", fields, status=status)


def test_an_organiser_uploads_looks_and_applies(browse: Browse, people: People, view: View, settings: Settings) -> None:
    browse.as_(people.organiser)
    browse.page("/danh-sach/nhap")
    content = workbook(ROWS)
    sent = send(browse, people.commune, content)
    page = browse.follow(sent)
    assert "Phạm Văn Ẩn <b>" in page.text
    assert "0987654321" in page.text
    assert "01.234567" not in page.text
    kept = list((settings.data_dir / "uploads").iterdir())
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == 4
    form = page.form(sent.location.split("?")[0])
    done = browse.post(form.action, form.values, with_token=False)
    assert "thêm 1, sửa 1 người" in browse.follow(done).text
    assert list((settings.data_dir / "uploads").iterdir()) == []
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == 5
    assert "Đã nhập rồi" in browse.follow(send(browse, people.commune, content)).text


def test_errors_are_shown_with_their_places_and_nothing_can_be_applied(
    browse: Browse, people: People, view: View
) -> None:
    browse.as_(people.organiser)
    sent = send(browse, people.commune, workbook(FAULTY))
    page = browse.follow(sent)
    assert "Danh sách có 2 chỗ cần sửa" in page.text
    assert "Chi bộ lạ" in page.text
    address = sent.location.split("?")[0]
    assert address not in [form.get("action") for form in page.all(".//form")]
    browse.post(address, status=422)
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == 4


@pytest.mark.parametrize("content", [b"", b"Ho ten;Ngay sinh"])
def test_what_is_no_roster_is_refused_on_the_page(browse: Browse, people: People, content: bytes) -> None:
    browse.as_(people.organiser)
    assert "Tệp danh sách" in send(browse, people.commune, content, status=422).text


def test_an_upload_without_a_file_or_for_a_foreign_unit_is_refused(browse: Browse, people: People) -> None:
    browse.as_(people.organiser)
    assert "chưa chọn tệp" in browse.post("/danh-sach/nhap", {"unit": str(people.commune)}, status=422).text
    send(browse, 999_999, workbook(ROWS), status=422)


def test_only_organisers_come_here_and_only_to_their_own_uploads(browse: Browse, people: People) -> None:
    address = send(browse.as_(people.organiser), people.commune, workbook(ROWS)).location.split("?")[0]
    browse.get(f"/danh-sach/nhap/{people.commune}/khong-phai-ma", status=404)
    for who in (people.an, people.secretary):
        browse.as_(who)
        browse.get("/danh-sach/nhap", status=403)
        browse.get(address, status=403)
        browse.post(address, status=403)
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
    file.write_bytes(b"x")
    assert "không phải là .xlsx" in runner.invoke(args=command).output
