"""A production start refuses what belongs to a demonstration."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import UnsafeSettings, read_settings
from quiz_app.members.models import Member
from tests.support.build import Commune
from tests.support.works import Work

REAL = {"APP_MODE": "production", "SECRET_KEY": "0123456789abcdef" * 3, "PUBLIC_URL": "https://thi.example.vn"}


def test_demo_accounts_keep_a_production_from_starting(
    db: Database, commune: Commune, work: Work, database_url: str, tmp_path: Path
) -> None:
    settings = read_settings({**REAL, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)})
    assert create_app(settings, db).config["SESSION_COOKIE_SECURE"] is True
    with work() as w:
        w.session.execute(update(Member).where(Member.id == commune.member.id).values(is_demo=True))
    with pytest.raises(UnsafeSettings, match="tài khoản minh họa"):
        create_app(settings, db)


def test_a_production_starts_on_an_empty_database(empty_database_url: str, tmp_path: Path) -> None:
    settings = read_settings({**REAL, "DATABASE_URL": empty_database_url, "DATA_DIR": str(tmp_path)})
    database = Database(settings.database_url)
    try:
        assert create_app(settings, database).extensions["settings"].is_production
    finally:
        database.dispose()
