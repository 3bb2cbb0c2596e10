"""The mark of a browser: random, kept by its hash, the same for all that is started in one browser."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.wrappers import Response

from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Round
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.members.models import Account, Member, UserSession
from quiz_app.web.device import device, mark
from tests.support.browse import Answer, Browse
from tests.support.build import PASSWORD, Commune, username

NAME = "may"


def _start(browse: Browse, round_: Round, member: Member) -> Answer:
    return browse.as_(member).post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number})


def _cookie(answer: Answer, name: str = NAME) -> tuple[str, dict[str, str]]:
    for line in answer.response.headers.getlist("Set-Cookie"):
        first, _, rest = line.partition("; ")
        if first.startswith(f"{name}="):
            given = (part.partition("=") for part in rest.split("; "))
            return first.partition("=")[2], {key.lower(): value for key, _, value in given}
    raise AssertionError(f"no cookie {name} was set")


def _attempt(db: Database, member: Member) -> Attempt:
    with db.reading() as session:
        return session.scalars(select(Attempt).where(Attempt.member_id == member.id)).one()


def test_a_start_marks_the_browser_and_keeps_the_hash_alone(
    browse: Browse, db: Database, commune: Commune, round_: Round
) -> None:
    carried, given = _cookie(_start(browse, round_, commune.member))
    assert len(carried) == 22
    assert given["max-age"] == str(400 * 24 * 3600)
    assert given["samesite"] == "Lax"
    assert "httponly" in given
    assert "secure" not in given
    kept = _attempt(db, commune.member).device_sha256
    assert kept == hashlib.sha256(carried.encode()).hexdigest()
    assert carried not in (kept or "")


def test_two_members_in_one_browser_bear_one_mark_and_two_browsers_two(
    browse: Browse, db: Database, commune: Commune, round_: Round
) -> None:
    carried, _ = _cookie(_start(browse, round_, commune.member))
    browse.as_(commune.colleague).carry(NAME, carried)
    again, _ = _cookie(browse.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number}))
    assert again == carried
    elsewhere, _ = _cookie(_start(browse.other(), round_, commune.exempt))
    assert elsewhere != carried
    same = {_attempt(db, one).device_sha256 for one in (commune.member, commune.colleague)}
    assert same == {hashlib.sha256(carried.encode()).hexdigest()}
    assert _attempt(db, commune.exempt).device_sha256 not in same


@pytest.mark.parametrize("forged", ["", "x", "a" * 500, "é" * 22])
def test_what_is_no_mark_is_replaced(
    browse: Browse, db: Database, commune: Commune, round_: Round, forged: str
) -> None:
    browse.as_(commune.member).carry(NAME, forged)
    carried, _ = _cookie(browse.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number}))
    assert carried != forged
    assert _attempt(db, commune.member).device_sha256 == hashlib.sha256(carried.encode()).hexdigest()


def test_going_on_in_another_browser_changes_nothing(
    browse: Browse, db: Database, commune: Commune, round_: Round
) -> None:
    _start(browse, round_, commune.member)
    before = _attempt(db, commune.member).device_sha256
    _start(browse.other(), round_, commune.member)
    assert _attempt(db, commune.member).device_sha256 == before


def test_an_assisted_start_bears_the_mark_of_the_helpers_device(
    browse: Browse, db: Database, commune: Commune, round_: Round
) -> None:
    url = f"/ho-tro-thi/{round_.id}/{commune.member.id}"
    answer = browse.as_(commune.secretary).submit(
        url, {"reason": "khong-may", "the_le": round_.rules_number}, action=url
    )
    carried, _ = _cookie(answer)
    attempt = _attempt(db, commune.member)
    assert attempt.assisted_by == commune.secretary.id
    assert attempt.device_sha256 == hashlib.sha256(carried.encode()).hexdigest()


def test_a_sign_in_knows_the_browser_and_signing_out_leaves_the_mark(
    browse: Browse, db: Database, commune: Commune
) -> None:
    fields = {"username": username(commune.member), "password": PASSWORD}
    carried, _ = _cookie(browse.post("/dang-nhap", fields))
    with db.reading() as session:
        row = session.scalars(
            select(UserSession)
            .join(Account, Account.id == UserSession.account_id)
            .where(Account.member_id == commune.member.id)
        ).one()
    assert row.device_sha256 == hashlib.sha256(carried.encode()).hexdigest()
    answer = browse.post("/dang-xuat")
    assert not any(line.startswith(f"{NAME}=") for line in answer.response.headers.getlist("Set-Cookie"))
    assert "cookies" not in answer.response.headers["Clear-Site-Data"]


def test_behind_https_the_mark_is_bound_to_the_host_and_never_sent_in_clear(app: Flask, db: Database) -> None:
    secure = create_app(replace(app.extensions["settings"], public_url="https://thi.example.vn"), db)
    with secure.test_request_context():
        answer = Response()
        mark(answer)
        line = answer.headers["Set-Cookie"]
        assert line.startswith(f"__Host-{NAME}={device().mark}; ")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
    assert "Domain" not in line


def test_the_privacy_page_tells_of_the_mark(browse: Browse) -> None:
    assert "dấu ngẫu nhiên đặt trong trình duyệt" in browse.as_nobody().page("/quyen-rieng-tu").text
