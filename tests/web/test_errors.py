"""Refusals and failures: the right status, words for people, JSON for scripts, and nothing of the inside."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from quiz_app.attempts.policy import Permission
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing, NotAllowed, Overloaded, Refused
from quiz_app.kernel.settings import Settings
from quiz_app.web.errors import SPREAD_OF_ACTS_S, local_path
from quiz_app.web.guard import public, requires
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.contest import open_round
from tests.support.works import Work

RAISED: dict[str, Exception] = {
    "thieu": Missing(),
    "cam": NotAllowed(),
    "sai": BadInput({"title": ["Tên cuộc thi còn trống."]}),
    "ban": Overloaded(),
    "hong": ValueError("mật khẩu của máy chủ là 123"),
}


class Rarer(Missing):
    """A kind without words of its own."""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # no page here asks the database


@pytest.fixture
def app(settings: Settings, db: Database) -> Flask:
    application = create_app(settings, db)
    bp = Blueprint("sample", __name__)

    @bp.get("/thu/<kind>")
    @public
    def refuse(kind: str) -> ResponseReturnValue:
        raise RAISED[kind]

    @bp.post("/thu/ban-lam")
    @requires(Permission.ATTEMPT_TAKE, in_work=True)
    def act() -> ResponseReturnValue:
        raise Overloaded

    @bp.post("/thu/ban-mat")
    @public
    def confide() -> ResponseReturnValue:
        raise Overloaded

    @bp.get("/hiem")
    @public
    def rare() -> ResponseReturnValue:
        raise Rarer

    @bp.get("/khong-loi")
    @public
    def wordless() -> ResponseReturnValue:
        raise Refused

    application.register_blueprint(bp)
    return application


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        ("thieu", 404, "Không tìm thấy nội dung này"),
        ("cam", 403, "không có quyền"),
        ("sai", 422, "Tên cuộc thi còn trống."),
        ("ban", 503, "Máy chủ đang bận"),
        ("hong", 500, "xin báo mã"),
    ],
)
def test_a_refusal_is_a_page_in_plain_words(browse: Browse, kind: str, status: int, told: str) -> None:
    page = browse.page(f"/thu/{kind}", status=status)
    assert told in page.text
    assert "123" not in page.text.replace("xin báo mã", "")[-200:] or kind != "hong"
    assert "ValueError" not in page.html
    assert "Traceback" not in page.html


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("thieu", 404, "Missing"),
        ("cam", 403, "NotAllowed"),
        ("sai", 422, "BadInput"),
        ("ban", 503, "Overloaded"),
        ("hong", 500, "Failure"),
    ],
)
def test_a_script_gets_the_same_as_json(browse: Browse, kind: str, status: int, code: str) -> None:
    answer = browse.get(f"/thu/{kind}", status=status, as_json=True)
    assert answer.json["error"] == code
    assert answer.json["message"]
    assert answer.json["fields"] == ({"title": ["Tên cuộc thi còn trống."]} if kind == "sai" else {})
    assert "mật khẩu" not in answer.response.get_data(as_text=True)


def test_a_busy_server_says_when_to_come_again(browse: Browse) -> None:
    """A page's script in three seconds, for it spreads its tries; who looks at pages when his page loads itself."""
    assert browse.get("/thu/ban", status=503, as_json=True).response.headers["Retry-After"] == "3"
    shown = browse.get("/thu/ban", status=503).response.headers
    assert shown["Retry-After"] == shown["Refresh"]


def test_a_busy_servers_page_loads_itself_again_a_little_later_than_it_must(browse: Browse) -> None:
    answers = [browse.get("/thu/ban", status=503) for _ in range(20)]
    waits = {int(answer.response.headers["Refresh"]) for answer in answers}
    assert min(waits) >= 3
    assert len(waits) > 1
    for answer in answers:
        assert answer.page is not None
        assert f"tự tải lại sau {answer.response.headers['Refresh']} giây" in answer.page.text
    assert "Refresh" not in browse.get("/thu/ban", status=503, as_json=True).response.headers
    assert "Refresh" not in browse.get("/thu/thieu", status=404).response.headers


