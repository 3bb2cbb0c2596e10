"""The guard: who is let in, what a sign-in's cookie is worth, and how views get their transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, text, update

from quiz_app.factory import create_app
from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.members.models import Account, Member, Standing, UserSession
from quiz_app.web.guard import current_actor, public, reading, requires, signed_in, work
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View, Work


class Permission(FeaturePermission):
    SIT = ("test.sit", {Role.MEMBER})
    RULE = ("test.rule", {Role.ORGANISER})


@pytest.fixture
def app(settings: Settings, db: Database) -> Flask:
    """The real application with a few views of the test's own."""
    application = create_app(settings, db)
    bp = Blueprint("sample", __name__)

    @bp.get("/thu/ai-cung-xem")
    @public
    def anybody() -> ResponseReturnValue:
        return {"name": current_actor().name}

    @bp.get("/thu/cua-toi")
    @signed_in
    def own() -> ResponseReturnValue:
        with reading() as r, reading() as same:
            return {"name": r.actor.name, "is_same": r is same, "now": r.now.isoformat()}

    @bp.route("/thu/to-chuc", methods=["GET", "POST"])
    @requires(Permission.RULE)
    def rule() -> ResponseReturnValue:
        return {"name": current_actor().name}

    @bp.route("/thu/bo", methods=["GET", "POST"])
    @requires(Permission.RULE)
    def takes_away() -> ResponseReturnValue:
        if request.method == "GET":
            return {}
        with work() as w:
            w.session.execute(update(Member).values(phone="đã bỏ"))
        return {}

    @bp.post("/thu/nong")
    @requires(Permission.SIT, in_work=True)
    def hot() -> ResponseReturnValue:
        with work() as w:
            return {"name": w.actor.name}

    @bp.post("/thu/nong-cam")
    @requires(Permission.RULE, in_work=True)
    def hot_for_organisers() -> ResponseReturnValue:
        with work() as w:
            return {"name": w.actor.name}

    @bp.post("/thu/quen")
    @requires(Permission.SIT, in_work=True)
    def forgets() -> ResponseReturnValue:
        return {"asked": False}

    @bp.get("/thu/khong-ai-canh")
    def unguarded() -> ResponseReturnValue:
        return {}

    @bp.get("/thu/ghi-khi-doc")
    @public
    def writes_while_reading() -> ResponseReturnValue:
        with reading() as r:
            r.session.execute(text("DELETE FROM audit_entry"))
            return {}

    application.register_blueprint(bp)
    return application


def test_public_pages_know_who_calls_and_let_nobody_in_too(browse: Browse, commune: Commune) -> None:
    assert browse.get("/thu/ai-cung-xem").json == {"name": ""}
    assert browse.as_(commune.member).get("/thu/ai-cung-xem").json == {"name": "Nguyễn Văn An"}


def test_nobody_is_led_to_the_sign_in_and_back(browse: Browse) -> None:
    answer = browse.get("/thu/cua-toi?trang=2", status=302)
    assert answer.location == "/dang-nhap?next=/thu/cua-toi?trang%3D2"


def test_a_script_is_told_instead(browse: Browse) -> None:
    answer = browse.get("/thu/cua-toi", status=401, as_json=True)
    assert answer.json["error"] == "SignInNeeded"


def test_one_reading_serves_the_whole_request(browse: Browse, commune: Commune) -> None:
    assert browse.as_(commune.member).get("/thu/cua-toi").json["is_same"] is True


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_permission_is_asked(browse: Browse, commune: Commune, method: str) -> None:
    call = browse.get if method == "get" else browse.post
    browse.as_(commune.member)
    call("/thu/to-chuc", status=403)
    browse.as_(commune.organiser)
    call("/thu/to-chuc", status=200)


def test_hot_views_are_judged_in_their_own_transaction(browse: Browse, commune: Commune) -> None:
    browse.post("/thu/nong", status=302)
    browse.as_(commune.member)
    assert browse.post("/thu/nong", status=200).json == {"name": "Nguyễn Văn An"}
    browse.post("/thu/nong-cam", status=403)


def test_a_hot_view_that_forgets_to_ask_answers_nothing(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.member)
    with pytest.raises(RuntimeError, match="without asking who calls"):
        browse.post("/thu/quen", status=500)


def test_a_view_without_guard_answers_nothing(browse: Browse) -> None:
    assert "Hệ thống gặp lỗi" in browse.get("/thu/khong-ai-canh", status=500).text


