"""Who sits attempts and whose an attempt is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, select

from quiz_app.attempts.models import Attempt
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.members.models import Member
from quiz_app.units.policy import COVERING_ROLES, covered_units, covers


class Permission(FeaturePermission):
    ATTEMPT_READ = ("attempt.read", {Role.MEMBER}, True)
    ATTEMPT_TAKE = ("attempt.take", {Role.MEMBER}, False)
    ATTEMPT_ASSIST = ("attempt.assist", COVERING_ROLES, False)
    LATE_READ = ("attempt.late_read", {Role.ORGANISER}, True)
    LATE_EXPORT = ("attempt.late_export", {Role.ORGANISER}, False)


class Action(FeatureAction):
    ATTEMPT_STARTED = ("attempt.started", ["round_id", "number"])
    ATTEMPT_TAKEN_OVER = ("attempt.taken_over", ["epoch"])
    ATTEMPT_ANNULLED = ("attempt.annulled", ["correction_id"])
    CORRECTION_PROPOSED = ("correction.proposed", ["round_id", "kind", "reason"])
    CORRECTION_CANCELLED = ("correction.cancelled", ["round_id"])
    CORRECTION_DECIDED = ("correction.decided", ["round_id"])
    CORRECTION_APPLIED = ("correction.applied", ["round_id", "attempts"])
    CORRECTION_RERUN = ("correction.rerun", ["round_id", "rerun_round_id"])
    ATTEMPT_FINALISED = ("attempt.finalised", ["ended_by", "score"])
    ATTEMPT_ASSISTED = ("attempt.assisted", ["round_id", "member_id", "goes_on"])
    LATE_EXPORTED = ("round.late_exported", ["rows"])
    ROUND_EXTENDED = ("round.extended", ["unit_id", "minutes", "extension_s", "attempts"])
    NOTICE_PUBLISHED = ("round.notice_published", ["notice_id", "unit_id"])
    EXTRA_TIME_GRANTED = ("round.extra_time_granted", ["member_id", "before_s", "extra_time_s", "attempt_id"])
    EXTRA_TIME_WITHDRAWN = ("round.extra_time_withdrawn", ["member_id", "before_s"])
    TRUTH_FIXED = ("round.truth_fixed", ["truth", "people", "attempts", "all_right"])
    TRUTH_FORGOTTEN = ("round.truth_forgotten", ["truth"])


def owns(actor: Actor, attempt: Attempt) -> bool:
    """Whether the attempt is the actor's own. The twin of `owned`."""
    return actor.member_id is not None and actor.member_id == attempt.member_id


def owned(member_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """The attempts of an actor, by his member id, as a condition on Attempt. The twin of `owns`."""
    return Attempt.member_id == member_id


def assists(actor: Actor, member_id: int, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor may start an attempt for this member of the unit on a shared device: never for himself.

    `path_ids` are the ancestors of the member's unit, itself included. The twin of `assisted_members`.
    """
    return actor.member_id != member_id and covers(actor, path_ids, unit_id)


def assisted_members(actor: Actor) -> Select[int]:
    """The ids of the members for whom the actor may start attempts, as a subquery. The twin of `assists`."""
    covered = Member.unit_id.in_(covered_units(actor))
    return select(Member.id).where(covered, Member.id.is_distinct_from(actor.member_id))
