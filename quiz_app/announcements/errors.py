"""What may stand in the way of telling people something."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class AnnouncementChanged(Refused):
    """Somebody else has changed or withdrawn it since the page was made."""
