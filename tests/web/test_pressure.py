"""Sittings find a thread however many look at boards; who comes too late is told at once, and when to come again."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from deploy import gunicorn_settings
from quiz_app.kernel.settings import threads_of
from quiz_app.web import pressure
from quiz_app.web.errors import SPREAD_S
from quiz_app.web.guard import guard_of, public
from quiz_app.web.observing import hear
from tests.support.build import Commune

only_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
HTML = {"Accept": "text/html"}


class Slow:
    """A page that takes until it is let go, as a report over a slow database does."""

    def __init__(self, app: Flask) -> None:
        self.working = threading.Semaphore(0)
        self.go = threading.Event()

        def page() -> str:
            self.working.release()
            assert self.go.wait(20)
            return "xong"

        app.add_url_rule("/cham", "slow", public(page))


@pytest.fixture
def slow(app: Flask) -> Iterator[Slow]:
    page = Slow(app)
    yield page
    page.go.set()


@contextmanager
def crowded(app: Flask, slow: Slow) -> Iterator[list[int]]:
    """Every turn is taken by slow pages; how they were answered is told after the block."""
    count = pressure.turns_of(app.extensions["settings"].web_threads)
    answered: list[int] = []
    with ThreadPoolExecutor(count) as threads:
        asked = [threads.submit(lambda: app.test_client().get("/cham").status_code) for _ in range(count)]
        for _ in range(count):
            assert slow.working.acquire(timeout=20)
        try:
            yield answered
        finally:
            slow.go.set()
        answered += [each.result(20) for each in asked]


@only_sqlite
def test_boards_are_refused_at_once_while_sittings_go_on(app: Flask, slow: Slow, commune: Commune) -> None:
    with crowded(app, slow) as answered:
        began = time.monotonic()
        refused = app.test_client().get("/hoc/", headers=HTML)
        waited = time.monotonic() - began
        alive = app.test_client().get("/healthz")
        # The sitting's own endpoints are let through to the guard, which finds that nobody is signed in.
        paper = app.test_client().get("/luot-thi/1", headers={"Accept": "application/json"})
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "Máy chủ đang bận" in refused.get_data(as_text=True)
    assert waited < 1
    assert (alive.status_code, paper.status_code) == (200, 401)
    assert set(answered) == {200}
    assert app.test_client().get("/hoc/").status_code == 200, "turns are given back"


@only_sqlite
def test_a_refusal_asks_the_database_nothing(app: Flask, slow: Slow, commune: Commune) -> None:
    client = app.test_client()
    client.set_cookie("phien", "x" * 43)
    statements: list[str] = []

    def note(*told: Any) -> None:
        statements.append(told[2])

    with crowded(app, slow):
        event.listen(Engine, "before_cursor_execute", note)
        assert client.get("/bang-xep-hang/", headers=HTML).status_code == 503
        event.remove(Engine, "before_cursor_execute", note)
    assert statements == []


@only_sqlite
def test_what_waited_too_long_for_a_thread_is_refused_unless_it_is_a_sitting(app: Flask, commune: Commune) -> None:
    client = app.test_client()
    json = {"Accept": "application/json"}
    pressure.note_wait(pressure.LONGEST_QUEUE_S + 0.1)
    assert client.get("/hoc/").status_code == 503
    assert client.get("/hoc/").status_code == 200, "it is told of one request"
    for path in ("/luot-thi/1/con-lai", "/luot-thi/1"):
        pressure.note_wait(pressure.LONGEST_QUEUE_S + 0.1)
        assert client.get(path, headers=json).status_code == 401
    pressure.note_wait(0)


@only_sqlite
def test_a_crowd_is_turned_away_in_words_made_once(app: Flask, commune: Commune) -> None:
    told: list[tuple[str, int]] = []
    made: list[str] = []
    hear(app, lambda endpoint, status, _seconds: told.append((endpoint, status)))
    app.before_request_funcs[None].insert(0, lambda: made.append(request.path))

    def refused(path: str, accept: str = "text/html") -> TestResponse:
        pressure.note_wait(pressure.LONGEST_QUEUE_S + 0.1)
        answer = app.test_client().get(path, headers={"Accept": accept})
        assert answer.status_code == 503
        return answer

    crowd = 30 * SPREAD_S  # so many that each of the seconds is drawn
    pages = [refused("/hoc/") for _ in range(crowd)]
    assert len(made) == SPREAD_S
    assert told == [("study.modules", 503)] * (crowd - SPREAD_S)
    waits = {page.headers["Refresh"] for page in pages}
    assert len(waits) == SPREAD_S, "those who are turned away together do not come back together"
    assert all("Máy chủ đang bận" in page.get_data(as_text=True) for page in pages)
    for page in pages:
        assert {"Content-Security-Policy", "Retry-After"} <= {name for name, _ in page.headers}
        assert (page.headers["Cache-Control"], page.headers.get("Set-Cookie")) == ("no-store", None)
    assert refused("/bang-xep-hang/").get_data() in {page.get_data() for page in pages}, "whatever they wanted to see"
    assert refused("/hoc/", "application/json").get_json()["error"] == "Overloaded"
    pressure.note_wait(pressure.LONGEST_QUEUE_S + 0.1)
    assert app.test_client().get("/khong-co", headers=HTML).status_code == 404
    pressure.note_wait(0)


@only_sqlite
def test_a_sitting_is_refused_too_when_its_page_is_about_to_give_up(app: Flask, commune: Commune) -> None:
    client, json = app.test_client(), {"Accept": "application/json"}
    pressure.note_wait(pressure.LONGEST_QUEUE_OF_SITTINGS_S - 0.1)
    assert client.get("/luot-thi/1", headers=json).status_code == 401
    pressure.note_wait(pressure.LONGEST_QUEUE_OF_SITTINGS_S + 0.1)
    refused = client.get("/luot-thi/1/con-lai", headers=json)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0


@only_sqlite
def test_a_result_gives_way_to_those_who_still_sit(app: Flask, commune: Commune) -> None:
    client, json = app.test_client(), {"Accept": "application/json"}
    for path, waits in (("ket-qua", False), ("bien-nhan", False), ("nop", True)):
        pressure.note_wait(pressure.LONGEST_QUEUE_S + 0.1)
        assert client.get(f"/luot-thi/1/{path}", headers=json).status_code == 401
        pressure.note_wait(pressure.LONGEST_QUEUE_AFTERWARDS_S + 0.1)
        assert client.get(f"/luot-thi/1/{path}", headers=json).status_code == (401 if waits else 503)
    told = set()
    for _ in range(40):
        pressure.note_wait(pressure.LONGEST_QUEUE_AFTERWARDS_S + 0.1)
        told.add(int(client.get("/luot-thi/1/ket-qua", headers=HTML).headers["Retry-After"]))
    assert told == {3, 4, 5, 6}


def test_sittings_alone_go_first(app: Flask) -> None:
    first = {
        re.sub(r"<[^>]*>", "N", rule.rule)
        for rule in app.url_map.iter_rules()
        if (guard := guard_of(app, rule.endpoint)) is not None and pressure.goes_first(guard)
    }
    assert first == {
        "/dot-thi/N/bat-dau",
        "/luot-thi/N",
        "/luot-thi/N/bien-nhan",
        "/luot-thi/N/cau/N",
        "/luot-thi/N/con-lai",
        "/luot-thi/N/du-doan",
        "/luot-thi/N/ket-qua",
        "/luot-thi/N/lam-tiep",
        "/luot-thi/N/nop",
        "/hinh/N",
    }


def test_the_server_has_the_threads_that_the_application_counts_on() -> None:
    assert threads_of({}) == threads_of({"DATABASE_URL": "sqlite:///x"}) == 16
    assert threads_of({"DATABASE_URL": "postgresql://h/d"}) == 8
    assert threads_of({"DATABASE_URL": "postgresql://h/d", "WEB_THREADS": "24"}) == 24
    assert gunicorn_settings.threads in (8, 16)
    assert [pressure.turns_of(threads) for threads in (2, 8, 16)] == [1, 6, 12]
