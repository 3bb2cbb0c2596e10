"""A stretch of the bench too short to tell anything, so that it measures what it says whenever somebody runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from quiz_app.attempts.models import Response
from quiz_app.kernel.db import Database
from tests.load.bench import measure, report_of
from tests.support import run


@pytest.fixture
def floor_url(engine_name: str, empty_database_url: str, tmp_path: Path) -> Iterator[str]:
    """A second empty database; after the first, which skips where there is no PostgreSQL."""
    del empty_database_url
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'floor.sqlite3'}"
        return
    url = run.empty_postgres()
    yield url
    run.drop_postgres(url)


def test_both_sides_keep_what_they_are_sent(empty_database_url: str, floor_url: str, tmp_path: Path) -> None:
    found = report_of(
        measure(empty_database_url, floor_url, tmp_path / "bench", members=10, pairs=2, turn_s=0.5, connections=3)
    )
    for side in (found["floor"], found["product"]):
        assert side["failed"] == 0, side["first_failure"]
        assert side["saved"] > 1
    db = Database(empty_database_url)
    with db.reading() as session:
        kept = session.scalar(select(func.sum(Response.revision)))
    db.dispose()
    assert kept is not None
    assert kept >= found["product"]["saved"]
    assert found["ratio"] > 0
