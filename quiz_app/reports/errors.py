"""What may stand in the way of a report."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class ReportChanged(Refused):
    """Somebody else has changed or approved it since the page was made."""


class ReportApproved(Refused):
    """It is approved: it is opened again before it is changed."""


class ReportKept(Refused):
    """It was approved once: what was approved stays, and so does the report."""


class NotCounted(Refused):
    """Its figures have not been counted yet."""
