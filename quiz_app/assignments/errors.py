"""What stands in the way of an assignment."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class AlreadyAssigned(Refused):
    """The unit was asked to read this module already; `title` names it."""
