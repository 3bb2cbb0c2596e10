"""Who asks units to study: whoever follows their participation. Who has not is told to the own secretary alone."""

from __future__ import annotations

from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.participation.policy import DESK_ROLES


class Permission(FeaturePermission):
    ASSIGNMENTS_VIEW = ("assignments.view", DESK_ROLES, True)
    ASSIGN = ("assignments.assign", DESK_ROLES, False)


class Action(FeatureAction):
    MODULE_ASSIGNED = ("assignments.assigned", ["module_id", "unit_id", "due_on"])
    ASSIGNMENT_WITHDRAWN = ("assignments.withdrawn", ["module_id", "unit_id"])


def sees_names(actor: Actor, unit_id: int) -> bool:
    """Whether the actor is told who of a unit has not read a module: its own secretary is."""
    return unit_id in actor.units_as(Role.SECRETARY)
