"""What may stand in the way of publishing and of the library."""

from __future__ import annotations

from quiz_app.kernel.errors import Missing, Refused


class HasFindings(Refused):
    """Something in the bank has to be mended first. Facts: title, count, findings (one a line)."""

    status = 422


class BankBroken(Refused):
    """The files of the bank cannot be read. Facts: count, findings (one a line)."""

    status = 422


class SetUnknown(Missing):
    """The bank holds no set of this name. Facts: slug."""


class OriginFixed(Refused):
    """A set of this name was published from elsewhere. Facts: slug."""


class UseFixed(Refused):
    """A published set cannot serve another use: its items may be known already. Facts: slug."""


class FileTooLarge(Refused):
    """The original is larger than the library takes. Facts: limit_mb."""

    status = 413


class FileKindRefused(Refused):
    """The content is neither a PDF nor a Word document."""

    status = 422
