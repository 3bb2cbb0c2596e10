"""The pages of the second factor, in an installation with real people."""

from __future__ import annotations

import pytest
from flask import Flask
from pyotp import TOTP

from quiz_app.members.models import Member
from tests.support.browse import Browse
from tests.support.build import PASSWORD, Commune, username
from tests.support.clock import Clock

URL = "/tai-khoan/hai-lop"
NOTICES = "/tai-khoan/thong-bao"
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def _sign_in(browse: Browse, member: Member, target: str = "/") -> str:
    """Where the sign-in leads, the notices of the first one apart."""
    answer = browse.submit(
        f"/dang-nhap?next={target}",
        {"username": username(member), "password": PASSWORD, "is_shared_device": "y"},
        action="/dang-nhap",
    )
    if answer.location.startswith(NOTICES):
        answer = browse.submit(answer.location, action=NOTICES)
    return answer.location


def _secret(browse: Browse) -> str:
    browse.submit(URL, action="/bat-dau")
    return "".join(browse.page(URL).texts(".//code")).replace(" ", "")


def _code(secret: str, clock: Clock) -> str:
    return TOTP(secret).at(clock.now())


def test_an_author_enrols_and_comes_back_with_a_code(real: Browse, commune: Commune, clock: Clock) -> None:
    there = _sign_in(real, commune.author, "/bien-soan/bo-cau-hoi")
    assert there.startswith(URL)
    assert "bắt buộc" in real.page(there).text
    real.get("/vai-tro", status=403)  # a role that he does not bear at all
    assert real.get("/bien-soan/bo-cau-hoi", status=302).location.startswith(URL)
    assert "chờ xác thực hai lớp" in real.page("/tai-khoan").text
    real.page("/dot-thi/")
    secret = _secret(real)
    assert len(secret) == 32
    link = next(href for href in real.page(URL).hrefs() if href.startswith("otpauth://totp/"))
    assert f"secret={secret}" in link
    assert [image.get("alt") for image in real.page(URL).all(".//main//img")] == ["Mã QR của khóa"]
    answer = real.submit(URL, {"code": "12"}, action="/bat", status=422)
    assert "Mã chưa đúng" in answer.text
    answer = real.submit(URL, {"code": _code(secret, clock)}, action="/bat", status=200)
    assert answer.page is not None
    codes = answer.page.texts(".//code")
    assert len(codes) == 10
    assert "10 mã dự phòng" in real.page(URL).text
    real.page("/bien-soan/bo-cau-hoi")
    again = real.other()
    there = _sign_in(again, commune.author, "/bien-soan/bo-cau-hoi")
    clock.move(seconds=30)
    again.submit(there, {"code": "000 000"}, action="/ma", status=422)
    assert again.submit(there, {"code": _code(secret, clock)}, action="/ma").location == "/bien-soan/bo-cau-hoi"
    again.page("/bien-soan/bo-cau-hoi")
    refused = again.post(f"{URL}/tat", {"code": codes[0]}, status=403)
    assert "bắt buộc" in refused.text
    page = again.submit(URL, {"code": codes[0]}, action="/ma-du-phong", status=200).page
    assert page is not None
    assert not set(codes) & set(page.texts(".//code"))


def test_a_secretary_is_offered_it_and_may_stop(real: Browse, commune: Commune, clock: Clock) -> None:
    assert _sign_in(real, commune.secretary) == "/"
    assert URL in real.page("/tai-khoan").hrefs()
    secret = _secret(real)
    real.submit(URL, {"code": _code(secret, clock)}, action="/bat", status=200)
    other = real.other()
    assert _sign_in(other, commune.secretary).startswith(URL)
    other.get("/tham-gia/", status=302)
    clock.move(seconds=30)
    real.post(f"{URL}/tat", {"code": _code(secret, clock)})
    assert _sign_in(real.other(), commune.secretary) == "/"


def test_a_member_without_a_role_has_no_use_for_it(real: Browse, commune: Commune) -> None:
    assert _sign_in(real, commune.member) == "/"
    assert URL not in real.page("/tai-khoan").hrefs()
    real.get(URL, status=403)


def test_a_reset_is_told_to_whom_it_concerns(browse: Browse, commune: Commune, clock: Clock, app: Flask) -> None:
    """Where nobody demands it, too."""
    theirs = browse.other()
    _sign_in(theirs, commune.author)
    secret = _secret(theirs)
    theirs.submit(URL, {"code": _code(secret, clock)}, action="/bat", status=200)
    own = f"/vai-tro/nguoi/{commune.author.id}"
    assert "Đang bật" in browse.as_(commune.organiser).page(own).text
    browse.get(f"{own}/dat-lai-hai-lop", status=403)
    browse.as_(commune.operator).submit(f"{own}/dat-lai-hai-lop", action="/dat-lai-hai-lop")
    theirs.get("/tai-khoan", status=302)
    _sign_in(theirs, commune.author)
    assert "đã được đặt lại" in theirs.page("/tai-khoan").text
    runner = app.test_cli_runner()
    assert runner.invoke(args=["members", "reset-second-factor", username(commune.author)]).exit_code == 1
    secret = _secret(theirs)
    theirs.submit(URL, {"code": _code(secret, clock)}, action="/bat", status=200)
    assert "Đã đặt lại" in runner.invoke(args=["members", "reset-second-factor", username(commune.author)]).output
