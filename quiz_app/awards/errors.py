"""What may stand in the way of certificates, awards and their payment."""

from __future__ import annotations

from collections.abc import Sequence

from quiz_app.kernel.errors import Refused


class NotYetFinal(Refused):
    """The results that these papers rest on are not published."""


class NobodyEntitled(Refused):
    """There is nobody to hand out a certificate to."""


class TooManyCertificates(Refused):
    """More than one print takes; `most` is how many it does."""

    def __init__(self, most: int) -> None:
        super().__init__(most=most)


class SeriesThere(Refused):
    """Certificates of this occasion are handed out already."""


class SeriesClosed(Refused):
    """No certificate of this series is handed out any more."""


class AlreadyRevoked(Refused):
    """The certificate was revoked before."""


class AwardsSettled(Refused):
    """The list was approved already, or another took its place."""


class AwardsOutdated(Refused):
    """The final table has a newer version than the list rests on: somebody proposes anew."""


class NoAwards(Refused):
    """A list without anybody on it is not approved."""


class TooManyPrizes(Refused):
    """Whoever has as many prizes as the contest's rule allows gets no further one; `most` is how many."""

    def __init__(self, most: int, names: Sequence[str]) -> None:
        super().__init__(most=most, names=", ".join(names))


class PaymentSettled(Refused):
    """The prize was paid already."""
