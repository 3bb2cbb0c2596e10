"""Who keeps the rosters: secretaries say how their own members stand, organisers change the rest of their subtree."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.members.models import Member
from quiz_app.units import policy as units_policy


class Permission(FeaturePermission):
    PEOPLE_READ = ("people.read", set(units_policy.COVERING_ROLES), True)
    PEOPLE_EXPORT = ("people.export", set(units_policy.COVERING_ROLES), False)
    STANDING_CHANGE = ("people.standing_change", {Role.SECRETARY, Role.ORGANISER}, False)
    MEMBER_CHANGE = ("people.member_change", {Role.ORGANISER}, False)
    DUPLICATES_READ = ("people.duplicates_read", {Role.ORGANISER}, True)
    DUPLICATES_DECIDE = ("people.duplicates_decide", {Role.ORGANISER}, False)


class Action(FeatureAction):
    STANDING_CHANGED = ("people.standing_changed", ["before", "after", "reason"])
    CATEGORY_CHANGED = ("people.category_changed", ["before", "after", "reason"])
    LIST_EXPORTED = ("people.list_exported", ["rows"])
    TWO_PEOPLE = ("people.two_people", ["other_id", "reason"])
    MEMBERS_MERGED = ("people.members_merged", ["gone_id", "reason", "filled", "rounds", "attempts", "roles_ended"])


def keeps(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor may say how members of the unit stand: its secretary, and organisers above.

    `path_ids` are the unit's ancestors, itself included. The twin of `kept_members`.
    """
    return units_policy.covers(actor, path_ids, unit_id, Role.SECRETARY, Role.ORGANISER)


def kept_members(actor: Actor) -> Select[int]:
    """The ids of the members of whom the actor may say how they stand, as a subquery. The twin of `keeps`."""
    units = units_policy.covered_units(actor, Role.SECRETARY, Role.ORGANISER)
    return select(Member.id).where(Member.unit_id.in_(units), Member.merged_into_id.is_(None))


def arranges(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor may move members of the unit, change their category and merge them: organisers above.

    `path_ids` are the unit's ancestors, itself included. The twin of `arranged_members`.
    """
    return units_policy.covers(actor, path_ids, unit_id, Role.ORGANISER)


def arranged_members(actor: Actor) -> Select[int]:
    """The ids of the members whom the actor may move and merge, as a subquery. The twin of `arranges`."""
    units = units_policy.covered_units(actor, Role.ORGANISER)
    return select(Member.id).where(Member.unit_id.in_(units), Member.merged_into_id.is_(None))
