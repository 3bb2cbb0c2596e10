"""What may stand in the way of practising."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class NothingToPractise(Refused):
    """No released question fits what was asked for."""


class PracticeEnded(Refused):
    """The session was ended, here or on another device."""


class QuestionWithdrawn(Refused):
    """The question was retired, changed, or belongs to a round since it was drawn."""


class PracticeRests(Refused):
    """The house is read-only: the machine is left to those who sit a round."""


class MockUnderWay(Refused):
    """A mock round is under way; it is handed in before anything else begins."""


class MockOver(Refused):
    """The time of a mock round is up, or it was handed in."""


class TooFewForMock(Refused):
    """There are not as many released questions as the paper asks for."""
