"""The pages of registering: to which unit, who one is; the list of those who decide; the poster."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
from sqlalchemy import func, select, update

from quiz_app.members.models import Member, Registration
from quiz_app.registering.models import RegistrationDesk, Way
from tests.features.leaderboard.build import open_round
from tests.features.registering.build import PASSWORD, PHONE, desk, register, told
from tests.support.browse import Browse, Fields
from tests.support.build import Commune
from tests.support.works import View, Work

SAID = {
    "full_name": "nguyễn thị sen",
    "born": "02/03/1970",
    "phone": "0987 654 321",
    "new": PASSWORD,
    "again": PASSWORD,
}


def _send(browse: Browse, url: str, changes: Fields | None = None, *, status: int = 302) -> str:
    answer = browse.submit(url, {**SAID, **(changes or {})}, status=status)
    return answer.location if status == 302 else answer.text


def test_somebody_registers_and_comes_in(work: Work, commune: Commune, browse: Browse) -> None:
    kept = desk(work, commune, Way.CODE)
    assert "/dang-ky" in browse.page("/").hrefs()
    assert "/dang-ky" in browse.page("/dang-nhap").hrefs()
    found = browse.page("/dang-ky?tim=giang cao")
    address = f"/dang-ky/don-vi/{commune.first.id}"
    assert address in found.hrefs()
    assert "Không tìm thấy đơn vị nào" in browse.page("/dang-ky?tim=<b>").text
    page = browse.page(address)
    assert not page.all(".//input[@type='checkbox'][@checked]")
    sent = _send(browse, address, {"code": kept.code, "take_part": "y"})
    assert "đăng nhập bằng số điện thoại" in browse.page(sent).text
    browse.submit("/dang-nhap", {"username": PHONE, "password": PASSWORD})
    assert browse.page("/").texts(".//h1") == ["Chào đồng chí Nguyễn Thị Sen"]
    assert "Tôi đồng ý tham gia thi" in browse.page("/tai-khoan").text


def test_errors_stand_beside_their_fields(work: Work, view: View, commune: Commune, browse: Browse) -> None:
    kept = desk(work, commune, Way.CODE)
    address = f"/dang-ky/ngoai-danh-sach/{commune.root.id}"
    for changes, words in (
        ({"code": ""}, "Đồng chí chưa điền mã đăng ký."),
        ({"code": "SAI"}, "Mã đăng ký chưa đúng."),
        ({"full_name": "Sen"}, "Ghi đủ họ và tên"),
        ({"born": "31/02/1970"}, "Ghi ngày/tháng/năm"),
        ({"born": "2090"}, "Ghi ngày/tháng/năm"),
        ({"phone": "12345"}, "Ghi một số điện thoại"),
        ({"new": "123456", "again": "123456"}, "dễ đoán"),
        ({"new": "987654", "again": "987654"}, "dễ đoán"),
        ({"new": "02031970", "again": "02031970"}, "không được là ngày sinh"),
        ({"new": "654321098", "again": "65432109"}, "chưa giống nhau"),
    ):
        assert words in _send(browse, address, {"code": kept.code, **changes}, status=422), changes
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Registration)) == 0
    assert _send(browse, address, {"code": kept.code, "born": "1970"}) == "/dang-ky/da-gui"


def test_whoever_is_known_gets_the_same_answer(work: Work, commune: Commune, browse: Browse) -> None:
    with work() as w:
        w.session.execute(update(Member).where(Member.id == commune.member.id).values(phone=PHONE))
    kept = desk(work, commune, Way.CODE)
    address = f"/dang-ky/don-vi/{commune.second.id}"
    new, known = {"code": kept.code, "phone": "0900000003"}, {"code": kept.code}
    answers = [browse.submit(address, {**SAID, **said}).location for said in (new, known, known)]
    assert len(set(answers)) == 1
    browse.submit("/dang-nhap", {"username": PHONE, "password": PASSWORD}, status=403)
    page = browse.post("/dang-nhap", {"username": PHONE, "password": PASSWORD}, status=403)
    assert "đang chờ duyệt" in page.text
    assert commune.member.full_name not in page.text
    browse.get("/tai-khoan", status=302)


def test_a_closed_desk_says_so(work: Work, commune: Commune, browse: Browse) -> None:
    assert "Hiện chưa mở đăng ký" in browse.page("/dang-ky").text
    assert "/dang-ky" not in browse.page("/").hrefs()
    assert "chưa mở đăng ký" in browse.page(f"/dang-ky/don-vi/{commune.first.id}", status=409).text


def test_wrong_codes_end_before_they_are_guessed(work: Work, commune: Commune, browse: Browse) -> None:
    desk(work, commune, Way.CODE)
    address = f"/dang-ky/don-vi/{commune.first.id}"
    browse.submit(address, {**SAID, "code": "SAI"}, status=422)
    mine = browse.knock("POST", address, {**SAID, "code": "SAI"}).headers.get_all("Set-Cookie")
    assert [cookie for cookie in mine if cookie.startswith("may=")]
    statuses = [browse.knock("POST", address, {**SAID, "code": "SAI"}).status_code for _ in range(12)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_the_secretary_answers(work: Work, view: View, commune: Commune, browse: Browse) -> None:
    empty = browse.as_(commune.secretary).page("/duyet-dang-ky")
    assert "Chưa có ai đăng ký" in empty.text
    desk(work, commune, Way.APPROVAL)
    one = register(work, commune.first, told("Nguyễn Văn An", PHONE, commune.member.born_on or told().born_on))
    other = register(work, commune.first, told("Trần Văn Lâm", "0911111111"))
    assert "2 đăng ký chờ đồng chí trả lời" in browse.page("/").text
    listed = browse.page("/duyet-dang-ky?tim=nguyen van an&tinh-trang=cho-duyet")
    assert listed.texts(".//tbody//th") == ["Nguyễn Văn An"]
    assert "Có thể trùng" in listed.text
    assert "Không có đăng ký nào như vậy" in browse.page("/duyet-dang-ky?tim=ai đó").text
    assert PHONE not in listed.text
    page = browse.page(f"/duyet-dang-ky/{one.id}")
    assert PHONE in page.text
    assert "Có thể là người đã có hồ sơ" in page.text
    own, others = f"/duyet-dang-ky/{one.id}", f"/duyet-dang-ky/{other.id}"
    browse.submit(own, {"answer": "khong"}, action=own, status=422)
    browse.submit(own, {"answer": "la-mot"}, action=own)
    assert "Không nhận" in browse.page(f"/duyet-dang-ky/{one.id}").text
    browse.post(f"/duyet-dang-ky/{one.id}", {"answer": "nhan"}, status=422)
    assert "Đã nhận Trần Văn Lâm" in browse.follow(browse.submit(others, {"answer": "nhan"}, action=others)).text
    browse.as_nobody()
    told_so = browse.post("/dang-nhap", {"username": PHONE, "password": PASSWORD}, status=403).text
    assert "vào bằng phiếu do chi bộ phát" in told_so


def test_the_list_is_a_file_without_formulas(work: Work, commune: Commune, browse: Browse) -> None:
    desk(work, commune, Way.APPROVAL)
    register(work, commune.first, told("=HYPERLINK Sen", PHONE))
    answer = browse.as_(commune.organiser).post("/duyet-dang-ky/xuat", {"tim": "sen"}, status=200)
    book = openpyxl.load_workbook(io.BytesIO(answer.response.get_data()))
    cells = {str(cell.value): cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None}
    assert cells["=HYPERLINK Sen"].data_type == "s"
    assert PHONE not in cells
    assert "Chi bộ thôn Giang Cao" in cells


def test_the_organiser_opens_the_desk_and_the_poster_tells(
    work: Work, view: View, commune: Commune, browse: Browse
) -> None:
    with work() as w:
        round_ = open_round(w, commune.root, closes=timedelta(days=9))
    address = f"/duyet-dang-ky/cach/{commune.root.id}"
    assert address in browse.as_(commune.organiser).page("/duyet-dang-ky").hrefs()
    poster = f"/moi-thi/{round_.contest_id}/don-vi/{commune.first.id}/a4"
    assert "đăng ký tại" not in browse.page(poster).text
    browse.submit(address, {"way": "code", "receiver": "moi", "is_on_posters": "y"}, action=address)
    with view() as r:
        kept = r.session.get_one(RegistrationDesk, commune.root.id)
        code = f"{kept.code[:4]}-{kept.code[4:]}"
    assert code in browse.page(address).text
    assert f"Mã đăng ký: {code}" in browse.page(poster).text
    wrong = browse.submit(address, {"opens_on": "2026-12-09", "closes_on": "2026-12-01"}, action=address, status=422)
    assert "Ngày cuối phải từ ngày mở trở đi." in wrong.text
    browse.submit(address, {}, action=f"{address}/ma-moi")
    assert code not in browse.page(address).text
    late = browse.post(address, {"way": "off", "receiver": str(commune.root.id), "seen": "1"}, status=422)
    assert "Người khác vừa sửa cách đăng ký" in late.text
    browse.submit(address, {"way": "approval", "is_on_posters": "y"}, action=address)
    assert "Chưa có trong danh sách, đăng ký tại" in browse.page(poster).text
    assert "Mã đăng ký" not in browse.page(poster).text
