"""A roster against what is known: what would change, and changing it, all of it or nothing.

An empty cell never erases what is known. Nobody is struck off for missing in a file, unless the file is said to be
complete and the person who applies it says so once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import history, labels, services
from quiz_app.members.errors import RemovalUnconfirmed, RosterFaulty, RosterOutdated
from quiz_app.members.models import Member, MemberChange, RosterImport
from quiz_app.members.policy import Action
from quiz_app.members.queries import has_demo_accounts, last_import, operator_ids
from quiz_app.members.roster_entry import Entry, Problem
from quiz_app.members.roster_file import Sheet
from quiz_app.members.roster_matching import RosterMembers
from quiz_app.members.roster_plan import Kind, PlanFolder, Record, Summary, parts
from quiz_app.members.roster_planning import CHANGEABLE, Planner, keys_of
from quiz_app.members.roster_sheet import Notes, entries
from quiz_app.members.roster_units import RosterUnits
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit

WRITTEN_AT_ONCE = 1000
NOBODY = "Không thấy dòng tiêu đề có cột “Họ và tên” và ít nhất một cột khác, hoặc bên dưới không có ai."


@dataclass(frozen=True, slots=True)
class Order:
    """A file for a unit. `is_complete`: it has everybody of the unit, so who is not in it has left.

    `answers` decide what was doubtful, by the key of the question.
    """

    unit_id: int
    file_sha256: str
    file_name: str
    is_complete: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written."""

    added: int
    changed: int
    left: int
    is_repeat: bool = False


def file_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plan(r: Reading, order: Order, sheets: Iterable[Sheet], kept: PlanFolder, told: Any = None) -> Summary:
    """Work out what the file would change in the unit's subtree, and keep it. `told` is called with each row's number.

    Raises Missing where the actor is not the unit's organiser.
    """
    root = units_queries.covered_unit(r.session, r.actor, order.unit_id, Role.ORGANISER)
    summary = Summary(is_complete=order.is_complete)
    last = last_import(r.session, order.unit_id)
    if last is not None and last.file_sha256 == order.file_sha256 and not order.is_complete:
        summary.is_repeat = True
        kept.write((), summary)
        kept.write_summary(summary)
        return summary
    units = RosterUnits(r.session, root)
    members = RosterMembers(r.session, units, units.names)
    summary.fingerprint = _fingerprint(r.session, order.unit_id)
    summary.roster_size = sum(not known.is_gone for known in members.all.values())
    notes = Notes()
    planner = Planner(units, members, order.answers, summary, {r.actor.member_id or 0, *operator_ids(r.session)})
    found = planner.records(_told(entries(sheets, r.now.astimezone(VIETNAM).date(), notes), told))
    kept.write(_with_somebody(found), summary)
    summary.dropped, summary.skipped, summary.headers = notes.dropped, notes.skipped, notes.headers
    summary.unit_names = {str(unit_id): name for unit_id, name in units.names.items()}
    kept.write_summary(summary)
    return summary


def apply(
    w: Work, order: Order, kept: PlanFolder, *, with_left: bool = False, removed: int | None = None, since: datetime
) -> Done:
    """Write what the plan says, as it was shown; the same order twice (asked for at `since`) changes nothing.

    Raises Missing; RosterFaulty where anything is wrong or doubtful; RemovalUnconfirmed where many would be off the
    roster and `removed` is not their number; RosterOutdated where the roster has changed since it was planned;
    LastOperator where nobody would run the platform any more.
    """
    units_queries.covered_unit(w.session, w.actor, order.unit_id, Role.ORGANISER)
    root = units_queries.path(w.session, order.unit_id)[0]  # of the whole house: imports at different levels meet
    w.session.get(Unit, root.id, with_for_update=True)
    before = _applied_since(w.session, order, since)
    if before is not None:
        return Done(before.added, before.changed, 0, is_repeat=True)
    summary = kept.summary()
    check(summary, with_left=with_left, removed=removed)
    if summary.fingerprint != _fingerprint(w.session, order.unit_id):
        raise RosterOutdated
    try:
        with services.keeping_an_operator(w):
            left = _write(w, kept, with_left=with_left)
    except IntegrityError:  # a card of somebody outside the unit, since it was planned
        raise RosterOutdated from None
    changed = summary.count(Kind.CHANGED) + summary.count(Kind.MOVED)
    counts = {"added": summary.count(Kind.NEW), "changed": changed, "unchanged": summary.count(Kind.UNCHANGED)}
    w.session.add(
        RosterImport(
            unit_id=order.unit_id,
            file_sha256=order.file_sha256,
            file_name=order.file_name[:200],
            applied_at=w.now,
            applied_by=w.actor.member_id,
            **counts,
        )
    )
    facts = {**counts, "moved": summary.count(Kind.MOVED), "left": left}
    w.record(Action.ROSTER_APPLIED, f"unit:{order.unit_id}", file_sha256=order.file_sha256, **facts)
    return Done(counts["added"], changed, left)


