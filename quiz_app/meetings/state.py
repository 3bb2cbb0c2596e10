"""What a meeting's times allow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quiz_app.meetings.models import Meeting

EARLY = timedelta(minutes=30)
LATE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """From when until when members say that they are there."""

    since: datetime
    until: datetime

    def is_open(self, now: datetime) -> bool:
        return self.since <= now < self.until


def check_in(meeting: Meeting) -> CheckIn:
    """From half an hour before the beginning until two hours after the planned end."""
    return CheckIn(meeting.starts_at - EARLY, meeting.ends_at + LATE)


def state(meeting: Meeting, now: datetime) -> str:
    """A key of the labels' STATES."""
    if meeting.canceled_at is not None:
        return "canceled"
    if meeting.confirmed_at is not None:
        return "confirmed"
    if now < meeting.starts_at:
        return "coming"
    return "running" if now < meeting.ends_at else "held"


def may_change(meeting: Meeting, now: datetime) -> bool:
    """Whether its plan is still open: neither held, nor confirmed, nor canceled."""
    return state(meeting, now) in {"coming", "running"}
