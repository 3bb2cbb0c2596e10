"""Who sees who has taken part: the own secretary and the levels above, nobody else. Each rule as words and as SQL."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.policy import WATCHING_ROLES, covered_units, covers

DESK_ROLES = frozenset({Role.SECRETARY, Role.OVERSEER, Role.ORGANISER})


class Permission(FeaturePermission):
    PARTICIPATION_VIEW = ("participation.view", DESK_ROLES, True)
    PARTICIPATION_EXPORT = ("participation.export", DESK_ROLES, False)


class Action(FeatureAction):
    LIST_EXPORTED = ("participation.exported", ["round_id", "state", "has_search", "rows", "has_phones"])


def follows(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor sees who of a unit has taken part; `path_ids` are its ancestors, itself included.

    The twin of `followed`.
    """
    return covers(actor, path_ids, unit_id, *DESK_ROLES)


def followed(actor: Actor) -> Select[int]:
    """The ids of the units whose members' participation the actor sees. The twin of `follows`."""
    return covered_units(actor, *DESK_ROLES)


def sees_subtree(actor: Actor, path_ids: Collection[int], unit_id: int) -> bool:
    """Whether the actor also sees everything below a unit: overseers and organisers do. The twin of `seen_subtrees`."""
    return covers(actor, path_ids, unit_id, *WATCHING_ROLES)


def seen_subtrees(actor: Actor) -> Select[int]:
    """The ids of the units of which the actor sees everything below too. The twin of `sees_subtree`."""
    return covered_units(actor, *WATCHING_ROLES)


def sees_phones(actor: Actor, unit_id: int) -> bool:
    """Whether the actor sees telephone numbers of a unit's members: its own secretary does, who calls them."""
    return unit_id in actor.units_as(Role.SECRETARY)
