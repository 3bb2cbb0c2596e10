"""Asking a unit to read a module, and taking that back."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quiz_app.assignments import labels, queries
from quiz_app.assignments.errors import AlreadyAssigned
from quiz_app.assignments.models import ModuleAssignment
from quiz_app.assignments.policy import Action
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work
from quiz_app.participation import policy as desks


def assign(w: Work, unit_id: int, module_id: int, due_on: date) -> ModuleAssignment:
    """Ask a unit, and everything below it, to read a module by a day. Raises Missing, BadInput, AlreadyAssigned."""
    queries.desk(w, unit_id)
    module = next((one for one in queries.modules(w.session) if one.id == module_id), None)
    if module is None:
        raise BadInput({"module": [labels.NO_MODULE]})
    if due_on < w.now.astimezone(VIETNAM).date():
        raise BadInput({"due_on": [labels.PAST]})
    made = ModuleAssignment(
        module_id=module_id, unit_id=unit_id, due_on=due_on, created_at=w.now, created_by=w.actor.member_id
    )
    try:
        with w.session.begin_nested():
            w.session.add(made)
    except IntegrityError as error:
        raise AlreadyAssigned(title=module.title) from error
    facts = {"module_id": module_id, "unit_id": unit_id, "due_on": due_on.isoformat()}
    w.record(Action.MODULE_ASSIGNED, f"assignment:{made.id}", **facts)
    return made


def withdraw(w: Work, assignment_id: int) -> ModuleAssignment:
    """Take an assignment back; what was read stays. Raises Missing where the actor does not follow its unit."""
    found = w.session.scalars(
        select(ModuleAssignment)
        .where(
            ModuleAssignment.id == assignment_id,
            ModuleAssignment.withdrawn_at.is_(None),
            ModuleAssignment.unit_id.in_(desks.followed(w.actor)),
        )
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise Missing
    found.withdrawn_at = w.now
    facts = {"module_id": found.module_id, "unit_id": found.unit_id}
    w.record(Action.ASSIGNMENT_WITHDRAWN, f"assignment:{found.id}", **facts)
    return found
