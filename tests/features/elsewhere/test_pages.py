"""The pages of what was sat elsewhere, walked through as each of its people would."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from quiz_app.elsewhere.models import OutsideContest
from tests.features.elsewhere.build import TODAY, city_contest, confirmed, declared, picture, results
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work


@pytest.fixture
def city(work: Work, commune: Commune) -> OutsideContest:
    return city_contest(work, commune.organiser, commune.root)


def test_from_the_declaration_to_the_answer(browse: Browse, commune: Commune, city: OutsideContest) -> None:
    address = f"/thi-noi-khac/{city.id}/khai-bao"
    browse.as_(commune.member)
    assert "Tôi đã dự thi" in browse.page("/thi-noi-khac/").text
    browse.page(address)
    said = {"took_part_on": TODAY.isoformat(), "score": "18,5", "attempts": "2"}
    assert "ảnh chụp màn hình" in browse.post(address, said, status=422).text
    broken = {**said, "picture": (io.BytesIO(b"GIF89a"), "a.png")}
    assert "Chỉ nhận hình PNG" in browse.post(address, broken, status=422).text
    early = {**said, "took_part_on": (TODAY + timedelta(days=1)).isoformat()}
    early["picture"] = (io.BytesIO(picture()), "a.png")  # type: ignore[assignment] # an upload
    assert "không sau hôm nay" in browse.post(address, early, status=422).text
    sent = browse.post(address, {**said, "picture": (io.BytesIO(picture()), "a.png")}, status=302)
    page = browse.follow(sent)
    assert "Chờ xác nhận" in page.text
    assert "18,5" in page.text

    browse.as_(commune.secretary)
    desk = browse.page(f"/thi-noi-khac/{city.id}/don-vi/{commune.first.id}")
    assert "Nguyễn Văn An" in desk.text
    (link,) = [a.get("href") for a in desk.all(".//a") if "/khai-bao/" in str(a.get("href"))]
    record = browse.page(str(link))
    proof = browse.get(next(str(img.get("src")) for img in record.all(".//img")))
    assert proof.response.mimetype == "image/png"
    assert "no-store" in proof.response.headers["Cache-Control"]
    assert "ghi lý do" in browse.post(f"{link}/khong-xac-nhan", {"revision": "1"}, status=422).text
    form = record.form(f"{link}/xac-nhan")
    done = browse.follow(browse.post(form.action, form.values, with_token=False))
    assert "Đã xác nhận" in done.text
    browse.post(form.action, form.values, status=409, with_token=False)


def test_an_organiser_adds_hides_and_imports(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.organiser)
    browse.page("/thi-noi-khac/theo-doi")
    said = {
        "unit": str(commune.root.id),
        "title": "Cuộc thi của thành phố",
        "organiser": "Thành ủy",
        "link": "javascript:alert(1)",
        "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY - timedelta(days=1)).isoformat(),
    }
    assert "https://" in browse.post("/thi-noi-khac/them", said, status=422).text
    said["link"] = "https://cuocthi.vn"
    assert "từ ngày bắt đầu" in browse.post("/thi-noi-khac/them", said, status=422).text
    said["ends_on"] = TODAY.isoformat()
    listed = browse.follow(browse.post("/thi-noi-khac/them", said, status=302))
    assert "Cuộc thi của thành phố" in listed.text
    edit = next(str(a.get("href")) for a in listed.all(".//a") if str(a.get("href")).endswith("/sua"))
    contest = edit.removesuffix("/sua")
    browse.page(edit)

    browse.page(f"{contest}/nhap")
    faulty = results([["1", "Đỗ Thị Bình", "31/02/1980", "CB1", "", "giỏi", "", ""]])
    wrong = browse.post(f"{contest}/nhap", {"file": (io.BytesIO(faulty), "kq.xlsx")}, status=422)
    assert "2 chỗ cần sửa" in wrong.text
    rows = [["1", "Đỗ Thị Bình", "17/05/1980", "CB1", "", 18, 1, ""], ["2", "Lê Hồng Ánh", "", "", "", 17, "", ""]]
    upload = {"file": (io.BytesIO(results(rows)), "kq.xlsx")}
    sent = browse.post(f"{contest}/nhap", upload, status=302)
    plan = browse.follow(sent)
    assert "Dòng 5: Lê Hồng Ánh" in plan.text
    assert "001080" not in plan.text
    assert "chưa rõ là ai" in browse.post(sent.location, {}, status=422).text
    done = browse.follow(browse.post(sent.location, {"dong-0-5": str(commune.probationer.id)}, status=302))
    assert "thêm 2, cập nhật 0 người" in done.text

    browse.post(edit, {**said, "is_hidden": "y"}, status=302)
    assert "Đã ẩn ở các trang theo dõi" in browse.page("/thi-noi-khac/theo-doi").text


def test_the_export_has_people_and_units(browse: Browse, work: Work, commune: Commune, city: OutsideContest) -> None:
    confirmed(work, city, commune.member, commune.secretary)
    declared(work, city, commune.stranger)
    browse.as_(commune.overseer)
    desk = f"/thi-noi-khac/{city.id}/don-vi/{commune.root.id}"
    assert "Các đơn vị trực thuộc" in browse.page(f"{desk}?trang-thai=da-xac-nhan").text
    book = load_workbook(io.BytesIO(browse.post(f"{desk}/xuat", status=200).response.data))
    people = [[cell.value for cell in row] for row in book["Danh sách"].iter_rows(min_row=7)]
    assert [row[1:4] for row in people] == [
        ["Phạm Quốc Đạt", "Chi bộ thôn Kim Lan", "Chờ xác nhận"],
        ["Nguyễn Văn An", "Chi bộ thôn Giang Cao", "Đã xác nhận"],
    ]
    units = {row[0].value: (row[2].value, row[3].value) for row in book["Đơn vị"].iter_rows(min_row=7)}
    assert units["Cộng"] == (1, 1)
