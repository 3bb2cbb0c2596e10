"""Who tries few secrets on very many names is slowed by his address, and keeps nobody from his own device."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from pyotp import TOTP
from sqlalchemy import select

from quiz_app.kernel.audit import AuditEntry
from quiz_app.members import passwords
from quiz_app.members.models import SignInThrottle
from quiz_app.members.policy import Action
from quiz_app.web.allowance import Allowance
from tests.support.browse import Answer, Browse
from tests.support.build import PASSWORD, Commune, username
from tests.support.clock import Clock
from tests.support.works import View

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

SIGN_IN, SLIP, FACTOR = "/dang-nhap", "/kich-hoat", "/tai-khoan/hai-lop"
FAILURES = 3
HALL = "203.0.113.7"


@pytest.fixture(autouse=True)
def few(app: Flask) -> None:
    """A hall that is soon tired of failures."""
    _let_fail(app)


def _let_fail(app: Flask, failures: int = FAILURES) -> None:
    app.extensions["sign-in-failures"] = Allowance("sign-in-failures", burst=failures, per_s=1 / 30)


def _try(browse: Browse, name: str, password: str, status: int, headers: Mapping[str, str] | None = None) -> Answer:
    return browse.post(SIGN_IN, {"username": name, "password": password}, status=status, headers=headers)


def _tire(browse: Browse, address: str = HALL) -> None:
    """Somebody there tries one password on name after name."""
    guesser = browse.other().at(address)
    for number in range(FAILURES):
        _try(guesser, f"nguoi-{number}", "123456", 422)


def test_an_address_of_many_failures_rests_whatever_the_name(
    browse: Browse, commune: Commune, view: View, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tire(browse)
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "matches", lambda *_: pytest.fail("a hash was computed"))
        refused = _try(browse.at(HALL), username(commune.member), PASSWORD, 429)
        _try(browse, "khong-ai", "123456", 429)
    assert refused.response.headers["Retry-After"] == "60"
    assert "Từ mạng đồng chí đang dùng vừa có quá nhiều lần nhập sai" in refused.text
    assert "4G/5G của điện thoại" in refused.text
    with view() as r:
        rests = select(AuditEntry).where(AuditEntry.action == Action.SIGN_IN_BLOCKED.code)
        [told] = r.session.scalars(rests).all()
        assert told.subject.startswith("sign-in-address:")
        assert HALL not in f"{told.subject} {told.facts}"
        names = r.session.scalars(select(SignInThrottle.username)).all()
        assert sorted(names) == ["nguoi-0", "nguoi-1", "nguoi-2"], "who was turned away was not counted"
    _try(browse.other().at("203.0.113.8"), username(commune.member), PASSWORD, 302)
    clock.move(seconds=31)
    _try(browse, username(commune.member), PASSWORD, 302)


def test_right_passwords_use_nothing_up(browse: Browse, commune: Commune) -> None:
    for member in (commune.member, commune.colleague) * FAILURES:
        _try(browse.other().at(HALL), username(member), PASSWORD, 302)


def test_the_owners_device_gets_in_from_there(browse: Browse, commune: Commune) -> None:
    _try(browse.at(HALL), username(commune.member), PASSWORD, 302)
    browse.post("/dang-xuat")
    _tire(browse)
    _try(browse, username(commune.colleague), PASSWORD, 429)
    _try(browse, username(commune.member), PASSWORD, 302)


def test_slips_are_counted_with_the_rest(app: Flask, browse: Browse, commune: Commune) -> None:
    browse.at(HALL)
    for number in range(FAILURES):
        browse.post(SLIP, {"code": f"AAAA-BBBB-CCC{number}", "factor": "0101"}, status=422)
    refused = browse.post(SLIP, {"code": "AAAA-BBBB-CCCD", "factor": "0101"}, status=429)
    assert refused.response.headers["Retry-After"] == "60"
    _try(browse, username(commune.member), PASSWORD, 429)


def test_codes_of_second_factors_are_counted_and_known_devices_go_on(
    app: Flask, browse: Browse, commune: Commune, clock: Clock
) -> None:
    own = browse.at(HALL)
    _try(own, username(commune.organiser), PASSWORD, 302)
    own.submit(FACTOR, action="/bat-dau")
    secret = "".join(own.page(FACTOR).texts(".//code")).replace(" ", "")
    own.submit(FACTOR, {"code": TOTP(secret).at(clock.now())}, action="/bat", status=200)
    clock.move(seconds=30)
    thief = browse.other().at(HALL)
    _try(thief, username(commune.organiser), PASSWORD, 302)
    _let_fail(app, 1)
    thief.post(f"{FACTOR}/ma", {"code": "000000"}, status=422)
    refused = thief.post(f"{FACTOR}/ma", {"code": TOTP(secret).at(clock.now())}, status=429)
    assert refused.response.headers["Retry-After"] == "60"
    own.post(f"{FACTOR}/ma", {"code": TOTP(secret).at(clock.now())}, status=302)


def test_a_line_is_one_address_however_it_is_written(app: Flask, browse: Browse, commune: Commune) -> None:
    for first, second, is_same in (
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("unknown", "unknown", True),
    ):
        _let_fail(app, 1)
        browse.as_nobody().at(first).post(SLIP, {"code": "AAAA-BBBB-CCCC", "factor": "0101"}, status=422)
        _try(browse.at(second), username(commune.member), PASSWORD, 429 if is_same else 302)


def test_who_stands_behind_a_proxy_of_which_nothing_was_said_is_not_taken_for_it(
    browse: Browse, commune: Commune
) -> None:
    forwarded = {"X-Forwarded-For": HALL}
    for number in range(FAILURES + 1):
        _try(browse, f"nguoi-{number}", "123456", 422, forwarded)
    _tire(browse, "127.0.0.1")
    _try(browse, username(commune.member), PASSWORD, 429)
    _try(browse, username(commune.member), PASSWORD, 302, forwarded)
