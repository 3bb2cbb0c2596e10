"""Rearranging the tree of units. `UnitAncestor` is kept here and by `create_unit`, by nothing else.

Whether open rounds allow it, and what becomes of the people, is said above: these are the acts alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import aliased

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import tidy
from quiz_app.kernel.work import Work
from quiz_app.units import queries
from quiz_app.units.errors import TopUnit, UnitBelowItself, UnitChangedMeanwhile, UnitClosed, UnitStandsThere
from quiz_app.units.models import Unit, UnitAncestor, UnitEvent, UnitEventKind
from quiz_app.units.policy import Action

REASON_LENGTH = 400


def hold_tree(w: Work) -> None:
    """Let one work at a time change the tree: what two of them read and then write would not fit together."""
    top = select(Unit.id).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)
    w.session.execute(top.with_for_update())


def hold_open(w: Work, unit_id: int) -> Unit:
    """A unit that stays open until this work ends. Raises Missing, UnitClosed."""
    query = select(Unit).where(Unit.id == unit_id).with_for_update(read=True)
    w.session.execute(query.execution_options(populate_existing=True))
    unit = queries.unit(w.session, unit_id)
    if unit.closed_at is not None:
        raise UnitClosed(name=unit.name)
    return unit


def changeable(w: Work, unit_id: int) -> Unit:
    """A unit of the actor's that may be moved, merged or closed, with the tree held. Raises Missing, TopUnit."""
    hold_tree(w)
    unit = queries.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    if unit.parent_id is None:
        raise TopUnit(name=unit.name)
    if not w.actor.is_system:  # whoever is organiser of this very unit does not decide where it stands
        queries.covered_unit(w.session, w.actor, unit.parent_id, Role.ORGANISER)
    return unit


def move(w: Work, unit: Unit, parent: Unit, *, reason: str, seen_parent_id: int | None = None) -> None:
    """Put a unit with all that is below it under another one. The tree is held.

    Raises UnitChangedMeanwhile where it no longer stands where the page showed it, UnitClosed, UnitStandsThere,
    UnitBelowItself, BadInput without a reason.
    """
    words = reason_given(reason)
    if seen_parent_id is not None and seen_parent_id != unit.parent_id:
        raise UnitChangedMeanwhile(name=unit.name)
    for one in (unit, parent):
        if one.closed_at is not None:
            raise UnitClosed(name=one.name)
    if unit.parent_id == parent.id:
        raise UnitStandsThere(name=parent.name)
    if unit.id in queries.path_ids(w.session, parent.id):
        raise UnitBelowItself(name=unit.name)
    before = unit.parent_id
    unit.parent_id = parent.id
    w.session.flush()
    _hang_anew(w, unit.id, parent.id)
    note(w, unit.id, UnitEventKind.MOVED, {"parent_id": before}, {"parent_id": parent.id}, reason=words)
    w.record(Action.UNIT_MOVED, f"unit:{unit.id}", before=before, after=parent.id, reason=words)


def close(w: Work, unit: Unit, *, reason: str, target: Unit | None = None, members: int = 0, units: int = 0) -> None:
    """Close a unit that has nobody left, perhaps because all went to `target`. The tree is held.

    Raises UnitClosed, BadInput without a reason.
    """
    words = reason_given(reason)
    if unit.closed_at is not None:
        raise UnitClosed(name=unit.name)
    unit.closed_at = w.now
    if target is None:
        note(w, unit.id, UnitEventKind.CLOSED, {}, {}, reason=words)
        w.record(Action.UNIT_CLOSED, f"unit:{unit.id}", reason=words)
        return
    unit.merged_into_id = target.id
    told = {"target_id": target.id, "members": members, "units": units}
    note(w, unit.id, UnitEventKind.MERGED, {"name": unit.name}, told, reason=words)
    note(w, target.id, UnitEventKind.MERGED, {"source_id": unit.id, "name": unit.name}, told, reason=words)
    w.record(Action.UNIT_MERGED, f"unit:{unit.id}", **told, reason=words)


def reopen(w: Work, unit: Unit, *, reason: str) -> None:
    """Open a closed unit again, empty as it is. Raises UnitChangedMeanwhile for one that is open, BadInput."""
    words = reason_given(reason)
    if unit.closed_at is None:
        raise UnitChangedMeanwhile(name=unit.name)
    if unit.parent_id is not None:
        hold_open(w, unit.parent_id)
    unit.closed_at = unit.merged_into_id = None
    note(w, unit.id, UnitEventKind.REOPENED, {}, {}, reason=words)
    w.record(Action.UNIT_REOPENED, f"unit:{unit.id}", reason=words)


def note(
    w: Work, unit_id: int, kind: UnitEventKind, before: dict[str, Any], after: dict[str, Any], *, reason: str = ""
) -> None:
    """Put a change into the unit's history."""
    w.session.add(
        UnitEvent(
            unit_id=unit_id,
            kind=kind.value,
            before=before,
            after=after,
            reason=reason,
            at=w.now,
            by_member_id=w.actor.member_id,
        )
    )


def reason_given(reason: str) -> str:
    """The reason as it is kept. Raises BadInput for none."""
    words = tidy(reason)
    if not words or len(words) > REASON_LENGTH:
        raise BadInput({"reason": [f"Mời đồng chí ghi lý do, dài nhất {REASON_LENGTH} ký tự."]})
    return words


def _hang_anew(w: Work, unit_id: int, parent_id: int) -> None:
    """The rows of ancestors of a subtree: those above it go, those of its new place come."""
    below = select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id == unit_id)
    w.session.execute(
        delete(UnitAncestor)
        .where(UnitAncestor.unit_id.in_(below), UnitAncestor.ancestor_id.not_in(below))
        .execution_options(synchronize_session=False)
    )
    under, over = aliased(UnitAncestor), aliased(UnitAncestor)
    rows = (
        select(under.unit_id, over.ancestor_id, under.distance + over.distance + 1)
        .select_from(under)
        .join(over, over.unit_id == parent_id)
        .where(under.ancestor_id == unit_id)
    )
    w.session.execute(insert(UnitAncestor).from_select(["unit_id", "ancestor_id", "distance"], rows))
