"""Who may enter where, for the meetings of units: a part of the table in `matrix`."""

from __future__ import annotations

from tests.architecture.callers import (
    COVERING,
    FIRST,
    ISSUERS,
    ORGANISERS,
    SECRETARIES,
    WATCHERS,
    Row,
    of_members,
    only,
    signed_in,
)

MEETING = {"meeting_id": "meeting"}
KEEPERS = ORGANISERS | SECRETARIES

MEETINGS: dict[str, Row] = {
    # of `first`, to come
    "meetings.index": signed_in(),
    **{f"meetings.{name}": of_members(FIRST | COVERING, **MEETING) for name in ("meeting", "printed", "calendar_file")},
    "meetings.arrive": only(FIRST, token="meeting_token"),
    "meetings.check_in": only(FIRST, token="meeting_token"),
    "meetings_manage.listing": only(WATCHERS),
    "meetings_manage.plan": only(KEEPERS),
    "meetings_manage.edit": only(ISSUERS, missing=KEEPERS, **MEETING),
    "meetings_manage.cancel": only(ISSUERS, missing=KEEPERS, **MEETING),
    "meetings_manage.present": only(COVERING, missing=WATCHERS, **MEETING),
    **{
        f"meetings_attendance.{name}": only(COVERING, missing=WATCHERS, **MEETING)
        for name in ("listing", "sheet", "export")
    },
    **{
        f"meetings_attendance.{name}": only(ISSUERS, missing=KEEPERS, **MEETING)
        for name in ("save", "confirm", "reopen")
    },
}
