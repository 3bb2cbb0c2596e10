"""What stands in the way of making results final."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class NotReady(Refused):
    """A step before is not done; `step` names it, in words."""

    def __init__(self, step: str) -> None:
        super().__init__(step=step)


class ProposalOutdated(Refused):
    """What would be computed now is no longer what was proposed: somebody proposes anew."""


class NothingChanged(Refused):
    """A new version would be the same as the one that is published."""


class TableSettled(Refused):
    """The table has been approved or published already, or another proposal has taken its place."""


class UnderWay(Refused):
    """The worker is at something else with this table: one thing at a time."""


class PrizesLocked(Refused):
    """Prizes of this kind have been published: `what` names them, in words."""

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


class TooManyRows(Refused):
    """More people than a file holds; `limit` is how many it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)
