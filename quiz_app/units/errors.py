"""What may stand in the way of work on units."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class UnitCodeTaken(Refused):
    """Another unit has this code. Facts: code."""


class UnitNotInScope(Refused):
    """The actor does not cover this unit with a role that may do this. Facts: name."""

    status = 403


class UnitClosed(Refused):
    """The unit takes nobody and nothing any more. Facts: name."""


class UnitNotEmpty(Refused):
    """The unit still has people, or units below it. Facts: name, members, units."""


class UnitBelowItself(Refused):
    """A unit cannot stand below itself or below what is below it. Facts: name."""


class UnitStandsThere(Refused):
    """The unit stands below that one already. Facts: name."""


class UnitChangedMeanwhile(Refused):
    """Somebody else has changed the unit since the page was shown. Facts: name."""


class TopUnit(Refused):
    """The unit at the top is neither moved nor merged nor closed. Facts: name."""
