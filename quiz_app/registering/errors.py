"""What may stand in the way of registering oneself, and of deciding about it."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class RegistrationClosed(Refused):
    """Nobody registers himself there now."""


class TooManyRegistrations(Refused):
    """More were sent with this number, from this browser or with this code than people send. Facts: minutes."""

    status = 429


class RegistrationDecided(Refused):
    """Somebody else has decided about it, or it was deleted, since the page was made."""


class AlikeElsewhere(Refused):
    """Somebody who looks like him stands on a roster that the actor does not see."""


class PhoneShared(Refused):
    """As many as may sign in by this number have it already. Facts: count."""


class DeskChanged(Refused):
    """Somebody else has changed how people register since the page was made."""
