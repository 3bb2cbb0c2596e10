"""Who makes invitations: whoever answers for a unit. The feeds are for everybody."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission
from quiz_app.units.policy import COVERING_ROLES


class Permission(FeaturePermission):
    INVITATION_READ = ("inviting.read", set(COVERING_ROLES), True)
