"""Units of work: all or nothing, at one instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from quiz_app.kernel.access import NOBODY, SYSTEM, Actor, FeaturePermission, Grant, Role
from quiz_app.kernel.audit import AuditEntry, FeatureAction
from tests.support.clock import NOW
from tests.support.works import View, Work


class Action(FeatureAction):
    ROUND_OPENED = ("round.opened", ["round_id"])


class Permission(FeaturePermission):
    READ = ("thing.read", {Role.MEMBER}, True)
    RULE = ("thing.rule", {Role.ORGANISER})


def test_what_is_recorded_is_kept_with_its_instant_and_actor(work: Work, view: View) -> None:
    instant = datetime(2026, 12, 2, 1, 30, 0, 250_000, tzinfo=UTC)
    with work(actor=Actor(member_id=7), now=instant) as w:
        w.record(Action.ROUND_OPENED, "round:3", round_id=3)
    with view() as r:
        row = r.session.scalars(select(AuditEntry)).one()
    assert (row.at, row.actor_member_id, row.action, row.subject, row.facts) == (
        instant,
        7,
        "round.opened",
        "round:3",
        {"round_id": 3},
    )


def test_an_exception_undoes_everything(work: Work, view: View) -> None:
    with pytest.raises(KeyError), work() as w:
        w.record(Action.ROUND_OPENED, "round:3", round_id=3)
        w.session.flush()
        raise KeyError
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize("facts", [{}, {"round_id": 1, "more": 2}, {"other": 1}])
def test_facts_are_those_declared(work: Work, facts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"round\.opened"), work() as w:
        w.record(Action.ROUND_OPENED, "round:1", **facts)


def test_the_instant_is_the_databases_clock_and_aware(work: Work, view: View) -> None:
    with work() as w:
        assert timedelta(0) <= w.now - NOW < timedelta(seconds=30)
        assert w.now.utcoffset() == timedelta(0)
    with view(now=NOW) as r:
        assert r.now == NOW


def test_who_may_what() -> None:
    organiser = Actor(member_id=1, grants=(Grant(Role.ORGANISER, 4), Grant(Role.SECRETARY, 5)))
    assert organiser.may(Permission.READ)
    assert organiser.may(Permission.RULE)
    assert not Actor(member_id=2).may(Permission.RULE)
    assert not NOBODY.may(Permission.READ)
    assert SYSTEM.may(Permission.RULE)
    assert organiser.units_as(Role.ORGANISER, Role.OVERSEER) == {4}
    with pytest.raises(RuntimeError, match="no member"):
        _ = NOBODY.member
