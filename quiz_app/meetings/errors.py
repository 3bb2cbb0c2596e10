"""What may stand in the way of planning a meeting and of saying who was there."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class MeetingChanged(Refused):
    """Somebody else has changed or canceled it since the page was made."""


class MeetingHeld(Refused):
    """It is over: its plan stays as it was held."""


class MeetingCanceled(Refused):
    """It does not take place."""


class CheckInClosed(Refused):
    """Nobody says now that he is there. Facts: since, until."""


class NotYetBegun(Refused):
    """Who was there is confirmed after the beginning. Facts: at."""


class ListChanged(Refused):
    """Somebody else has saved or confirmed the list since the page was made."""


class ListConfirmed(Refused):
    """The list is fixed: it has to be opened again first."""


class ListOpen(Refused):
    """The list is not confirmed, so there is nothing to open again."""


class OtherUnit(Refused):
    """The meeting is one of another unit. Facts: unit."""

    status = 403
