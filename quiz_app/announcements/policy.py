"""Who announces: organisers for the units of their subtree, a secretary for his own unit."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction

ROLES = (Role.SECRETARY, Role.ORGANISER)


class Permission(FeaturePermission):
    ANNOUNCEMENTS_READ = ("announcements.read", set(ROLES), True)
    ANNOUNCE = ("announcements.announce", set(ROLES), False)


class Action(FeatureAction):
    PUBLISHED = ("announcements.published", ["unit_id", "title"])
    CHANGED = ("announcements.changed", ["unit_id", "title", "revision"])
    WITHDRAWN = ("announcements.withdrawn", ["unit_id"])
