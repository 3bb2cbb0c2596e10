"""A list of results from elsewhere: read, matched with our people, shown, confirmed, recorded, all of it or nothing.

Whoever is known by his card number, or by name, birth and unit, is certain; whoever may be several people, or does not
quite fit, is a question that a person answers. Who is not on the roster is left out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quiz_app.elsewhere import policy, queries
from quiz_app.elsewhere.errors import ListFaulty, ListUndecided, ListUnreadable
from quiz_app.elsewhere.models import OutsideContest, OutsideImport, OutsideRecord, Source, State
from quiz_app.elsewhere.policy import Action
from quiz_app.elsewhere.sheet import Line, Parsed, parse
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key, sort_key, tidy
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.errors import RosterUnreadable
from quiz_app.members.models import Member, Standing
from quiz_app.members.roster_file import read_sheets
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.units.policy import covered_units

KEPT_FOR = timedelta(days=1)
CANDIDATES = 6
NOBODY = 0
_PREFIXES = ("chi bo ", "dang bo ")


@dataclass(frozen=True, slots=True)
class Person:
    """One of our people, as far as a list can mean him."""

    member_id: int
    unit_id: int
    full_name: str
    unit_name: str
    born: str

    def may_be_born(self, born: str) -> bool:
        """Whether the birth that a list gives fits what is known; a year alone fits any day of it."""
        if not self.born or not born:
            return True
        return self.born == born if len(self.born) == len(born) else self.born[:4] == born[:4]


@dataclass(frozen=True, slots=True)
class Question:
    """A line that may mean one of these people, or nobody."""

    line: Line
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A line about a person; `before` is what is recorded of him already."""

    line: Line
    person: Person
    before: OutsideRecord | None


@dataclass(slots=True)
class Plan:
    """What recording a list would do."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    questions: list[Question] = field(default_factory=list)
    unknown: list[Line] = field(default_factory=list)
    doubled: list[Line] = field(default_factory=list)
    is_repeat: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed and not self.questions


def read(content: bytes, contest: OutsideContest) -> Parsed:
    """What the file says, read in the limited child. Raises ListUnreadable."""
    try:
        sheets = read_sheets(content)
    except RosterUnreadable as error:
        raise ListUnreadable(**error.facts) from None
    return parse(sheets, contest.starts_on, contest.ends_on)


def keep(w: Work, contest_id: int, content: bytes, parsed: Parsed, file_name: str) -> OutsideImport:
    """Keep what a faultless list says until it is confirmed; those that nobody confirmed for a day go.

    Raises Missing, ListFaulty.
    """
    queries.followed_contest(w, contest_id, *policy.LIST_ROLES)
    if parsed.problems:
        raise ListFaulty(count=len(parsed.problems))
    w.session.execute(
        delete(OutsideImport).where(OutsideImport.applied_at.is_(None), OutsideImport.sent_at < w.now - KEPT_FOR)
    )
    sent = OutsideImport(
        contest_id=contest_id,
        file_sha256=hashlib.sha256(content).hexdigest(),
        file_name=tidy(file_name)[:200],
        rows=[line.as_json() for line in parsed.lines],
        sent_at=w.now,
        sent_by=w.actor.member_id,
    )
    w.session.add(sent)
    w.session.flush()
    return sent


def sent_list(r: Reading, import_id: int) -> OutsideImport:
    """A list that the actor sent. Raises Missing for another's, and once it was recorded or grew old."""
    found = r.session.get(OutsideImport, import_id)
    if found is None or found.sent_by != r.actor.member_id or found.applied_at is not None:
        raise Missing
    queries.followed_contest(r, found.contest_id, *policy.LIST_ROLES)
    return found


def plan(r: Reading, sent: OutsideImport, answers: Mapping[str, int] | None = None) -> Plan:
    """What the list would change among the people whom the actor answers for.

    `answers` says who a doubtful line means: one of its people, or NOBODY.
    """
    found = Plan()
    last = queries.last_applied(r, sent.contest_id)
    if last is not None and last.file_sha256 == sent.file_sha256:
        found.is_repeat = True
        return found
    matching = _Matching(r, sent.contest_id)
    best: dict[int, tuple[Person, Line]] = {}
    for row in sent.rows:
        line = Line(**row)
        people, is_certain = matching.people(line)
        if not people:
            found.unknown.append(line)
            continue
        person = people[0] if is_certain else _answered(line, people, answers or {})
        if person is None:
            found.questions.append(Question(line, people))
        elif person is not _LEFT_OUT:
            held = best.get(person.member_id)
            if held is not None:  # one who sat several times stands there several times: his best line counts
                worse, line = sorted((held[1], line), key=_points)
                found.doubled.append(worse)
            best[person.member_id] = (person, line)
    for person, line in best.values():
        _compare(found, Change(line, person, matching.records.get(person.member_id)))
    return found


