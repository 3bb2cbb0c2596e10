"""What stands in the way of a request about one's data."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class AskedAlready(Refused):
    """A request of this kind waits already."""


class RequestEnded(Refused):
    """The request is done, refused or withdrawn."""


class StillSitting(Refused):
    """He has an attempt that is not submitted."""


class RoundNotFinal(Refused):
    """He has sat a round whose result is not final. Facts: rounds, in words."""


class ComplaintOpen(Refused):
    """A complaint of his has no answer yet."""


class PrizeUnpaid(Refused):
    """A prize of his is about to be paid."""


class BreachClosed(Refused):
    """The case is closed."""


class BreachChanged(Refused):
    """Somebody has changed the case since it was opened here."""


class BreachUntold(Refused):
    """The case says neither when the authority was told nor why it need not be."""
