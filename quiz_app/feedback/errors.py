"""What stands in the way of a complaint or of a change of unit."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class ComplaintsClosed(Refused):
    """Complaints about this attempt are not taken, or not any more; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class AlreadyComplained(Refused):
    """The member has an open complaint about this very thing."""


class TooManyComplaints(Refused):
    """The member has so many open complaints that he has to wait for answers; `most` is the bound."""


class TooManyToday(Refused):
    """The member has sent so many complaints within a day, those taken back included; `most` is the bound."""


class ComplaintSettled(Refused):
    """The complaint has been decided or taken back already."""


class OwnComplaint(Refused):
    """What one sent oneself, another decides."""

    status = 403


class UnitChangeOpen(Refused):
    """The member has asked for another unit and waits for the answer."""


class AskedTooOften(Refused):
    """The member has asked for another unit so often within a month; `most` is the bound."""


class UnitChangeSettled(Refused):
    """The request has been decided or taken back already."""


class SameUnit(Refused):
    """The member stands on this unit's roster already."""


class MemberElsewhere(Refused):
    """The member has come to a third unit since he asked."""
