"""What may stand in the way of recording who sat a contest elsewhere."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class AlreadyConfirmed(Refused):
    """The member's part is confirmed; there is nothing to declare any more."""


class DecidedMeanwhile(Refused):
    """The declaration was decided, or sent anew, after the page was made."""


class OwnDeclaration(Refused):
    """Nobody confirms what he declared himself."""

    status = 403


class ListUnreadable(Refused):
    """The file is no list that can be read. Facts: reason, in words."""

    status = 422


class ListFaulty(Refused):
    """The list has errors, so nothing of it was recorded. Facts: count."""

    status = 422


class ListUndecided(Refused):
    """Somebody of the list is doubtful, and it was not said who is meant. Facts: count."""

    status = 422
