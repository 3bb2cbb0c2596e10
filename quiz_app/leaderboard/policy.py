"""Who sees the boards of a contest, whose names they carry, and from how many people a mean is told.

When scores may show is said by contests.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select

from quiz_app.contests.models import Contest, NamesShown
from quiz_app.contests.policy import invited
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.kernel.audit import FeatureAction
from quiz_app.units.models import UnitAncestor
from quiz_app.units.policy import WATCHING_ROLES, covered_units

MEAN_FROM = 3  # the mean of one or two people is their score


class Permission(FeaturePermission):
    BOARD_VIEW = ("board.view", {Role.MEMBER}, True)
    BOARD_EXPORT = ("board.export", {Role.ORGANISER}, False)


class Action(FeatureAction):
    BOARD_EXPORTED = ("board.exported", ["people", "units"])


def sees_boards(actor: Actor, contest_path: Collection[int], contest_subtree: Collection[int]) -> bool:
    """Whether the actor sees a contest's boards: invited members, and who oversees or organises any part of it.

    `contest_path` are the contest's unit and all above it, `contest_subtree` that unit and all below. The twin of
    `seen`, which besides leaves out rehearsals: they have no boards.
    """
    if actor.is_system or actor.unit_id in contest_subtree:
        return True
    granted = actor.units_as(*WATCHING_ROLES)
    return not granted.isdisjoint(contest_path) or not granted.isdisjoint(contest_subtree)


def seen(actor: Actor) -> ColumnElement[bool]:
    """The contests whose boards the actor sees, as a condition on Contest. The twin of `sees_boards`."""
    granted = actor.units_as(*WATCHING_ROLES)
    around = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id.in_(granted))
    covered = Contest.unit_id.in_(covered_units(actor, *WATCHING_ROLES)) | Contest.unit_id.in_(around)
    return Contest.is_rehearsal.is_(False) & (invited(actor.unit_id) | covered)


def name_is_shown(names_shown: str, *, is_own: bool, is_own_unit: bool, has_consented: bool) -> bool:
    """Whether a board carries a name in full. Everybody reads his own, others as the round allows; of who
    has not agreed to it no round allows it.
    """
    if is_own:
        return True
    match NamesShown(names_shown):
        case NamesShown.NOBODY:
            return False
        case NamesShown.CONSENTED:
            return has_consented
        case NamesShown.OWN_UNIT:
            return is_own_unit and has_consented


def hints_are_shown(names_shown: str) -> bool:
    """Whether a person who is not named is hinted at by initials and unit."""
    return NamesShown(names_shown) is not NamesShown.NOBODY
