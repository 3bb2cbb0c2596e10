"""Fields that a form does not have decide nothing, whatever they are called and wherever they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from flask import Flask, request

from quiz_app.kernel.db import Database
from quiz_app.kernel.work import Work
from quiz_app.members.models import Category, Member
from quiz_app.people import records
from tests.architecture.surplus import Surplus
from tests.architecture.world import House, app, db, world
from tests.support.browse import Browse

__all__ = ["app", "db", "world"]  # fixtures

MOST_WORTH = {
    "contests_manage.change_round", "members.change_password", "members.set_consent", "members_roles.grant",
    "people_members.change_category", "people_members.change_standing", "registering.in_unit",
    "registering_manage.decide",
}  # fmt: skip


def test_no_form_takes_more_than_its_fields(house: House, app: Flask, db: Database, browse: Browse) -> None:
    """Every form of the url map, sent with the name of every column there is, writes the same as without them."""
    surplus = Surplus(house, app, db, browse)
    surplus.ask()
    assert surplus.taken == {}
    assert MOST_WORTH - surplus.wrote == set()
    assert len(surplus.wrote) > 110


def test_a_careless_view_is_found(house: House, app: Flask, db: Database, browse: Browse) -> None:
    surplus = Surplus(house, app, db, browse)
    with _careless():
        surplus.ask("people_members.change_category")
    assert surplus.taken.keys() == {"people_members.change_category"}


@contextmanager
def _careless() -> Iterator[None]:
    change = records.change_category

    def taking_all(w: Work, member_id: int, category: Category, **rest: str) -> None:
        change(w, member_id, category, **rest)
        member = w.session.get_one(Member, member_id)
        for name, value in request.form.items():
            if name in ("note", "position"):
                setattr(member, name, value)

    with mock.patch.object(records, "change_category", taking_all):
        yield