def check(summary: Summary, *, with_left: bool, removed: int | None) -> None:
    """Whether a plan may be applied. Raises RosterFaulty, RemovalUnconfirmed."""
    if not summary.is_ready:
        raise RosterFaulty(count=summary.problem_count + summary.count(Kind.DOUBTFUL))
    if summary.is_large_removal(with_left=with_left) and removed != summary.removed(with_left=with_left):
        raise RemovalUnconfirmed(count=summary.removed(with_left=with_left), size=summary.roster_size)


def _write(w: Work, kept: PlanFolder, *, with_left: bool) -> int:
    """Write the records in parts, none of which is large in memory; how many have left."""
    is_demo = has_demo_accounts(w.session)  # whoever comes into a demo belongs to it
    for part in parts(kept.records(Kind.NEW), WRITTEN_AT_ONCE):
        w.session.execute(insert(Member), [_row(record, w, is_demo=is_demo) for record in part])
    kinds = [Kind.CHANGED, Kind.MOVED, *([Kind.LEFT] if with_left else [])]
    left = 0
    for part in parts(kept.records(*kinds), WRITTEN_AT_ONCE):
        w.session.execute(update(Member), [{"id": record.member_id, **_values(record)} for record in part])
        changes = [change for record in part for change in _changes(w, record)]
        if changes:
            w.session.execute(insert(MemberChange), changes)
        left += sum(record.kind is Kind.LEFT for record in part)
    return left


def _changes(w: Work, record: Record) -> list[dict[str, Any]]:
    """What of a row is kept in the member's history."""
    if record.member_id is None:
        return []
    return [
        history.row(w, record.member_id, field, (record.before.get(name), record.values[name]), labels.BY_ROSTER)
        for name, field in history.KEPT_FIELDS.items()
        if name in record.values and record.before.get(name) != record.values[name]
    ]


def _row(record: Record, w: Work, *, is_demo: bool) -> dict[str, Any]:
    full_name = record.full_name
    nothing: dict[str, Any] = dict.fromkeys(("gender", "position", "phone", "email", "note"), "")
    nothing |= dict.fromkeys(("born_on", "card_number", "joined_on", "official_on"))
    return {**nothing, **record.values, **keys_of(full_name), "is_demo": is_demo, "created_at": w.now}


def _values(record: Record) -> dict[str, Any]:
    named = keys_of(record.values["full_name"]) if "full_name" in record.values else {}
    return {**record.values, **named}


def _applied_since(session: Session, order: Order, since: datetime) -> RosterImport | None:
    return session.scalars(
        select(RosterImport)
        .where(
            RosterImport.unit_id == order.unit_id,
            RosterImport.file_sha256 == order.file_sha256,
            RosterImport.applied_at >= since,
        )
        .limit(1)
    ).one_or_none()


def _fingerprint(session: Session, unit_id: int) -> str:
    """What a plan leans on: the units below and everything that a roster may change of their people."""
    below = units_queries.subtree_ids(unit_id)
    digest = hashlib.sha256()
    units = select(Unit.id, Unit.code, Unit.name, Unit.parent_id, Unit.closed_at).where(Unit.id.in_(below))
    columns = [getattr(Member, name) for name in ("id", *CHANGEABLE, "born_year_only")]
    people = select(*columns).where(Member.unit_id.in_(below)).order_by(Member.id)
    for statement in (units.order_by(Unit.id), people):
        for row in session.execute(statement.execution_options(yield_per=WRITTEN_AT_ONCE)):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _told(found: Iterable[Entry], told: Any) -> Iterator[Entry]:
    for number, entry in enumerate(found, start=1):
        if told is not None:
            told(number)
        yield entry


def _with_somebody(records: Iterable[Record]) -> Iterator[Record]:
    """The records; one that tells so where the file has nobody."""
    is_empty = True
    for record in records:
        if is_empty and record.kind is Kind.LEFT:
            break
        is_empty = False
        yield record
    if is_empty:
        yield Record(Kind.ERROR, "", 1, "", problems=(Problem("", 1, "A", "", NOBODY),))
