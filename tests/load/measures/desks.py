"""The desk of a whole city beside that of one of its communes: how much more a page costs with 9,000 units below it.

Asked in this process, on PostgreSQL, of what the snapshots hold; each page by somebody who oversees that unit.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from quiz_app.kernel.db import Database
from quiz_app.leaderboard import tallies
from quiz_app.participation import tallies as desk_tallies
from tests.load import desks as city
from tests.load import plans, sides
from tests.support.browse import Browse

MEMBERS, PAIRS = 50_000, 9
PAGES = {"desk": "desk", "desk_tree": "units as a tree"}
Found = dict[str, dict[str, Any]]


def desks() -> Found:
    with tempfile.TemporaryDirectory(prefix="desks-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another account below it
        with sides.postgres(folder / "pg") as server:
            return beside(server.new("city"), folder, MEMBERS, PAIRS)


def beside(url: str, folder: Path, members: int, pairs: int) -> Found:
    """Fill the city into an empty database, and ask for its pages and the commune's in turns."""
    db = Database(url)
    try:
        app, round_id = city.opened(db, url, members, folder)
        tallies.take_tallies(db, round_id)
        desk_tallies.take(db, round_id)
        clients = {unit: _client(app, browse) for unit, browse in city.overseers(app, db).items()}
        return {name: {**_page(db, clients, round_id, pairs, page), "members": members} for name, page in PAGES.items()}
    finally:
        db.dispose()


@dataclass(frozen=True, slots=True)
class _Look:
    wall_ms: float
    own_ms: float
    size: int


def _page(db: Database, clients: dict[int, FlaskClient], round_id: int, pairs: int, page: str) -> dict[str, Any]:
    """Commune, city, commune, city and so on; the first of each is to warm up."""
    looks: dict[int, list[_Look]] = {unit: [] for unit in clients}
    addresses = {unit: city.PAGES[page].format(round=round_id, unit=unit) for unit in clients}
    for _ in range(pairs + 1):
        for unit, client in clients.items():
            looks[unit].append(_looked(client, addresses[unit]))
    queries = {}
    for unit, client in clients.items():  # apart: who listens to statements makes them slower
        with plans.heard(db) as sent:
            _looked(client, addresses[unit])
        queries[unit] = len(sent)
    commune, whole = (looks[unit][1:] for unit in (city.COMMUNE, city.CITY))
    both = list(zip(commune, whole, strict=True))
    ratios = sorted(round(of_whole.wall_ms / of_commune.wall_ms, 3) for of_commune, of_whole in both)
    return {
        "ratio": round(median(ratios), 3),
        "ratios_of_pairs": ratios,
        "cpu_ratio": round(median(of_whole.own_ms / of_commune.own_ms for of_commune, of_whole in both), 3),
        "commune": {**_summary(commune), "queries": queries[city.COMMUNE]},
        "city": {**_summary(whole), "queries": queries[city.CITY]},
    }


def _looked(client: FlaskClient, address: str) -> _Look:
    began, spent = time.perf_counter(), time.process_time()
    answer = client.get(address, headers={"Accept": "text/html"}, buffered=True)
    own, wall = time.process_time() - spent, time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return _Look(wall * 1000, own * 1000, len(answer.data))


def _summary(looks: list[_Look]) -> dict[str, Any]:
    return {
        "ms": round(median(look.wall_ms for look in looks), 1),
        "cpu_ms": round(median(look.own_ms for look in looks), 1),
        "kb": round(looks[-1].size / 1000, 1),
    }


def _client(app: Flask, browse: Browse) -> FlaskClient:
    """The same browser, without a look at whether its pages are in order: only the product's time counts."""
    client: FlaskClient = app.test_client()
    assert browse.sign_in_token is not None
    client.set_cookie("phien", browse.sign_in_token)
    return client
