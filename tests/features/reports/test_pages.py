"""A secretary's way through the pages: from choosing a round to the file in hand."""

from __future__ import annotations

import io

import docx
import pytest
from flask import Flask

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from tests.features.reports.build import Desk, two_rounds
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def desk(db: Database, work: Work, commune: Commune, settings: Settings) -> Desk:
    return Desk(db, work, commune, settings.data_dir)


@pytest.fixture
def rounds(work: Work, commune: Commune) -> tuple[Round, Round]:
    return two_rounds(work, commune)


def test_a_secretary_writes_approves_and_fetches(
    app: Flask, browse: Browse, desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    browse.as_(commune.secretary)
    assert "Chưa có báo cáo nào" in browse.get("/bao-cao/").text
    new = f"/bao-cao/don-vi/{commune.first.id}/moi"
    assert "Chưa lập được báo cáo" in browse.post(new, {"kind": "dot"}, status=422).text
    made = browse.post(new, {"kind": "dot", "round_id": str(rounds[0].id)})
    address = made.location
    report_id = int(address.rpartition("/")[2])
    waiting = browse.get(address).text
    assert "Đang tính số liệu" in waiting
    assert "Phê duyệt</a>" not in waiting and browse.get(f"{address}.json").json["state"] == "running"
    desk.count(report_id)
    assert browse.get(f"{address}.json").json == {
        "done": 1, "total": 1, "state": "done", "message": "", "url": address}  # fmt: skip
    shown = browse.get(address).text
    assert "75%" in shown
    assert "Mã số liệu (SHA-256)" in shown

    typed = {
        "seen": "1", "number": "3", "symbol": "BC/CB", "dated_on": "2026-02-05", "place": "Bát Tràng",
        "profile": "hd36-2018", "superior": "Đảng bộ xã Bát Tràng", "issuer": "Chi bộ thôn Giang Cao",
        "subject": "Kết quả đợt 1", "authority": "T/M Chi bộ", "office": "Bí thư", "signer": "Bùi Thị Lan\uffff",
        "recipients": "Đảng ủy xã", "kept_by": "Chi bộ", "legal_bases": "Căn cứ Kế hoạch số 12-KH/ĐU;",
        "strengths": "- Tham gia đông\n- Đúng hạn", "proposals": "Đề nghị mở thêm đợt thi.",
    }  # fmt: skip
    for day in ("0001-01-01", "1979-12-31", "2200-01-01"):  # no file carries such a day
        assert "Ngày phải từ" in browse.post(f"{address}/sua", {**typed, "dated_on": day}, status=422).text
        never = {"kind": "so-ket", "round_id": "", "starts_on": day, "ends_on": day}
        assert "Ngày phải từ" in browse.post(new, never, status=422).text
    wrong = browse.post(f"{address}/sua", {**typed, "subject": "", "number": "0"}, status=422).text
    assert "Chưa lưu được" in wrong
    assert "Số phải từ 1 đến 9999." in wrong
    clash = browse.post(f"{address}/sua", {**typed, "seen": "99"}, status=422).text
    assert "đã được người khác sửa" in clash
    assert "Đúng hạn" in clash
    browse.post(f"{address}/sua", typed)
    preview = browse.page(f"{address}/xem").text
    assert address in browse.page(f"{address}/xem").hrefs()
    assert "Số 03-BC/CB" in preview
    assert "Đề nghị mở thêm đợt thi./." in preview
    assert "Phê duyệt báo cáo này?" in browse.get(f"{address}/duyet").text
    browse.post(f"{address}/duyet", {"seen": "2"})
    edition_id = 1
    browse.get(f"/bao-cao/ban/{edition_id}/tep/docx", status=404)
    assert "Đang làm các tệp" in browse.get(address).text
    desk.make(edition_id)
    file = browse.get(f"/bao-cao/ban/{edition_id}/tep/docx")
    assert "Bùi Thị Lan" in docx.Document(io.BytesIO(file.response.data)).tables[-1].rows[0].cells[1].text
    assert "Tệp đã làm" in browse.get(address).text
    assert "Kết quả đợt 1" in browse.get("/bao-cao/?tim=ket+qua&trang_thai=da-duyet").text
    assert "Không có báo cáo nào như vậy" in browse.get("/bao-cao/?trang_thai=du-thao").text
    browse.post(f"{address}/mo-lai", {"seen": "3"})
    browse.get(f"{address}/sua")
    assert f"{address}/xoa" not in browse.page(address).hrefs()
    browse.get(f"{address}/xoa", status=302)
    other = browse.post(new, {"kind": "dot", "round_id": str(rounds[0].id)}).location
    browse.submit(f"{other}/xoa", action="/xoa")
    browse.get(other, status=404)
    browse.as_(commune.secretary_elsewhere)
    browse.get(f"/bao-cao/ban/{edition_id}/tep/docx", status=404)


def test_a_committee_sets_its_rule_and_lets_units_be_named(
    app: Flask, browse: Browse, desk: Desk, commune: Commune, rounds: tuple[Round, Round]
) -> None:
    browse.as_(commune.overseer)
    setting = f"/bao-cao/don-vi/{commune.root.id}/quy-tac"
    rule = {"term_begins_on": "2025-08-01", "praise_turnout": "70", "praise_mean": "15,5", "lag_turnout": "40"}
    browse.post(setting, {**rule, "lag_turnout": "140"}, status=422)
    browse.post(setting, {**rule, "praise_mean": "mười"}, status=422)
    browse.post(setting, rule)
    assert 'value="15,50"' in browse.get(setting).response.get_data(as_text=True)
    report = desk.counted(commune.overseer, commune.root, rounds[0])
    page = browse.get(f"/bao-cao/{report.id}/sua").text
    assert "Theo tiêu chí: tỉ lệ tham gia từ 70%, điểm trung bình từ 15,50" in page
    assert "Đơn vị được biểu dương (dự kiến, chờ phê duyệt)" in browse.get(f"/bao-cao/{report.id}/xem").text
    assert "Giang Cao" in browse.get(f"/bao-cao/{report.id}/duyet").text
    assert "Giang Cao" in browse.get("/bao-cao/don-vi?q=giang+cao").text
    browse.submit(f"/bao-cao/{report.id}/sua", {"praised": []}, action="/sua")
    again = browse.get(f"/bao-cao/{report.id}/sua").text
    assert "Đơn vị được biểu dương" in again  # who was struck out may be let in again
    assert "Đơn vị được biểu dương" not in browse.get(f"/bao-cao/{report.id}/xem").text
