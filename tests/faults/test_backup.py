"""A backup taken under load and restored elsewhere holds all that was acknowledged before it began. `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from tests.faults.conftest import Site
from tests.faults.counts import BACKUPS
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, sitting
from tests.faults.programs import command, environment
from tests.support import run

pytestmark = pytest.mark.faults


def test_a_backup_under_load_is_restored_elsewhere(site: Site, tmp_path: Path) -> None:
    server, balance = site.server(), Balance()
    site.worker()
    with sitting(site, server):
        for turn in range(BACKUPS):
            await_acknowledged(site)
            told, folder = site.ledger.told(), tmp_path / f"backups-{turn}"
            code, said = command(site.env, "backup", "create", "--to", str(folder))
            assert code == 0, said
            (file,) = folder.glob("sao-luu-*")
            code, said = command(site.env, "backup", "verify", str(file))
            assert code == 0, said
            with _elsewhere(site.engine, tmp_path / f"elsewhere-{turn}") as env:
                code, said = command(env, "backup", "restore", str(file))
                assert code == 0, said
                restored = Database(env["DATABASE_URL"], pool_size=2)
                balance += site.ledger.balance(restored, is_quiet=False, told=told)
                restored.dispose()
                code, said = command(env, "attempts", "verify")
                balance += Balance(wrong=() if code == 0 else (said,))
    site.judge("backup under load", BACKUPS, balance + site.ledger.balance(site.db, is_quiet=True))


@contextmanager
def _elsewhere(engine: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation that holds nothing yet."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'app.sqlite3'}" if engine == "sqlite" else run.empty_postgres()
    yield environment(url, folder)
    if engine != "sqlite":
        run.drop_postgres(url)
