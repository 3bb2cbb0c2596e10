"""What stands in the way of a question, of its answer and of a published one."""

from __future__ import annotations

from datetime import datetime

from quiz_app.kernel.errors import Refused
from quiz_app.web.filters import format_datetime


class TooManyQuestions(Refused):
    """The member has sent so many that he waits; `at` says from when on he may send again."""

    status = 429

    def __init__(self, at: datetime) -> None:
        super().__init__(at=format_datetime(at))


class QuestionEnded(Refused):
    """The sender has taken it back, or its text has been deleted: nothing is done with it any more."""


class ChangedMeanwhile(Refused):
    """Somebody else has done something with the question since the page was opened."""


class OwnQuestion(Refused):
    """What one wrote oneself, another answers."""

    status = 403


class NotAnswered(Refused):
    """Only what has been answered is proposed for everybody."""


class ProposalWaits(Refused):
    """A wording of this entry waits for a decision: no second one beside it."""


class OwnProposal(Refused):
    """What one proposed oneself, another decides on."""

    status = 403


class ProposalSettled(Refused):
    """The wording has been decided on, or does not stand in public any more."""
