"""Saves that are kept before the framework: by the same statement, answered as the view answers, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.attempts import marking
from quiz_app.attempts.models import Attempt
from quiz_app.attempts.pacing import Pacing
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.models import Account, UserSession
from quiz_app.web import pressure
from quiz_app.web.allowance import Pace
from quiz_app.web.observing import hear
from tests.support import contest
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.works import Work

JSON = {"Accept": "application/json"}
JSON_FOR_THE_VIEW = {"Accept": "application/json;q=1"}  # the same wish, in other words than our script's


@pytest.fixture
def heard(app: Flask) -> list[tuple[str, int]]:
    """What was kept at the door."""
    told: list[tuple[str, int]] = []
    hear(app, lambda endpoint, status, _seconds: told.append((endpoint, status)))
    return told


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    """One that draws everything there is, so that several letters may stand somewhere."""
    every_item = tuple(replace(cell, count=3) for cell in contest.BLUEPRINT)
    with work() as w:
        return contest.open_round(w, commune.root, cells=every_item).round


class Sitter:
    """A member before his paper, with the token that his page carries."""

    def __init__(self, browse: Browse, commune: Commune, round_: Round, db: Database) -> None:
        self.browse = browse.as_(commune.member)
        self.browse.submit(f"/dot-thi/{round_.id}", {}, action="/bat-dau")
        with db.reading() as session:
            self.attempt_id = session.scalars(select(Attempt.id)).one()
        page = self.browse.page(f"/luot-thi/{self.attempt_id}")
        self.token = page.form(f"/luot-thi/{self.attempt_id}/cau/1").values["csrf_token"]
        forms = page.all(".//form[@data-question]")
        several = next(form for form in forms if form.find(".//input[@type='checkbox']") is not None)
        self.several = int(several.get("data-question") or 0)

    def save(self, revision: int, letters: str = "A", *, place: int = 1, status: int = 200, **sent: Any) -> Answer:
        fields = {"csrf_token": self.token, "epoch": "1", "revision": str(revision), "phuong_an": list(letters)}
        headers = sent.pop("headers", JSON)
        url = f"/luot-thi/{self.attempt_id}/cau/{place}{sent.pop('query', '')}"
        return self.browse.post(url, fields | sent, status=status, headers=headers)


@pytest.fixture
def sitter(browse: Browse, commune: Commune, round_: Round, db: Database) -> Sitter:
    return Sitter(browse, commune, round_, db)


def _kept(db: Database, sitter: Sitter) -> list[tuple[str | None, int]]:
    with db.reading() as session:
        return [(row.chosen, row.revision) for row in marking.paper(session, sitter.attempt_id)[:2]]


def test_the_door_keeps_and_says_what_the_view_does(sitter: Sitter, db: Database, heard: list[Any]) -> None:
    at_door = sitter.save(1, "B")
    assert heard == [("attempts.save_response", 200)]
    by_view = sitter.save(1, "B", place=2, headers=JSON_FOR_THE_VIEW)
    assert len(heard) == 1
    assert _kept(db, sitter) == [("B", 1), ("B", 1)]
    left, at = "remaining_ms", "saved_at"
    assert {**at_door.json, left: 0, at: ""} == {**by_view.json, left: 0, at: ""}
    assert list(at_door.json) == list(by_view.json)
    assert 0 <= at_door.json[left] - by_view.json[left] < 10_000
    ours, theirs = ({*one.response.headers.items()} for one in (at_door, by_view))
    assert {pair for pair in ours ^ theirs if pair[0] != "Content-Length"} == set()
    assert sitter.save(2, "").json["letters"] == ""
    assert sitter.save(3, "CA", place=sitter.several).json["letters"] == "AC"
    assert (len(heard), _kept(db, sitter)[0][1]) == (3, 3 if sitter.several == 1 else 2)


def test_whatever_is_out_of_the_ordinary_is_the_views(
    sitter: Sitter, db: Database, commune: Commune, work: Work, heard: list[Any]
) -> None:
    sitter.save(5)
    heard.clear()
    assert sitter.save(4, "B").json["revision"] == 5, "what was overtaken changes nothing"
    assert sitter.save(5, "B").json["letters"] == "A"
    sitter.save(6, "B", csrf_token="x", status=400)
    sitter.save(6, "B", csrf_token="", status=400)
    sitter.save(6, "B", headers=JSON | {"Sec-Fetch-Site": "cross-site"}, status=403)
    sitter.save(6, "Z", status=422)
    sitter.save(6, "b", status=422)
    sitter.save(6, "B", epoch="eins", status=422)
    sitter.save(6, "B", place=99, status=404)
    sitter.save(6, "B", epoch="2", status=409)
    sitter.save(6, "B", more=["x"] * 70, query="?")
    assert sitter.save(7, "C", query="?a=1").json["revision"] == 7
    sitter.save(8, "D", headers={}, status=302)
    stranger = sitter.browse.other().as_(commune.colleague)
    page = stranger.page("/tai-khoan")
    token = next(iter(page.all(".//input[@name='csrf_token']"))).get("value")
    fields = {"csrf_token": token, "epoch": "1", "revision": "9", "phuong_an": "A"}
    stranger.post(f"/luot-thi/{sitter.attempt_id}/cau/1", fields, status=404, headers=JSON)
    nobody = sitter.browse.other().as_nobody()
    nobody.post(f"/luot-thi/{sitter.attempt_id}/cau/1", fields, status=400, headers=JSON)
    with work() as w:
        own = w.session.query(Account).filter_by(member_id=commune.member.id).one()
        w.session.query(UserSession).filter_by(account_id=own.id).update({"revoked_at": w.now})
    assert sitter.save(9, status=401).json["error"] == "SignInNeeded"
    assert heard == []
    assert _kept(db, sitter)[0] == ("D", 8)


def test_what_goes_on_to_the_view_is_counted_once(app: Flask, sitter: Sitter, heard: list[Any]) -> None:
    pacing: Pacing = app.extensions["pacing"]
    app.extensions["pacing"] = replace(pacing, saves=Pace(burst=3, per_s=1 / 3600))
    sitter.save(2)
    sitter.save(1)
    sitter.save(1)
    assert sitter.save(3, "B", status=429).json["error"] == "TooFast"
    assert len(heard) == 1


class _BrokenOff:
    """A body whose line goes, as the server in service tells it."""

    def read(self, _size: int = -1) -> bytes:
        raise ConnectionResetError


def test_a_body_that_breaks_off_is_not_half_kept(
    app: Flask, sitter: Sitter, db: Database, heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script sends it once more, as after any line that has gone."""
    sitter.save(1)
    whole = app.wsgi_app
    with monkeypatch.context() as line:
        line.setattr(app, "wsgi_app", lambda environ, start: whole(environ | {"wsgi.input": _BrokenOff()}, start))
        with pytest.raises(ConnectionResetError):
            sitter.save(2, "B")
    assert (len(heard), _kept(db, sitter)[0]) == (1, ("A", 1))
    assert sitter.save(2, "B").json["revision"] == 2


def test_a_database_that_does_not_answer_is_asked_once(sitter: Sitter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def at_once(*told: object) -> None:
        asked.append(told)
        raise Overloaded

    monkeypatch.setattr(Prepared, "at_once", at_once)
    answer = sitter.save(1, status=503)
    assert (len(asked), answer.response.headers["Retry-After"]) == (1, "3")


def test_who_has_waited_for_too_long_has_given_up(sitter: Sitter, heard: list[Any]) -> None:
    pressure.note_wait(pressure.LONGEST_QUEUE_OF_SITTINGS_S + 1)
    sitter.save(1, status=503)
    assert heard == []
    sitter.save(1)
    assert len(heard) == 1
