"""What stands in the way of a reminder."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class NoMail(Refused):
    """This installation sends no mail."""


class NobodyToMail(Refused):
    """Nobody of the unit would get a mail now."""


class RoundIsOver(Refused):
    """There is nothing left to remind of."""
