"""What stands in an organiser's way."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused


class RoundFixed(Refused):
    """The round is published already."""


class RoundNotReady(Refused):
    """The round cannot be published yet; `problems` says everything that is missing, in words."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems="; ".join(problems))
        self.problems = problems


class NotRehearsable(Refused):
    """No paper could be drawn from the round as it stands; `problems` says why, in words."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems="; ".join(problems))


class ChangeLocked(Refused):
    """The round has come too far for this change: `what` names the setting, `reason` what stands in the way."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what=what, reason=reason)


class RulesChanged(Refused):
    """The rules have a newer version than the one the member agreed to: he reads that first."""


class DraftInUse(Refused):
    """Something was built upon the draft, such as a rehearsal that people sat: it stays with what belongs to it."""


class SetSealed(Refused):
    """The set is sealed: nobody is shown its keys before the next round that draws from it opens. Facts: title."""
