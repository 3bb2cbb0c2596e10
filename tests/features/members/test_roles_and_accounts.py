from __future__ import annotations

import itertools
import re

import pytest
from flask import Flask
from sqlalchemy import select

from quiz_app.kernel.access import SYSTEM, Actor, Grant, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.members import accounts, activation, credentials, passwords, policy, queries, services
from quiz_app.members.activation import Proof
from quiz_app.members.errors import HasAccount, OwnRole, RoleHeld, UsernameTaken
from quiz_app.members.models import Account, Member, RoleGrant, Standing, UserSession
from quiz_app.units import queries as units_queries
from tests.features.members.conftest import People, add_member
from tests.support.works import View, Work


def test_seeing_a_member_says_the_same_in_python_and_in_sql(people: People, view: View) -> None:
    units = (people.commune, people.cell, people.other_cell)
    everybody = (people.an, people.binh, people.secretary, people.organiser)
    actors = [SYSTEM, Actor(), *(Actor(member_id=member.id) for member in everybody)]
    actors += [Actor(member_id=people.an.id, grants=(Grant(role, unit),)) for role in Role for unit in units]
    with view() as r:
        paths = {unit: units_queries.path_ids(r.session, unit) for unit in units}
        for actor in actors:
            by_sql = set(r.session.scalars(policy.visible_members(actor)))
            by_hand = {m.id for m in everybody if policy.sees(actor, m.id, paths[m.unit_id], m.unit_id)}
            assert by_sql == by_hand, actor


def test_the_roster_is_sorted_searched_and_scoped(people: People, work: Work, view: View) -> None:
    secretary = Actor(member_id=people.secretary.id, grants=(Grant(Role.SECRETARY, people.cell),))
    with work() as w:
        add_member(w, people.cell, "Phạm Văn Ẩn")
        add_member(w, people.cell, "Trần Thị Ánh")
        add_member(w, people.cell, "Vũ Thị Đi").standing = Standing.MOVED.value

    def names(search: str = "", units: list[int] | None = None) -> list[str]:
        with view() as r:
            return [member.full_name for member in r.session.scalars(queries.roster(secretary, units, search=search))]

    assert names() == ["Nguyễn Văn An", "Trần Thị Ánh", "Phạm Văn Ẩn", "Lê Thị Hoa"]
    assert names("anh tran") == ["Trần Thị Ánh"]
    assert names("01.2345") == ["Nguyễn Văn An"]
    assert names("%") == []
    assert names(units=[people.other_cell]) == []


def test_a_secretary_of_another_cell_does_not_find_a_member(people: People, view: View) -> None:
    with view() as r:
        elsewhere = Actor(member_id=people.binh.id, grants=(Grant(Role.SECRETARY, people.other_cell),))
        with pytest.raises(Missing):
            queries.visible_member(r.session, elsewhere, people.an.id)
        own = Actor(member_id=people.secretary.id, grants=(Grant(Role.SECRETARY, people.cell),))
        assert queries.visible_member(r.session, own, people.an.id).full_name == "Nguyễn Văn An"


def test_an_organiser_gives_roles_in_his_subtree(people: People, work: Work, view: View) -> None:
    with work(actor=people.organiser) as w:
        grant = services.grant_role(w, people.an.id, Role.SECRETARY, people.cell)
        with pytest.raises(RoleHeld):
            services.grant_role(w, people.an.id, Role.SECRETARY, people.cell)
        with pytest.raises(OwnRole):
            services.grant_role(w, people.organiser.id, Role.REVIEWER, people.commune)
        with pytest.raises(NotAllowed):
            services.grant_role(w, people.an.id, Role.OPERATOR, people.commune)
    with view() as r:
        assert queries.secretary_of(r.session, people.cell) is not None
        assert [row.role for row in queries.grants_of(r.session, people.an.id)] == [Role.SECRETARY]
    with work(actor=people.organiser) as w:
        services.revoke_role(w, grant.id)
    with work(actor=people.organiser) as w:
        with pytest.raises(Missing):
            services.revoke_role(w, grant.id)
        services.grant_role(w, people.an.id, Role.SECRETARY, people.cell)
    with view() as r:
        assert len(r.session.scalars(select(RoleGrant).where(RoleGrant.member_id == people.an.id)).all()) == 2


