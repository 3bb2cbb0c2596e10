"""What stands in a member's way."""

from __future__ import annotations

from typing import ClassVar

from quiz_app.kernel.errors import Overloaded, Refused
from quiz_app.rules.eligibility import Bar


class Barred(Refused):
    """The member may not start; `bars` are all the reasons."""

    def __init__(self, bars: tuple[Bar, ...], reason: str) -> None:
        super().__init__(reason=reason)
        self.bars = bars


class AttemptClosed(Refused):
    """The attempt is submitted, or its time is up: nothing is accepted any more.

    `late` is a sentence about what becomes of the thing that was sent.
    """

    def __init__(self, late: str = "") -> None:
        super().__init__(late=late)


class AttemptClosing(Refused):
    """The time is up and the attempt is about to be closed with what was saved; nothing is lost by waiting."""


class TakenOver(Refused):
    """The attempt goes on in another window or on another device; this one may only look."""


class TooFast(Overloaded):
    """One sitting saves faster than anybody answers; the same save is taken a little later."""

    status = 429
    retry_after_s: ClassVar[int] = 1


class TooManyStarts(Overloaded):
    """Many people have just started in this browser; the next one may in a moment, and his time has not begun."""

    status = 429
    retry_after_s: ClassVar[int] = 20


class ConsentNeeded(Refused):
    """The member has not been asked yet whether he takes part, and his helper does not say that he agrees."""

    status = 422


class SitsAlready(Refused):
    """The member began this attempt himself, or with another helper: only he can go on with it elsewhere."""


class NoSuchOption(Refused):
    """An answer that the question does not offer."""

    status = 422


class NotYetShown(Refused):
    """The round's rules show this only later."""

    status = 403


class ExtraTimeUsed(Refused):
    """The member has begun with his extra time: it cannot be taken back."""


class SomebodySits(Refused):
    """What a prediction asked for is not known yet: so many attempts are still open."""


class NobodySat(Refused):
    """A percentage of nobody: there is nothing to fix."""


class SamePerson(Refused):
    """What one person proposed, another decides."""

    status = 403


class PeopleForgotten(Refused):
    """The attempts of the contest are nobody's any more: nobody is left whose result could be put right."""


class CorrectionSettled(Refused):
    """The correction has been decided or let go already."""
