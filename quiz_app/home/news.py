"""What a member's first page may have to tell him, asked all at once: mostly it is nothing."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from quiz_app.announcements import queries as announcements
from quiz_app.asking import queries as asking
from quiz_app.assignments import queries as assignments
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.meetings import queries as meetings
from quiz_app.practice import queries as practice
from quiz_app.rules.timing import day_of


class News(NamedTuple):
    """Whether there may be any of these; what there is, their own queries tell."""

    announcements: bool
    meeting: bool
    outside: bool
    tasks: bool
    due: bool
    answers: bool


_THERE = Prepared(
    select(
        announcements.SHOWN.exists().label("announcements"),
        meetings.COMING.exists().label("meeting"),
        elsewhere.LISTED.exists().label("outside"),
        assignments.ASKED.exists().label("tasks"),
        practice.DUE.exists().label("due"),
        asking.NEWS.exists().label("answers"),
    )
)


def news(r: Reading) -> News:
    """What of this there is for the acting member, by one statement."""
    r.session.flush()
    [row] = _THERE.rows(
        r.session,
        {
            "member": r.actor.member,
            "unit": r.actor.unit_id,
            "day": day_of(r.now),
            "lately": r.now - meetings.LONGEST_MEETING,
            "soon": r.now + meetings.SOON,
        },
    )
    return News(*row)
