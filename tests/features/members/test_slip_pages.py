"""From the desk of the secretary over paper to the first page of who comes in."""

from __future__ import annotations

import logging
import re

import pytest
from sqlalchemy import select

from quiz_app.members import labels, queries, slip_paper, slips
from quiz_app.members.errors import WrongSlip
from quiz_app.members.models import Account, Member, Purpose, Standing
from quiz_app.members.slips import Slip
from quiz_app.web import pdf
from quiz_app.web.qr import qr_code
from tests.features.members.conftest import PASSWORD, People, add_member
from tests.support.browse import Answer, Browse
from tests.support.clock import Clock
from tests.support.works import View, Work

CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}")
FACTOR = "0205"


@pytest.fixture
def newcomer(work: Work, people: People) -> Member:
    with work() as w:
        return add_member(w, people.cell, "Phạm Văn Ẩn", card="09.000001")


def _print(browse: Browse, people: People, **fields: str) -> Answer:
    return browse.as_(people.secretary).post(
        f"/phieu/{people.cell}", {"which": "without", "dang": "trang", **fields}, status=200
    )


def _code(printed: Answer) -> str:
    found: set[str] = set(CODE.findall(printed.text))
    return found.pop()


def test_a_secretary_prints_his_unit_and_its_members_come_in(
    browse: Browse, people: People, newcomer: Member, view: View, caplog: pytest.LogCaptureFixture
) -> None:
    assert browse.as_(people.secretary).get("/phieu/", status=302).location == f"/phieu/{people.cell}"
    desk = browse.page(f"/phieu/{people.cell}")
    assert "1 đồng chí chưa có phiếu" in desk.text
    printed = _print(browse, people)
    assert "Phạm Văn Ẩn" in printed.text
    assert "localhost/kich-hoat" in printed.text
    assert "Ký nhận phiếu" in printed.text
    assert printed.response.headers["Cache-Control"] == "no-store"
    assert "Chưa có phiếu" not in browse.page(f"/phieu/{people.cell}").texts(".//td")
    code = _code(printed)
    with caplog.at_level(logging.DEBUG):
        phone = browse.other()
        step = phone.submit("/kich-hoat", {"code": code.lower(), "factor": FACTOR}, status=200)
        assert "Chào đồng chí Phạm Văn Ẩn" in step.text
        assert "09000001" in step.text
        done = phone.post("/kich-hoat/ma-so", _values(step) | {"new": "582931", "again": "582931"})
    assert code.replace("-", "") not in caplog.text.upper()
    assert done.location == "/tai-khoan/thong-bao?next=/vao-thang"
    notices = phone.follow(done)
    assert [box.get("checked") for box in notices.tree.iter("input") if box.get("type") == "checkbox"] == [None] * len(
        Purpose
    )
    straight = phone.submit(done.location, {"take_part": "y"}, action="/tai-khoan/thong-bao")
    assert straight.location == "/vao-thang"
    assert phone.get("/vao-thang", status=302).location == "/"
    with view() as r:
        assert set(queries.consents_of(r.session, newcomer.id)) == {Purpose.TAKE_PART}
        kept = queries.consents_of(r.session, newcomer.id)[Purpose.TAKE_PART]
        assert kept.text_version == labels.CONSENT_VERSION
    assert browse.other().submit("/dang-nhap", {"username": "09000001", "password": "582931"}).location == "/"


def _values(step: Answer) -> dict[str, object]:
    assert step.page is not None
    return dict(step.page.form("/kich-hoat/ma-so").values)


def test_what_does_not_open_looks_the_same_whatever_it_is(browse: Browse, people: People, newcomer: Member) -> None:
    code = _code(_print(browse, people))
    phone = browse.other()
    texts = set()
    for typed, factor in ((code, "0101"), ("ACDE-FHJK-MNPQ", FACTOR)):
        answer = phone.submit("/kich-hoat", {"code": typed, "factor": factor}, status=422)
        texts.add(answer.text)
        fields = {"code": typed, "factor": factor, "token": "", "new": "582931", "again": "582931"}
        texts.add(phone.post("/kich-hoat/ma-so", fields, status=422).text)
    assert len(texts) == 1
    for _ in range(3):
        phone.submit("/kich-hoat", {"code": code, "factor": "0101"}, status=422)
    assert "chờ 1 phút" in phone.submit("/kich-hoat", {"code": code, "factor": FACTOR}, status=429).text


def test_each_step_says_what_is_missing(browse: Browse, people: People, newcomer: Member) -> None:
    code = _code(_print(browse, people))
    phone = browse.other()
    empty = phone.submit("/kich-hoat", {}, status=422).text
    assert "Đồng chí chưa gõ mã trên phiếu." in empty
    assert "Đồng chí chưa điền ngày và tháng sinh." in empty
    step = phone.submit("/kich-hoat", {"code": code, "factor": "2/5"}, status=200)
    assert (
        "hai lần"
        in phone.post("/kich-hoat/ma-so", _values(step) | {"new": "582931", "again": "1"}, status=422).text.lower()
    )
    birthday = phone.post("/kich-hoat/ma-so", _values(step) | {"new": "020561", "again": "020561"}, status=422)
    assert "không được là ngày sinh" in birthday.text
    assert phone.get("/kich-hoat/ma-so", status=302).location == "/kich-hoat"
    phone.post("/kich-hoat/ma-so", _values(birthday) | {"new": "582931", "again": "582931"})


