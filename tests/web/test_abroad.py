"""A machine that believes to stand elsewhere shows and stores the times of Vietnam all the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import ROOT
from tests.features.leaderboard import build as boards
from tests.features.privacy.build import found_breach
from tests.support import contest, run
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work
from tests.web.abroad import NIGHT, World, told

HOME, AWAY = "Asia/Ho_Chi_Minh", "America/New_York"


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", HOME)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def worlds(
    db: Database, work: Work, commune: Commune, banks: None, database_url: str, tmp_path: Path
) -> Iterator[tuple[World, World]]:
    """Two that are the same to the last row."""
    Clock(db).set(NIGHT)
    with work() as w:
        round_ = contest.open_round(w, commune.root).round
        old = boards.attempt(w, round_, commune.colleague, None)
        old.started_at, old.deadline_at = NIGHT - timedelta(hours=4), NIGHT - timedelta(hours=3, minutes=45)
        old.accepts_until_at = old.deadline_at + timedelta(seconds=5)
        breach = found_breach(w)
        here = World(
            database_url=database_url,
            data_dir=str(tmp_path / "here"),
            round_id=round_.id,
            contest_id=round_.contest_id,
            unit_id=commune.root.id,
            breach_id=breach.id,
            member=commune.member.id,
            organiser=commune.organiser.id,
            operator=commune.operator.id,
        )
    db.dispose()
    if db.is_sqlite:
        shutil.copyfile(tmp_path / "app.sqlite3", tmp_path / "copy.sqlite3")
        other = f"sqlite:///{tmp_path / 'copy.sqlite3'}"
    else:
        other = run.copy_postgres(database_url)
    yield here, replace(here, database_url=other, data_dir=str(tmp_path / "there"))
    if not db.is_sqlite:
        run.drop_postgres(other)


@pytest.mark.usefixtures("at_home")
def test_times_are_those_of_vietnam_wherever_the_machine_stands(worlds: tuple[World, World]) -> None:
    here, there = worlds
    command = [sys.executable, "-m", "tests.web.abroad", json.dumps(asdict(there))]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TZ": AWAY}, stdout=subprocess.PIPE) as abroad:
        at_home = told(here)
        assert abroad.stdout is not None
        from_abroad = json.loads(abroad.stdout.read())
    assert from_abroad == at_home
    assert at_home["saved"] == ["03:30"]
    assert {"03:30", "01/12/2026"} <= set(at_home["receipt"])
    assert {"00:30", "05/12/2026"} <= set(at_home["round"])
    assert "20261201" in at_home["export"][0]
    assert "2026-12-04 17:30" in at_home["stored"]
    assert "2026-11-30 20:30" in at_home["stored"]
    assert all(at_home.values())
