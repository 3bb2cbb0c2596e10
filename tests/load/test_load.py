"""A load too small to tell anything, so that the harness holds and judges what it says whenever somebody runs it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import read_settings
from tests.load.load import held
from tests.load.load_machine import serving, settings_of
from tests.load.load_profiles import COMMUNE, PAPER_LENGTH, Profile
from tests.load.load_report import TIMES_KEPT
from tests.load.load_world import prepare
from tests.support import run

TINY = Profile(
    name="tiny", engine="sqlite", units=5, members=30, open_attempts=6, starts_per_s=3, boards_per_s=2, crowd=5,
    has_proxy=False, minutes=3 / 60, opening_s=0.5, settling_s=0.5, grace_ms=0, pace=0.02,
)  # fmt: skip


def test_a_tiny_load_is_held_and_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'load.sqlite3'}"
    (tmp_path / "load.sqlite3").write_bytes(run.sqlite_template().read_bytes())
    env, db = settings_of(url, tmp_path), Database(url)
    world = prepare(db, create_app(read_settings(env), db), TINY)
    with serving(env, tmp_path, None) as installation:
        found = held(TINY, db, world, installation, lambda _: "one score is stored otherwise")
    db.dispose()
    broken = {one["promise"] for one in found["promises"] if not one["is_kept"]}
    assert broken - TIMES_KEPT == {"attempts verify finds nothing"}, found["first_failures"]
    kinds = [(kind, row["acknowledged"]) for acts in found["stretches"].values() for kind, row in acts.items()]
    done = {name: sum(count for kind, count in kinds if kind == name) for name, _ in kinds}
    assert done["sign-in"] == TINY.crowd
    assert done["submit"] >= TINY.crowd
    assert done["save"] > PAPER_LENGTH
    assert done["board"] > 0


def test_a_profile_keeps_its_shape_when_it_is_scaled() -> None:
    half = COMMUNE.scaled(0.5, 2)
    assert (half.open_attempts, half.starts_per_s, half.crowd, half.steady_s) == (100, 0.75, 100, 120)
    assert half.sitting_s == pytest.approx(COMMUNE.sitting_s)
    assert replace(half, minutes=10).starters > 450
