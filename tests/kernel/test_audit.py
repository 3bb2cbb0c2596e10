"""The audit's chain: whatever is done to history by SQL shows, at the seal where it was done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from quiz_app.kernel import audit
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry, AuditSeal, FeatureAction, first_broken, seal
from tests.support.clock import NOW
from tests.support.tampering import unlock_record
from tests.support.works import View, Work

LATER = NOW + timedelta(hours=1)


class Action(FeatureAction):
    DONE = ("thing.done", ["number"])


def _write(work: Work, numbers: range) -> None:
    with work(actor=Actor(member_id=1), now=NOW) as w:
        for number in numbers:
            w.record(Action.DONE, f"thing:{number}", number=number)


def _seal(work: Work) -> int:
    with work(now=LATER) as w:
        return seal(w.session, LATER, settled_before=NOW + timedelta(minutes=1))


@pytest.fixture
def three_seals(work: Work) -> list[tuple[int, int]]:
    """Three batches of four entries, as first and last id."""
    for batch in range(3):
        _write(work, range(batch * 4, batch * 4 + 4))
        assert _seal(work) == 4
    with work() as w:
        return [(row.first_id, row.last_id) for row in w.session.scalars(select(AuditSeal).order_by(AuditSeal.id))]


def _broken(view: View) -> int | None:
    with view() as r:
        found = first_broken(r.session)
        return found.first_id if found is not None else None


@pytest.mark.parametrize("act", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_database_refuses_to_change_what_is_on_record(
    three_seals: list[tuple[int, int]], work: Work, view: View, act: str, table: str
) -> None:
    with pytest.raises(DBAPIError, match="neither changed nor deleted"), work() as w:
        w.session.execute(text(act.format(table=table)))
    assert _broken(view) is None
    assert len(three_seals) == 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # which has such a statement
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_a_row_on_record_is_not_replaced_either(three_seals: list[tuple[int, int]], work: Work, table: str) -> None:
    with pytest.raises(DBAPIError, match="neither changed nor deleted"), work() as w:
        w.session.execute(text(f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"))  # names of the test
    assert len(three_seals) == 3


def test_an_untouched_chain_holds(three_seals: list[tuple[int, int]], view: View) -> None:
    assert len(three_seals) == 3
    assert _broken(view) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET facts = '{\"number\": 99}' WHERE id = {second}",
        "UPDATE audit_entry SET actor_member_id = 2 WHERE id = {second}",
        "UPDATE audit_entry SET actor_member_id = NULL WHERE id = {first}",
        "UPDATE audit_entry SET action = 'thing.undone' WHERE id = {last}",
        "UPDATE audit_entry SET subject = 'thing:0' WHERE id = {second}",
        "UPDATE audit_entry SET at = '2026-12-01 02:00:00.000001' WHERE id = {second}",
        "DELETE FROM audit_entry WHERE id = {first}",
        "DELETE FROM audit_entry WHERE id = {second}",
        "DELETE FROM audit_entry WHERE id = {last}",
        "DELETE FROM audit_entry WHERE id BETWEEN {first} AND {last}",
        "UPDATE audit_seal SET count = 3 WHERE first_id = {first}",
        "UPDATE audit_seal SET chain = 'ab' WHERE first_id = {first}",
    ],
)
def test_an_edit_or_a_deletion_names_its_seal(
    three_seals: list[tuple[int, int]], work: Work, view: View, tampering: str
) -> None:
    first, last = three_seals[1]
    for name, value in (("{first}", first), ("{second}", first + 1), ("{last}", last)):
        tampering = tampering.replace(name, str(value))
    with work() as w:
        unlock_record(w.session)
        w.session.execute(text(tampering.replace(":", "\\:")))
    assert _broken(view) == first


def test_a_swap_of_two_entries_shows(three_seals: list[tuple[int, int]], work: Work, view: View) -> None:
    first, _ = three_seals[1]
    with work() as w:
        unlock_record(w.session)
        one, two = w.session.get_one(AuditEntry, first), w.session.get_one(AuditEntry, first + 1)
        one.subject, two.subject = two.subject, one.subject
        one.facts, two.facts = two.facts, one.facts
    assert _broken(view) == first


def test_an_entry_slipped_in_between_shows(work: Work, view: View) -> None:
    """An id left free (a rolled-back transaction) is where a forger would put his row."""
    _write(work, range(2))
    with work(now=NOW) as w:
        taken = w.session.scalar(select(func.max(AuditEntry.id))) or 0
        w.session.add(AuditEntry(id=taken + 2, at=NOW, actor_member_id=1, action="a.b", subject="x:1", facts={}))
    assert _seal(work) == 3
    assert _broken(view) is None
    with work(now=NOW) as w:
        w.session.add(AuditEntry(id=taken + 1, at=NOW, actor_member_id=1, action="a.b", subject="x:2", facts={}))
    assert _broken(view) == taken - 1


def test_a_seal_that_is_taken_out_shows_at_the_next(three_seals: list[tuple[int, int]], work: Work, view: View) -> None:
    with work() as w:
        unlock_record(w.session)
        w.session.execute(text("DELETE FROM audit_seal WHERE first_id = :first"), {"first": three_seals[1][0]})
    assert _broken(view) == three_seals[2][0]


def test_young_entries_wait_and_batches_are_bounded(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(work, range(5))
    with work(now=NOW) as w:
        assert seal(w.session, NOW, settled_before=NOW) == 0
    monkeypatch.setattr(audit, "SEAL_BATCH", 3)
    assert [_seal(work), _seal(work), _seal(work)] == [3, 2, 0]


def test_an_old_entry_above_a_young_one_waits_for_it(work: Work, view: View) -> None:
    """Who began earlier and waited writes above who began later: the seal goes no further than the younger one."""
    for began in (timedelta(0), timedelta(seconds=61), timedelta(seconds=59)):
        with work(actor=Actor(member_id=1), now=NOW + began) as w:
            w.record(Action.DONE, "thing", number=1)
    assert _seal(work) == 1
    assert _broken(view) is None
    with work(now=LATER) as w:
        assert seal(w.session, LATER, settled_before=LATER) == 2
    assert _broken(view) is None


def test_an_entry_of_a_day_to_come_keeps_nothing_waiting(work: Work, view: View) -> None:
    """A clock that was ahead for a while wrote it; what came after it was set back is sealed all the same."""
    for began in (timedelta(days=400), timedelta(0)):
        with work(actor=Actor(member_id=1), now=NOW + began) as w:
            w.record(Action.DONE, "thing", number=1)
    assert _seal(work) == 2
    assert _broken(view) is None


def test_facts_survive_as_they_were(work: Work, view: View) -> None:
    """Vietnamese text and nested values must hash alike after a round trip through either engine."""

    class Told(FeatureAction):
        TOLD = ("thing.told", ["words", "nested"])

    with work(now=NOW) as w:
        w.record(Told.TOLD, "thing:1", words="Chi bộ thôn Giang Cao – “đã chốt”", nested={"b": [1, 2], "a": None})
    assert _seal(work) == 1
    assert _broken(view) is None
