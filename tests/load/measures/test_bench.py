"""Stretches of the bench too short to tell anything, so that it measures what it says whenever somebody runs it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select

from quiz_app.attempts.models import Attempt, AttemptState, Response
from tests.load import bench, figures, growth, sides
from tests.load.bench import chosen
from tests.load.measures.acts import acts
from tests.load.measures.boards import boards
from tests.load.measures.saves import saves
from tests.load.measures.sittings import sittings
from tests.load.measures.stand import stand
from tests.load.measures.wire import wire
from tests.support import run


@pytest.fixture
def floor_url(engine_name: str, database_url: str, tmp_path: Path) -> Iterator[str]:
    """A second empty database; after the first, which skips where there is no PostgreSQL."""
    del database_url
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'floor.sqlite3'}"
        return
    url = run.empty_postgres()
    yield url
    run.drop_postgres(url)


def test_both_sides_do_what_they_are_asked(database_url: str, floor_url: str, tmp_path: Path) -> None:
    with (
        sides.valkey(tmp_path) as redis_url,
        stand(
            database_url, floor_url, tmp_path / "bench", people=21, sitters=10, turn_s=0.3, redis_url=redis_url
        ) as ours,
    ):
        browsers = [ours.cookies_of(one) for who in (ours.sitters, ours.hall.people) for one in who]
        weighed = wire(ours)
        [sat] = sittings(ours, 2).values()
        found = saves(ours, 2, turn_s=0.3, connections=3)
        found |= acts(ours, 1, 4)
        found |= boards(ours, 1, 0.2, connections=3)  # as many as have their turn at once, however slow the machine
        with redis.Redis.from_url(redis_url) as client:
            shared = client.dbsize()
        still_open = select(Attempt.id).where(Attempt.state == AttemptState.OPEN.value)
        with ours.db.reading() as session:
            kept = session.scalar(select(func.sum(Response.revision)).where(Response.attempt_id.in_(still_open)))
            ended = session.scalar(select(func.count()).where(Attempt.state == AttemptState.SUBMITTED.value))
    assert len(set(browsers)) == 21  # the ten who sit are people of the hall, each with one browser
    assert len({cookies.partition("bieu-mau=")[2] for cookies in browsers}) == 21
    assert figures.failed(found) == []
    assert all(one["floor"]["served"] and one["product"]["served"] for one in found.values())
    assert kept is not None
    assert kept >= next(one for name, one in found.items() if name.startswith("save"))["product"]["served"]
    assert ended == 4 + 1 + 2
    assert all(one["ratio"] > 0 for one in found.values())
    assert shared  # the nodes have told each other of a board
    assert len(sat["acts"]) == 11
    assert sat["acts"]["saves"]["times"] == 20
    assert len(weighed["pages"]) == 12
    assert all(one["queries"] and one["bytes"] for one in weighed["pages"].values())
    assert all(one["first"] > one["later"] > 0 for one in weighed["visits"].values())


def test_measures_of_others_stay_in_the_file(tmp_path: Path) -> None:
    file, theirs, ours = tmp_path / "bench.json", {"machine": {"cores": 8}}, {"machine": {"cores": 2}}
    figures.keep({"growth_save": {"ratio": 1.1}}, theirs, file=file, counts={"growth": 5})
    found = figures.keep({"start": {"ratio": 0.2}, "pages": {"landing": {}}}, ours, file=file, counts={"turn_s": 1})
    assert found["ratios"] == {"growth_save": 1.1, "start": 0.2}
    assert found["counts"] == {"growth": 5, "turn_s": 1}
    assert {name: on["machine"]["cores"] for name, on in found["measured"].items()} == {
        "growth_save": 8,
        "start": 2,
        "pages": 2,
    }
    assert found["machine"] == {"cores": 2}


def test_measures_of_an_old_file_keep_its_day(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"measured_at": "2026-11-01T08:00:00+00:00", "measures": {"start": {"ratio": 0.2}}}))
    found = figures.keep({"save_pg": {"ratio": 0.6}}, figures.here(), file=file)
    assert found["measured"]["start"] == {"measured_at": "2026-11-01T08:00:00+00:00"}
    assert found["measured"]["save_pg"]["versions"]["Python"] == platform.python_version()


def test_an_unknown_name_is_refused() -> None:
    assert chosen("save_pg, wire") == {"save_pg", "wire"}
    with pytest.raises(SystemExit, match="save_pq"):
        chosen("save_pq")


def test_what_is_wanted_is_measured_and_growth_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(engine: str, prefix: str, *, members: int, rounds: int, pairs: int) -> Iterator[bench.Found]:
        yield {f"{prefix}_save": {"of": (engine, members * rounds)}}
        yield {f"{prefix}_submit": {"pairs": pairs}}

    monkeypatch.setattr(growth, "measure", measure)
    monkeypatch.setattr(bench, "roster", lambda: {"roster": {"ratio": 2.0}})
    assert list(bench.apart(frozenset({"roster", "growth", "save_pg"}))) == [
        {"growth_500k_save": {"of": ("postgresql", 500_000)}},
        {"growth_500k_submit": {"pairs": bench.GROWTH_PAIRS}},
        {"roster": {"ratio": 2.0}},
    ]


def test_what_was_found_stays_when_what_follows_fails(tmp_path: Path) -> None:
    def pieces() -> Iterator[bench.Found]:
        yield {"start": {"ratio": 0.2}}
        raise ConnectionError

    file = tmp_path / "bench.json"
    with pytest.raises(ConnectionError):
        figures.gathered(pieces(), figures.here(), file=file)
    assert json.loads(file.read_text())["ratios"] == {"start": 0.2}
