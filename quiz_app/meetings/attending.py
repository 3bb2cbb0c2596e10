"""Who was there: said by members themselves, marked and confirmed by those who keep the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, select

from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.meetings import labels, policy, queries, services
from quiz_app.meetings.errors import (
    CheckInClosed,
    ListChanged,
    ListConfirmed,
    ListOpen,
    MeetingCanceled,
    NotYetBegun,
    OtherUnit,
)
from quiz_app.meetings.models import Attendance, Meeting, Presence
from quiz_app.meetings.policy import Action
from quiz_app.meetings.state import check_in as check_in_of
from quiz_app.members.models import Category, Member, Standing
from quiz_app.members.queries import GONE
from quiz_app.units import queries as units
from quiz_app.units.tree import reason_given
from quiz_app.web.filters import format_datetime

EXPECTED_STANDINGS = {Standing.ACTIVE.value, Standing.ABSENT.value}
EXPECTED_CATEGORIES = {Category.FULL.value, Category.PROBATIONARY.value}


@dataclass(frozen=True, slots=True)
class Listed:
    """A person on the list of a meeting; `attendance` is None while nothing is known of him."""

    member: Member
    attendance: Attendance | None
    is_expected: bool

    @property
    def presence(self) -> Presence:
        return Presence.UNKNOWN if self.attendance is None else Presence(self.attendance.presence)

    @property
    def reported_himself(self) -> bool:
        """Whether what is known of him is what he said himself, and nobody else yet."""
        return self.attendance is not None and self.attendance.marked_at is None


@dataclass(frozen=True, slots=True)
class Counts:
    """Of those expected; `others`: present beside them."""

    expected: int
    by_presence: Mapping[Presence, int]
    others: int


def roster(r: Reading, meeting: Meeting, words: str = "") -> list[Listed]:
    """Who is on the list, by Vietnamese name: the unit's people now, or those of the first confirming."""
    is_there = Member.standing.not_in(GONE) & Member.merged_into_id.is_(None)
    joins = is_there & (Member.unit_id == meeting.unit_id) if meeting.roster_at is None else false()
    asked = (
        select(Member, Attendance)
        .outerjoin(Attendance, (Attendance.member_id == Member.id) & (Attendance.meeting_id == meeting.id))
        .where(Attendance.member_id.is_not(None) | joins)
        .order_by(Member.sort_key, Member.id)
    )
    if words:
        asked = asked.where(Member.search_key.contains(search_key(words), autoescape=True))
    return [_listed(meeting, *row) for row in r.session.execute(asked)]


def counts(listed: Sequence[Listed]) -> Counts:
    expected = [one for one in listed if one.is_expected]
    by_presence = {each: sum(one.presence is each for one in expected) for each in Presence}
    others = sum(one.presence is Presence.PRESENT and not one.is_expected for one in listed)
    return Counts(len(expected), by_presence, others)


def own_attendance(r: Reading, meeting_id: int) -> Attendance | None:
    """What is known of the actor himself."""
    return r.session.get(Attendance, (meeting_id, r.actor.member_id or 0))


def invited(r: Reading, token: str) -> Meeting:
    """The meeting of a QR code, for who may say now that he is there.

    Raises Missing, OtherUnit, MeetingCanceled, ListConfirmed, CheckInClosed.
    """
    found = queries.by_token(r, token)
    if not policy.attends(r.actor, found):
        raise OtherUnit(unit=units.unit(r.session, found.unit_id).name)
    if found.canceled_at is not None:
        raise MeetingCanceled
    if found.confirmed_at is not None:
        raise ListConfirmed
    window = check_in_of(found)
    if not window.is_open(r.now):
        raise CheckInClosed(since=format_datetime(window.since), until=format_datetime(window.until))
    return found


def check_in(w: Work, token: str) -> Meeting:
    """Keep that the actor says he is there. Saying it again, or after the secretary has, changes nothing.

    Raises as `invited` does.
    """
    asked = select(Meeting).where(Meeting.token == token).with_for_update()
    w.session.execute(asked.execution_options(populate_existing=True))
    found = invited(w, token)
    own = own_attendance(w, found.id)
    if own is None:
        own = _row(found, w.session.get_one(Member, w.actor.member))
        w.session.add(own)
    if own.reported_at is not None:
        return found
    own.reported_at = w.now
    if own.marked_at is None:
        own.presence = Presence.PRESENT.value
    w.record(Action.CHECKED_IN, f"meeting:{found.id}")
    return found


