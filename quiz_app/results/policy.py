"""Who makes results final, and whose names a published table carries. Who sees it is said by the boards' policy."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, or_

from quiz_app.contests.models import NamesShown
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.leaderboard.policy import hints_are_shown, name_is_shown
from quiz_app.members.consents import consenting_members
from quiz_app.members.models import Purpose
from quiz_app.results.models import FinalRow


class Permission(FeaturePermission):
    FINAL_READ = ("final.read", {Role.ORGANISER}, True)
    FINAL_MANAGE = ("final.manage", {Role.ORGANISER}, False)
    FLAG_READ = ("flag.read", {Role.ORGANISER}, True)
    FLAG_REVIEW = ("flag.review", {Role.ORGANISER}, False)
    ROUND_WATCH = ("round.watch", {Role.ORGANISER}, True)


class Action(FeatureAction):
    TABLE_PROPOSED = ("final.proposed", ["scope", "version", "sha256", "reason"])
    TABLE_APPROVED = ("final.approved", ["scope", "version", "sha256"])
    TABLE_PUBLISHED = ("final.published", ["scope", "version", "sha256"])
    TABLE_EXPORTED = ("final.exported", ["scope", "version", "rows", "file"])
    FLAGS_RAISED = ("round.flags_raised", ["found", "new"])
    FLAG_REVIEWED = ("flag.reviewed", ["round_id", "state", "note"])
    PRIZES_CHANGED = ("contest.prizes_changed", ["prizes", "most_prizes", "unit_weights"])


def is_named(settings: Sequence[str], *, is_own: bool, is_own_unit: bool, has_consented: bool, has_prize: bool) -> bool:
    """Whether a final table carries a name: as the boards of all its rounds would, and of a winner who agreed to it.

    `settings` is what each round says of names. The twin of `named`.
    """
    if has_prize and has_consented:
        return True
    return all(
        name_is_shown(each, is_own=is_own, is_own_unit=is_own_unit, has_consented=has_consented) for each in settings
    )


def named(actor: Actor, settings: Sequence[str]) -> ColumnElement[bool]:
    """The rows whose names the actor reads, as a condition on FinalRow. The twin of `is_named`."""
    consents = FinalRow.member_id.in_(consenting_members(Purpose.PUBLISH_NAME))
    allowed: dict[NamesShown, ColumnElement[bool]] = {
        NamesShown.NOBODY: false(),
        NamesShown.CONSENTED: consents,
        NamesShown.OWN_UNIT: and_(FinalRow.unit_id == actor.unit_id, consents),
    }
    by_all = and_(*(allowed[NamesShown(each)] for each in settings))
    return or_(FinalRow.member_id == actor.member_id, and_(FinalRow.prize.is_not(None), consents), by_all)


def is_hinted(settings: Sequence[str]) -> bool:
    """Whether those who are not named are told by initials and unit."""
    return all(hints_are_shown(each) for each in settings)
