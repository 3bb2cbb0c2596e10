"""Who lets people register and who admits them: organisers for their subtree, a secretary for his own unit."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction

DECIDING_ROLES = (Role.SECRETARY, Role.ORGANISER)


class Permission(FeaturePermission):
    REGISTRATIONS_READ = ("registering.read", set(DECIDING_ROLES), True)
    REGISTRATIONS_DECIDE = ("registering.decide", set(DECIDING_ROLES), False)
    REGISTRATIONS_EXPORT = ("registering.export", set(DECIDING_ROLES), False)
    DESK_SET = ("registering.desk_set", {Role.ORGANISER}, False)


class Action(FeatureAction):
    DESK_SAVED = ("registering.desk_saved", ["way", "opens_on", "closes_on", "receiving_unit_id", "is_on_posters"])
    CODE_RENEWED = ("registering.code_renewed", ["revision"])
    SENT = ("registering.sent", ["unit_id", "is_by_code"])
    ADMITTED = ("registering.admitted", ["member_id", "is_by_code", "alike"])
    REFUSED = ("registering.refused", ["reason"])
    EXPORTED = ("registering.exported", ["rows"])
    FORGOTTEN = ("registering.forgotten", ["count"])