def test_an_act_of_the_hot_path_is_offered_again_with_what_was_sent(browse: Browse) -> None:
    sent = {"epoch": "1", "phuong_an": ["A", "C"]}
    answer = browse.post("/thu/ban-lam?muc=2", sent, status=503)
    assert answer.page is not None
    assert 3 <= int(answer.response.headers["Retry-After"]) < 3 + SPREAD_OF_ACTS_S
    assert "Refresh" not in answer.response.headers
    (form,) = answer.page.all(".//main//form")
    assert (form.get("method"), form.get("action")) == ("post", "/thu/ban-lam?muc=2")
    fields = [(one.get("name"), one.get("value")) for one in form.iter("input")]
    assert [field for field in fields if field[0] != "csrf_token"] == [
        ("epoch", "1"),
        ("phuong_an", "A"),
        ("phuong_an", "C"),
    ]
    assert any(name == "csrf_token" and value for name, value in fields)


def test_what_was_typed_elsewhere_is_not_written_back(browse: Browse) -> None:
    answer = browse.post("/thu/ban-mat", {"password": "Hoa-sen-2026"}, status=503)
    assert answer.page is not None
    assert "Máy chủ đang bận" in answer.page.text
    assert "Hoa-sen-2026" not in answer.page.html
    assert answer.page.all(".//main//form") == []


def test_a_kind_without_words_borrows_those_above_it(browse: Browse) -> None:
    assert "Không tìm thấy nội dung này" in browse.page("/hiem", status=404).text


def test_a_refusal_without_any_words_is_a_failure_of_ours(browse: Browse) -> None:
    with pytest.raises(KeyError, match="has no words"):
        browse.get("/khong-loi", status=500)


@pytest.mark.parametrize("path", ["/hoc/a%00b", "/van-ban/a%00b", "/van-ban/tep/%00"])
def test_an_address_with_nul_is_no_address(browse: Browse, path: str) -> None:
    browse.get(path, status=404)


@pytest.mark.parametrize("number", ["9" * 25, str(2**63), "-1", "x"])
def test_a_number_that_no_row_can_have_is_passed_over(
    browse: Browse, commune: Commune, work: Work, number: str
) -> None:
    with work() as w:
        opened = open_round(w, commune.root)
    board = f"/bang-xep-hang/{opened.round.id}/cac-chi-bo?don-vi={number}"
    desk = f"/tham-gia/?don-vi={number}"
    browse.as_(commune.organiser).get(board, status=200)
    browse.get(desk, status=302)


def test_unknown_addresses_and_wrong_methods_are_pages_too(browse: Browse) -> None:
    assert "Không tìm thấy trang này" in browse.page("/khong-co-trang-nay", status=404).text
    assert "Trang này không nhận" in browse.post("/hiem", status=405).text


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/hoc/", "/hoc/"),
        ("/hoc/?trang=2#a", "/hoc/?trang=2#a"),
        ("/", "/"),
        (None, None),
        ("", None),
        ("hoc/", None),
        ("//xau.example", None),
        ("///xau.example", None),
        ("/\\xau.example", None),
        ("\\\\xau.example", None),
        ("https:xau.example", None),
        ("https://xau.example", None),
        ("javascript:alert(1)", None),
        ("/\t/xau.example", None),
        ("\t//xau.example", None),
        ("/hoc\r\nSet-Cookie: a=b", None),
        ("@xau.example", None),
    ],
)
def test_only_paths_on_this_site_are_followed(target: str | None, kept: str | None) -> None:
    assert local_path(target) == kept


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_a_traced_request_is_refused(browse: Browse, method: str) -> None:
    answer = browse.knock(method, "/dang-nhap", {"username": "bí mật"})
    assert answer.status_code == 405
    assert "bí mật" not in answer.get_data(as_text=True)
