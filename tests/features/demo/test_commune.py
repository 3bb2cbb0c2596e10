from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.demo import commune, roster, services
from quiz_app.demo.organisations import CELLS, ORGANISATIONS
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.members import credentials, entering, queries, rosters
from quiz_app.members.models import Account, Category, Member, RosterImport, Standing
from quiz_app.units import queries as units_queries

PEOPLE = commune.people()


def test_the_commune_has_the_shape_of_a_real_one() -> None:
    assert len(ORGANISATIONS) == 70
    assert len({unit.code for unit in ORGANISATIONS}) == len({unit.name for unit in ORGANISATIONS}) == 70
    sizes = Counter(person.cell_code for person in PEOPLE)
    assert sizes.keys() == {cell.code for cell in CELLS}
    assert sum(sizes.values()) == 2700
    assert commune.SMALLEST <= min(sizes.values()) < 10
    assert 100 < max(sizes.values()) <= commune.LARGEST
    assert 25 <= sorted(sizes.values())[len(sizes) // 2] <= 40


def test_its_people_are_as_mixed_as_real_ones() -> None:
    def share(count: int) -> float:
        return count / len(PEOPLE)

    assert share(sum(not person.card_number for person in PEOPLE)) == pytest.approx(0.05, abs=0.001)
    assert share(sum(person.is_exempt for person in PEOPLE)) == pytest.approx(0.08, abs=0.001)
    assert share(sum((commune.TODAY - person.born_on).days > 60 * 365.25 for person in PEOPLE)) == pytest.approx(
        0.30, abs=0.03
    )
    assert share(sum(not person.email for person in PEOPLE)) == pytest.approx(0.10, abs=0.02)
    by_name = Counter((person.cell_code, person.full_name) for person in PEOPLE)
    assert share(sum(count for count in by_name.values() if count > 1)) == pytest.approx(0.02, abs=0.001)
    by_phone = Counter(person.phone for person in PEOPLE)
    assert share(sum(count for count in by_phone.values() if count > 1)) == pytest.approx(0.05, abs=0.015)


def test_the_same_seed_gives_the_same_file() -> None:
    assert commune.people(1) == PEOPLE
    assert commune.people(2) != PEOPLE
    few = PEOPLE[:50]
    assert roster.workbook(few) == roster.workbook(few)


@pytest.fixture
def shelved(db: Database, shelf: None) -> Database:
    """With the shipped bank published, of which the demo's round is drawn."""
    return db


@pytest.fixture
def founded(shelved: Database, settings: Settings) -> Database:
    db = shelved
    assert services.create(db, settings, count=600)
    return db


def test_the_people_come_through_the_import(founded: Database) -> None:
    people = commune.people(1, 600)
    with founded.reading() as session:
        members = session.scalars(select(Member)).all()
        kept = session.scalars(select(RosterImport)).one()
        assert (kept.added, kept.changed, kept.file_sha256) == (600, 0, rosters.file_hash(roster.workbook(people)))
        assert {member.is_demo for member in members} == {True}
        assert queries.has_demo_accounts(session)
        assert Counter(member.full_name for member in members) == Counter(person.full_name for person in people)
        assert sum(member.category == Category.PROBATIONARY.value for member in members) == 30
        assert sum(member.standing == Standing.EXEMPT.value for member in members) == 48
        assert session.scalar(select(func.count()).select_from(Account)) == 600
        born = {(member.phone, member.full_name): member for member in members}
        for person in people:
            member = born[person.phone, person.full_name]
            assert member.born_year_only == person.is_year_only
            assert member.born_on is not None
            assert member.born_on.year == person.born_on.year
            assert person.is_year_only or member.born_on == person.born_on


def test_every_cell_has_its_secretary(founded: Database) -> None:
    with founded.reading() as session:
        for cell in CELLS:
            unit = units_queries.unit_by_code(session, cell.code)
            secretary = queries.secretary_of(session, unit.id)
            assert secretary is not None
            assert secretary.unit_id == unit.id
            contact = units_queries.around(session, unit.id).contact
            assert contact is not None
            assert contact.helper_name == secretary.full_name


def test_the_demo_accounts_open_and_hold_their_roles(founded: Database, app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "accounts", "--json"])
    listed = json.loads(result.output)
    assert {account["role"] for account in listed} == {role.value for role in Role}
    assert all(account.keys() == {"role", "username", "password", "unit"} for account in listed)
    for account in listed:
        credentials.open_with_password(
            founded,
            username=account["username"],
            password=account["password"],
            is_shared_device=False,
            user_agent="thử",
        )
        with founded.reading() as session:
            found = entering.credentials(session, account["username"])
            assert found.member_id is not None
            grants = {(grant.role.value, grant.unit_name) for grant in queries.grants_of(session, found.member_id)}
            assert grants == (set() if account["role"] == "member" else {(account["role"], account["unit"])})
            home = session.get_one(Member, found.member_id).unit_id
            if account["role"] in ("member", "secretary"):
                assert units_queries.unit(session, home).name == account["unit"]


def test_the_smallest_commune_has_all_accounts(shelved: Database, settings: Settings) -> None:
    assert services.create(shelved, settings, count=commune.LEAST)
    with shelved.reading() as session:
        assert len(services.listed(session)) == len(services.ACCOUNTS)


def test_a_second_time_changes_nothing(founded: Database, settings: Settings, app: Flask) -> None:
    assert not services.create(founded, settings, count=600)
    result = app.test_cli_runner().invoke(args=["demo", "create"])
    assert result.exit_code == 0
    assert "đã có" in result.output


def test_a_real_installation_refuses_a_demo(db: Database, settings: Settings) -> None:
    with pytest.raises(services.NotADemo):
        services.create(db, replace(settings, mode=Mode.PRODUCTION), count=600)
    with db.reading() as session:
        assert not services.exists(session)
        assert not queries.has_demo_accounts(session)
