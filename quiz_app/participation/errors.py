"""What stands in the way of an export."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class TooManyRows(Refused):
    """The list is longer than one file may be; `limit` says how long that is."""
