"""Who sees which boards, and from when on boards may carry scores."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from quiz_app.contests.models import Contest, NamesShown, Round, Shown
from quiz_app.kernel.access import Actor, FeaturePermission, Role
from quiz_app.units.models import UnitAncestor


class Permission(FeaturePermission):
    BOARD_VIEW = ("board.view", {Role.MEMBER}, True)


def sees_round(actor: Actor, contest_unit_id: int, own_paths: Collection[int], published_at: datetime | None) -> bool:
    """Whether the boards of a round are there for the actor: published, of a contest of his unit or of one above it.

    `own_paths` are the ancestors, themselves included, of his unit and of every unit on which he holds a role. The
    twin of `seen_rounds`.
    """
    return published_at is not None and (actor.is_system or contest_unit_id in own_paths)


def seen_rounds(actor: Actor) -> ColumnElement[bool]:
    """The same as a condition on Round joined with Contest. The twin of `sees_round`."""
    is_published = Round.published_at.is_not(None)
    if actor.is_system:
        return is_published
    paths = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id.in_(own_units(actor)))
    return is_published & Contest.unit_id.in_(paths)


def own_units(actor: Actor) -> frozenset[int]:
    """The actor's unit and those on which he holds a role."""
    held = {grant.unit_id for grant in actor.grants}
    return frozenset(held if actor.unit_id is None else held | {actor.unit_id})


def scores_are_shown(round_: Round, now: datetime) -> bool:
    """Whether boards may carry scores, places of persons and means at `now`, by the round's own policy.

    A round with "after submission" shows its boards at once; the others keep them until nobody can change anything by
    knowing them.
    """
    match Shown(round_.show_score):
        case Shown.NEVER:
            return False
        case Shown.AFTER_SUBMISSION:
            return now >= round_.opens_at
        case Shown.AFTER_CLOSING:
            return now >= last_answer_at(round_)
        case Shown.AFTER_FINAL:
            return round_.finalised_at is not None and now >= round_.finalised_at


def last_answer_at(round_: Round) -> datetime:
    """The first instant at which no attempt of the round can still be open to answers."""
    return round_.closes_at + timedelta(seconds=round_.extension_s, milliseconds=round_.grace_ms)


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