def save(
    w: Work,
    meeting_id: int,
    marks: Mapping[int, Presence],
    *,
    seen: int,
    shown_at: datetime,
    rest: Presence = Presence.UNKNOWN,
) -> Meeting:
    """Keep the marks of a list shown at `shown_at`; of whom they leave unknown `rest` is said.

    Who has reported himself since then is present: the list that was looked at could not know it.
    Raises Missing, MeetingCanceled, ListConfirmed, ListChanged, BadInput for somebody who is not on the list.
    """
    own = _open_list(w, meeting_id, seen)
    listed = {one.member.id: one for one in roster(w, own)}
    if not marks.keys() <= listed.keys():
        raise BadInput({"form": [labels.NOT_IN_LIST]})
    changed = 0
    for member_id, mark in marks.items():
        one = listed[member_id]
        reported_at = one.attendance.reported_at if one.attendance is not None else None
        if mark is Presence.UNKNOWN and one.reported_himself and reported_at is not None and reported_at > shown_at:
            continue
        wanted = mark
        if mark is Presence.UNKNOWN and one.is_expected:
            wanted = rest
        changed += _mark(w, own, one, wanted)
    own.list_revision += 1
    w.record(Action.LIST_SAVED, f"meeting:{own.id}", list_revision=own.list_revision, changed=changed)
    return own


def confirm(w: Work, meeting_id: int, *, seen: int) -> Meeting:
    """Fix the list, once the meeting has begun: who is on it and who was there.

    Raises Missing, MeetingCanceled, ListConfirmed, ListChanged, NotYetBegun.
    """
    own = _open_list(w, meeting_id, seen)
    if w.now < own.starts_at:
        raise NotYetBegun(at=format_datetime(own.starts_at))
    listed = roster(w, own)
    for one in listed:
        row = one.attendance
        if row is None:
            row = _row(own, one.member)
            w.session.add(row)
        row.is_expected = one.is_expected
    own.confirmed_at, own.confirmed_by, own.list_revision = w.now, w.actor.member_id, own.list_revision + 1
    own.roster_at = own.roster_at or w.now
    w.session.flush()
    sums = counts(listed)
    facts = {"present": sums.by_presence[Presence.PRESENT], "unknown": sums.by_presence[Presence.UNKNOWN]}
    w.record(Action.LIST_CONFIRMED, f"meeting:{own.id}", expected=sums.expected, **facts)
    return own


def reopen(w: Work, meeting_id: int, *, seen: int, reason: str) -> Meeting:
    """Take the confirming back, for a reason that stays on record. Raises Missing, ListChanged, ListOpen, BadInput."""
    own = services.held(w, meeting_id)
    if own.confirmed_at is None:
        raise ListOpen
    if own.list_revision != seen:
        raise ListChanged
    words = reason_given(reason)
    own.confirmed_at, own.confirmed_by, own.list_revision = None, None, own.list_revision + 1
    w.record(Action.LIST_REOPENED, f"meeting:{own.id}", reason=words)
    return own


def _listed(meeting: Meeting, member: Member, row: Attendance | None) -> Listed:
    if row is None or meeting.roster_at is None:
        return Listed(member, row, _is_expected(member))
    return Listed(member, row, row.is_expected)


def _open_list(w: Work, meeting_id: int, seen: int) -> Meeting:
    own = services.held(w, meeting_id)
    if own.canceled_at is not None:
        raise MeetingCanceled
    if own.confirmed_at is not None:
        raise ListConfirmed
    if own.list_revision != seen:
        raise ListChanged
    return own


def _mark(w: Work, meeting: Meeting, one: Listed, wanted: Presence) -> bool:
    """Keep a mark; whether it was another one before. An unchanged word of the member himself stays his."""
    if wanted is one.presence:
        return False
    row = one.attendance
    if row is None:
        row = _row(meeting, one.member)
        w.session.add(row)
    row.presence, row.marked_at, row.marked_by = wanted.value, w.now, w.actor.member_id
    return True


def _row(meeting: Meeting, member: Member) -> Attendance:
    return Attendance(
        meeting_id=meeting.id,
        member_id=member.id,
        presence=Presence.UNKNOWN.value,
        is_expected=_is_expected(member),
    )


def _is_expected(member: Member) -> bool:
    return member.standing in EXPECTED_STANDINGS and member.category in EXPECTED_CATEGORIES
