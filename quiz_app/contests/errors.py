"""What stands in an organiser's way."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class RoundFixed(Refused):
    """The round is published: what members have been told does not change any more."""


class RoundNotReady(Refused):
    """The round cannot be published yet; `problems` says everything that is missing, in words."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems="; ".join(problems))
        self.problems = problems
