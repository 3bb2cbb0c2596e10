"""Who reminds: whoever follows who of a unit has taken part (see participation.policy)."""

from __future__ import annotations

from quiz_app.kernel.access import FeaturePermission
from quiz_app.kernel.audit import FeatureAction
from quiz_app.participation.policy import DESK_ROLES


class Permission(FeaturePermission):
    REMINDERS_VIEW = ("reminders.view", DESK_ROLES, True)
    REMIND = ("reminders.remind", DESK_ROLES, False)


class Action(FeatureAction):
    REMINDED = ("reminders.reminded", ["round_id", "member_id", "channel"])
    MAILS_ASKED = ("reminders.mails_asked", ["round_id", "occasion", "count"])
    PLAN_SET = ("reminders.plan_set", ["round_id", "occasion", "is_on", "hours_before"])
    MAIL_DECLINED = ("reminders.mail_declined", ["purpose"])
