"""The real application, whose parts are looked at; one engine is enough for that."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.architecture.world import House
from tests.support.kept import Kept, KeptFile, KeptPostgres
from tests.support.run import Holds


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Over PostgreSQL where FUZZ_ENGINE says so."""
    folder = tmp_path_factory.mktemp("world")
    is_postgres = os.environ.get("FUZZ_ENGINE") == "postgresql"
    database: Kept = KeptPostgres(Holds.BANKS) if is_postgres else KeptFile(folder, Holds.BANKS)
    found = House(database, folder)
    yield found
    found.close()