def test_a_lost_secret_is_replaced_by_a_new_slip_and_its_owner_is_told(
    browse: Browse, people: People, clock: Clock
) -> None:
    printed = browse.as_(people.secretary).post(f"/phieu/nguoi/{people.an.id}", {}, status=200)
    clock.move(minutes=5)
    own = browse.other()
    told = own.follow(own.submit("/dang-nhap", {"username": "an", "password": PASSWORD})).text
    assert "người cấp: đồng chí Lê Thị Hoa" in told
    assert "cấp" in own.page("/tai-khoan").text
    step = own.submit("/kich-hoat", {"code": _code(printed), "factor": "4567"}, status=200)
    own.post("/kich-hoat/ma-so", _values(step) | {"new": "904716", "again": "904716"})
    browse.other().submit("/dang-nhap", {"username": "an", "password": PASSWORD}, status=422)
    listed = browse.as_(people.organiser).page("/thanh-vien/cap-lai")
    assert "Nguyễn Văn An" in listed.text
    assert "Lê Thị Hoa" in listed.text
    assert "Phiếu mới" in listed.text


def test_who_refuses_to_take_part_reads_on_and_may_change_his_mind(
    browse: Browse, people: People, view: View, work: Work
) -> None:
    with work() as w:
        w.session.scalars(select(Account).where(Account.member_id == people.an.id)).one().notices_version = "2020-01"
    phone = browse.other()
    done = phone.submit("/dang-nhap?next=/hoc/", {"username": "an", "password": PASSWORD})
    assert done.location == "/tai-khoan/thong-bao?next=/hoc/"
    assert phone.submit(done.location, action="/tai-khoan/thong-bao").location == "/hoc/"
    with view() as r:
        assert queries.has_refused(r.session, people.an.id, Purpose.TAKE_PART)
        assert not queries.has_refused(r.session, 99_999, Purpose.TAKE_PART)
    assert browse.other().submit("/dang-nhap", {"username": "an", "password": PASSWORD}).location == "/"
    phone.submit("/tai-khoan", {"is_given": "y"}, action="/tai-khoan/dong-y/take_part")
    with view() as r:
        assert not queries.has_refused(r.session, people.an.id, Purpose.TAKE_PART)


def test_nobody_is_printed_for_twice_by_mistake(browse: Browse, people: People, newcomer: Member) -> None:
    _print(browse, people)
    again = browse.post(f"/phieu/{people.cell}", {"which": "without", "dang": "trang"}, status=409)
    assert "Không có ai để in phiếu" in again.text
    assert "Chưa có ai" not in browse.page(f"/phieu/{people.cell}").text


def test_an_organiser_sees_every_unit_with_its_counts(browse: Browse, people: People, work: Work) -> None:
    with work() as w:
        add_member(w, people.cell, "Phạm Văn Ẩn", card="09.000001")
        add_member(w, people.cell, "Lý Thị Út").standing = Standing.LEFT.value
    browse.as_(people.organiser).post(f"/phieu/{people.cell}", {"which": "without", "dang": "trang"}, status=200)
    rows = browse.page("/phieu/").texts(".//tbody/tr")
    assert re.split(r"\s{2,}|\n", rows[1].strip()) == ["Chi bộ thôn Giang Cao", "3", "2", "1"] or "3" in rows[1]


def test_the_file_has_eight_slips_on_a_page_and_a_list_to_sign(
    browse: Browse, people: People, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    with work() as w:
        for number in range(9):
            add_member(w, people.cell, f"Phạm Văn Ẩn {number}", card=f"09.00000{number}")
    printed = _print(browse, people)
    assert printed.page is not None
    assert [len(sheet) for sheet in printed.page.tree.iter("ul") if sheet.get("class") == "slips"] == [8, 1]
    assert len(set(CODE.findall(printed.text))) == 9
    monkeypatch.setattr(pdf, "why_not", lambda: "Chưa cài.")
    assert "pdf" not in browse.page(f"/phieu/{people.cell}").html.lower()
    assert _print(browse, people, which="outside", dang="pdf").response.mimetype == "text/html"


def test_a_paper_that_cannot_be_made_leaves_the_old_slip_alive(
    browse: Browse, people: People, newcomer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = _code(_print(browse, people))

    def fails(_: str) -> bytes:
        raise WrongSlip

    monkeypatch.setattr(pdf, "why_not", lambda: None)
    monkeypatch.setattr(pdf, "of_page", fails)
    browse.post(f"/phieu/{people.cell}", {"which": "outside", "dang": "pdf"}, status=422)
    browse.other().submit("/kich-hoat", {"code": code, "factor": FACTOR}, status=200)


def test_the_qr_code_holds_the_address_with_the_token_as_fragment() -> None:
    slip = Slip(1, "A", "B", "c", "t" * 43, "ACDEFHJKMNPQ")
    assert slip_paper.address("https://xa.example", slip.token) == f"https://xa.example/kich-hoat#{'t' * 43}"
    assert slip_paper.typed_address("https://xa.example:8443") == "xa.example:8443/kich-hoat"
    assert qr_code("https://xa.example").startswith("data:image/png;base64,")
    assert len(slips.token_sha256(slip.token)) == 64
