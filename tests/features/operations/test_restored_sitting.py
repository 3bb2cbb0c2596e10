"""Who was sitting when a backup was made goes on where it was restored, with what he had and his own time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.operations import backup
from quiz_app.operations.backup import Installation
from tests.support import build, run, sitting
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work

AWAY = timedelta(minutes=3)


@pytest.fixture
def elsewhere(empty_database_url: str, tmp_path: Path) -> Iterator[Installation]:
    database = Database(empty_database_url)
    yield Installation(database, empty_database_url, tmp_path / "elsewhere")
    database.dispose()


def test_he_signs_in_there_and_hands_in(
    installation: Installation,
    elsewhere: Installation,
    browse: Browse,
    work: Work,
    commune: Commune,
    banks: None,
    tmp_path: Path,
) -> None:
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    browse.as_(commune.member)
    paper = browse.post(f"/dot-thi/{round_.id}/bat-dau", {"the_le": round_.rules_number}).response.headers["Location"]
    answer = {"epoch": "1", "revision": "1", "phuong_an": ["B"]}
    browse.post(f"{paper}/cau/1", answer, status=200, as_json=True)
    left_ms = browse.get(f"{paper}/con-lai", as_json=True).json["remaining_ms"]
    made = backup.create(installation, tmp_path / "backups")

    backup.restore(elsewhere, made, upgrade=lambda: None)
    Clock(elsewhere.db).set(NOW + AWAY)
    app = create_app(run.settings_for(elsewhere.database_url, elsewhere.data_dir), elsewhere.db)
    there = Browse(app, elsewhere.db)
    known = {"username": build.username(commune.member), "password": build.PASSWORD, "next": ""}
    there.post("/dang-nhap", known)
    now_left_ms = there.get(f"{paper}/con-lai", as_json=True).json["remaining_ms"]
    assert left_ms - now_left_ms == pytest.approx(AWAY / timedelta(milliseconds=1), abs=30_000)
    there.post(f"{paper}/lam-tiep")  # as on any other device
    page = there.page(paper)
    assert page.form(f"{paper}/cau/1").values["phuong_an"] == ["B"]
    there.post(f"{paper}/cau/2", {**answer, "epoch": "2", "phuong_an": ["A"]}, status=200, as_json=True)
    there.post(f"{paper}/nop", {"epoch": "2"})
    assert "đã nộp" in there.page(f"{paper}/ket-qua").text.lower()
