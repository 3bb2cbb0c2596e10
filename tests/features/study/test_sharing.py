"""Which pages caches may keep: those that say the same to every visitor, and never one that was made for somebody."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from question_bank.model import Use
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.sitting import shipped_bank

BANK = shipped_bank()
MODULE, LESSON = next(
    (module, lesson)
    for module in BANK.modules
    for lesson in module.lessons
    if any(
        item.lesson == f"{module.slug}/{lesson.slug}"
        for one in BANK.sets
        if one.use is Use.LESSON
        for item in one.items
    )
)
URL = f"/hoc/{MODULE.slug}/{LESSON.slug}"
SHARED = (
    "/hoc/",
    f"/hoc/{MODULE.slug}",
    f"/hoc/{MODULE.slug}/in",
    URL,
    "/van-ban/",
    f"/van-ban/{MODULE.document}",
    "/tro-giup",
    "/tro-giup/nguoi-du-thi",
    "/quyen-rieng-tu",
)


def _visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_visitors_page_may_be_kept_and_is_the_same_for_all(app: Flask, shelf: None, commune: Commune) -> None:
    for path in SHARED:
        first, second = (_visitor(app).get(path) for _ in range(2))
        assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, max-age=60"), path
        assert first.data == second.data
        assert "Set-Cookie" not in first.headers
        assert {"Cookie", "Accept-Encoding"} <= {word.strip() for word in first.headers["Vary"].split(",")}
        known = _visitor(app).get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
        assert (known.status_code, known.data) == (304, b"")
        assert known.headers["Cache-Control"] == "public, max-age=60"


def test_a_page_for_whoever_carries_a_cookie_is_kept_nowhere(browse: Browse, shelf: None, commune: Commune) -> None:
    signed_in = browse.as_(commune.member)
    stranger = browse.other()
    stranger.carry("bieu-mau", "gì đó")
    for path in SHARED:
        for answer in (signed_in.get(path), stranger.get(path)):
            assert answer.response.headers["Cache-Control"] == "no-store"
            assert "Cookie" in answer.response.headers["Vary"]
            assert "ETag" not in answer.response.headers


def test_a_refusal_is_kept_nowhere(app: Flask, shelf: None) -> None:
    assert _visitor(app).get("/hoc/khong-co").headers["Cache-Control"] == "no-store"


def test_only_a_members_answer_needs_a_token(browse: Browse, app: Flask, shelf: None, commune: Commune) -> None:
    shown = browse.page(URL).form("/cau/1#cau-1").values
    assert "csrf_token" not in shown
    answer = {**shown, "choice": ["A"]}
    judged = _visitor(app).post(f"{URL}/cau/1", data=answer, headers={"Accept": "application/json"})
    assert judged.status_code == 200
    assert "html" in judged.get_json()
    browse.as_(commune.member).post(f"{URL}/cau/1", answer, status=400, as_json=True, with_token=False)
    browse.post(f"{URL}/cau/1", answer, status=200, as_json=True)
