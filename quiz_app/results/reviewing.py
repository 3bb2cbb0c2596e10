"""Flags as people look at them: the list of a round, the evidence of one, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from quiz_app.attempts.models import Attempt, Response
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.results import flag_words
from quiz_app.results.models import Flag, FlagAttempt, FlagState
from quiz_app.results.policy import Action
from quiz_app.rules.flags import FlagKind
from quiz_app.units.models import Unit
from quiz_app.web.paging import USUAL_SIZE, Page

LONGEST_NOTE = 1000
DEVICE_DIGITS = 12
SIDE_BY_SIDE = 4
MOST_LISTED = 200
NAMED = 3


@dataclass(frozen=True, slots=True)
class Filter:
    """Which flags are asked for; without anything, all."""

    state: FlagState | None = None
    kind: FlagKind | None = None


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag in the list. Attempts and people are two numbers; `names` are those of the first few people."""

    flag: Flag
    attempts: int
    people: int
    names: tuple[str, ...]

    @property
    def kind(self) -> FlagKind:
        return FlagKind(self.flag.kind)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many flags of a round are in each state, and how many attempts and people the open ones are about."""

    open: int
    cleared: int
    confirmed: int
    open_attempts: int
    open_people: int

    @property
    def total(self) -> int:
        return self.open + self.cleared + self.confirmed


@dataclass(frozen=True, slots=True)
class Sat:
    """One attempt of a flag, or one started on the same device."""

    attempt: Attempt
    member: Member
    unit: Unit
    helper_name: str | None

    @property
    def device(self) -> str:
        """Enough of the device's hash to tell two apart; empty where none is stored."""
        return (self.attempt.device_sha256 or "")[:DEVICE_DIGITS]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept at a place, in the order in which it was saved. `since` is the time since the save before."""

    position: int
    stem_html: str
    chosen: str
    saved_at: datetime
    since: timedelta | None
    is_right: bool | None


@dataclass(frozen=True, slots=True)
class Paper:
    """The answers of one attempt as they were saved, first to last."""

    sat: Sat
    answers: tuple[Answer, ...]

    @property
    def rhythm(self) -> list[tuple[str, float]]:
        """The seconds before each answer but the first, for a chart."""
        return [
            (str(number), one.since / timedelta(seconds=1))
            for number, one in enumerate(self.answers, start=1)
            if one.since is not None
        ]


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a flag, now or before."""

    state: FlagState
    note: str
    at: datetime
    by_name: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a reviewer sees of a flag. `beside` were started on the same devices and are not part of it.

    `shows_marks`: nobody answers any more, so right and wrong tell nobody a key. `is_own`: the reviewer sat himself.
    """

    flag: Flag
    round: Round
    sat: tuple[Sat, ...]
    papers: Page[Paper]
    beside: tuple[Sat, ...]
    decisions: tuple[Decision, ...]
    shows_marks: bool
    is_own: bool

    @property
    def kind(self) -> FlagKind:
        return FlagKind(self.flag.kind)

    @property
    def people(self) -> int:
        return len({one.member.id for one in self.sat})

    @property
    def longest_step_s(self) -> float:
        """The top of the scale on which the rhythms shown are comparable."""
        return max((value for paper in self.papers.rows for _, value in paper.rhythm), default=1.0) or 1.0


def counts(r: Reading, round_id: int) -> Counts:
    rows = dict(
        r.session.execute(select(Flag.state, func.count()).where(Flag.round_id == round_id).group_by(Flag.state)).all()
    )
    attempts, people = r.session.execute(
        select(func.count(Attempt.id.distinct()), func.count(Attempt.member_id.distinct()))
        .join(FlagAttempt, FlagAttempt.attempt_id == Attempt.id)
        .join(Flag, Flag.id == FlagAttempt.flag_id)
        .where(Flag.round_id == round_id, Flag.state == FlagState.OPEN.value)
    ).one()
    return Counts(
        open=rows.get(FlagState.OPEN.value, 0),
        cleared=rows.get(FlagState.CLEARED.value, 0),
        confirmed=rows.get(FlagState.CONFIRMED.value, 0),
        open_attempts=attempts,
        open_people=people,
    )


def flag_page(r: Reading, round_id: int, asked: Filter, number: int) -> Page[FlagLine]:
    """One page of a round's flags: the open ones first, among them those that many people share."""
    chosen = _asked(round_id, asked)
    total = r.session.scalar(select(func.count()).select_from(Flag).where(*chosen)) or 0
    number = max(1, min(number, -(-total // USUAL_SIZE)))
    flags = r.session.scalars(
        select(Flag)
        .where(*chosen)
        .order_by(
            case((Flag.state == FlagState.OPEN.value, 0), (Flag.state == FlagState.CONFIRMED.value, 1), else_=2),
            case((Flag.kind == FlagKind.FAST.value, 1), else_=0),
            Flag.kind,
            Flag.id,
        )
        .limit(USUAL_SIZE)
        .offset((number - 1) * USUAL_SIZE)
    ).all()
    whose: dict[int, list[tuple[int, str]]] = {flag.id: [] for flag in flags}
    rows = r.session.execute(
        select(FlagAttempt.flag_id, Member.id, Member.full_name)
        .join(Attempt, Attempt.id == FlagAttempt.attempt_id)
        .join(Member, Member.id == Attempt.member_id)
        .where(FlagAttempt.flag_id.in_(whose))
        .order_by(FlagAttempt.flag_id, Member.sort_key, Member.id)
    )
    for flag_id, member_id, name in rows:
        whose[flag_id].append((member_id, name))
    return Page([_line(flag, whose[flag.id]) for flag in flags], number, USUAL_SIZE, total)


def managed(r: Reading, flag_id: int) -> tuple[Flag, Round]:
    """A flag of a round that the actor runs. Raises Missing."""
    flag = r.session.get(Flag, flag_id)
    if flag is None:
        raise Missing
    return flag, contests.managed_round(r, flag.round_id)


def evidence(r: Reading, flag_id: int, number: int = 1) -> Evidence:
    """A flag with its evidence, a few papers of it side by side; `number` is the page of papers. Raises Missing."""
    flag, round_ = managed(r, flag_id)
    attempt_ids = select(FlagAttempt.attempt_id).where(FlagAttempt.flag_id == flag.id)
    sat = _sat(r, Attempt.id.in_(attempt_ids))
    number = max(1, min(number, -(-len(sat) // SIDE_BY_SIDE)))
    shown = sat[(number - 1) * SIDE_BY_SIDE : number * SIDE_BY_SIDE]
    return Evidence(
        flag=flag,
        round=round_,
        sat=sat,
        papers=Page(_papers(r, shown), number, SIDE_BY_SIDE, len(sat)),
        beside=_beside(r, flag, round_, sat),
        decisions=_decisions(r, flag),
        shows_marks=r.now >= answers_end_at(round_),
        is_own=any(one.member.id == r.actor.member_id for one in sat),
    )


def review(w: Work, flag_id: int, state: FlagState, note: str, seen: str) -> Flag:
    """Clear or confirm a flag with the reason; again, where somebody finds out more: earlier decisions stay on record.

    `seen` is the state on the page that the reviewer decided by. Raises Missing, or BadInput (fields `note`, `state`).
    """
    flag, round_ = managed(w, flag_id)
    flag = w.session.get_one(Flag, flag.id, with_for_update=True, populate_existing=True)
    note = note.strip()
    if state is FlagState.OPEN:
        raise BadInput({"state": [flag_words.NO_DECISION]})
    if not note or len(note) > LONGEST_NOTE:
        raise BadInput({"note": [flag_words.NO_NOTE if not note else flag_words.LONG_NOTE.format(most=LONGEST_NOTE)]})
    if flag.state != seen:
        raise BadInput({"state": [flag_words.DECIDED_MEANWHILE]})
    own = select(Attempt.id).join(FlagAttempt, FlagAttempt.attempt_id == Attempt.id)
    own = own.where(FlagAttempt.flag_id == flag.id, Attempt.member_id == w.actor.member)
    if w.session.scalars(own.limit(1)).one_or_none() is not None:
        raise BadInput({"state": [flag_words.OWN_FLAG]})
    flag.state, flag.note, flag.reviewed_at, flag.reviewed_by = state.value, note, w.now, w.actor.member
    w.record(Action.FLAG_REVIEWED, f"flag:{flag.id}", round_id=round_.id, state=state.value, note=note)
    return flag


def _asked(round_id: int, asked: Filter) -> list[ColumnElement[bool]]:
    chosen = [Flag.round_id == round_id]
    if asked.state is not None:
        chosen.append(Flag.state == asked.state.value)
    if asked.kind is not None:
        chosen.append(Flag.kind == asked.kind.value)
    return chosen


def _line(flag: Flag, whose: Sequence[tuple[int, str]]) -> FlagLine:
    people = dict(whose)
    return FlagLine(flag, len(whose), len(people), tuple(list(people.values())[:NAMED]))


def _sat(r: Reading, chosen: ColumnElement[bool]) -> tuple[Sat, ...]:
    helper = aliased(Member)
    columns: list[Any] = [Attempt, Member, Unit, helper.full_name]
    query = (
        select(*columns)
        .join(Member, Member.id == Attempt.member_id)
        .join(Unit, Unit.id == Attempt.unit_id)
        .outerjoin(helper, helper.id == Attempt.assisted_by)
        .where(chosen)
        .order_by(Attempt.started_at, Attempt.id)
        .limit(MOST_LISTED)
    )
    return tuple(Sat(*row) for row in r.session.execute(query))


def _beside(r: Reading, flag: Flag, round_: Round, sat: Sequence[Sat]) -> tuple[Sat, ...]:
    """What else was started on the devices of a flag that is about devices, assisted attempts among it."""
    devices = {one.attempt.device_sha256 for one in sat} - {None}
    if FlagKind(flag.kind) not in {FlagKind.SHARED_DEVICE, FlagKind.RENEWED} or not devices:
        return ()
    known = [one.attempt.id for one in sat]
    return _sat(r, (Attempt.round_id == round_.id) & Attempt.device_sha256.in_(devices) & Attempt.id.not_in(known))


def _papers(r: Reading, shown: Sequence[Sat]) -> list[Paper]:
    rows = r.session.scalars(
        select(Response)
        .where(Response.attempt_id.in_([one.attempt.id for one in shown]), Response.saved_at.is_not(None))
        .order_by(Response.attempt_id, Response.saved_at, Response.position)
    ).all()
    items = catalogue.paper_items(r.session, {row.item_version_id for row in rows})
    papers = []
    for one in shown:
        own = [row for row in rows if row.attempt_id == one.attempt.id]
        times = [row.saved_at for row in own if row.saved_at is not None]
        steps: list[timedelta | None] = [None, *(later - earlier for earlier, later in pairwise(times))]
        answers = (
            Answer(row.position, items[row.item_version_id].stem_html, row.chosen or "", at, step, row.is_right)
            for row, at, step in zip(own, times, steps, strict=False)
        )
        papers.append(Paper(one, tuple(answers)))
    return papers


def _decisions(r: Reading, flag: Flag) -> tuple[Decision, ...]:
    rows = r.session.execute(
        select(AuditEntry.facts, AuditEntry.at, Member.full_name)
        .outerjoin(Member, Member.id == AuditEntry.actor_member_id)
        .where(AuditEntry.subject == f"flag:{flag.id}", AuditEntry.action == Action.FLAG_REVIEWED.code)
        .order_by(AuditEntry.id.desc())
    )
    return tuple(Decision(FlagState(facts["state"]), facts["note"], at, name) for facts, at, name in rows)
