"""Who may read a module: everybody, unless it is restricted to people with an account."""

from __future__ import annotations

from sqlalchemy import ColumnElement, true

from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.access import Actor


def may_read(actor: Actor, module: StudyModule) -> bool:
    """The twin of `readable`."""
    return not module.is_restricted or actor.is_signed_in or actor.is_system


def readable(actor: Actor) -> ColumnElement[bool]:
    """The twin of `may_read`, as SQL."""
    return true() if actor.is_signed_in or actor.is_system else StudyModule.is_restricted.is_(False)
