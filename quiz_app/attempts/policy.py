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


def owns(actor: Actor, attempt: Attempt) -> bool:
    """Whether the attempt is the actor's own. The twin of `owned`."""
    return actor.member_id is not None and actor.member_id == attempt.member_id


def owned(actor: Actor) -> ColumnElement[bool]:
    """The actor's own attempts, as a condition on Attempt. The twin of `owns`."""
    return Attempt.member_id == actor.member_id
