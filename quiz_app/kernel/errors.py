"""Refusals: what stands in a person's way, as exceptions. Their words live in the features' labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar


class Refused(Exception):
    """Something stands in the way. `status` is the HTTP answer; `facts` fill the words shown to the person."""

    status: ClassVar[int] = 409

    def __init__(self, **facts: str | int | datetime | None) -> None:
        super().__init__(type(self).__name__)
        self.facts = facts


class Missing(Refused):
    """No such thing for this actor: what belongs to a stranger looks absent."""

    status = 404


class SignInNeeded(Refused):
    status = 401


class NotAllowed(Refused):
    status = 403


class SecondFactorNeeded(NotAllowed):
    """The actor's role allows this, but sleeps until he has shown his second factor."""


class ProofNeeded(Refused):
    """The act weighs much: who acts has to show anew who he is."""

    status = 403


class RoleAtRest(ProofNeeded):
    """The actor's role allows this, but was not used for a while: he has to show anew who he is."""


class NoticesOwed(Refused):
    """The actor has yet to read the notices about his data and to say what he agrees to."""

    status = 403


class BadInput(Refused):
    """Input that cannot be taken: field name to messages, in words a person can act on."""

    status = 422

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class Overloaded(Refused):
    """The server cannot take this now; the same request is safe to send again after `retry_after_s`."""

    status = 503
    retry_after_s: ClassVar[int] = 3
