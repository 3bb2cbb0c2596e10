"""What may stand in the way of studying."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class LessonUpdated(Refused):
    """The check questions changed since the page was opened; a letter might now mean something else."""
