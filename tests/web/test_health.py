"""Whether the process lives is one question; whether it can serve is another."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from tests.support import run
from tests.support.browse import Browse
from tests.support.works import Work


def test_a_running_installation_is_ready(browse: Browse) -> None:
    assert browse.get("/healthz").json == {"status": "ok"}
    assert browse.get("/readyz").json == {"status": "ok", "database": "ok", "migrations": "current"}


def test_migrations_that_are_behind_are_told(browse: Browse, work: Work) -> None:
    with work() as w:
        w.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    answer = browse.get("/readyz", status=503)
    assert answer.json == {"status": "unavailable", "database": "ok", "migrations": "behind"}
    browse.get("/healthz")


def test_an_empty_database_is_not_ready(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url)
    app = create_app(run.settings_for(empty_database_url, tmp_path), database)
    assert app.test_client().get("/readyz").status_code == 503
    database.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_database_that_hangs_is_told_within_a_second(app: Flask, db: Database) -> None:
    """The server's process is stopped in the middle of a connection: no error comes, and no answer either."""
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    with db.reading() as session:
        backend = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    os.kill(backend, signal.SIGSTOP)
    try:
        began = time.monotonic()
        statuses = [client.get(path).status_code for path in ("/readyz", "/healthz", "/readyz")]
        took_s = time.monotonic() - began
        waiting = [thread for thread in threading.enumerate() if thread.name == "look readyz"]
    finally:
        os.kill(backend, signal.SIGCONT)
    assert statuses == [503, 200, 503]
    assert took_s < 2.0
    assert len(waiting) == 1, "asking again and again costs no more threads"
    ends = time.monotonic() + 5
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_database_that_is_gone_is_told_and_pages_ask_for_patience(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"
    database = Database(url)
    browse = Browse(create_app(run.settings_for(url, tmp_path), database), database)
    browse.get("/healthz")
    assert browse.get("/readyz", status=503).json == {"status": "unavailable", "database": "unreachable"}
    browse.use_sign_in_token("x" * 43)
    assert "Máy chủ đang bận" in browse.page("/", status=503).text
    database.dispose()
