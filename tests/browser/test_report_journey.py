"""A secretary's report: begun, its number, date, place, signer and text filled in, approved, downloaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import docx
from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.kernel.jobs import Handler, Job, JobState, perform
from quiz_app.reports import making
from quiz_app.reports.asking_jobs import FIGURES, FILES
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village


def _work_off(site: Site) -> None:
    """What the worker does with the job that waits; paper of its own is another test's."""
    handlers: dict[str, Handler] = {FIGURES: making.count, FILES: partial(making.make, site.folder, None)}
    with site.work() as w:
        key = w.session.scalars(select(Job.key).where(Job.kind.in_(handlers)).order_by(Job.id.desc())).first()
    assert key is not None
    assert perform(site.db, handlers, key) is JobState.DONE


def test_written_approved_and_downloaded(site: Site, village: Village, device: MakeDevice, tmp_path: Path) -> None:
    desk = device(village.secretary, size=COMPUTER)
    page = desk.page
    desk.open("/bao-cao/")
    desk.follow("Lập báo cáo của")
    page.get_by_label("Báo cáo tổng kết").check()
    desk.press("Tính số liệu")
    _work_off(site)
    expect(page.get_by_role("heading", name="Số liệu", exact=True)).to_be_visible()  # the bar brings the page again
    desk.follow("Điền và sửa")
    written = {
        "number": "7", "dated_on": "2026-02-05", "place": "Bát Tràng", "signer": "Bùi Thị Lan",
        "strengths": "- Tham gia đông đủ\n- Đúng thời gian", "proposals": "Đề nghị mở thêm đợt thi.",
    }  # fmt: skip
    for name, words in written.items():
        page.locator(f"[name={name}]").fill(words)
    desk.press("Lưu dự thảo")
    desk.follow("Phê duyệt")
    desk.press("Phê duyệt")
    _work_off(site)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Word (.docx)").click()
    file = tmp_path / "bao-cao.docx"
    downloaded.value.save_as(file)
    document = docx.Document(str(file))
    left, right = (cell.text for cell in document.tables[0].rows[0].cells)
    assert "Số 07-BC/CB" in left
    assert "Bát Tràng, ngày 05 tháng 02 năm 2026" in right
    told = [line.text for line in document.paragraphs]
    assert "- Tham gia đông đủ" in told
    assert "Đề nghị mở thêm đợt thi." in told
    assert "Bùi Thị Lan" in document.tables[-1].rows[0].cells[1].text
