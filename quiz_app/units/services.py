"""Changes of single units: founding, naming, whom to call. How the tree is rearranged stands in `tree`."""

from __future__ import annotations

from sqlalchemy import insert, literal, select
from sqlalchemy.exc import IntegrityError

from question_bank.model import Audience
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import search_key, tidy, title_key
from quiz_app.kernel.work import Work
from quiz_app.units import queries
from quiz_app.units.errors import UnitChangedMeanwhile, UnitCodeTaken, UnitNotInScope
from quiz_app.units.models import Unit, UnitAncestor, UnitEventKind, UnitKind
from quiz_app.units.policy import Action
from quiz_app.units.tree import hold_open, hold_tree, note

NAME_LENGTH = 200
CODE_LENGTH = 40


def create_unit(w: Work, *, code: str, name: str, kind: UnitKind, parent_id: int | None) -> Unit:
    """Put a unit into the tree, with its rows of ancestors.

    Only the system founds a root; below it an organiser of a unit above. Raises Missing, UnitNotInScope, UnitCodeTaken,
    UnitClosed for a unit above that is closed, BadInput.
    """
    hold_tree(w)
    _judge_scope(w, parent_id)
    if parent_id is not None:
        hold_open(w, parent_id)
    unit = Unit(code=_code(code), name=_name(name), kind=kind.value, parent_id=parent_id)
    unit.sort_key, unit.search_key = title_key(unit.name), search_key(unit.name)
    try:
        with w.session.begin_nested():
            w.session.add(unit)
            w.session.flush()
    except IntegrityError as error:
        raise UnitCodeTaken(code=unit.code) from error
    w.session.add(UnitAncestor(unit_id=unit.id, ancestor_id=unit.id, distance=0))
    if parent_id is not None:
        above = select(literal(unit.id), UnitAncestor.ancestor_id, UnitAncestor.distance + 1).where(
            UnitAncestor.unit_id == parent_id
        )
        w.session.execute(insert(UnitAncestor).from_select(["unit_id", "ancestor_id", "distance"], above))
    w.session.flush()
    note(w, unit.id, UnitEventKind.CREATED, {}, {"name": unit.name, "parent_id": parent_id})
    w.record(Action.UNIT_CREATED, f"unit:{unit.id}", code=unit.code, parent_id=parent_id)
    return unit


def rename_unit(w: Work, unit_id: int, name: str, *, seen: str | None = None, reason: str = "") -> Unit:
    """Give a unit another name; its place among its siblings follows. The same name changes nothing.

    `seen` is the name that the page showed. Raises Missing, UnitChangedMeanwhile, BadInput.
    """
    hold_tree(w)
    unit = queries.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    before = unit.name
    if seen is not None and seen != before:
        raise UnitChangedMeanwhile(name=before)
    if _name(name) == before:
        return unit
    unit.name = _name(name)
    unit.sort_key, unit.search_key = title_key(unit.name), search_key(unit.name)
    note(w, unit.id, UnitEventKind.RENAMED, {"name": before}, {"name": unit.name}, reason=reason)
    w.record(Action.UNIT_RENAMED, f"unit:{unit.id}", before=before, after=unit.name)
    return unit


def set_helper(w: Work, unit_id: int, *, name: str, phone: str) -> Unit:
    """Say whom the unit's members may call; empty words leave it to the unit above. Raises Missing."""
    unit = queries.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER, Role.SECRETARY)
    unit.helper_name, unit.helper_phone = tidy(name)[:120], tidy(phone)[:20]
    w.record(Action.UNIT_HELPER_SET, f"unit:{unit.id}", is_cleared=not unit.helper_name)
    return unit


def set_audience(w: Work, unit_id: int, audience: str) -> bool:
    """Say which kind of place a unit is of; nothing says nothing. Whether it was something else before.

    Raises Missing, BadInput.
    """
    unit = queries.covered_unit(w.session, w.actor, unit_id, Role.ORGANISER)
    if audience not in {"", *Audience}:
        raise BadInput({"audience": ["Đối tượng này không có trong danh sách."]})
    before, unit.audience = unit.audience, audience
    if before != audience:
        w.record(Action.UNIT_AUDIENCE_SET, f"unit:{unit.id}", before=before, after=audience)
    return before != audience


def _judge_scope(w: Work, parent_id: int | None) -> None:
    if w.actor.is_system:
        return
    if parent_id is None:
        raise UnitNotInScope(name="gốc của cây đơn vị")
    parent = queries.unit(w.session, parent_id)
    if not queries.does_cover(w.session, w.actor, parent_id, Role.ORGANISER):
        raise UnitNotInScope(name=parent.name)


def _code(code: str) -> str:
    cleaned = tidy(code).upper()
    if not cleaned or len(cleaned) > CODE_LENGTH:
        raise BadInput({"code": [f"Mã đơn vị cần từ 1 đến {CODE_LENGTH} ký tự."]})
    return cleaned


def _name(name: str) -> str:
    cleaned = tidy(name)
    if not cleaned or len(cleaned) > NAME_LENGTH:
        raise BadInput({"name": [f"Tên đơn vị cần từ 1 đến {NAME_LENGTH} ký tự."]})
    return cleaned
