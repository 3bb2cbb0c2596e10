"""The first operator comes in by a link that works once, for a day, and only while there is no operator."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.members import credentials, first_operator, queries, services
from quiz_app.members.errors import LinkSpent, NameNeeded, OperatorExists
from quiz_app.members.models import Account, Category, Member, RoleGrant
from quiz_app.members.staff_models import FirstOperatorLink
from tests.features.members.conftest import People
from tests.support.browse import Browse
from tests.support.clock import Clock
from tests.support.works import View, Work

PASSWORD = "sen-hồng-nở-giữa-hồ"
URL = "/quan-tri-dau-tien"


def _token(work: Work, people: People, username: str = "quy", name: str = "Dương Văn Quý") -> str:
    with work() as w:
        return first_operator.issue_link(w, username=username, full_name=name, unit_id=people.commune)


def test_the_link_makes_an_operator_who_signs_in(people: People, work: Work, view: View, db: Database) -> None:
    token = _token(work, people)
    assert first_operator.come_in(db, token, PASSWORD, user_agent="thử")
    with view() as r:
        person = r.session.scalars(select(Member).where(Member.full_name == "Dương Văn Quý")).one()
        assert person.category == Category.OTHER.value
        assert [(row.role, row.unit_id) for row in queries.grants_of(r.session, person.id)] == [
            (Role.OPERATOR, people.commune)
        ]
        link = r.session.scalars(select(FirstOperatorLink)).one()
        assert token not in (link.token_sha256, link.username, link.full_name)
    assert credentials.open_with_password(
        db, username="QUY", password=PASSWORD, is_shared_device=False, user_agent="thử"
    )
    with pytest.raises(LinkSpent):
        first_operator.come_in(db, token, PASSWORD, user_agent="thử")


def test_somebody_of_the_roster_becomes_it_with_his_own_account(
    people: People, work: Work, view: View, db: Database
) -> None:
    token = _token(work, people, "AN", "")
    with view() as r:
        before = r.session.scalar(select(func.count()).select_from(Member))
    first_operator.come_in(db, token, PASSWORD, user_agent="thử")
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == before
        assert [row.role for row in queries.grants_of(r.session, people.an.id)] == [Role.OPERATOR]
    assert credentials.open_with_password(
        db, username="an", password=PASSWORD, is_shared_device=False, user_agent="thử"
    )


def test_a_weak_password_leaves_the_link_as_it_was(people: People, work: Work, db: Database) -> None:
    token = _token(work, people)
    with pytest.raises(BadInput, match="BadInput"):
        first_operator.come_in(db, token, "582931", user_agent="thử")
    assert first_operator.come_in(db, token, PASSWORD, user_agent="thử")


@pytest.mark.parametrize("spoil", ["wrong", "expired", "replaced"])
def test_a_link_that_is_void_opens_nothing(
    people: People, work: Work, view: View, db: Database, clock: Clock, spoil: str
) -> None:
    token = _token(work, people)
    if spoil == "expired":
        clock.move(seconds=timedelta(hours=24).total_seconds())
    if spoil == "replaced":
        _token(work, people)
    with pytest.raises(LinkSpent):
        first_operator.come_in(db, token + "x" if spoil == "wrong" else token, PASSWORD, user_agent="thử")
    with view() as r:
        assert not queries.has_operator(r.session)


def test_once_there_is_an_operator_no_link_is_made_or_used(people: People, work: Work, db: Database) -> None:
    token = _token(work, people)
    with work() as w:
        services.grant_role(w, people.binh.id, Role.OPERATOR, people.commune)
    with pytest.raises(OperatorExists):
        first_operator.come_in(db, token, PASSWORD, user_agent="thử")
    with pytest.raises(OperatorExists):
        _token(work, people)


def test_a_name_is_needed_where_nobody_has_the_account(people: People, work: Work) -> None:
    with pytest.raises(NameNeeded):
        _token(work, people, name=" ")


def test_of_many_who_use_one_link_at_once_one_comes_in(people: People, work: Work, view: View, db: Database) -> None:
    token = _token(work, people)
    gate = threading.Barrier(4)

    def use(_: int) -> bool:
        gate.wait()
        try:
            first_operator.come_in(db, token, PASSWORD, user_agent="thử")
        except (LinkSpent, OperatorExists):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]
    with view() as r:
        assert r.session.scalar(select(func.count()).where(RoleGrant.role == Role.OPERATOR.value)) == 1
        assert r.session.scalar(select(func.count()).where(Account.username == "quy")) == 1


def test_the_command_prints_the_link_and_the_page_takes_it(people: People, app: Flask, browse: Browse) -> None:
    runner = app.test_cli_runner()
    arguments = ["members", "first-operator", "quy", "--unit", "xa", "--name", "Dương Văn Quý"]
    printed = runner.invoke(args=arguments).output
    address, _, token = printed.split()[-1].partition("#")
    assert address == f"http://localhost{URL}"
    assert len(token) == 43
    page = browse.submit(URL, {"token": token, "new": "ngắn", "again": "ngắn"}, status=422).page
    assert page is not None
    assert "ít nhất 15 ký tự" in page.text
    answer = browse.submit(URL, {"token": token, "new": PASSWORD, "again": PASSWORD})
    held = browse.follow(browse.submit(answer.location, action="/tai-khoan/thong-bao"))
    assert "Dương Văn Quý" in held.text
    again = browse.other().submit(URL, {"token": token, "new": PASSWORD, "again": PASSWORD}, status=422)
    assert "không còn dùng được" in again.text
    refused = runner.invoke(args=arguments)
    assert refused.exit_code == 1
    assert "đã có người quản trị" in refused.output


def test_the_command_says_what_is_missing(people: People, app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "--name" in runner.invoke(args=["members", "first-operator", "quy", "--unit", "XA"]).output
    assert "Không có đơn vị" in runner.invoke(args=["members", "first-operator", "an", "--unit", "LA"]).output
