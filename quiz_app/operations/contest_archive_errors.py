"""What stands in the way of putting a contest into an archive, or of taking one out of it."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class ContestNotFinal(Refused):
    """A round has been published whose results are not final. Fact: `title`."""


class ContestKeysInUse(Refused):
    """Its items are drawn in a round of another contest that is not over. Fact: `title`."""


class ContestNotKept(Refused):
    """A rehearsal, or a contest of which nothing has been published."""


class ContestArchiveBroken(Refused):
    """The file ends too early, or is no archive of a contest at all."""


class ContestArchiveAltered(Refused):
    """A part does not match the list in the archive, or stands there beside it. Fact: `part`."""


class ContestArchiveIncomplete(Refused):
    """A part is missing. Fact: `part`."""


class ContestArchiveUnknown(Refused):
    """A part that this release knows nothing of. Fact: `part`."""


class ContestArchiveOther(Refused):
    """Written in another format. Facts: `theirs`, `ours`."""


class ContestArchiveTooLarge(Refused):
    """A part is larger than any that is taken. Fact: `part`."""


class ContestArchiveLine(Refused):
    """A line that cannot be taken. Facts: `part`, `line`, `why`."""


class ContestArchiveWrong(Refused):
    """What was taken in does not hold together. Fact: `finding`."""


class InstanceNotEmpty(Refused):
    """There is something in the database already. Fact: `table`."""


class InstanceNotMigrated(Refused):
    """The tables are not those of this release."""
