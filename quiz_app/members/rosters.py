"""A roster against what is known: what would change, and changing it, all of it or nothing.

Persons are known by their card number, else by unit, name and birth. An empty cell never erases what is known, and
nobody is struck off for missing in a file: that is said in the column of standing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.text import search_key, sort_key, tidy
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import history, labels
from quiz_app.members.errors import RosterFaulty
from quiz_app.members.models import Category, Member, MemberChange, RosterImport, Standing
from quiz_app.members.policy import Action
from quiz_app.members.queries import last_import
from quiz_app.members.roster_file import Sheet
from quiz_app.members.roster_sheet import Entry, Problem, parse
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit, UnitKind

CHANGEABLE = (
    "unit_id",
    "full_name",
    "category",
    "standing",
    "gender",
    "born_on",
    "card_number",
    "joined_on",
    "official_on",
    "position",
    "phone",
    "email",
    "note",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One known member whom the file has otherwise: field to (before, after)."""

    member_id: int
    full_name: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Plan:
    """What applying a file would do. With any problem nothing can be applied."""

    new: list[tuple[int, Entry]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    not_in_file: int = 0
    problems: list[Problem] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unit_names: dict[int, str] = field(default_factory=dict)
    is_repeat: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed


def file_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plan(r: Reading, unit_id: int, sheets: Sequence[Sheet], file_sha256: str) -> Plan:
    """What the file would change in the unit's subtree. Raises Missing where the actor is not its organiser."""
    root = units_queries.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
    last = last_import(r.session, unit_id)
    if last is not None and last.file_sha256 == file_sha256:
        return Plan(unchanged=last.added + last.changed + last.unchanged, is_repeat=True)
    parsed = parse(sheets, r.now.astimezone(VIETNAM).date())
    found = Plan(problems=parsed.problems, dropped=parsed.dropped, skipped=parsed.skipped)
    if not parsed.entries and not parsed.problems:
        advice = "Không thấy dòng tiêu đề có cột “Họ và tên” và ít nhất một cột khác, hoặc bên dưới không có ai."
        found.problems.append(Problem("", 1, "A", "", advice))
    units = _Units(r.session, root)
    found.unit_names = units.names
    _Matching(r.session, units, found).run(parsed.entries)
    found.problems.sort(key=lambda problem: (problem.sheet, problem.row))
    return found


def apply(w: Work, unit_id: int, sheets: Sequence[Sheet], file_sha256: str, file_name: str) -> Plan:
    """Do what `plan` says, planned anew, one import at a time; the same file twice in a row changes nothing.

    Raises Missing, and RosterFaulty where the file has any problem.
    """
    root = units_queries.path(w.session, unit_id)[
        0
    ]  # of the whole house: imports at different levels meet in the same people
    w.session.get(Unit, root.id, with_for_update=True)
    planned = plan(w, unit_id, sheets, file_sha256)
    if planned.is_repeat:
        return planned
    if planned.problems:
        raise RosterFaulty(count=len(planned.problems))
    if planned.new:
        w.session.execute(insert(Member), [_row(entry, home, w) for home, entry in planned.new])
    if planned.changed:  # all in one: one by one took most of the time in which nobody else can write
        w.session.execute(update(Member), [{"id": change.member_id, **_values(change)} for change in planned.changed])
        kept = [
            history.row(w, change.member_id, field, change.fields[name], labels.BY_ROSTER)
            for change in planned.changed
            for name, field in history.KEPT_FIELDS.items()
            if name in change.fields
        ]
        if kept:
            w.session.execute(insert(MemberChange), kept)
    counts = {"added": len(planned.new), "changed": len(planned.changed), "unchanged": planned.unchanged}
    w.session.add(
        RosterImport(
            unit_id=unit_id,
            file_sha256=file_sha256,
            file_name=tidy(file_name)[:200],
            applied_at=w.now,
            applied_by=w.actor.member_id,
            **counts,
        )
    )
    w.record(Action.ROSTER_APPLIED, f"unit:{unit_id}", file_sha256=file_sha256, **counts)
    return planned


class _Units:
    """The units that a file may name: the root of the import and everything below it."""

    def __init__(self, session: Session, root: Unit) -> None:
        self.root = root
        self.names: dict[int, str] = {}
        self._by_text: dict[str, set[int]] = defaultdict(set)
        rows = session.scalars(
            select(Unit).where(Unit.id.in_(units_queries.subtree_ids(root.id)), Unit.closed_at.is_(None))
        )
        for unit in rows:
            self.names[unit.id] = unit.name
            for text in (unit.code, unit.name, unit.name.removeprefix("Chi bộ "), unit.name.removeprefix("Đảng bộ ")):
                self._by_text[search_key(text)].add(unit.id)

    def of(self, entry: Entry) -> int | Problem:
        """The unit of a row: named in it, else by its sheet, else the root where that is a cell."""
        if entry.unit_text:
            found = self._by_text.get(search_key(entry.unit_text), set())
            if len(found) == 1:
                return next(iter(found))
            advice = (
                "Có nhiều đơn vị cùng tên này. Mời ghi mã đơn vị."
                if found
                else f"Không có đơn vị này trong {self.root.name}. Ghi đúng tên hoặc mã đơn vị."
            )
            return entry.problem("unit", entry.unit_text, advice)
        by_sheet = self._by_text.get(search_key(entry.sheet), set())
        if len(by_sheet) == 1:
            return next(iter(by_sheet))
        if self.root.kind == UnitKind.CELL.value:
            return self.root.id
        return entry.problem("unit", "", "Chưa ghi chi bộ của người này.")


class _Matching:
    """Finds for each row the member whom it means."""

    def __init__(self, session: Session, units: _Units, found: Plan) -> None:
        self._units = units
        self._plan = found
        self._members = list(
            session.scalars(
                select(Member).where(Member.unit_id.in_(list(units.names)), Member.merged_into_id.is_(None))
            )
        )
        self._by_card = {member.card_number: member for member in self._members if member.card_number}
        self._by_name: dict[tuple[int, str], list[Member]] = defaultdict(list)
        for member in self._members:
            self._by_name[member.unit_id, member.sort_key].append(member)
        self._session = session

    def run(self, entries: list[Entry]) -> None:
        self._refuse_foreign_cards(entries)
        homes = [(entry, home) for entry in entries if (home := self._home(entry)) is not None]
        seen: dict[tuple[object, ...], Entry] = {}
        matched: dict[int, Entry] = {}
        for entry, home in homes:
            key = (entry.card_number,) if entry.card_number else (home, entry.name_key, entry.born_on)
            if (first := seen.setdefault(key, entry)) is not entry:
                self._refuse_double(entry, first)
                continue
            member = self._member_of(entry, home)
            if member is None:
                self._plan.new.append((home, entry))
            elif (first := matched.setdefault(member.id, entry)) is not entry:
                self._refuse_double(entry, first)
            else:
                self._compare(member, entry, home)
        self._plan.not_in_file = sum(
            member.id not in matched and member.standing not in (Standing.MOVED, Standing.LEFT)
            for member in self._members
        )

    def _home(self, entry: Entry) -> int | None:
        home = self._units.of(entry)
        if isinstance(home, Problem):
            self._plan.problems.append(home)
            return None
        return home

    def _refuse_double(self, entry: Entry, first: Entry) -> None:
        where = f"trang “{first.sheet}”, dòng {first.row}"
        if entry.card_number:
            advice = f"Người này hoặc số thẻ này đã có ở {where}. Giữ lại một dòng, hoặc sửa số thẻ."
            self._plan.problems.append(entry.problem("card_number", entry.card_number, advice))
            return
        advice = f"Trùng với {where}. Nếu là hai người khác nhau, ghi thêm ngày sinh hoặc số thẻ."
        self._plan.problems.append(entry.problem("full_name", entry.full_name, advice))

    def _refuse_foreign_cards(self, entries: Iterable[Entry]) -> None:
        asked = [entry.card_number for entry in entries if entry.card_number and entry.card_number not in self._by_card]
        foreign: set[str | None] = set()
        for start in range(0, len(asked), 500):
            part = asked[start : start + 500]
            foreign |= set(self._session.scalars(select(Member.card_number).where(Member.card_number.in_(part))))
        for entry in entries:
            if entry.card_number in foreign:
                advice = f"Số thẻ này đang thuộc một người ngoài {self._units.root.name}. Kiểm tra lại số thẻ."
                self._plan.problems.append(entry.problem("card_number", entry.card_number or "", advice))

    def _member_of(self, entry: Entry, home: int) -> Member | None:
        if entry.card_number and (member := self._by_card.get(entry.card_number)) is not None:
            return member
        namesakes = [
            member
            for member in self._by_name.get((home, entry.name_key), [])
            if _may_be_born(member, entry) and not (entry.card_number and member.card_number)
        ]
        exact = [member for member in namesakes if member.born_on == entry.born_on]
        candidates = exact or namesakes
        if len(candidates) > 1:
            advice = "Đơn vị có nhiều người trùng họ tên. Ghi thêm ngày sinh hoặc số thẻ để biết là ai."
            self._plan.problems.append(entry.problem("full_name", entry.full_name, advice))
        return candidates[0] if candidates else None

    def _compare(self, member: Member, entry: Entry, home: int) -> None:
        wanted = _wanted(entry, home)
        if member.born_on is not None and entry.born_on is not None and entry.born_year_only:
            wanted.pop("born_on")  # a year alone never replaces a known day
            if entry.born_on.year != member.born_on.year:
                wanted["born_on"] = entry.born_on
        if sort_key(member.full_name) == entry.name_key:
            wanted.pop("full_name")  # Hòa and Hoà, or capitals, are no change
        fields = {
            name: (getattr(member, name), value) for name, value in wanted.items() if getattr(member, name) != value
        }
        if not fields:
            self._plan.unchanged += 1
            return
        if "born_on" in fields:
            fields["born_year_only"] = (member.born_year_only, entry.born_year_only)
        self._plan.changed.append(Change(member.id, member.full_name, fields))


def _may_be_born(member: Member, entry: Entry) -> bool:
    if member.born_on is None or entry.born_on is None:
        return True
    if member.born_year_only or entry.born_year_only:
        return member.born_on.year == entry.born_on.year
    return member.born_on == entry.born_on


def _wanted(entry: Entry, home: int) -> dict[str, Any]:
    """What the row says of each field; fields of which it says nothing are left out."""
    said: dict[str, Any] = {"unit_id": home}
    for name in CHANGEABLE:
        value = home if name == "unit_id" else getattr(entry, name)
        if value is not None and value != "":
            said[name] = value.value if isinstance(value, Category | Standing) else value
    return said


def _values(change: Change) -> dict[str, Any]:
    values = {name: after for name, (_before, after) in change.fields.items()}
    if "full_name" in values:
        values |= {"sort_key": sort_key(values["full_name"]), "search_key": search_key(values["full_name"])}
    return values


def _row(entry: Entry, home: int, w: Work) -> dict[str, Any]:
    return {
        "unit_id": home,
        "full_name": entry.full_name,
        "sort_key": entry.name_key,
        "search_key": search_key(entry.full_name),
        "category": (entry.category or _category_of(entry)).value,
        "standing": (entry.standing or Standing.ACTIVE).value,
        "gender": entry.gender,
        "born_on": entry.born_on,
        "born_year_only": entry.born_year_only,
        "card_number": entry.card_number,
        "joined_on": entry.joined_on,
        "official_on": entry.official_on,
        "position": entry.position,
        "phone": entry.phone,
        "email": entry.email,
        "note": entry.note,
        "is_demo": False,
        "created_at": w.now,
    }


def _category_of(entry: Entry) -> Category:
    """What a new member is where the file does not say: on probation once joined, full with a card or a date of it."""
    is_on_probation = entry.joined_on is not None and entry.card_number is None and entry.official_on is None
    return Category.PROBATIONARY if is_on_probation else Category.FULL
