"""What may stand in the way of writing, reviewing and publishing."""

from __future__ import annotations

from quiz_app.kernel.errors import Missing, Refused


class SetTaken(Refused):
    """A set of this short name exists already. Facts: slug."""


class ModuleTaken(Refused):
    """A module of this short name exists or is being written. Facts: slug."""


class DocumentTaken(Refused):
    """A document of this short name exists or is being written. Facts: slug."""


class SetShipped(Refused):
    """The set came with the program and is published from its files alone. Facts: slug."""


class DraftMissing(Missing):
    """No such draft, or it was thrown away."""


class OutOfDate(Refused):
    """Somebody saved a later revision. Facts: name (who), at (when), revision."""


class NotWritable(Refused):
    """The draft was handed in, approved or ended: it takes no changes as it stands. Facts: state (a label's key)."""


class NotInReview(Refused):
    """There is nothing to judge: the draft is not in review, or was changed meanwhile."""


class WritesHimself(Refused):
    """Who had a hand in a draft cannot judge it."""


class ReviewsIt(Refused):
    """Who has judged a draft cannot write on it."""


class OnlyATypo(Refused):
    """A typo cannot change the key, the kind, which options there are, nor what is said. Facts: what."""

    status = 422


class NothingChanged(Refused):
    """The draft says the same as what is published."""

    status = 422


class StillFindings(Refused):
    """Findings that have to be mended before the draft can be handed in. Facts: count, findings (one a line)."""

    status = 422


class NothingToPublish(Refused):
    """No approved draft waits in this set."""


class NotWaivable(Refused):
    """This finding has to be mended; nobody can answer for it."""

    status = 422


class SealStands(Refused):
    """What was asked of the seal does not fit how it stands: not sealed, already asked, or asked by the same person."""


class ReasonMissing(Refused):
    """An act that others must understand needs its reason."""

    status = 422


class UploadRefused(Refused):
    """The file could not be read at all. Facts: reason."""

    status = 422


class UploadGone(Refused):
    """The upload was taken in already, or was kept long enough."""


class PlanOutOfDate(Refused):
    """The set changed since the plan was shown, or a doubtful question has no answer yet."""
