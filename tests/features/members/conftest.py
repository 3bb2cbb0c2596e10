"""A small commune with people who can sign in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from quiz_app.factory import create_app
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.kernel.text import search_key, sort_key
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members import labels, passwords, services
from quiz_app.members.models import Category, Member
from quiz_app.units import services as units_services
from quiz_app.units.models import UnitKind
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import Work

PASSWORD = "582931"
REAL_KEY = "k" * 40
_HASHES: dict[str, str] = {}


@pytest.fixture
def real(settings: Settings, db: Database, commune: Commune) -> Browse:
    """A browser at an installation with real people, where roles demand a second factor."""
    settings.data_dir.mkdir(exist_ok=True)
    return Browse(create_app(replace(settings, mode=Mode.PRODUCTION, secret_key=REAL_KEY), db), db)


def hashed_once(password: str) -> str:
    """Tests sign in often; hashing the same password once keeps them quick."""
    if password not in _HASHES:
        _HASHES[password] = passwords.hashed(password)
    return _HASHES[password]


@dataclass
class People:
    commune: int
    cell: int
    other_cell: int
    an: Member
    binh: Member
    secretary: Member
    organiser: Member


def add_member(w: UnitOfWork, unit_id: int, name: str, *, card: str | None = None, username: str = "") -> Member:
    member = Member(
        unit_id=unit_id,
        full_name=name,
        sort_key=sort_key(name),
        search_key=search_key(name),
        category=Category.FULL.value,
        born_on=date(1961, 5, 2),
        card_number=card,
        phone="0912 345 678",
        created_at=w.now,
    )
    w.session.add(member)
    w.session.flush()
    if username:
        account = services.create_account(w, member.id, username=username, password_hash=hashed_once(PASSWORD))
        account.notices_version = labels.CONSENT_VERSION
    return member


@pytest.fixture
def people(work: Work) -> People:
    with work() as w:
        commune = units_services.create_unit(w, code="XA", name="Đảng bộ xã", kind=UnitKind.COMMUNE, parent_id=None).id
        cell = units_services.create_unit(
            w, code="GC", name="Chi bộ thôn Giang Cao", kind=UnitKind.CELL, parent_id=commune
        ).id
        other = units_services.create_unit(
            w, code="KL", name="Chi bộ thôn Kim Lan", kind=UnitKind.CELL, parent_id=commune
        ).id
        found = People(
            commune=commune,
            cell=cell,
            other_cell=other,
            an=add_member(w, cell, "Nguyễn Văn An", card="01.234567", username="an"),
            binh=add_member(w, other, "Trần Thị Bình", username="binh"),
            secretary=add_member(w, cell, "Lê Thị Hoa", username="hoa"),
            organiser=add_member(w, commune, "Đỗ Văn Tổ", username="to"),
        )
        services.grant_role(w, found.secretary.id, Role.SECRETARY, cell)
        services.grant_role(w, found.organiser.id, Role.ORGANISER, commune)
    return found
