"""What may stand in the way of work on units."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class UnitCodeTaken(Refused):
    """Another unit has this code. Facts: code."""


class UnitNotInScope(Refused):
    """The actor does not cover this unit with a role that may do this. Facts: name."""

    status = 403
