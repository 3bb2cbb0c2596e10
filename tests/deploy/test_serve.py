"""What a start on one machine refuses, and how it is told its settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text, update

from deploy.serve import CannotStart, environment, read_environment_file, require_demo_database
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import ROOT
from quiz_app.members.models import Member
from quiz_app.units.models import UnitKind
from tests.support import build
from tests.support.works import Work


def test_an_empty_or_migrated_database_may_become_a_demo(db: Database, empty_database_url: str) -> None:
    require_demo_database(db)
    empty = Database(empty_database_url)
    require_demo_database(empty)
    empty.dispose()


def test_a_real_commune_is_refused(db: Database, commune: build.Commune) -> None:
    assert commune.member.is_demo is False
    with pytest.raises(CannotStart, match="dữ liệu thật"):
        require_demo_database(db)


def test_a_demo_is_taken_again_but_not_one_real_person_among_it(
    db: Database, commune: build.Commune, work: Work
) -> None:
    with work() as w:
        w.session.execute(update(Member).values(is_demo=True))
    require_demo_database(db)
    with work() as w:
        w.session.execute(update(Member).where(Member.id == commune.operator.id).values(is_demo=False))
    with pytest.raises(CannotStart, match="dữ liệu thật"):
        require_demo_database(db)


def test_an_installation_with_units_only_is_a_real_one(db: Database, work: Work) -> None:
    with work() as w:
        build.unit(w, "XA", "Đảng bộ xã", UnitKind.COMMUNE, None)
    with pytest.raises(CannotStart, match="dữ liệu thật"):
        require_demo_database(db)


def test_somebody_elses_database_is_refused(empty_database_url: str) -> None:
    foreign = Database(empty_database_url)
    with foreign.writing() as session:
        session.execute(text("CREATE TABLE invoice (id INTEGER)"))
    with pytest.raises(CannotStart, match="không phải của hệ thống"):
        require_demo_database(foreign)
    foreign.dispose()


def test_the_demo_keeps_its_data_apart() -> None:
    env = environment("demo", {"SECRET_KEY": "x", "DATABASE_URL": ""})
    assert env["DATA_DIR"] == str(ROOT / "data" / "demo")
    assert env["APP_MODE"] == "demo"
    assert env["PORT"] == "8000"
    assert "DATABASE_URL" not in env


def test_the_environment_wins_over_its_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# khóa\nSECRET_KEY=\"a = b\"\n\nPORT='9000'\n; cũ\nSITE_NAME=Học tập\nwithout\n", encoding="utf-8")
    assert read_environment_file(file) == {"SECRET_KEY": "a = b", "PORT": "9000", "SITE_NAME": "Học tập"}
    env = environment("production", {"ENV_FILE": str(file), "PORT": "7000"})
    assert (env["PORT"], env["SECRET_KEY"], env["APP_MODE"]) == ("7000", "a = b", "production")


def test_a_missing_environment_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="Không đọc được"):
        environment("production", {"ENV_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("half", ["TLS_CERT", "TLS_KEY"])
def test_half_a_certificate_is_refused(half: str) -> None:
    with pytest.raises(CannotStart, match="cùng nhau"):
        environment("production", {half: "/etc/x.pem"})
