"""How a unit lets people register: the way, the days, the code, and who takes those of no unit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.members.slips import CODE_LETTERS
from quiz_app.registering import labels, queries
from quiz_app.registering.errors import DeskChanged
from quiz_app.registering.models import RegistrationDesk, Way
from quiz_app.registering.policy import Action
from quiz_app.units.models import Unit, UnitKind
from quiz_app.units.services import CODE_LENGTH as UNIT_CODE_LENGTH
from quiz_app.units.services import create_unit

CODE_LENGTH = 8
UNLISTED_CODE = "-NDS"


@dataclass(frozen=True, slots=True)
class Terms:
    """How people register. Without `receiving_unit_id` a unit is made for those of no unit."""

    way: Way
    opens_on: date | None
    closes_on: date | None
    receiving_unit_id: int | None
    is_on_posters: bool


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def save(w: Work, unit_id: int, terms: Terms, *, seen: int) -> RegistrationDesk:
    """Let people register from now on as the terms say; `seen` is the revision that the page showed, 0 for none.

    Raises Missing, DeskChanged, BadInput, UnitCodeTaken.
    """
    unit = queries.head(w, unit_id)
    if terms.opens_on and terms.closes_on and terms.closes_on < terms.opens_on:
        raise BadInput({"closes_on": [labels.ENDS_BEFORE]})
    kept = _held(w, unit_id)
    if (kept.revision if kept else 0) != seen:
        raise DeskChanged
    receiver_id = terms.receiving_unit_id
    if receiver_id is None:
        receiver_id = _unit_for_unlisted(w, unit).id
    elif receiver_id not in {one.id for one in queries.receivers(w.session, unit, kept)}:
        raise BadInput({"receiver": ["Đơn vị này không có trong danh sách."]})
    if kept is None:
        kept = RegistrationDesk(unit_id=unit_id, code=new_code(), revision=0)
    kept.way, kept.opens_on, kept.closes_on = terms.way.value, terms.opens_on, terms.closes_on
    kept.receiving_unit_id, kept.is_on_posters = receiver_id, terms.is_on_posters
    _sign(w, kept)
    w.record(
        Action.DESK_SAVED,
        f"unit:{unit_id}",
        way=kept.way,
        opens_on=terms.opens_on and terms.opens_on.isoformat(),
        closes_on=terms.closes_on and terms.closes_on.isoformat(),
        receiving_unit_id=receiver_id,
        is_on_posters=terms.is_on_posters,
    )
    return kept


def renew_code(w: Work, unit_id: int, *, seen: int) -> RegistrationDesk:
    """Draw another code: the one given out so far opens nothing any more. Raises Missing, DeskChanged."""
    queries.head(w, unit_id)
    kept = _held(w, unit_id)
    if kept is None or kept.revision != seen:
        raise DeskChanged
    kept.code = new_code()
    _sign(w, kept)
    w.record(Action.CODE_RENEWED, f"unit:{unit_id}", revision=kept.revision)
    return kept


def _held(w: Work, unit_id: int) -> RegistrationDesk | None:
    query = select(RegistrationDesk).where(RegistrationDesk.unit_id == unit_id).with_for_update()
    return w.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _sign(w: Work, kept: RegistrationDesk) -> None:
    kept.revision += 1
    kept.changed_at, kept.changed_by = w.now, w.actor.member_id
    try:
        with w.session.begin_nested():
            w.session.add(kept)
            w.session.flush()
    except IntegrityError as error:  # two organisers opened the desk at once
        raise DeskChanged from error


def _unit_for_unlisted(w: Work, unit: Unit) -> Unit:
    code = unit.code[: UNIT_CODE_LENGTH - len(UNLISTED_CODE)] + UNLISTED_CODE
    return create_unit(w, code=code, name=labels.UNLISTED, kind=UnitKind.CELL, parent_id=unit.id)
