"""Who looked at whose data: written once a day, told to the person, searched by the operator."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from quiz_app.kernel.db import Database
from quiz_app.privacy import seen
from quiz_app.privacy.models import DataView
from quiz_app.privacy.seen_views import MEMBERS, OWNERS, VIEWED
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock

# Pages that only the person himself opens, or whoever sits beside him with his own sign-in.
OF_ONESELF = {
    "asking.question", "asking.withdraw", "attempts.keys", "attempts.play", "attempts.remaining", "attempts.result",
    "attempts.review", "attempts_receipts.own", "feedback.complain",
}  # fmt: skip


def test_every_page_that_names_a_person_is_declared(app: Flask) -> None:
    naming = {*MEMBERS, *OWNERS}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not naming.isdisjoint(rule.arguments)
    }
    assert pages - VIEWED.keys() == OF_ONESELF | {"results_corrections.progress"}  # which counts, and names nobody
    assert VIEWED.keys() - pages == set()


def test_a_view_is_told_once_a_day_to_him_and_to_operators(
    db: Database, commune: Commune, browse: Browse, clock: Clock
) -> None:
    url = f"/thanh-vien/{commune.member.id}"
    for _ in range(2):
        browse.as_(commune.secretary).get(url)
    browse.as_(commune.secretary).get(f"/thanh-vien/{commune.secretary.id}")
    with db.reading() as session:
        assert session.scalar(select(func.count(DataView.id))) == 1
    clock.move(days=1)
    browse.as_(commune.secretary).get(url)
    told = browse.as_(commune.member).get("/du-lieu-cua-toi/ai-da-xem")
    assert told.text.count("Bí thư, ") == 2 and commune.secretary.full_name not in told.text
    assert "Chưa có ai" in browse.as_(commune.colleague).get("/du-lieu-cua-toi/ai-da-xem").text
    searched = browse.as_(commune.operator).get(f"/nhat-ky-xem-du-lieu?tim={commune.member.full_name}")
    assert commune.secretary.full_name in searched.text and "Hồ sơ trong danh sách" in searched.text
    clock.move(days=729, hours=23)
    assert seen.forget_views(db) == 1
