"""Who sits attempts and whose an attempt is."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from quiz_app.attempts.models import Attempt
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction


class Permission(FeaturePermission):
    ATTEMPT_READ = ("attempt.read", {Role.MEMBER}, True)
    ATTEMPT_TAKE = ("attempt.take", {Role.MEMBER}, False)


class Action(FeatureAction):
    ATTEMPT_STARTED = ("attempt.started", ["round_id", "number"])
    ATTEMPT_TAKEN_OVER = ("attempt.taken_over", ["epoch"])
    ATTEMPT_FINALISED = ("attempt.finalised", ["ended_by", "score"])
    ROUND_EXTENDED = ("round.extended", ["unit_id", "minutes", "extension_s", "attempts"])
    NOTICE_PUBLISHED = ("round.notice_published", ["notice_id", "unit_id"])
    EXTRA_TIME_GRANTED = ("round.extra_time_granted", ["member_id", "before_s", "extra_time_s", "attempt_id"])
    EXTRA_TIME_WITHDRAWN = ("round.extra_time_withdrawn", ["member_id", "before_s"])
    TRUTH_FIXED = ("round.truth_fixed", ["truth", "people", "attempts", "all_right"])
    TRUTH_FORGOTTEN = ("round.truth_forgotten", [])


def owns(actor: Actor, attempt: Attempt) -> bool:
    """Whether the attempt is the actor's own. The twin of `owned`."""
    return actor.member_id is not None and actor.member_id == attempt.member_id


def owned(actor: Actor) -> ColumnElement[bool]:
    """The actor's own attempts, as a condition on Attempt. The twin of `owns`."""
    return Attempt.member_id == actor.member_id
