"""What a reminder is made of: the facts of a desk, whom it reaches, and who was reminded when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from quiz_app.attempts.models import Result
from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members.consents import consenting_members
from quiz_app.members.models import Member, Purpose
from quiz_app.members.queries import GONE
from quiz_app.participation import queries as participation
from quiz_app.participation.queries import Desk
from quiz_app.reminders.models import Channel, MailState, Reminder, ReminderMail, ReminderPlan
from quiz_app.reminders.texts import Facts
from quiz_app.rules.timing import opens_first_at

RESTS = timedelta(hours=20)  # between two mails to the same person, whoever asks for them
HAS_RESULT = exists().where(Result.round_id == RosterEntry.round_id, Result.member_id == RosterEntry.member_id)
STILL_TO_SIT = and_(RosterEntry.is_exempt.is_(False), ~HAS_RESULT)


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder as a desk tells of it; without a name it went to the group."""

    at: datetime
    channel: Channel
    full_name: str | None
    by_name: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """One of a desk's roster who may be reminded; his telephone number only for his own secretary."""

    member_id: int
    unit_id: int
    full_name: str
    phone: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a mail would reach now, and why it would not reach the others who still have to sit."""

    names: tuple[str, ...]
    member_ids: tuple[int, ...]
    without_address: int
    without_consent: int
    resting: int


def facts_of(round_: Round, unit_name: str, now: datetime, address: str) -> Facts:
    """The facts without counts."""
    return Facts(
        unit_name=unit_name,
        contest_title=round_.contest.title,
        round_title=round_.title,
        opens_at=opens_first_at(timing_of(round_)),
        closes_at=closed_for_all_at(round_),
        now=now,
        address=address,
    )


def group_facts(r: Reading, desk: Desk, address: str) -> Facts:
    """The facts of a desk as its group may be told them: no counts while its members are asked to predict such."""
    told = facts_of(desk.round, desk.unit.name, r.now, address)
    if contests_policy.hides_figures(desk.round, r.now) or contests_policy.frozen_since(desk.round, r.now) is not None:
        return told
    total, _ = participation.unit_lines(r, desk)
    return Facts(
        **{name: getattr(told, name) for name in Facts.__slots__ if name not in ("done", "able")},
        done=total.figures.rostered_participants,
        able=total.able,
    )


def person(r: Reading, desk: Desk, member_id: int) -> Person:
    """One of the desk's roster who has to sit. Raises Missing."""
    row = r.session.execute(
        select(Member, RosterEntry.unit_id, HAS_RESULT.label("is_done"))
        .join(RosterEntry, RosterEntry.member_id == Member.id)
        .where(
            RosterEntry.round_id == desk.round.id,
            RosterEntry.unit_id.in_(desk.scope),
            RosterEntry.is_exempt.is_(False),
            Member.id == member_id,
        )
    ).one_or_none()
    if row is None:
        raise Missing
    member, unit_id, is_done = row
    phone = member.phone if desk.with_phones and unit_id == desk.unit.id else ""
    return Person(member.id, unit_id, member.full_name, phone, bool(is_done))


def last_reminded(session: Session, round_id: int, member_ids: Collection[int]) -> dict[int, datetime]:
    """When each of the members was last reminded by name; who never was is left out."""
    rows = session.execute(
        select(Reminder.member_id, func.max(Reminder.at))
        .where(Reminder.round_id == round_id, Reminder.member_id.in_(member_ids))
        .group_by(Reminder.member_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def latest(r: Reading, desk: Desk, limit: int = 20) -> list[Reminded]:
    """The last reminders of a desk, the youngest first."""
    by = aliased(Member)
    rows = r.session.execute(
        select(Reminder.at, Reminder.channel, Member.full_name, by.full_name)
        .outerjoin(Member, Member.id == Reminder.member_id)
        .outerjoin(by, by.id == Reminder.by_member_id)
        .where(Reminder.round_id == desk.round.id, Reminder.unit_id.in_(desk.scope))
        .order_by(Reminder.at.desc(), Reminder.id.desc())
        .limit(limit)
    )
    return [Reminded(at, Channel(channel), name, by_name) for at, channel, name, by_name in rows]


def recipients(session: Session, round_id: int, scope: Select[int], now: datetime) -> Recipients:
    """Whom a mail about the round would reach now. Nobody is written to who has not agreed to it."""
    agreed = consenting_members(Purpose.REMINDER_MAIL)
    lately = (
        select(ReminderMail.member_id)
        .where(
            ReminderMail.changed_at > now - RESTS,
            ReminderMail.state.not_in([MailState.SKIPPED.value, MailState.FAILED.value]),
        )
        .distinct()
    )
    rows = session.execute(
        select(
            Member.id,
            Member.full_name,
            (Member.email != "").label("has_address"),
            Member.id.in_(agreed).label("has_agreed"),
            Member.id.in_(lately).label("rests"),
        )
        .join(RosterEntry, RosterEntry.member_id == Member.id)
        .where(
            RosterEntry.round_id == round_id,
            RosterEntry.unit_id.in_(scope),
            STILL_TO_SIT,
            Member.standing.not_in(GONE),
        )
        .order_by(Member.sort_key, Member.id)
    ).all()
    reached = [row for row in rows if row.has_address and row.has_agreed and not row.rests]
    return Recipients(
        names=tuple(row.full_name for row in reached),
        member_ids=tuple(row.id for row in reached),
        without_address=sum(not row.has_address for row in rows),
        without_consent=sum(row.has_address and not row.has_agreed for row in rows),
        resting=sum(row.has_address and row.has_agreed and row.rests for row in rows),
    )


def mail_counts(r: Reading, desk: Desk) -> dict[MailState, int]:
    """How the mails about the round to a desk's members stand."""
    rows: Any = r.session.execute(
        select(ReminderMail.state, func.count())
        .join(
            RosterEntry,
            and_(RosterEntry.round_id == ReminderMail.round_id, RosterEntry.member_id == ReminderMail.member_id),
        )
        .where(ReminderMail.round_id == desk.round.id, RosterEntry.unit_id.in_(desk.scope))
        .group_by(ReminderMail.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found[state.value] for state in MailState if state.value in found}


def plans(r: Reading, desk: Desk) -> dict[str, ReminderPlan]:
    """The mails that go out by themselves, by occasion."""
    rows = r.session.scalars(
        select(ReminderPlan).where(ReminderPlan.round_id == desk.round.id, ReminderPlan.unit_id == desk.unit.id)
    )
    return {row.occasion: row for row in rows}