def test_a_reading_page_cannot_write(browse: Browse, db: Database) -> None:
    browse.get("/thu/ghi-khi-doc", status=503 if db.is_sqlite else 500)  # SQLite says no more than that it cannot write


def test_other_sites_cannot_post(browse: Browse, commune: Commune) -> None:
    browse.as_(commune.organiser)
    browse.post("/thu/to-chuc", status=403, headers={"Sec-Fetch-Site": "cross-site"})
    browse.post("/thu/to-chuc", status=200, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_post_needs_its_form_token(browse: Browse, commune: Commune) -> None:
    answer = browse.as_(commune.organiser).post("/thu/to-chuc", status=400, with_token=False)
    assert "tải lại trang" in answer.text


def test_who_asks_for_headers_alone_changes_nothing(browse: Browse, commune: Commune, view: View) -> None:
    """HEAD needs no form token, so it must do what GET does, and not what is left when a view has asked for GET."""
    answer = browse.as_(commune.organiser).knock("HEAD", "/thu/bo")
    assert (answer.status_code, answer.get_data()) == (200, b"")
    with view() as r:
        assert r.session.scalar(select(func.count()).where(Member.phone == "đã bỏ")) == 0


def _end_session(w: Work, member: Member, **values: object) -> None:
    with w() as unit:
        account = unit.session.query(Account.id).where(Account.member_id == member.id).scalar_subquery()
        unit.session.execute(update(UserSession).where(UserSession.account_id == account).values(**values))


def test_a_copied_cookie_is_dead_once_the_session_is_revoked(
    browse: Browse, commune: Commune, work: Work, clock: Clock
) -> None:
    browse.as_(commune.member).get("/thu/cua-toi")
    token = browse.sign_in_token
    assert token is not None
    _end_session(work, commune.member, revoked_at=clock.now())
    thief = browse.other()
    thief.use_sign_in_token(token)
    thief.get("/thu/cua-toi", status=302)


def test_a_made_up_cookie_is_nobody(browse: Browse) -> None:
    browse.use_sign_in_token("x" * 43)
    browse.get("/thu/cua-toi", status=302)


@pytest.mark.parametrize(
    ("is_shared", "unused", "is_in"),
    [
        (False, timedelta(days=29, hours=23), True),
        (False, timedelta(days=30, seconds=1), False),
        (True, timedelta(minutes=29), True),
        (True, timedelta(minutes=30, seconds=1), False),
    ],
)
def test_how_long_a_sign_in_lasts(
    browse: Browse, commune: Commune, clock: Clock, is_shared: bool, unused: timedelta, is_in: bool
) -> None:
    browse.as_(commune.member, is_shared_device=is_shared)
    clock.move(seconds=unused.total_seconds())
    browse.get("/thu/cua-toi", status=200 if is_in else 302)


def test_use_keeps_a_shared_device_signed_in(browse: Browse, commune: Commune, clock: Clock) -> None:
    browse.as_(commune.member, is_shared_device=True)
    for _ in range(4):
        clock.move(minutes=20)
        browse.get("/thu/cua-toi")


def test_use_is_noted_at_most_every_five_minutes(browse: Browse, commune: Commune, clock: Clock, view: View) -> None:
    browse.as_(commune.member)

    def seen() -> object:
        with view() as r:
            return r.session.query(UserSession.last_seen_at).scalar()

    at_first = seen()
    clock.move(minutes=4)
    browse.get("/thu/cua-toi")
    assert seen() == at_first
    clock.move(minutes=2)
    browse.get("/thu/cua-toi")
    assert seen() != at_first


@pytest.mark.parametrize("change", ["disabled", "left", "moved"])
def test_who_may_no_longer_come_is_out_at_once(browse: Browse, commune: Commune, work: Work, change: str) -> None:
    browse.as_(commune.member).get("/thu/cua-toi")
    with work() as w:
        if change == "disabled":
            w.session.execute(update(Account).where(Account.member_id == commune.member.id).values(disabled_at=w.now))
        else:
            standing = Standing.LEFT if change == "left" else Standing.MOVED
            w.session.execute(update(Member).where(Member.id == commune.member.id).values(standing=standing.value))
    browse.get("/thu/cua-toi", status=302)


def test_a_withdrawn_role_counts_no_more_at_the_next_request(browse: Browse, commune: Commune, work: Work) -> None:
    browse.as_(commune.organiser).get("/thu/to-chuc")
    with work() as w:
        w.session.execute(text("UPDATE role_grant SET revoked_at = granted_at WHERE role = 'organiser'"))
    browse.get("/thu/to-chuc", status=403)
