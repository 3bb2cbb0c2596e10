"""Who looks after the installation."""

from __future__ import annotations

from collections.abc import Collection

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction


class Permission(FeaturePermission):
    OPERATIONS_READ = ("operations.read", {Role.OPERATOR, Role.ORGANISER}, True)
    SITE_SWITCH = ("site.switch", {Role.OPERATOR, Role.ORGANISER}, False)


def runs_the_site(actor: Actor, root_ids: Collection[int]) -> bool:
    """Whether the actor may switch what concerns everybody: a role lower in the tree is none over the whole house.

    `root_ids` are the units without a parent.
    """
    return actor.is_system or not actor.units_as(Role.OPERATOR, Role.ORGANISER).isdisjoint(root_ids)


class Action(FeatureAction):
    CLOCK_ACCEPTED = ("clock.accepted", ["was_stepped"])
    READ_ONLY_ON = ("site.read_only_on", ["reason", "ends_at"])
    READ_ONLY_OFF = ("site.read_only_off", ["reason"])
