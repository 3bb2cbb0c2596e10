"""An organiser imports a roster: it is worked on while he waits, he is asked what is doubtful, and agrees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ViewportSize, expect
from sqlalchemy import select

from quiz_app.kernel.jobs import Job, perform
from quiz_app.members.models import Member
from quiz_app.members.roster_jobs import APPLY, JOBS, PLAN
from quiz_app.units.models import Unit
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, PHONE
from tests.browser.site import Site
from tests.browser.village import Village
from tests.features.members.roster_files import workbook

WORKED_WITHIN_MS = 20_000


def work_on(site: Site, kind: str) -> None:
    """What the worker does with the job that waits."""
    with site.db.reading() as session:
        key = session.scalars(select(Job.key).where(Job.kind == kind, Job.state == "queued")).one()
    perform(site.db, JOBS, key)


@pytest.mark.parametrize("size", [PHONE, COMPUTER], ids=["phone", "computer"])
def test_a_roster_is_planned_asked_about_and_written(
    site: Site, village: Village, device: MakeDevice, size: ViewportSize
) -> None:
    with site.db.reading() as session:
        unit = session.get_one(Unit, village.member.unit_id)
    rows = [
        ["1", "Phạm Văn Mới", "05/02/1970", unit.name, "", "", "0987654321"],
        ["2", "Lê Thị Thêm", "1980", f"{unit.name}x", "", "", ""],
    ]
    desk = device(village.organiser, size=size)
    desk.open("/danh-sach/nhap")
    desk.judge()
    desk.page.get_by_label(re.compile("Tệp danh sách")).set_input_files(
        {"name": "ds.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(rows)}
    )
    desk.press("Xem trước")
    assert "Đang kiểm tra danh sách" in desk.text()
    desk.judge()
    work_on(site, PLAN)
    expect(desk.page.locator("main")).to_contain_text("Còn 1 dòng chưa rõ", timeout=WORKED_WITHIN_MS)
    desk.judge()
    desk.page.locator("label.choice", has_text=unit.name).first.click()
    desk.press("Ghi câu trả lời và xem trước lại")
    work_on(site, PLAN)
    expect(desk.page.locator("main")).to_contain_text("Lê Thị Thêm", timeout=WORKED_WITHIN_MS)
    desk.judge()
    desk.press("Ghi danh sách")
    work_on(site, APPLY)
    expect(desk.page.locator("main")).to_contain_text("thêm 2, sửa 0 người", timeout=WORKED_WITHIN_MS)
    desk.judge()
    with site.db.reading() as session:
        names = set(session.scalars(select(Member.full_name).where(Member.unit_id == unit.id)))
    assert {"Phạm Văn Mới", "Lê Thị Thêm"} <= names
