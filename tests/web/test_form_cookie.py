"""The form cookie is read once for many requests, and no request sees what another did with it."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, flash, get_flashed_messages, session
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from quiz_app.web import form_cookie
from quiz_app.web.form_cookie import FormCookie, form_token


def _app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.session_interface = FormCookie(app)

    @app.get("/noi")
    def speak() -> str:
        flash("một")
        return "ok"

    @app.get("/nghe")
    def hear() -> Response:
        return Response(",".join(map(str, get_flashed_messages())))

    return app


def _carried(answer: TestResponse) -> str:
    return answer.headers["Set-Cookie"].split(";")[0]


def test_the_same_cookie_gives_each_request_what_it_carries_and_nothing_more() -> None:
    app = _app()
    cookie = _carried(app.test_client().get("/noi"))
    for _ in range(3):
        client = app.test_client(use_cookies=False)
        assert client.get("/nghe", headers={"Cookie": cookie}).text == "một"
        answer = client.get("/noi", headers={"Cookie": cookie})  # puts a second message to the first
        both = client.get("/nghe", headers={"Cookie": _carried(answer)})
        assert both.text == "một,một"


def test_a_cookie_that_was_tampered_with_is_empty_though_the_sound_one_is_known() -> None:
    app = _app()
    cookie = _carried(app.test_client().get("/noi"))
    client = app.test_client(use_cookies=False)
    assert client.get("/nghe", headers={"Cookie": cookie}).text == "một"
    forged = cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1]  # of the last letter not every bit counts
    for broken in (forged, cookie + "x", "session=", "session=a.b.c"):
        assert client.get("/nghe", headers={"Cookie": broken}).text == ""


def test_one_signed_by_another_house_or_too_long_ago_is_empty() -> None:
    app, other = _app(), _app()
    other.secret_key = "o" * 32
    other.session_interface = FormCookie(other)
    client = app.test_client(use_cookies=False)
    assert client.get("/nghe", headers={"Cookie": _carried(other.test_client().get("/noi"))}).text == ""
    with app.test_request_context():
        session["_flashes"] = [("message", "cũ")]
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # FormCookie's own
        old = signer.dumps(dict(session))
    assert client.get("/nghe", headers={"Cookie": f"session={old}"}).text == "cũ"
    app.permanent_session_lifetime = timedelta(seconds=-1)
    app.session_interface = FormCookie(app)
    assert client.get("/nghe", headers={"Cookie": f"session={old}"}).text == ""


def test_a_browser_has_one_token_and_no_other_browser_may_use_it() -> None:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    form_cookie.init(app)
    app.get("/mau")(form_token)
    app.get("/mau-cu")(generate_csrf)  # as pages had it before, and as a node of the former release still has it
    app.post("/gui")(lambda: "ok")
    own, other = app.test_client(), app.test_client()
    token, foreign = own.get("/mau").text, other.get("/mau").text
    assert own.get("/mau").text == token != foreign
    assert own.post("/gui", data={"csrf_token": token}).status_code == 200
    assert own.post("/gui", data={"csrf_token": own.get("/mau-cu").text}).status_code == 200
    for wrong in (foreign, other.get("/mau-cu").text, token[:-1], f"{token}x", "", "đồng chí"):
        assert own.post("/gui", data={"csrf_token": wrong}).status_code == 400, wrong
    assert own.post("/gui").status_code == app.test_client().post("/gui", data={"csrf_token": token}).status_code == 400


def test_a_token_outlives_a_new_key_as_long_as_the_old_one_is_known() -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="k" * 32, WTF_CSRF_TIME_LIMIT=None)
    form_cookie.init(app)
    app.get("/mau")(form_token)
    app.post("/gui")(lambda: "ok")
    client = app.test_client()
    token = client.get("/mau").text
    cookie = client.get_cookie("session")
    for keys, status in ((["k" * 32, "n" * 32], 200), (["n" * 32], 400)):
        renewed = Flask(__name__)
        renewed.config.update(
            SECRET_KEY=keys[-1], SECRET_KEY_FALLBACKS=keys[:-1], WTF_CSRF_SECRET_KEY=keys, WTF_CSRF_TIME_LIMIT=None
        )
        form_cookie.init(renewed)
        renewed.post("/gui")(lambda: "ok")
        asking = renewed.test_client()
        asking.set_cookie("session", cookie.value if cookie else "")
        assert asking.post("/gui", data={"csrf_token": token}).status_code == status


def test_an_answer_that_hangs_on_the_cookie_says_so_and_sends_it_only_when_changed() -> None:
    app = _app()
    app.get("/doc")(lambda: Response(str("mã" in session), headers={"Vary": "Accept-Encoding"}))
    client = app.test_client()
    assert "Set-Cookie" in client.get("/noi").headers
    answer = client.get("/doc")
    assert answer.vary.as_set() == {"accept-encoding", "cookie"}
    assert "Set-Cookie" not in answer.headers
