"""What is logged is one JSON object per line, whatever was sent, and holds nobody's data."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import text

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.web import failures, logs
from quiz_app.web.guard import public, work
from tests.support.browse import Browse
from tests.support.build import PASSWORD, Commune, username
from tests.support.clock import NOW

HOSTILE = "Nguyễn Văn A\r\n2026 fake line\x1b[31m\u2028\u0085\x00"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process writes, its own configuration in force."""
    written = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logging.config.dictConfig(logs.configuration())
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


def told(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().split("\n") if line]


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An address whose work fails with what was sent in every message."""

    @app.post("/hong")
    @public
    def broken() -> str:
        with work() as w:
            w.session.execute(text("SELECT CAST(:sent AS INTEGER) / x FROM khong_co"), {"sent": request.form["sent"]})
        raise ValueError(request.form["sent"])

    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_a_failure_is_one_line_that_names_code_and_request_and_nobody(failing: Flask, lines: io.StringIO) -> None:
    answer = failing.test_client().post(
        "/hong?the=0123456789", data={"sent": HOSTILE}, headers={"X-Request-ID": "cua-may-truoc-1"}
    )
    assert answer.status_code == 500
    (line,) = told(lines)
    assert (line["request_id"], line["endpoint"], line["level"]) == ("cua-may-truoc-1", "broken", "error")
    assert any("sqlalchemy" in kind for kind in line["exception"])
    assert any("test_logs.py" in frame for frame in line["frames"])
    for secret in ("Nguy", "0123456789", "fake line", "\x1b"):
        assert secret not in lines.getvalue()
    assert "cua-may-truoc-1" in answer.get_data(as_text=True), "the person can name it"
    (counted,) = failures.of_last_day(
        failing.extensions["settings"].data_dir, failing.extensions["database"].adjusted(None)
    )
    assert (counted.reference, counted.endpoint) == ("cua-may-truoc-1", "broken")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("given", ["", "ngan", "a b c d e f g h", "x" * 65, "tên-của-yêu-cầu"])
def test_a_name_that_is_none_is_replaced(failing: Flask, lines: io.StringIO, given: str) -> None:
    headers = {"X-Request-ID": given.encode().decode("latin-1")}
    failing.test_client().post("/hong", data={"sent": "1"}, headers=headers)
    (line,) = told(lines)
    assert line["request_id"] != given
    assert len(line["request_id"]) == 16


def test_what_a_message_holds_stays_on_its_line(lines: io.StringIO) -> None:
    logging.getLogger("quiz_app.somewhere").warning("said %s", HOSTILE)
    assert lines.getvalue().count("\n") == 1
    assert not set("\r\x1b\u2028\u0085\x00") & set(lines.getvalue())
    (line,) = told(lines)
    assert line["event"] == f"said {HOSTILE}"
    assert (line["level"], line["logger"]) == ("warning", "quiz_app.somewhere")


def test_a_walk_leaves_no_trace_of_who_walked(
    failing: Flask, browse: Browse, commune: Commune, lines: io.StringIO
) -> None:
    """Each request is a line, and one of them fails: none tells a name, password, number, token or address."""
    logs.init(failing, {"ACCESS_LOG": "1"})
    pin, card = "482915", "0123456789"
    browse.post("/dang-nhap", {"username": "nguoi-la", "password": "sai-mat-khau-rieng"}, status=422)
    browse.post("/dang-nhap", {"username": username(commune.member), "password": PASSWORD})
    name = commune.member.full_name
    browse.page(f"/tim-kiem?q={name}")
    browse.page("/tai-khoan")
    browse.knock("POST", "/hong", {"sent": f"{name} {card} {pin}"})
    browse.knock("GET", f"/khong-co/{card}?ma={pin}")
    found = told(lines)
    assert {"members.open_session", "searching.results", "broken", None} <= {line["endpoint"] for line in found}
    assert {200, 302, 404, 422, 500} <= {line.get("status") for line in found}
    token = browse.sign_in_token
    assert token
    words = json.dumps(found, ensure_ascii=False)
    for secret in (name, username(commune.member), "nguoi-la", "sai-mat-khau", PASSWORD, pin, card, token, "127.0.0.1"):
        assert secret not in words, secret


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_form_without_its_token_is_refused_and_told(
    settings: Settings, db: Database, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCESS_LOG", "1")
    settings.data_dir.mkdir(exist_ok=True)
    app = create_app(settings, db)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert app.test_client().post("/dang-nhap").status_code == 400
    (line,) = [line for line in told(lines) if line["event"] == "request"]
    assert (line["endpoint"], line["status"]) == ("members.open_session", 400)


def test_failures_are_counted_for_a_day_and_kept_for_thirty(tmp_path: Path) -> None:
    for hours in (800, 25, 23, 0):
        failures.note(tmp_path, NOW - timedelta(hours=hours), f"truoc-{hours}", None)
    assert [one.reference for one in failures.of_last_day(tmp_path, NOW)] == ["truoc-23", "truoc-0"]
    assert failures.forget_old(tmp_path, NOW) == 1
    failures.note(tmp_path / "khong-co", NOW, "mat", None)
    assert failures.of_last_day(tmp_path / "khong-co", NOW) == []
