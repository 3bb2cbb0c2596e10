"""What comes from outside: forged addresses, scanners, forms that older keys signed, fields that no form has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect

from quiz_app.attempts.models import Attempt
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.web.guard import public
from tests.support import contest
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
OTHER_KEY = "khoa-moi-chi-dung-trong-kiem-thu-9876543210"
SCANNED = (
    "/.git/config", "/.git/HEAD", "/.env", "/.hg/store", "/console", "/console?__debugger__=yes", "/_debug", "/debug",
    "/metrics", "/server-status", "/backup.sql", "/app.sqlite3", "/data/app.sqlite3", "/wsgi.py", "/requirements.txt",
    "/phpinfo.php", "/wp-login.php", "/admin", "/swagger.json", "/openapi.json", "/actuator/env", "/.well-known/x",
    "/static/now/../../factory.py", "/static/now/..%2f..%2ffactory.py", "/static/now/%2e%2e/%2e%2e/factory.py",
    "/static/../wsgi.py",
)  # fmt: skip
# What an attacker would like to decide; none is a field of the form that is sent.
FORGED = {
    "id": "1", "attempt_id": "1", "round_id": "1", "member_id": "1", "unit_id": "1", "user_id": "1", "number": "9",
    "state": "submitted", "score": "1000", "is_active": "1", "role": "operator", "deadline": "2030-01-01",
    "deadline_at": "2030-01-01T00:00:00Z", "accepts_until_at": "2030-01-01T00:00:00Z", "started_at": "2030-01-01",
    "held_by_session": "1", "seed": "x", "remaining_ms": "999999999", "revision": "99999",
}  # fmt: skip


@pytest.mark.parametrize(
    ("hops", "address", "host"), [(0, "127.0.0.1", "localhost"), (1, "203.0.113.9", "hoc.example.vn")]
)
def test_only_what_our_own_proxies_say_of_the_caller_counts(
    app: Flask, db: Database, hops: int, address: str, host: str
) -> None:
    behind = create_app(replace(app.extensions["settings"], proxy_hops=hops), db)
    bp = Blueprint("sample", __name__)

    @bp.get("/ai-goi")
    @public
    def caller() -> ResponseReturnValue:
        return jsonify(address=request.remote_addr, host=request.host)

    behind.register_blueprint(bp)
    headers = {
        "X-Forwarded-For": "6.6.6.6, 127.0.0.1, 203.0.113.9",
        "X-Forwarded-Host": "xau.example, hoc.example.vn",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6;host=xau.example",
    }
    assert behind.test_client().get("/ai-goi", headers=headers).get_json() == {"address": address, "host": host}


@pytest.mark.parametrize(
    ("asked", "told"), [("/hoc", "/hoc/"), ("/hoc?trang=2", "/hoc/?trang=2"), ("//hoc//", "/hoc/")]
)
def test_a_corrected_address_stays_on_this_site_whatever_host_was_named(app: Flask, asked: str, told: str) -> None:
    asked_for = {"PATH_INFO": asked.partition("?")[0], "QUERY_STRING": asked.partition("?")[2]}
    answer = app.test_client().get("/", headers={"Host": "xau.example"}, environ_overrides=asked_for)
    assert (answer.status_code, answer.headers["Location"]) == (308, told)
    assert "xau.example" not in answer.text


def test_scanners_find_nothing(browse: Browse, commune: Commune) -> None:
    for caller in (browse.as_nobody(), browse.other().as_(commune.operator)):
        assert {url: caller.knock("GET", url).status_code for url in SCANNED} == dict.fromkeys(SCANNED, 404)


@pytest.mark.usefixtures("banks")
def test_a_paper_under_way_outlives_a_change_of_keys(
    browse: Browse, commune: Commune, work: Work, app: Flask, db: Database
) -> None:
    """The page that is open holds a token of the old key; once that is dropped for good, the page is out of date."""
    paper, token = _paper(browse, commune, work)
    settings = app.extensions["settings"]
    changed = create_app(replace(settings, secret_key=OTHER_KEY, secret_key_fallbacks=(settings.secret_key,)), db)
    fields = {"phuong_an": ["A"], "epoch": "1", "csrf_token": token}
    browse.restarted(changed).post(f"{paper}/cau/1", fields, as_json=True, status=200)
    dropped = create_app(replace(settings, secret_key=OTHER_KEY), db)
    browse.restarted(dropped).post(f"{paper}/cau/1", fields, as_json=True, status=400)
    renewed = browse.page(paper).form("/nop").values["csrf_token"]  # nobody was signed out
    browse.post(f"{paper}/cau/1", {**fields, "csrf_token": renewed}, as_json=True, status=200)


@pytest.mark.usefixtures("banks")
def test_fields_that_a_form_does_not_have_decide_nothing(
    browse: Browse, commune: Commune, work: Work, db: Database
) -> None:
    paper, _ = _paper(browse, commune, work)
    before = _row(db, paper)
    answer = browse.post(f"{paper}/cau/1", {"phuong_an": ["A"], "epoch": "1", **FORGED}, as_json=True, status=200)
    assert answer.json["letters"] == "A"
    assert answer.json["remaining_ms"] <= 20 * 60 * 1000
    assert _row(db, paper) == before


def _paper(browse: Browse, commune: Commune, work: Work) -> tuple[str, str]:
    """The address of a paper just begun, and the token that stands in its page."""
    with work() as w:
        opened = contest.open_round(w, commune.root)
    paper = browse.as_(commune.member).submit(f"/dot-thi/{opened.round.id}", {}, action="/bat-dau").location
    return paper, str(browse.page(paper).form("/nop").values["csrf_token"][0])


def _row(db: Database, paper: str) -> dict[str, Any]:
    with db.reading() as session:
        attempt = session.get_one(Attempt, int(paper.rsplit("/", 1)[1]))
        return {column.key: getattr(attempt, column.key) for column in inspect(Attempt).columns}