def apply(w: Work, import_id: int, answers: Mapping[str, int]) -> Plan:
    """Record what `plan` says, planned anew; the same file twice in a row changes nothing.

    Raises Missing, ListUndecided.
    """
    sent = sent_list(w, import_id)
    w.session.get(OutsideContest, sent.contest_id, with_for_update=True)  # two lists at once meet in the same people
    w.session.refresh(sent)
    if sent.applied_at is not None:
        raise Missing
    planned = plan(w, sent, answers)
    if planned.is_repeat:
        w.session.delete(sent)
        return planned
    if planned.questions:
        raise ListUndecided(count=len(planned.questions))
    for change in planned.new:
        w.session.add(
            OutsideRecord(**_values(w, change), contest_id=sent.contest_id, member_id=change.person.member_id)
        )
    if planned.changed:
        w.session.execute(
            update(OutsideRecord),
            [{"id": change.before.id, **_values(w, change)} for change in planned.changed if change.before],
        )
    counts = {"added": len(planned.new), "changed": len(planned.changed), "unchanged": planned.unchanged}
    sent.applied_at, sent.rows = w.now, []
    sent.added, sent.changed, sent.unchanged = counts["added"], counts["changed"], counts["unchanged"]
    w.record(Action.LIST_APPLIED, f"outside_contest:{sent.contest_id}", file_sha256=sent.file_sha256, **counts)
    return planned


_LEFT_OUT = Person(NOBODY, NOBODY, "", "", "")


def _answered(line: Line, people: Sequence[Person], answers: Mapping[str, int]) -> Person | None:
    said = answers.get(line.key)
    if said == NOBODY:
        return _LEFT_OUT
    return next((person for person in people if person.member_id == said), None)


def _compare(found: Plan, change: Change) -> None:
    before, line = change.before, change.line
    if before is None:
        found.new.append(change)
        return
    says = [
        (before.score_hundredths, line.score_hundredths),
        (before.attempts, line.attempts),
        (before.took_part_on, _day(line)),
    ]
    differs = any(after is not None and after != had for had, after in says)
    if differs or before.state != State.CONFIRMED.value:
        found.changed.append(change)
    else:
        found.unchanged += 1


def _values(w: Work, change: Change) -> dict[str, Any]:
    """What is recorded; an empty cell never erases what is known, and the unit at the time stays."""
    before, line = change.before, change.line
    return {
        "unit_id": before.unit_id if before else change.person.unit_id,
        "score_hundredths": _or(line.score_hundredths, before and before.score_hundredths),
        "attempts": _or(line.attempts, before and before.attempts),
        "took_part_on": _or(_day(line), before and before.took_part_on),
        "source": Source.LIST.value,
        "state": State.CONFIRMED.value,
        "reason": "",
        "revision": before.revision + 1 if before else 1,
        "recorded_at": w.now,
        "decided_at": w.now,
        "decided_by": w.actor.member_id,
    }


def _or(said: Any, known: Any) -> Any:
    return known if said is None else said


def _points(line: Line) -> int:
    return -1 if line.score_hundredths is None else line.score_hundredths


def _day(line: Line) -> date | None:
    return date.fromisoformat(line.took_part_on) if line.took_part_on else None


class _Matching:
    """Finds for each line the people whom it may mean: those of the actor's units whom the contest concerns."""

    def __init__(self, r: Reading, contest_id: int) -> None:
        contest = r.session.get_one(OutsideContest, contest_id)
        scope = covered_units(r.actor, *policy.LIST_ROLES).where(Unit.id.in_(units.subtree_ids(contest.unit_id)))
        self._by_card: dict[str, Person] = {}
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        self._units: dict[str, set[int]] = defaultdict(set)
        for unit_id, code, name in r.session.execute(select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(scope))):
            self._units[search_key(code)].add(unit_id)
            self._units[_bare(name)].add(unit_id)
        for row in r.session.execute(_people().where(Member.unit_id.in_(scope))):
            born = "" if row.born_on is None else row.born_on.isoformat()
            person = Person(row.id, row.unit_id, row.full_name, row.unit_name, born[:4] if row.born_year_only else born)
            self._by_name[sort_key(row.full_name)].append(person)
            if row.card_number:
                self._by_card[row.card_number] = person
        self.records = _recorded(r.session, contest_id)

    def people(self, line: Line) -> tuple[tuple[Person, ...], bool]:
        """Whom the line may mean, and whether that is certain."""
        name = sort_key(line.full_name)
        holder = self._by_card.get(line.card_number) if line.card_number else None
        if holder is not None:
            return (holder,), sort_key(holder.full_name) == name
        namesakes = self._by_name.get(name, [])
        unit_ids = self._units.get(_bare(line.unit_text), set()) if line.unit_text else set()
        fitting = [one for one in namesakes if one.may_be_born(line.born)]
        near = [one for one in fitting if one.unit_id in unit_ids]
        if len(near) == 1 and near[0].born and line.born:
            return (near[0],), True
        return tuple((near or fitting or namesakes)[:CANDIDATES]), False


def _bare(text: str) -> str:
    """The name of a unit without its kind, in any spelling."""
    plain = search_key(text)
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain


def _people() -> Any:
    return (
        select(
            Member.id,
            Member.unit_id,
            Member.full_name,
            Member.born_on,
            Member.born_year_only,
            Member.card_number,
            Unit.name.label("unit_name"),
        )
        .join(Unit, Unit.id == Member.unit_id)
        .where(Member.standing.not_in([Standing.MOVED.value, Standing.LEFT.value]))
        .order_by(Member.sort_key, Member.id)
    )


def _recorded(session: Session, contest_id: int) -> dict[int, OutsideRecord]:
    rows = session.scalars(select(OutsideRecord).where(OutsideRecord.contest_id == contest_id))
    return {record.member_id: record for record in rows}
