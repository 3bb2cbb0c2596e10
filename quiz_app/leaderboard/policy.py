"""Whose names a board carries. Which rounds have boards for whom, and when scores may show, is said by contests."""

from __future__ import annotations

from quiz_app.contests.models import NamesShown
from quiz_app.kernel.access import FeaturePermission, Role


class Permission(FeaturePermission):
    BOARD_VIEW = ("board.view", {Role.MEMBER}, True)


def name_is_shown(names_shown: str, *, is_own: bool, is_own_unit: bool, has_consented: bool) -> bool:
    """Whether a board carries a name in full. Everybody reads his own; others as the round allows."""
    if is_own:
        return True
    match NamesShown(names_shown):
        case NamesShown.NOBODY:
            return False
        case NamesShown.CONSENTED:
            return has_consented
        case NamesShown.OWN_UNIT:
            return is_own_unit
