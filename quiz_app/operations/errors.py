"""What stands in the way of an operator."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class ArchiveBroken(Refused):
    """The file ends too early, or is no archive of ours at all."""


class ArchiveAltered(Refused):
    """A part does not match the list in the archive. Fact: `part`."""


class ArchiveLocked(Refused):
    """The archive is encrypted, and no key was given that opens it."""


class IdentityWrong(Refused):
    """The file holds no private key of age. Fact: `file`."""


class RecipientWrong(Refused):
    """This is no public key of age. Fact: `recipient`."""


class ArchiveForeign(Refused):
    """The archive comes from the other engine. Facts: `theirs`, `ours`."""


class ArchiveNewer(Refused):
    """The archive was made by a younger release. Fact: `revision`."""


class DatabaseNotEmpty(Refused):
    """There is something in the database that a restore would overwrite. Fact: `table`."""


class ServiceRuns(Refused):
    """A worker is at work on the database."""


class ToolMissing(Refused):
    """PostgreSQL's own program is not installed. Fact: `tool`."""


class ToolFailed(Refused):
    """A program or the engine refused. Facts: `tool`, `said`."""


class RestoredWrong(Refused):
    """What was restored does not hold together. Fact: `finding`."""


class JobGoesOn(Refused):
    """The job has ended already, or is of a kind that must come to its end."""
