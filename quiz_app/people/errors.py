"""What may stand in the way of rearranging units and people."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class RoundWouldBeLost(Refused):
    """People on the roster of an unfinished round could not sit it any more, or not as long. Facts: round, unit."""


class UnitHoldsContest(Refused):
    """The unit holds a contest that is not over. Facts: unit, contest, round."""


class MemberChangedMeanwhile(Refused):
    """Somebody else has changed the member since the page was shown. Facts: name."""


class OwnRecord(Refused):
    """Nobody changes his own place on the roster."""

    status = 403


class NothingChanged(Refused):
    """What was sent is what is kept already."""

    status = 422


class PairDecided(Refused):
    """Somebody has already decided about these two, or one of them has gone."""


class BothHaveSat(Refused):
    """Both members have an attempt that stands in the same round. Facts: rounds, in words."""


class BothSitNow(Refused):
    """One of the two sits a paper at this moment. Facts: name."""
