"""Who answers what members ask about their data: organisers and operators, of their subtree."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.members.models import Member
from quiz_app.units import policy as units_policy

ANSWERING_ROLES = (Role.ORGANISER, Role.OPERATOR)


class Permission(FeaturePermission):
    OWN_READ = ("privacy.own_read", {Role.MEMBER}, True)
    OWN_ASK = ("privacy.own_ask", {Role.MEMBER}, False)
    REQUESTS_READ = ("privacy.requests_read", set(ANSWERING_ROLES), True)
    VIEWS_READ = ("privacy.views_read", {Role.OPERATOR}, True)
    BREACHES_READ = ("privacy.breaches_read", {Role.OPERATOR}, True)
    BREACHES_KEEP = ("privacy.breaches_keep", {Role.OPERATOR}, False)
    REQUESTS_DECIDE = ("privacy.requests_decide", set(ANSWERING_ROLES), False)


class Action(FeatureAction):
    COPIED = ("privacy.copied", ["rows"])
    ASKED = ("privacy.asked", ["kind", "finish_by"])
    WITHDRAWN = ("privacy.withdrawn", ["kind"])
    TAKEN = ("privacy.taken", ["kind"])
    REFUSED = ("privacy.refused", ["kind"])
    DONE = ("privacy.done", ["kind"])
    ERASED = ("privacy.erased", ["rows"])
    BREACH_ENTERED = ("privacy.breach_entered", ["found_at", "people"])
    BREACH_CHANGED = ("privacy.breach_changed", ["revision", "fields"])
    BREACH_CLOSED = ("privacy.breach_closed",)
    BREACH_REOPENED = ("privacy.breach_reopened",)
    ANONYMISED = ("privacy.anonymised", ["people", "is_last"])


def answers(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor answers requests of members of the unit.

    `path_ids` are the unit's ancestors, itself included. The twin of `answered_members`.
    """
    return units_policy.covers(actor, path_ids, unit_id, *ANSWERING_ROLES)


def answered_members(actor: Actor) -> Select[int]:
    """The ids of the members whose requests the actor answers, as a subquery. The twin of `answers`."""
    return select(Member.id).where(Member.unit_id.in_(units_policy.covered_units(actor, *ANSWERING_ROLES)))
