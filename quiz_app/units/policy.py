"""Which units an actor covers, said twice: for a unit in hand and as SQL.

A secretary covers exactly the unit of his grant; overseers, organisers and operators also everything below theirs.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.models import Unit, UnitAncestor

COVERING_ROLES = (Role.SECRETARY, Role.OVERSEER, Role.ORGANISER)
SUBTREE_ROLES = frozenset({Role.OVERSEER, Role.ORGANISER, Role.OPERATOR})
WATCHING_ROLES = frozenset(COVERING_ROLES) & SUBTREE_ROLES  # who answers for a subtree; an operator runs the machine


class Permission(FeaturePermission):
    UNIT_READ = ("unit.read", set(COVERING_ROLES), True)
    UNIT_MANAGE = ("unit.manage", {Role.ORGANISER}, False)


class Action(FeatureAction):
    UNIT_CREATED = ("unit.created", ["code", "parent_id"])
    UNIT_RENAMED = ("unit.renamed", ["before", "after"])
    UNIT_MOVED = ("unit.moved", ["before", "after", "reason"])
    UNIT_MERGED = ("unit.merged", ["target_id", "members", "units", "reason"])
    UNIT_CLOSED = ("unit.closed", ["reason"])
    UNIT_REOPENED = ("unit.reopened", ["reason"])
    UNIT_AUDIENCE_SET = ("unit.audience_set", ["before", "after"])
    UNIT_HELPER_SET = ("unit.helper_set", ["is_cleared"])


def covers(actor: Actor, path_ids: Collection[int], unit_id: int, *roles: Role) -> bool:
    """Whether the actor covers the unit by one of `roles` (default: all that cover units).

    `path_ids` are the unit's ancestors, itself included. The twin of `covered_units`.
    """
    if actor.is_system:
        return True
    asked = frozenset(roles or COVERING_ROLES)
    exact = actor.units_as(*(asked - SUBTREE_ROLES))
    subtree = actor.units_as(*(asked & SUBTREE_ROLES))
    return unit_id in exact or not subtree.isdisjoint(path_ids)


def covered_units(actor: Actor, *roles: Role) -> Select[int]:
    """The ids of the units that the actor covers by one of `roles`, as a subquery. The twin of `covers`."""
    if actor.is_system:
        return select(Unit.id)
    asked = frozenset(roles or COVERING_ROLES)
    exact = actor.units_as(*(asked - SUBTREE_ROLES))
    subtree = actor.units_as(*(asked & SUBTREE_ROLES))
    below = select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id.in_(subtree))
    return select(Unit.id).where(Unit.id.in_(exact) | Unit.id.in_(below))
