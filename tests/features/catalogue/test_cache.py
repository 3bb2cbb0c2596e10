"""What each process keeps of published versions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from quiz_app.catalogue.cache import VersionCache
from quiz_app.kernel.db import Database
from tests.support.works import View

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # nothing here asks the database


class Loader:
    def __init__(self) -> None:
        self.asked: list[set[int]] = []

    def __call__(self, _session: Session, ids: Collection[int]) -> dict[int, str]:
        self.asked.append(set(ids))
        return {id_: f"v{id_}" for id_ in ids if id_ < 100}


def test_only_what_is_not_kept_is_loaded(view: View) -> None:
    loader = Loader()
    cache = VersionCache(loader)
    with view() as r:
        assert cache.get(r.session, [1, 2]) == {1: "v1", 2: "v2"}
        assert cache.get(r.session, [2, 3]) == {2: "v2", 3: "v3"}
        assert cache.get(r.session, [1, 2, 3]) == {1: "v1", 2: "v2", 3: "v3"}
        assert cache.get(r.session, []) == {}
    assert loader.asked == [{1, 2}, {3}]


def test_the_least_recently_used_goes_first(view: View) -> None:
    loader = Loader()
    cache = VersionCache(loader, size=2)
    with view() as r:
        for id_ in (1, 2, 1, 3):
            cache.get(r.session, [id_])
        cache.get(r.session, [1])
        cache.get(r.session, [2])
    assert loader.asked == [{1}, {2}, {3}, {2}]


def test_unknown_versions_are_told_and_not_kept(view: View) -> None:
    loader = Loader()
    cache = VersionCache(loader)
    with view() as r:
        for _ in range(2):
            with pytest.raises(LookupError):
                cache.get(r.session, [100])
    assert len(loader.asked) == 2


def test_databases_do_not_share(view: View, tmp_path: Path) -> None:
    loader = Loader()
    cache = VersionCache(loader)
    other = Database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with view() as r, Session(other.engine) as session:
        cache.get(r.session, [1])
        cache.get(session, [1])
    other.dispose()
    assert loader.asked == [{1}, {1}]


def test_a_reader_and_a_writer_of_one_database_share(db: Database) -> None:
    loader = Loader()
    cache = VersionCache(loader)
    with db.reading() as reader:
        cache.get(reader, [1])
    with db.writing() as writer:
        cache.get(writer, [1])
    assert loader.asked == [{1}]
