"""Who records what was sat elsewhere, and who sees the proof: the own secretary and the member, nobody else."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from quiz_app.elsewhere.models import OutsideRecord
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.policy import COVERING_ROLES

LIST_ROLES = (Role.SECRETARY, Role.ORGANISER)


class Permission(FeaturePermission):
    OUTSIDE_READ = ("elsewhere.read", {Role.MEMBER}, True)
    OUTSIDE_DECLARE = ("elsewhere.declare", {Role.MEMBER}, False)
    OUTSIDE_FOLLOW = ("elsewhere.follow", set(COVERING_ROLES), True)
    OUTSIDE_EXPORT = ("elsewhere.export", set(COVERING_ROLES), False)
    OUTSIDE_DECIDE = ("elsewhere.decide", {Role.SECRETARY}, False)
    OUTSIDE_IMPORT = ("elsewhere.import", set(LIST_ROLES), False)
    OUTSIDE_MANAGE = ("elsewhere.manage", {Role.ORGANISER}, False)


class Action(FeatureAction):
    CONTEST_SAVED = ("elsewhere.contest_saved", ["title", "is_hidden"])
    DECLARED = ("elsewhere.declared", ["contest_id", "revision"])
    CONFIRMED = ("elsewhere.confirmed", ["contest_id", "member_id"])
    REFUSED = ("elsewhere.refused", ["contest_id", "member_id", "reason"])
    LIST_APPLIED = ("elsewhere.list_applied", ["file_sha256", "added", "changed", "unchanged"])
    LIST_EXPORTED = ("elsewhere.exported", ["unit_id", "rows"])
    PROOFS_DELETED = ("elsewhere.proofs_deleted", ["count"])


def sees_proof(actor: Actor, record: OutsideRecord) -> bool:
    """Whether the actor sees the picture of a record: it is his own, or of the unit whose secretary he is.

    The twin of `proofs_seen`.
    """
    return actor.member_id == record.member_id or record.unit_id in actor.units_as(Role.SECRETARY)


def proofs_seen(actor: Actor) -> ColumnElement[bool]:
    """The records whose pictures the actor sees, as a condition on OutsideRecord. The twin of `sees_proof`."""
    own_unit = OutsideRecord.unit_id.in_(actor.units_as(Role.SECRETARY))
    return own_unit | (OutsideRecord.member_id == actor.member_id)
