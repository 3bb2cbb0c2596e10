"""Public answers are held for some seconds, and nothing else is: neither what a person gets nor what is no page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from flask import Flask, Response, request, session
from flask.testing import FlaskClient

from quiz_app.web import sharing
from quiz_app.web.holding import Holding
from quiz_app.web.sharing import shared


@pytest.fixture
def made() -> Iterator[list[str]]:
    """The addresses for which the application was asked, in order."""
    yield []


@pytest.fixture
def client(made: list[str]) -> FlaskClient:
    app = Flask("tests.web.holding", static_folder=None)
    app.secret_key = "only for tests"
    sharing.init(app)
    number = count(1)

    @app.get("/chung")
    @shared
    def everybody() -> str:
        made.append(request.full_path)
        return f"trang {next(number)}"

    @app.get("/nhu-cu")
    @shared
    def same() -> str:
        made.append(request.full_path)
        return "trang"

    @app.get("/bieu-mau")
    @shared
    def with_a_token() -> str:
        made.append(request.full_path)
        session["token"] = "x"
        return "trang"

    @app.get("/tep")
    def file() -> Response:
        made.append(request.full_path)
        response = Response("tep")
        response.set_etag("tep")
        response.headers["Cache-Control"] = "public, max-age=31536000"
        response.make_conditional(request)
        return response

    app.wsgi_app = Holding(app.wsgi_app, seconds=60)  # type: ignore[method-assign] # as Flask documents it
    return app.test_client(use_cookies=False)


def test_a_public_page_is_made_once_and_its_mark_answers_who_has_it(client: FlaskClient, made: list[str]) -> None:
    first = client.get("/chung")
    again = client.get("/chung")
    assert first.text == again.text == "trang 1"
    known = client.get("/chung", headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.text) == (304, "")
    assert known.headers["Cache-Control"] == first.headers["Cache-Control"] == sharing.PUBLIC
    assert "Content-Type" not in known.headers
    other = client.get("/chung", headers={"If-None-Match": 'W/"khac"'})
    assert (other.status_code, other.text) == (200, "trang 1")
    assert len(made) == 1


def test_addresses_hosts_and_packings_are_held_apart(client: FlaskClient, made: list[str]) -> None:
    answers = [
        client.get("/chung"),
        client.get("/chung?trang=2"),
        client.get("/chung", headers={"Host": "noi-khac.vn"}),
        client.get("/chung", headers={"Accept-Encoding": "gzip"}),
    ]
    assert [answer.text for answer in answers] == ["trang 1", "trang 2", "trang 3", "trang 4"]


def test_who_sends_a_cookie_is_never_given_what_is_held_nor_fills_it(client: FlaskClient, made: list[str]) -> None:
    assert client.get("/chung", headers={"Cookie": "phien=a"}).text == "trang 1"
    assert client.get("/chung").text == "trang 2"
    assert client.get("/chung", headers={"Cookie": "phien=a"}).text == "trang 3"
    assert client.head("/chung").status_code == 200


def test_what_is_not_public_for_a_minute_is_not_held(client: FlaskClient, made: list[str]) -> None:
    for _ in range(2):
        assert client.get("/bieu-mau").text == "trang"
        assert client.get("/tep", headers={"If-None-Match": '"tep"'}).status_code == 304
        assert client.get("/khong-co").status_code == 404
    assert len(made) == 4


def test_who_has_the_page_already_lets_it_be_made_for_others(client: FlaskClient, made: list[str]) -> None:
    etag = client.get("/nhu-cu?trang=1").headers["ETag"]
    assert client.get("/nhu-cu?trang=2", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/nhu-cu?trang=2").text == "trang"
    assert made == ["/nhu-cu?trang=1", "/nhu-cu?trang=2", "/nhu-cu?trang=2"]


def test_held_answers_end(made: list[str], client: FlaskClient) -> None:
    app = client.application
    app.wsgi_app = Holding(app.wsgi_app._application, seconds=0)  # type: ignore[method-assign,attr-defined] # another layer around the same
    assert [client.get("/chung").text for _ in range(2)] == ["trang 1", "trang 2"]


def test_a_crowd_is_told_what_was_held_while_one_asker_has_it_made_anew() -> None:
    app = Flask("tests.web.holding", static_folder=None)
    sharing.init(app)
    made, entered, may_end = count(1), threading.Event(), threading.Event()

    @app.get("/chung")
    @shared
    def everybody() -> str:
        number = next(made)
        if number > 1:
            entered.set()
            assert may_end.wait(30)
        return f"trang {number}"

    app.wsgi_app = Holding(app.wsgi_app, seconds=0.01)  # type: ignore[method-assign] # as Flask documents it
    client = app.test_client(use_cookies=False)
    assert client.get("/chung").text == "trang 1"
    time.sleep(0.02)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(lambda: app.test_client(use_cookies=False).get("/chung").text)
        assert entered.wait(30)
        assert [client.get("/chung").text for _ in range(20)] == ["trang 1"] * 20
        may_end.set()
        assert renewing.result() == "trang 2"
    time.sleep(0.02)
    assert client.get("/chung").text == "trang 3"


def test_what_is_public_no_more_is_told_nobody_once_its_renewal_said_so() -> None:
    app = Flask("tests.web.holding", static_folder=None)
    sharing.init(app)
    answers = iter(["trang", None, None])

    @app.get("/chung")
    @shared
    def everybody() -> tuple[str, int]:
        found = next(answers)
        return (found, 200) if found else ("đã rút", 404)

    holding = Holding(app.wsgi_app, seconds=0.01)
    app.wsgi_app = holding  # type: ignore[method-assign] # as Flask documents it
    client = app.test_client(use_cookies=False)
    assert client.get("/chung").status_code == 200
    time.sleep(0.02)
    assert client.get("/chung").status_code == 404
    assert not holding._held