@pytest.mark.parametrize("who", ["an", "secretary"])
def test_nobody_else_gives_roles(people: People, work: Work, who: str) -> None:
    with work(actor=getattr(people, who)) as w, pytest.raises(Missing):
        services.grant_role(w, people.binh.id, Role.AUTHOR, people.commune)


def test_a_member_has_one_account_and_a_name_one_owner(people: People, work: Work) -> None:
    with work() as w:
        with pytest.raises(HasAccount):
            services.create_account(w, people.an.id, username="an2", password_hash="x")
        new = add_member(w, people.cell, "Phạm Văn Ẩn")
        with pytest.raises(UsernameTaken):
            services.create_account(w, new.id, username=" AN ", password_hash="x")
        assert services.create_account(w, new.id, username="BT2A", password_hash="x").username == "bt2a"


def test_names_of_accounts_are_the_card_or_a_code_that_cannot_be_misread() -> None:
    assert accounts.username_for(Member(id=7, card_number="01.234567")) == "01234567"
    codes = [accounts.username_for(Member(id=number, card_number=None)) for number in range(2000)]
    assert len(set(codes)) == 2000
    letters = set(itertools.chain.from_iterable(code.removeprefix("bt") for code in codes))
    assert letters.isdisjoint("01ilo")


def test_a_slip_is_given_at_the_command_line(people: People, work: Work, db: Database, app: Flask) -> None:
    with work() as w:
        add_member(w, people.cell, "Phạm Văn Ẩn", card="09.000001")
        add_member(w, people.cell, "Lý Thị Ơn", username="on").born_on = None
    runner = app.test_cli_runner()
    told = runner.invoke(args=["members", "new-slip", "09.000001"]).output
    assert "Phạm Văn Ẩn, Chi bộ thôn Giang Cao: tên đăng nhập 09000001" in told
    (token,) = re.findall(r"http://localhost/kich-hoat#([\w-]{43})", told)
    keys = [app.extensions["settings"].secret_key]
    assert activation.check(db, keys, Proof(token, "", "0001")).full_name == "Phạm Văn Ẩn"
    assert "Nguyễn Văn An" in runner.invoke(args=["members", "new-slip", "AN"]).output
    assert "thiếu cả ngày sinh và số thẻ" in runner.invoke(args=["members", "new-slip", "on"]).output
    assert runner.invoke(args=["members", "new-slip", "ai-do"]).exit_code == 1


def test_a_first_secret_is_nothing_that_is_known(people: People) -> None:
    secret = accounts.new_secret(people.an)
    assert len(secret) == accounts.SECRET_DIGITS
    assert passwords.problems(secret, is_staff=False, born_on=people.an.born_on) == []


def test_a_lost_password_is_replaced_and_ends_every_session(people: People, db: Database, app: Flask) -> None:
    with db.reading() as session:
        before = session.scalars(select(Account).where(Account.username == "an")).one().password_hash
    done = app.test_cli_runner().invoke(args=["members", "new-password", "AN"])
    secret = done.output.split()[-1]
    assert "Nguyễn Văn An" in done.output
    token = credentials.open_with_password(db, username="an", password=secret, is_shared_device=False, user_agent="thử")
    assert token
    app.test_cli_runner().invoke(args=["members", "new-password", "an"])
    with db.reading() as session:
        assert session.scalars(select(Account).where(Account.username == "an")).one().password_hash != before
        assert all(row.revoked_at is not None for row in session.scalars(select(UserSession)))
    assert app.test_cli_runner().invoke(args=["members", "new-password", "ai-do"]).exit_code == 1


def test_roles_are_granted_from_the_command_line(people: People, app: Flask, view: View) -> None:
    runner = app.test_cli_runner()
    assert "Đã giao" in runner.invoke(args=["members", "grant", "an", "author", "--unit", "XA"]).output
    assert runner.invoke(args=["members", "grant", "ai-do", "author", "--unit", "XA"]).exit_code == 1
    assert runner.invoke(args=["members", "grant", "an", "author", "--unit", "LA"]).exit_code == 1
    with view() as r:
        assert [row.role for row in queries.grants_of(r.session, people.an.id)] == [Role.AUTHOR]
