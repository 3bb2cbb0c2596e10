"""Who complains and who decides, who asks for another unit and who lets him in: each rule as words and as SQL."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement

from quiz_app.contests import policy as contests_policy
from quiz_app.feedback.models import Complaint, UnitChange
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.policy import COVERING_ROLES, covered_units, covers


class Permission(FeaturePermission):
    """COMPLAINT_KEYS does not only read: every look at keys is put on record."""

    FEEDBACK_READ = ("feedback.read", {Role.MEMBER}, True)
    FEEDBACK_SEND = ("feedback.send", {Role.MEMBER}, False)
    COMPLAINT_READ = ("feedback.complaint_read", {Role.ORGANISER}, True)
    COMPLAINT_EXPORT = ("feedback.complaint_export", {Role.ORGANISER}, False)
    COMPLAINT_KEYS = ("feedback.complaint_keys", {Role.ORGANISER}, False)
    COMPLAINT_DECIDE = ("feedback.complaint_decide", {Role.ORGANISER}, False)
    UNIT_CHANGE_READ = ("feedback.unit_change_read", COVERING_ROLES, True)
    UNIT_CHANGE_DECIDE = ("feedback.unit_change_decide", COVERING_ROLES, False)


class Action(FeatureAction):
    COMPLAINT_SENT = ("complaint.sent", ["round_id", "attempt_id", "position"])
    COMPLAINT_WITHDRAWN = ("complaint.withdrawn", ["round_id"])
    COMPLAINT_DECIDED = ("complaint.decided", ["round_id", "is_upheld", "answer"])
    COMPLAINTS_EXPORTED = ("complaint.list_exported", ["rows"])
    COMPLAINT_DOSSIER_TAKEN = ("complaint.dossier_taken", ["round_id", "attempt_id"])
    COMPLAINT_KEYS_VIEWED = ("complaint.keys_viewed", ["round_id", "attempt_id"])
    UNIT_CHANGE_ASKED = ("unit_change.asked", ["from_unit_id", "to_unit_id"])
    UNIT_CHANGE_WITHDRAWN = ("unit_change.withdrawn", ["to_unit_id"])
    UNIT_CHANGE_DECLINED = ("unit_change.declined", ["member_id", "note"])
    UNIT_CHANGE_ACCEPTED = (
        "unit_change.accepted",
        ["member_id", "from_unit_id", "to_unit_id", "rounds", "attempts", "results", "roster_entries"],
    )


def wrote(actor: Actor, complaint: Complaint) -> bool:
    """Whether the complaint is the actor's own. The twin of `written`."""
    return actor.member_id is not None and actor.member_id == complaint.member_id


def written(actor: Actor) -> ColumnElement[bool]:
    """The actor's own complaints, as a condition on Complaint. The twin of `wrote`."""
    return Complaint.member_id == actor.member_id


def judges(actor: Actor, complaint: Complaint, contest_unit_path: Collection[int]) -> bool:
    """Whether the actor decides a complaint: he runs its contest, and it is not his own. The twin of `judged`.

    `contest_unit_path` is the contest's unit with all ancestors.
    """
    return contests_policy.manages(actor, contest_unit_path) and not wrote(actor, complaint)


def judged(actor: Actor) -> ColumnElement[bool]:
    """The complaints that the actor decides, as a condition on Complaint joined with Contest. The twin of `judges`."""
    return contests_policy.managed(actor) & Complaint.member_id.is_distinct_from(actor.member_id)


def asked(actor: Actor, change: UnitChange) -> bool:
    """Whether the request is the actor's own. The twin of `asked_by`."""
    return actor.member_id is not None and actor.member_id == change.member_id


def asked_by(actor: Actor) -> ColumnElement[bool]:
    """The actor's own requests, as a condition on UnitChange. The twin of `asked`."""
    return UnitChange.member_id == actor.member_id


def lets_in(actor: Actor, change: UnitChange, to_path: Collection[int]) -> bool:
    """Whether the actor decides a request: he covers the unit asked for, and does not ask himself.

    `to_path` are the ancestors of that unit, itself included. The twin of `let_in_by`.
    """
    return covers(actor, to_path, change.to_unit_id) and not asked(actor, change)


def let_in_by(actor: Actor) -> ColumnElement[bool]:
    """The requests that the actor decides, as a condition on UnitChange. The twin of `lets_in`."""
    to_his = UnitChange.to_unit_id.in_(covered_units(actor))
    return to_his & UnitChange.member_id.is_distinct_from(actor.member_id)


def follows(actor: Actor, change: UnitChange, from_path: Collection[int], to_path: Collection[int]) -> bool:
    """Whether the actor sees a request of others: he covers the unit that is left or the one asked for.

    The paths are the ancestors of the units, themselves included. The twin of `followed`.
    """
    return covers(actor, from_path, change.from_unit_id) or covers(actor, to_path, change.to_unit_id)


def followed(actor: Actor) -> ColumnElement[bool]:
    """The requests of which the actor is told, as a condition on UnitChange. The twin of `follows`."""
    covered = covered_units(actor)
    return UnitChange.from_unit_id.in_(covered) | UnitChange.to_unit_id.in_(covered)
