"""Who plans meetings: a secretary for his own unit, organisers for their subtree; overseers read along.

Who was there is known by those who cover the unit; a member knows his own meetings and what he said himself.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.meetings.models import Meeting
from quiz_app.units.policy import COVERING_ROLES

ROLES = (Role.SECRETARY, Role.ORGANISER)


class Permission(FeaturePermission):
    MEETINGS_ATTEND = ("meetings.attend", {Role.MEMBER}, True)
    CHECK_IN = ("meetings.check_in", {Role.MEMBER}, False)
    MEETINGS_READ = ("meetings.read", set(COVERING_ROLES), True)
    MEETINGS_KEEP = ("meetings.keep", set(ROLES), False)
    ATTENDANCE_EXPORT = ("meetings.attendance_export", set(COVERING_ROLES), False)


class Action(FeatureAction):
    PLANNED = ("meetings.planned", ["unit_id", "title"])
    CHANGED = ("meetings.changed", ["title", "revision"])
    CANCELED = ("meetings.canceled", ["reason"])
    CHECKED_IN = ("meetings.checked_in",)
    LIST_SAVED = ("meetings.list_saved", ["list_revision", "changed"])
    LIST_CONFIRMED = ("meetings.list_confirmed", ["present", "expected", "unknown"])
    LIST_REOPENED = ("meetings.list_reopened", ["reason"])
    LIST_EXPORTED = ("meetings.list_exported",)


def attends(actor: Actor, meeting: Meeting) -> bool:
    """Whether it is a meeting of the actor's own unit. The twin of `attended`."""
    return actor.unit_id is not None and actor.unit_id == meeting.unit_id


def attended(unit_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """The meetings of an actor's own unit, as a condition on Meeting. The twin of `attends`."""
    return Meeting.unit_id == unit_id
