"""Boards that nodes make for each other, and what becomes of them when the place where they lie is gone."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quiz_app.contests.models import Round
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.shared import Shared
from quiz_app.leaderboard import unit_boards
from quiz_app.leaderboard.kept import INTERVAL, Kept
from quiz_app.leaderboard.packing import UnitBoards
from quiz_app.leaderboard.scope import of_round
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.members.models import Member
from quiz_app.rules.unit_standing import UnitMeasure
from tests.features.leaderboard.build import Statements
from tests.features.leaderboard.test_boards import sat
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.valkey import Valkey
from tests.support.works import View, Work

TOKEN = re.compile(r'name="csrf_token" value="[^"]*"|<time data-read[^>]*>[^<]*</time>')
NODES = 2


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


def _node(settings: Settings, db: Database, valkey: Valkey, interval: timedelta) -> Flask:
    app = create_app(dataclasses.replace(settings, redis_url=valkey.url), db)
    app.extensions["boards"] = Kept(interval, app.extensions["shared"])
    return app


def _read(browse: Browse, reader: Member, url: str) -> str:
    return TOKEN.sub("", browse.as_(reader).get(url).response.get_data(as_text=True))


def test_a_board_read_back_is_the_board(db: Database, work: Work, view: View, commune: Commune) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    with view() as r:
        what = of_round(r.session.get_one(Round, round_.id), NOW)
        for measure in UnitMeasure:
            made = unit_boards.unit_board(r.session, what, commune.root.id, measure)
            assert made.rows
            assert UnitBoards().unpack(UnitBoards().pack(made)) == made


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_board_of_one_node_serves_the_next_and_names_nobody(
    settings: Settings, db: Database, work: Work, commune: Commune, valkey: Valkey
) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    first, second = (Browse(_node(settings, db, valkey, timedelta(hours=1)), db) for _ in range(2))
    url = f"/bang-xep-hang/{round_.id}/cac-chi-bo"
    seen = _read(first, commune.member, url)
    kept = b"".join(valkey.contents().values()).decode(errors="replace")
    assert commune.first.name in kept
    everybody = (commune.member, commune.colleague, commune.stranger, commune.secretary)
    assert not any(person.full_name in kept for person in everybody)

    with Statements(db.engine) as statements:
        assert _read(second, commune.member, url) == seen
    assert not any("unit_tally.members" in text for text in statements.texts), "it was read from the database again"
    assert _read(second, commune.stranger, url) != seen, "his own unit is another"
    valkey.flush()
    assert _read(Browse(_node(settings, db, valkey, timedelta(hours=1)), db), commune.member, url) == seen


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_stopping_and_emptying_it_under_load_changes_nothing(
    settings: Settings, db: Database, work: Work, commune: Commune, valkey: Valkey
) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    url = f"/bang-xep-hang/{round_.id}/cac-chi-bo"
    readers = (commune.member, commune.stranger)
    alone = Browse(create_app(settings, db), db)
    expected = {reader.id: _read(alone, reader, url) for reader in readers}
    stop, wrong, counts = threading.Event(), [], [0] * NODES * 2

    def look(who: int, browse: Browse, reader: Member) -> None:
        browse.as_(reader)
        while not stop.is_set():
            answer = browse.knock("GET", url)  # any status
            body = TOKEN.sub("", answer.get_data(as_text=True))
            if answer.status_code != 200 or body != expected[reader.id]:
                wrong.append(answer.status_code)
                return
            counts[who] += 1

    # An interval of nothing but a moment: nearly every request asks the shared place.
    nodes = [_node(settings, db, valkey, INTERVAL / 1000) for _ in range(NODES)]
    acts = [(app, reader) for app in nodes for reader in readers]
    threads = [
        threading.Thread(target=look, args=(who, Browse(app, db), reader)) for who, (app, reader) in enumerate(acts)
    ]
    for thread in threads:
        thread.start()

    def await_more(more: int) -> None:
        wanted = [count + more for count in counts]
        for _ in range(2000):
            if wrong or all(count >= want for count, want in zip(counts, wanted, strict=True)):
                return
            stop.wait(0.01)

    for act in (valkey.flush, valkey.kill, valkey.start, valkey.flush):
        await_more(3)
        act()
    await_more(3)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert wrong == []
    assert min(counts) >= 15
    assert Shared(valkey.url, settings.secret_key).answers()
