"""Who looks after the installation."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction


class Permission(FeaturePermission):
    OPERATIONS_READ = ("operations.read", {Role.OPERATOR, Role.ORGANISER}, True)


class Action(FeatureAction):
    CLOCK_ACCEPTED = ("clock.accepted", ["was_stepped"])
